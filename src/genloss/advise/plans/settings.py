"""What is a workflow with other rows, or another weight of the real ones? And which has it now?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from genloss.errors import Problem
from genloss.workflows import Schedule, Workflow, WorkflowLike, schedule_of, workflow_of

_OWN_KEY = ("accumulate", "fixed_real", "fresh_real", "golden")
_WEIGHED = ("fixed_real", "fresh_real")
Settings = Mapping[str, float]


def short_of(workflow: WorkflowLike) -> dict[str, Any]:
    """Return the table of a workflow, numbers and texts alone."""
    if isinstance(workflow, Schedule):
        raise Problem(
            "workflow",
            "is a compiled schedule, whose numbers of rows are fixed",
            'give the workflow itself: "fixed_real rows=100"',
        )
    found: dict[str, Any] = json.loads(json.dumps(workflow_of(workflow).short()))
    return found


def changed(workflow: Mapping[str, Any], settings: Settings) -> Workflow:
    """Return the workflow of a table with real_rows, synthetic_rows, synthetic_share, real_weight of `settings`.

    A share s of synthetic rows beside R real ones is R s / (1 - s) rows, rounded. Rows of a kind are the same in every
    generation; where synthetic rows were as many as real ones because nothing else was said, they stay as many as were.

    >>> changed({"kind": "replace", "rows": 100}, {"synthetic_rows": 300}).to_dict()["emit"][1]["rows"]
    300
    >>> changed({"kind": "fixed_real", "rows": 100}, {"synthetic_share": 0.75}).short()["synthetic_rows"]
    300
    """
    table = dict(workflow)
    kind = table.get("kind")
    if "real_weight" in settings:
        if kind not in _WEIGHED:
            found = f"{kind} has no weight of real rows"
            raise Problem("real_weight", found, f"plan for a workflow that has one: {' or '.join(_WEIGHED)}")
        table["real_weight"] = settings["real_weight"]
    rows = wanted_rows(table, settings)
    if not rows:
        return workflow_of(table)
    if kind in _OWN_KEY:
        known = rows_of(table)
        synthetic = rows.get("synthetic_rows", known["synthetic_rows"])
        return workflow_of({**table, "rows": rows.get("real_rows", table["rows"]), "synthetic_rows": synthetic})
    long = workflow_of(table).to_dict()
    for emission in long["emit"]:
        name = "real_rows" if emission["from"] == "real" else "synthetic_rows"
        if emission.get("include_truth") or "mix" in emission:
            raise Problem(
                name,
                f"{kind} draws real and synthetic rows in one batch",
                "plan for a workflow that draws them in batches of their own",
            )
        if name in rows:
            emission["rows"] = rows[name]
    return workflow_of({"kind": "custom", **long})


def wanted_rows(table: Mapping[str, Any], settings: Settings) -> dict[str, int]:
    """Return the whole numbers of rows that settings ask for; a share is one of synthetic rows."""
    rows = {name: round(settings[name]) for name in ("real_rows", "synthetic_rows") if name in settings}
    if "synthetic_share" in settings:
        share = settings["synthetic_share"]
        real = rows.get("real_rows", rows_of(table)["real_rows"])
        if real is None:
            raise Problem("synthetic_share", "the real rows differ by generation", "give one number of rows")
        rows["synthetic_rows"] = max(1, round(real * share / (1 - share)))
    return rows


def rows_of(table: Mapping[str, Any]) -> dict[str, int | None]:
    """Return real_rows and synthetic_rows as they are; None where there are none, several, or growing ones."""
    found: dict[str, set[Any]] = {"real_rows": set(), "synthetic_rows": set()}
    for emission in workflow_of(table).to_dict()["emit"]:
        name = "real_rows" if emission["from"] == "real" else "synthetic_rows"
        rows = emission["rows"]
        both = emission.get("include_truth") or "mix" in emission
        found[name].add(rows if isinstance(rows, int) and not both else None)
    return {name: next(iter(rows)) if len(rows) == 1 else None for name, rows in found.items()}


def opens_of(table: Mapping[str, Any]) -> list[str]:
    """Return which rows, shares and weights of a workflow can be open."""
    emissions = workflow_of(table).to_dict()["emit"]
    if any(each.get("include_truth") or "mix" in each for each in emissions):
        return []
    kinds = {each["from"] for each in emissions}
    found = [name for kind, name in (("real", "real_rows"), ("model", "synthetic_rows")) if kind in kinds]
    if len(found) == 2 and rows_of(table)["real_rows"] is not None:
        found.append("synthetic_share")
    return [*found, *(["real_weight"] if table.get("kind") in _WEIGHED else [])]


def batches_of(table: Mapping[str, Any], generations: int) -> tuple[int, int]:
    """Return how many batches of real and of synthetic rows are drawn up to the last generation.

    >>> batches_of({"kind": "fixed_real", "rows": 100}, 12)
    (1, 12)
    """
    schedule = schedule_of(workflow_of(table), generations)
    real = sum(batch.real for batch in schedule.batches)
    return real, len(schedule.batches) - real
