"""What does a plan answer? The value with its interval, the check beside it, what it rests on, and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from genloss.advise.assumption import Assumption
from genloss.advise.plans.around import Floor, Saturation, Worth
from genloss.advise.plans.checked import Verification
from genloss.advise.plans.frontier import Frontier, Pair
from genloss.advise.plans.pictures import panels_of
from genloss.advise.plans.power import Needed
from genloss.advise.plans.regime import Regime
from genloss.advise.plans.target import Target
from genloss.advise.plans.wording import TITLES, sentences_of
from genloss.report import Figure, Page, Panel, short
from genloss.results.answer import Drawn, shown
from genloss.results.page import sentence
from genloss.results.store import Table
from genloss.version import __version__

__all__ = ["Looked", "Plan"]


@dataclass(frozen=True)
class Looked:
    """One value of the open quantity. missed: by how much the target is missed there, at most 0 where it is met.

    best, worst: the same where what is not known is kind, and where it is not. mean: of the last generation.
    """

    value: float
    mean: float
    missed: float | None
    best: float | None
    worst: float | None


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class Plan(Drawn):
    """What one open quantity should be.

    open: its name. value: the answer; None where nothing meets the target. low, high: between which it lies with 95 %,
    for what is not known of truth, noise and simulation; low None: perhaps no value will do; high infinite: perhaps
    there is no limit. ranges: all ranges of values that meet the target; an end at an end of `domain` is open.
    mean, mean_low, mean_high: of the metric by generation at the answer (or where the target is missed by least).
    verification: independent runs at the answer. regime: how the mean goes on with the generations. worth, saturation:
    of rows at the answer. floor: where nothing meets the target. cheapest: the pair of least cost that meets it.
    frontier: pairs of rows. needed: of a plan for replicates. penalties: of a plan for them, by generation.
    status: of the mean. assumptions: checked, failed, unknown.
    """

    open: str
    value: float | None
    low: float | None = None
    high: float | None = None
    ranges: tuple[tuple[float, float], ...] = ()
    domain: tuple[float, float]
    metric: str
    unit: str
    target: Target | None = None
    goal: str
    generations: int
    settings: dict[str, float]
    mean: tuple[float, ...]
    mean_low: tuple[float, ...]
    mean_high: tuple[float, ...]
    status: str
    verification: Verification | None = None
    regime: Regime | None = None
    worth: Worth | None = None
    saturation: Saturation | None = None
    floor: Floor | None = None
    cheapest: Pair | None = None
    frontier: Frontier | None = None
    needed: Needed | None = None
    penalties: tuple[float, ...] = ()
    saving: dict[str, float] = field(default_factory=dict)
    looked: tuple[Looked, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    notes: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()

    schema: ClassVar[str] = "plan/3"
    also: ClassVar[tuple[str, ...]] = ("holds",)

    @property
    def holds(self) -> bool:
        """Whether there is an answer, and independent runs do not contradict it."""
        return self.value is not None and (self.verification is None or self.verification.verdict != "missed")

    def panels(self) -> list[Panel]:
        """Return the metric by generation, the miss by value, and the pairs that meet the target."""
        return panels_of(self)

    def page(self) -> Page:
        """Return the answer, its pictures, and everything that was looked at."""
        tables = [shown(_states(self.assumptions), "What the answer rests on", "State: checked, failed or unknown.")]
        tables.append(shown(self._table(), "Values that were looked at", _NOTE, folded=True))
        if self.frontier is not None:
            tables.append(
                shown(_pairs(self.frontier), "Pairs of rows", "missed: at most 0 meets the target.", folded=True)
            )
        return Page(
            title=TITLES[self.open],
            subtitle=self.goal,
            answer=list(self._sentences()),
            figures=[Figure("Plan", _CAPTION, self.panels(), min(2, len(self.panels())))],
            tables=tables,
            notes=[sentence(f"{name}: {words}") for name, words in self.asked],
            facts=[("genloss", __version__)],
        )

    def _lines(self) -> Sequence[str]:
        return [f"{self.open} {'none' if self.value is None else short(self.value)}", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        return sentences_of(self)

    def _table(self) -> Table:
        lines = [
            {name: value for name, value in (
                (self.open, each.value), ("mean", each.mean), ("missed", each.missed), ("best", each.best),
                ("worst", each.worst),
            ) if value is not None}
            for each in self.looked
        ]  # fmt: skip
        return [self.open, "mean", "missed", "best", "worst"], lines


_NOTE = (
    "mean: of the last generation. missed: by how much the target is missed, in its own unit; at most 0 where it is "
    "met. best, worst: the same at the ends of what is not known."
)
_CAPTION = (
    "The mean by generation at the answer, with what is not known as a shade; the mean, or what single runs stay "
    "below, in the generation where it is worst, by the open quantity; and pairs of rows, where they were asked for."
)


def _states(assumptions: Sequence[Assumption]) -> Table:
    return ["assumption", "state", "found"], [
        {"assumption": each.name, "state": each.state, "found": each.found} for each in assumptions
    ]


def _pairs(frontier: Frontier) -> Table:
    columns = ["real_rows", "synthetic_rows", "value", "missed", "cost"]
    return columns, [
        {name: getattr(pair, name) for name in columns if getattr(pair, name) is not None} for pair in frontier.pairs
    ]
