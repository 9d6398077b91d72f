"""What does an audit say? A word for each generation, since when, and what is left of what, as sentences and a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from genloss.audit.effects import Effect
from genloss.audit.lens import LOSS
from genloss.audit.state import State
from genloss.audit.verdicts import (
    COLLAPSING,
    INCONCLUSIVE,
    NOT_ASSESSABLE,
    SHIFTED,
    STABLE,
    Line,
    Verdict,
    verdicts,
)
from genloss.identity import identity
from genloss.report import Curve, Figure, Page, Panel
from genloss.results.answer import Drawn, shown
from genloss.results.page import sentence
from genloss.results.store import Table as Frame

_MOST_PANELS, _MOST_NAMED = 8, 4
METRICS: Mapping[str, str] = {
    "variance": "variance left (ratio)",
    "spread": "variance (ratio)",
    "tail": "rows in the tails left (ratio)",
    "tail gained": "rows in the tails (ratio)",
    "coverage": "rows in a region left (ratio)",
    "recall": "real rows that are reached (difference of shares)",
    "diversity": "distance between neighbors left (ratio)",
    "location": "mean along an axis (standard deviations)",
    "unsupported": "rows far from all real ones (ratio)",
    "kinds": "kinds in 32 rows (difference)",
    "kinds gained": "kinds in 32 rows (difference)",
    "rare kinds": "rows with a rare kind left (ratio)",
    "rare kinds gained": "rows with a rare kind (ratio)",
    "shares of kinds": "rows of a kind (ratio)",
    "learned variance": "variance left (ratio)",
    "learned location": "mean to that side (standard deviations)",
    "learned region": "rows in these regions left (ratio)",
    "slices": "rows of the group left (ratio)",
    "loss": "loss of a row (difference)",
}
"""What the effect of a metric is, in words."""
_MEANING = {
    STABLE: "no loss beyond the tolerances",
    COLLAPSING: "something that real rows have is being lost",
    SHIFTED: "other rows than the real ones, without a loss that is certain",
    INCONCLUSIVE: "no change is certain, and too few rows to rule a loss out",
    NOT_ASSESSABLE: "too few rows to say anything of it alone",
}


@dataclass(frozen=True, repr=False, eq=False)
class Audit(Drawn):
    """What became of generations. alpha: chance of ever raising an alarm where nothing changes. reference: real rows
    with which generations were compared, half of those given. generations: one verdict each, from 1 on."""

    schema: ClassVar[str] = "audit/1"

    question: str
    alpha: float
    reference: int
    generations: tuple[Verdict, ...]

    @classmethod
    def of(cls, state: State) -> Audit:
        """Return the answer of an audit as it stands."""
        asked = "What became of these generations?"
        return cls(asked, state.options.alpha, state.compared, tuple(verdicts(state)))

    @property
    def worst(self) -> str:
        """The word for all: collapsing before shifted, inconclusive, stable."""
        words = [each.word for each in self.generations]
        return next(word for word in (COLLAPSING, SHIFTED, INCONCLUSIVE, NOT_ASSESSABLE, STABLE) if word in words)

    def mark(self) -> str:
        """Return what its files are known by."""
        return f"audit {identity([self.question, self.alpha, self.reference])}"

    def panels(self) -> list[Panel]:
        """Return effects by generation with 95 % intervals, a panel for each metric of the whole rows."""
        chosen = [line for line in self.generations[-1].lines if _is_whole(line)]
        changed = [line for line in self.generations[-1].lines if line.alarmed and line not in chosen]
        return [self._panel(line) for line in [*chosen, *changed][:_MOST_PANELS]]

    def _panel(self, line: Line) -> Panel:
        found = [
            (float(each.generation), same.effect)
            for each in self.generations
            for same in each.lines
            if (same.metric, same.part) == (line.metric, line.part) and same.effect is not None
        ]
        xs = [x for x, _ in found]
        curve = Curve(
            "generations",
            0.0,
            x=xs,
            y=[effect.value for _, effect in found],
            half_width=[(effect.high - effect.low) / 2 for _, effect in found],
        )
        equal = found[0][1].equal if found else 0.0
        same = Curve("as the real rows", 1.0, line_x=xs, line_y=[equal] * len(xs), dashed=True)
        return Panel(_named(line), "generation", METRICS[line.metric], (curve, same), x_whole=True)

    def page(self) -> Page:
        """Return a page with the pictures, a table of all that was looked at, and how to read it."""
        panels = self.panels()
        caption = "Points: each generation beside the real rows; bars: 95 % intervals. Dashed: no change."
        columns, lines = self._table()
        return Page(
            title=self.question,
            subtitle=f"{len(self.generations)} generations beside {self.reference:,} real rows; alpha {self.alpha:g}",
            answer=self._sentences(),
            figures=[Figure("What is left, by generation", caption, panels, min(2, len(panels)))],
            tables=[shown((columns, lines), "All that was looked at", _NOTE, folded=len(lines) > 40)],
            notes=[sentence(note) for note in _NOTES],
        )

    def _lines(self) -> Sequence[str]:
        words = ", ".join(f"{each.generation} {each.word}" for each in self.generations[:_MOST_NAMED])
        more = f", and {len(self.generations) - _MOST_NAMED} more" if len(self.generations) > _MOST_NAMED else ""
        return [f"{self.worst}: generations {words}{more}", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        return [sentence(each) for each in self._told()]

    def _told(self) -> Iterator[str]:
        last = self.generations[-1]
        yield f"generation {last.generation} is {last.word}: {_MEANING[last.word]}"
        if last.first_change:
            first, *others = last.likely
            span = f"{first}" if not others else f"one of {first} to {others[-1]}"
            yield f"the rows changed first in generation {last.first_change} (95 % sure: {span})"
        for line in _strongest(last):
            yield f"{_named(line)}: {_effect_words(line.effect)}; evidence {line.evidence:,.3g}"
        yield (
            f"where nothing changes, the chance that any generation is ever called collapsing or shifted is at most "
            f"{self.alpha:.2g}, however often one looks"
        )

    def _table(self) -> Frame:
        columns = ["generation", "verdict", "metric", "value", "low", "high", "floors", "evidence", "alarm"]
        return columns, [line for each in self.generations for line in _table_lines(each)]


_NOTE = (
    "value, low, high: beside the real rows, with the ends of a 95 % interval. floors: how many times further from no "
    "change than in one of twenty samples of as many real rows. evidence: a bet against one law for all so far."
)
_NOTES = (
    "a change of units, or a population that became narrower in truth, looks like a loss: data cannot tell them apart",
    "rows that belong together (several of one person) are not independent, and give false alarms",
)


def _strongest(verdict: Verdict) -> list[Line]:
    """Return the alarmed lines with most evidence, losses first where the generation is collapsing."""
    loss_first = verdict.word == COLLAPSING
    alarmed = [line for line in verdict.lines if line.alarmed]
    key = lambda line: (loss_first and not (line.meaning == LOSS and line.confirmed), -line.evidence)  # noqa: E731
    return sorted(alarmed, key=key)[:_MOST_NAMED]


def _named(line: Line) -> str:
    return f"{line.metric}, {line.part}" if line.part else line.metric


def _effect_words(effect: Effect | None) -> str:
    if effect is None:
        return "too few rows to measure"
    what = " times that of the real rows" if effect.equal == 1 else " more than in the real rows"
    return f"{effect.value:.3g}{what}, 95 % interval {effect.low:.3g} to {effect.high:.3g}"


def _table_lines(verdict: Verdict) -> Iterator[dict[str, Any]]:
    for line in verdict.lines:
        told: dict[str, Any] = {"generation": verdict.generation, "verdict": verdict.word, "metric": _named(line)}
        if line.effect is not None:
            told |= {"value": line.effect.value, "low": line.effect.low, "high": line.effect.high}
            told |= {"floors": line.effect.beside_floor}
        yield told | {"evidence": line.evidence, "alarm": "yes" if line.alarmed else ""}


def _is_whole(line: Line) -> bool:
    """Whether a line is of all rows, and its effect not that of another line told the other way."""
    return (not line.part or line.part == "5%") and line.metric != "spread" and not line.metric.endswith("gained")
