"""What is a workflow? Rules that say which rows are drawn and which of them each generation trains on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genloss.errors import Problem, nearest
from genloss.identity import identity
from genloss.workflows import checks, forms
from genloss.workflows.compiler import Drawn, draw_batches
from genloss.workflows.emission import Emission, Share, parse_emission
from genloss.workflows.parts import Batch
from genloss.workflows.pattern import refuse_rules, schedule_of_rules
from genloss.workflows.schedule import Schedule
from genloss.workflows.term import Term, parse_terms

TermsFunction = Callable[[int, tuple[Batch, ...]], Sequence[Mapping[str, Any]]]
"""(generation, batches drawn so far) -> terms, as in a `train` list."""


@dataclass(frozen=True)
class Workflow:
    """The rule that says which rows a generation trains on: emit, train, reset.

    emit: what is drawn. train: the terms of a generation; overrides: other terms at single
    generations (counted from the last reset). reset: train from real rows again every so many
    generations. only_through: the last generation the rules were made for, None for any.
    Short and long forms of one rule are equal and have the same `id`.

    >>> Workflow.from_dict({"kind": "discard", "rows": 10}).short()
    {'kind': 'replace', 'rows': 10}
    """

    emit: tuple[Emission, ...]
    train: tuple[Term, ...]
    overrides: tuple[tuple[int, tuple[Term, ...]], ...] = ()
    reset: int | None = None
    only_through: int | None = None

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any]) -> Workflow:
        """Read the short form, {"kind": "replace", "rows": 100}, or the long form with emit and train."""
        if not isinstance(mapping, Mapping):
            raise Problem("workflow", f"{mapping!r} is not a table", 'give {kind = "replace", rows = 100}')
        if "emit" not in mapping and "train" not in mapping and mapping.get("kind") != "custom":
            return cls.from_dict(forms.long_form(mapping))
        if mapping.get("kind") not in (None, "custom"):
            raise Problem(
                "workflow.kind",
                f"{mapping['kind']!r} is given together with rules (emit, train)",
                "give a kind, or emit and train",
            )
        known = ("kind", "reset", "emit", "train", "only_through")
        form = checks.table(mapping, "workflow", known, "emit = [...] and train = [...]")
        for key in ("emit", "train"):
            if form.get(key) is None:
                raise Problem(f"workflow.{key}", "missing", f"give {key} = [...], or a kind such as replace")
        emit = tuple(
            parse_emission(rule, f"workflow.emit[{i}]")
            for i, rule in enumerate(checks.listing(form["emit"], "workflow.emit", "a list of rules"))
        )
        train, overrides = _parse_train(form["train"])
        _check_tags(emit, train, overrides)
        _refuse_reset(emit, form.get("reset"))
        reset, through = form.get("reset"), form.get("only_through")
        return cls(
            emit,
            train,
            tuple(sorted(overrides.items())),
            None
            if reset is None
            else checks.whole(reset, "workflow.reset", lowest=1, meaning="a number of generations"),
            None
            if through is None
            else checks.whole(through, "workflow.only_through", lowest=0, meaning="a generation"),
        )

    @classmethod
    def from_function(cls, function: TermsFunction, *, emit: Sequence[Mapping[str, Any]], generations: int) -> Workflow:
        """Make a workflow from a function (generation, history) -> terms.

        history: the batches drawn so far, those of this generation included. The function is
        called once for each generation 0..generations and its answers are kept, so the workflow is
        plain data: it has an id, can be saved, and cannot be run further.
        """
        if not callable(function):
            raise Problem(
                "function", f"{function!r} cannot be called", "give a function (generation, history) -> terms"
            )
        listed = checks.listing(emit, "workflow.emit", "a list of rules")
        rules = tuple(parse_emission(rule, f"workflow.emit[{i}]") for i, rule in enumerate(listed))
        drawn, overrides = Drawn(), {}
        for g in range(checks.whole(generations, "generations", lowest=0, meaning="the last generation") + 1):
            draw_batches(rules, g, 0, drawn)
            overrides[g] = parse_terms(function(g, tuple(drawn.batches)), f"terms of generation {g}")
        _check_tags(rules, (), overrides)
        return cls(rules, overrides[0], tuple(overrides.items()), None, generations)

    def to_dict(self) -> dict[str, Any]:
        """Return the long form, every key present."""
        default = [term.to_dict() for term in self.train]
        train: Any = default
        if self.overrides:
            train = {"default": default} | {str(g): [term.to_dict() for term in terms] for g, terms in self.overrides}
        form = {"reset": self.reset, "emit": [rule.to_dict() for rule in self.emit], "train": train}
        return form if self.only_through is None else form | {"only_through": self.only_through}

    def short(self) -> dict[str, Any]:
        """Return the named form, {"kind": ..., ...}, or the long form where there is none."""
        for short, long in forms.short_forms(self._parameters()):
            try:
                if Workflow.from_dict(long) == self:
                    return short
            except Problem:
                continue
        return self.to_dict()

    def _parameters(self) -> dict[str, Any]:
        """What the rules say of each parameter that a named workflow may have."""
        real = next((rule for rule in self.emit if rule.source == "real"), self.emit[0])
        share = next((rule.rows.to_dict() for rule in self.emit if isinstance(rule.rows, Share)), {"share": None})
        synthetic = next((rule for rule in self.emit if rule.source == "model"), real)
        term = self.train[0]
        return {
            "rows": real.to_dict()["rows"],
            "synthetic_rows": synthetic.to_dict()["rows"],
            "take": term.take,
            "with_replacement": term.replace,
            "real_weight": term.weight,
            "keep": term.last,
            "decay": term.decay,
            "every": self.reset,
            "share": share["share"],
            "share_decay": share.get("decay"),
        }

    @property
    def id(self) -> str:
        """A short name of the rules: equal rules, equal name."""
        return identity(self.to_dict())

    def compile(self, generations: int) -> Schedule:
        """Return the batches and terms of generations 0..generations."""
        return schedule_of_rules(self.emit, self.train, self.overrides, self.reset, self._last(generations))

    def check(self, generations: int) -> None:
        """Refuse rules that cannot be compiled for generations 0..generations."""
        refuse_rules(self.emit, self.train, self.overrides, self.reset, self._last(generations))

    def _last(self, generations: int) -> int:
        last = checks.whole(generations, "generations", lowest=0, meaning="the last generation")
        if self.only_through is not None and last > self.only_through:
            raise Problem(
                "generations",
                f"{last}, and the function behind this workflow was asked up to {self.only_through} only",
                f"give at most {self.only_through}, or make the workflow for more generations",
            )
        return last

    def __repr__(self) -> str:
        form = self.short()
        if "kind" in form:
            kind, given = form.pop("kind"), ", ".join(f"{key}={value!r}" for key, value in form.items())
            return f"genloss.workflows.{kind}({given})"
        return f"<Workflow {self.id}: {len(self.emit)} emission rules, {len(self.train)} terms>"


def _parse_train(value: Any) -> tuple[tuple[Term, ...], dict[int, tuple[Term, ...]]]:
    if not isinstance(value, Mapping):
        return parse_terms(value, "workflow.train"), {}
    if "default" not in value:
        raise Problem("workflow.train.default", "missing", 'give {default = [...], "0" = [...]}')
    overrides = {}
    for key, terms in value.items():
        if key != "default":
            if not (str(key).isascii() and str(key).isdecimal()):
                raise Problem(f"workflow.train.{key}", "is not a generation", 'give "default" or numbers such as "0"')
            if int(key) in overrides:
                raise Problem(f'workflow.train["{key}"]', f"generation {int(key)} is given twice", "give it once")
            overrides[int(key)] = parse_terms(terms, f'workflow.train["{key}"]')
    return parse_terms(value["default"], "workflow.train"), overrides


def _refuse_reset(emit: Sequence[Emission], reset: Any) -> None:
    """Refuse to begin again from rows of which some are no longer there."""
    if reset is not None and any(isinstance(rule.rows, Share) for rule in emit):
        found = "is given together with rows that take the place of others, which do not come back"
        raise Problem("workflow.reset", found, "leave reset out, or give the number of new rows instead of a share")


def _check_tags(emit: Sequence[Emission], train: Sequence[Term], overrides: Mapping[int, Sequence[Term]]) -> None:
    """Refuse terms and filters that name a tag which is never drawn."""
    tags = [*dict.fromkeys(rule.tag for rule in emit)]
    lists = {"workflow.train": train} | {f'workflow.train["{g}"]': terms for g, terms in overrides.items()}
    for where, terms in lists.items():
        for i, term in enumerate(terms):
            if term.tag != "*" and term.tag not in tags:
                raise Problem(f"{where}[{i}].select.tag", f"{term.tag!r} is never drawn", nearest(term.tag, tags))
            if term.filter is not None and term.filter.tag is not None and term.filter.tag not in tags:
                raise Problem(
                    f"{where}[{i}].filter.tag", f"{term.filter.tag!r} is never drawn", nearest(term.filter.tag, tags)
                )
