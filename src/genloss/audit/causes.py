"""What does an attribution say? Three causes of a loss with intervals, or by name why one cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from genloss.identity import identity
from genloss.report import Bar, Curve, Figure, Page, Panel
from genloss.report.numbers import short
from genloss.results.answer import Drawn, shown
from genloss.results.page import sentence
from genloss.results.store import Table as Frame

SAMPLING, EXPRESSIVITY, OPTIMIZATION = "sampling_error", "expressivity_error", "optimization_error"
ESTIMATED, AT_LEAST, AT_MOST, UNKNOWN = "estimated", "at least", "at most", "not identifiable"
MEANING = {
    SAMPLING: "because rows are few; it vanishes as rows grow",
    EXPRESSIVITY: "no model of this family is distributed as the real rows are",
    OPTIMIZATION: "the fit does not find the best model of its family, however many rows there are",
}
"""What each cause is."""
_WORDS = {name: name.replace("_", " ") for name in MEANING}


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. value: a part of the loss; with `low` and `high` its 95 % interval. None: see `why`.

    status: "estimated"; "at least", "at most": the number is a bound of that kind; "not identifiable": no number, and
    a bound in `high` where there is one.
    """

    name: str
    status: str
    value: float | None = None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""


@dataclass(frozen=True, repr=False, eq=False)
class Attribution(Drawn):
    """Why a model loses something in one generation.

    model: as it calls itself. rows: to which a fit was made. measure, unit: of the loss. many: times as many rows,
    which stand for infinitely many. loss: of a fit on held-out real rows, above the truth's where that is known.
    causes: of it. seeds: the part of the loss that differs between two fits to the same rows. by_rows: the variance of
    fits to other real rows, and the squared bias of fits to a quarter and to half of them, and its fall. notes: what
    fits said.
    """

    schema: ClassVar[str] = "attribution/1"

    model: str
    rows: int
    measure: str
    unit: str
    repetitions: int
    many: float
    seed: int
    loss: Cause
    causes: tuple[Cause, ...]
    seeds: Cause
    by_rows: tuple[Cause, ...] = ()
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Cause:
        """Return the cause of this name."""
        return next(cause for cause in self.causes if cause.name == name)

    @property
    def answered(self) -> bool:
        """Whether any cause can be told."""
        return any(cause.value is not None for cause in self.causes)

    def mark(self) -> str:
        """Return what its files are known by."""
        return f"attribution {identity([self.model, self.rows, self.measure, self.seed])}"

    def panels(self) -> list[Panel]:
        """Return a bar for each cause that is known, with its interval."""
        known = [(float(place), cause) for place, cause in enumerate(self.causes, 1) if cause.value is not None]
        bars = tuple(
            Bar(_WORDS[each.name], [x], [min(0.0, each.value or 0.0)], [max(0.0, each.value or 0.0)], (x - 1) / 2)
            for x, each in known
        )
        interval = Curve(
            "95 % interval",
            0.0,
            x=[x for x, _ in known],
            y=[each.value or 0.0 for _, each in known],
            half_width=[((each.high or 0.0) - (each.low or 0.0)) / 2 for _, each in known],
            dashed=True,
        )
        return [
            Panel(
                "Why a generation loses", "cause", f"{self.measure} ({self.unit})", (interval,), x_whole=True, bars=bars
            )
        ]

    def page(self) -> Page:
        """Return a page with the picture, the table, and how to read it."""
        figures = []
        if self.answered:
            caption = "Bars: each cause; lines: 95 % intervals. An estimate of 0 may lie below it by chance."
            figures = [Figure("Causes of the loss", caption, self.panels(), 1)]
        return Page(
            title="Why does a generation lose?",
            subtitle=f"{self.model}; {self.rows:,} rows; {self.repetitions} repetitions; seed {self.seed}",
            answer=list(self._sentences()),
            figures=figures,
            tables=[shown(self._table(), "Causes", _NOTE)],
            notes=[sentence(note) for note in self.notes],
        )

    def _lines(self) -> Sequence[str]:
        return [f"{self.model}, {self.rows:,} rows", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        return [sentence(each) for each in self._said()]

    def _said(self) -> Iterator[str]:
        if not self.answered:
            yield f"the causes are not identifiable: {self.causes[0].why}"
            return
        yield self._first()
        if self.loss.value is not None:
            yield f"the loss of a fit to {self.rows:,} rows on held-out real rows: {_number(self.loss)} {self.unit}"
        for cause in self.causes:
            why = f"; {cause.why}" if cause.why else ""
            yield f"{_WORDS[cause.name]} ({MEANING[cause.name]}): {_number(cause)}{why}"
        if self.seeds.value is not None:
            yield f"of the loss, {_number(self.seeds)} differs between two fits to the same rows"
        yield (
            f"measured by {self.measure}, in {self.repetitions} repetitions of simulated refits; {self.many:g} times "
            "the rows are taken as a stand-in for infinitely many"
        )

    def _first(self) -> str:
        sure = [each for each in self.causes if each.low is not None and each.low > 0 and each.value is not None]
        if not sure:
            return "with these rows and repetitions no cause can be told from 0"
        names = [_WORDS[each.name] for each in sorted(sure, key=lambda each: -(each.value or 0.0))]
        most = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} (largest first)"
        return f"causes that are clearly above 0: {most}"

    def _table(self) -> Frame:
        columns = ["part", "status", "value", "standard_error", "low", "high"]
        every = [*self.causes, self.loss, self.seeds, *self.by_rows]
        return columns, [
            {
                "part": each.name, "status": each.status, "value": each.value, "standard_error": each.standard_error,
                "low": each.low, "high": each.high,
            }
            for each in every
        ]  # fmt: skip


def _number(cause: Cause) -> str:
    if cause.value is None:
        return f"not identifiable{'' if cause.high is None else f', at most {short(cause.high, 3)}'}"
    bound = f"{cause.status} " if cause.status in (AT_LEAST, AT_MOST) else ""
    ends = (
        f" (95 %: {short(cause.low, 3)} to {short(cause.high, 3)})"
        if cause.low is not None and cause.high is not None
        else ""
    )
    error = "" if cause.standard_error is None else f" ± {short(cause.standard_error, 2)}"
    return f"{bound}{short(cause.value, 3)}{error}{ends}"


_NOTE = (
    "value ± standard_error, low to high: 95 % interval. loss: of a fit on held-out real rows. seeds: half the "
    "distance of two fits to the same rows. variance: half the distance of fits to the halves of the rows, halved as "
    "for twice as many: the sampling error of real rows but for bias. squared bias: of the mean fit, at fewer rows."
)
