"""What is a workflow with other numbers of rows, or another weight of its real ones? Its rules, with these replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from genloss.errors import Problem, is_from, shown
from genloss.workflows import Workflow
from genloss.workflows.checks import LARGEST
from genloss.workflows.emission import Emission, rows_form
from genloss.workflows.term import Term

_SOURCES = {"real_rows": "real", "synthetic_rows": "model"}


def with_rows(workflow: Workflow, *, real_rows: int | None = None, synthetic_rows: int | None = None) -> Workflow:
    """Return the workflow whose real emissions draw `real_rows` each, and whose models' draw `synthetic_rows`.

    None: as they are. Numbers that stand by generation become one number; weights and takes stay.
    Errors: `Problem` where the workflow draws no rows of that kind, or draws both by one rule.

    >>> from genloss.workflows import fixed_real
    >>> with_rows(fixed_real(100), synthetic_rows=300)
    genloss.workflows.fixed_real(rows=100, synthetic_rows=300)
    """
    for name, count in (("real_rows", real_rows), ("synthetic_rows", synthetic_rows)):
        if count is None:
            continue
        if isinstance(count, bool) or not is_from(count, 1, LARGEST) or count != int(count):
            raise Problem(name, shown(count), "give a whole number from 1 on")
        if name not in numbers_of(workflow):
            raise Problem(name, *_none(workflow, name))
        emit = tuple(
            replace(rule, rows=int(count)) if rule.source == _SOURCES[name] else rule for rule in workflow.emit
        )
        workflow = replace(workflow, emit=emit)
    return workflow


def with_real_weight(workflow: Workflow, share: float) -> Workflow:
    """Return the workflow in which real rows carry this share of the loss, from above 0 to 1, and others the rest.

    Errors: `Problem` where the workflow has not one term of real rows beside one of models' rows.

    >>> from genloss.workflows import fresh_real
    >>> with_real_weight(fresh_real(100), 0.6)
    genloss.workflows.fresh_real(rows=100, real_weight=0.6)
    """
    if isinstance(share, bool) or not is_from(share, 0, 1) or share == 0:
        raise Problem("real_weight", shown(share), "give the share of the loss that real rows carry, e.g. 0.6")
    real = _real_term(workflow)
    if real is None:
        found = "the workflow has no term of real rows beside one of synthetic rows"
        raise Problem("real_weight", found, "take fixed_real or fresh_real")
    weights = (share, 1 - share) if real == 0 else (1 - share, share)
    terms = tuple(replace(term, weight=weight) for term, weight in zip(workflow.train, weights, strict=True))
    return replace(workflow, train=terms)


def numbers_of(workflow: Workflow) -> dict[str, Any]:
    """Return real_rows, synthetic_rows and real_weight of a workflow, those that it has.

    Rows are one number, or stand as in a file where they differ by generation or rule. real_weight: None: by rows.

    >>> from genloss.workflows import fixed_real, replace
    >>> numbers_of(replace(100)), numbers_of(fixed_real(100, 50))["real_weight"] is None
    ({'real_rows': 100, 'synthetic_rows': 100}, True)
    """
    found: dict[str, Any] = {}
    if not any(_of_both(rule) for rule in workflow.emit):
        for name, source in _SOURCES.items():
            rows = [rows_form(rule.rows) for rule in workflow.emit if rule.source == source]
            if rows:
                found[name] = rows[0] if all(each == rows[0] for each in rows) else rows
    real = _real_term(workflow)
    if real is not None:
        found["real_weight"] = workflow.train[real].weight
    return found


def _of_both(rule: Emission) -> bool:
    """Whether one rule draws from the truth and from models."""
    return rule.mix is not None or rule.include_truth


def _none(workflow: Workflow, name: str) -> tuple[str, str]:
    """Say why there are no such rows to be changed, and what to do."""
    kind = {"real_rows": "real", "synthetic_rows": "synthetic"}[name]
    if any(_of_both(rule) for rule in workflow.emit):
        return "a rule of the workflow draws real and synthetic rows together", "take a workflow that draws them apart"
    return f"the workflow draws no {kind} rows", f"take a workflow that does, or leave {name} as it is"


def _real_term(workflow: Workflow) -> int | None:
    """Return which of two terms is of real rows alone, where the other is of models' rows alone; None where not."""
    if len(workflow.train) != 2 or workflow.overrides:
        return None
    kinds = [_kind(workflow, term) for term in workflow.train]
    return kinds.index("real") if sorted(kinds) == ["model", "real"] else None


def _kind(workflow: Workflow, term: Term) -> str:
    """Return the one source that a term's rows have, "both" where there are several."""
    sources = {rule.source for rule in workflow.emit if term.tag in ("*", rule.tag)}
    return sources.pop() if len(sources) == 1 else "both"
