"""What does a plan answer? The value with its interval, the check beside it, what it rests on, and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from genloss.advise.assumption import Assumption
from genloss.advise.plans.facts import Facts, Looked
from genloss.advise.plans.frontier import Frontier
from genloss.advise.plans.pictures import panels_of
from genloss.advise.plans.wording import TITLES, sentences_of
from genloss.report import Figure, Page, Panel, short
from genloss.results.answer import Drawn, shown
from genloss.results.page import sentence
from genloss.results.store import Table
from genloss.version import __version__

__all__ = ["Looked", "Plan"]


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class Plan(Facts, Drawn):
    """What one open quantity should be; its fields are those of `Facts`."""

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
