"""What does an audit say? A word for each generation, since when, and what is left of what, as sentences and a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from genloss.audit.beside import Beside
from genloss.audit.examples import examples
from genloss.audit.lens import LOSS
from genloss.audit.shown import Shown
from genloss.audit.state import State
from genloss.audit.verdicts import (
    COLLAPSING,
    INCONCLUSIVE,
    SHIFTED,
    STABLE,
    Line,
    Verdict,
    unasked,
    verdicts,
)
from genloss.audit.vocabulary import Estimate
from genloss.audit.wording_of_lines import MEANING, axis, called, effect_said, effect_short, smallest_said
from genloss.identity import identity
from genloss.report import Curve, Figure, Page, Panel, Table
from genloss.report.figure import Band
from genloss.report.numbers import short
from genloss.results.answer import Drawn, shown
from genloss.results.page import sentence
from genloss.results.store import Table as Frame

_MOST_PANELS, _MOST_NAMED = 8, 4
_FOLDED = 40
_NOTHING = 1e-4  # of kinds or chances: not worth a digit
_WIDTH = 0.1  # of the shade of a single generation


@dataclass(frozen=True, repr=False, eq=False)
class Audit(Drawn):
    """What became of generations. reference: what they are compared with. options: as they were fixed. rows: real rows;
    compared: those with which generations are compared, about half. generations: one verdict each, from 1 on.
    belong_together: what makes one ask which real rows belong together, "" for nothing. beside: sentences on each
    generation that decide nothing; profiles: the numbers behind them. examples: real rows where a generation is short
    of rows, if they may be shown."""

    schema: ClassVar[str] = "audit/1"
    also: ClassVar[tuple[str, ...]] = ("verdict", "exit_code")

    question: str
    reference: str
    options: Mapping[str, Any]
    rows: int
    compared: int
    generations: tuple[Verdict, ...]
    belong_together: str
    beside: tuple[tuple[str, ...], ...]
    profiles: tuple[Beside, ...]
    examples: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def of(cls, state: State, seen: Shown | None = None) -> Audit:
        """Return the answer of an audit as it stands. seen: values of columns that are to be shown."""
        asked = "What became of these generations, and may the newest be trained on?"
        told = tuple(tuple(each.beside.said(seen.names if seen else None)) for each in state.generations)
        near = state.known.near.said() if state.known.near is not None and unasked(state) else ""
        found = tuple(verdicts(state))
        rows = examples(state, seen.real, found[-1]) if seen is not None and seen.real is not None else ()
        return cls(
            asked, state.name, state.options.to_dict(), state.rows, state.compared, found, near, told,
            tuple(each.beside for each in state.generations), tuple(rows),
        )  # fmt: skip

    @property
    def verdict(self) -> str:
        """The word for the newest generation."""
        return self.generations[-1].word

    @property
    def exit_code(self) -> int:
        """What a command ends with: 0 stable, 1 collapsing or shifted, 3 inconclusive or not assessable."""
        return {STABLE: 0, COLLAPSING: 1, SHIFTED: 1}.get(self.verdict, 3)

    def mark(self) -> str:
        """Return what its files are known by: the question, what is compared, and the choices."""
        return f"audit {identity([self.question, self.reference, self.rows, dict(self.options)])}"

    def panels(self) -> list[Panel]:
        """Return effects by generation with 95 % intervals: what alarmed first, then all that is of whole rows."""
        last = self.generations[-1]
        first = [line for line in strongest(last) if not _is_whole(line)]
        whole = [line for line in last.lines if _is_whole(line)]
        return [self._panel(line) for line in [*whole, *first][:_MOST_PANELS]]

    def _panel(self, line: Line) -> Panel:
        found = [
            (float(each.generation), same.effect)
            for each in self.generations
            for same in each.lines
            if (same.metric, same.part) == (line.metric, line.part) and same.effect is not None
        ]
        xs = [x for x, _ in found]
        equal = found[0][1].equal if found else 1.0
        values = [effect.value for _, effect in found]
        generations = Curve("generation", 0.6, line_x=xs, line_y=values, x=xs, y=values)
        real = Curve("as the real rows", 0.0, line_x=xs, line_y=[equal] * len(xs), dashed=True)
        ends = [(effect.low, effect.high) for _, effect in found]
        places = xs if len(xs) > 1 else [x + side * _WIDTH for x in xs for side in (-1, 1)]
        low, high = (list(each) for each in zip(*(ends if len(xs) > 1 else ends * 2), strict=True))
        band = Band("95 % interval", places, low, high)
        return Panel(
            sentence(called(line))[:-1], "generation", axis(line.metric), (generations, real), x_whole=True,
            bands=(band,),
        )  # fmt: skip

    def page(self) -> Page:
        """Return a page with the pictures, the words, what was seen in the newest generation, and all lines."""
        panels = self.panels()
        caption = "Points: each generation beside the real rows; shade: 95 % intervals. Dashed: no change."
        columns, lines = self._table()
        return Page(
            title=self.question,
            subtitle=f"{len(self.generations)} generations beside {self.compared:,} of {self.rows:,} rows of "
            f"{self.reference}; alpha {self.options['alpha']:g}",
            answer=self._sentences(),
            figures=[Figure("What is left, by generation", caption, panels, min(2, len(panels)))] if panels else [],
            tables=[
                _words_table(self.generations),
                _newest_table(self.generations[-1]),
                *_kinds_tables(self.profiles[-1]),
                *_rows_tables(self.examples),
                shown((columns, lines), "All that was looked at", _NOTE, folded=len(lines) > _FOLDED),
            ],
            notes=[sentence(note) for note in self._notes()],
        )

    def _lines(self) -> Sequence[str]:
        words = ", ".join(f"{each.generation} {said(each.word)}" for each in self.generations[-6:])
        return [f"{said(self.verdict)}; generations {words}", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        return [sentence(each) for each in self._told()]

    def _told(self) -> Iterator[str]:
        last = self.generations[-1]
        meaning = _TOGETHER if self.belong_together else MEANING[last.word]
        yield f"{named(last)} is {said(last.word)}: {meaning}"
        if last.first_change:
            first, *others = last.likely
            span = f"generation {first}" if not others else f"one of generations {first} to {others[-1]}"
            yield f"the first change is in generation {last.first_change} (95 % sure: {span})"
        if self.belong_together:
            yield f"{self.belong_together}: several rows of one person, machine or document? {_ASK}"
        for line in strongest(last):
            yield (
                f"{called(line)}: {effect_said(line)}; its evidence is {short(line.evidence, 2)}, and an alarm is "
                f"raised at {short(line.alarm_at)}"
            )
        yield from self._undecided(last)
        yield from self.beside[-1]
        seen = [(called(line), smallest_said(line)) for line in last.lines if _is_whole(line) and line.meaning == LOSS]
        if told := ", ".join(f"{what} {size}" for what, size in seen if size):
            yield f"smaller losses may go unseen: this generation alone would show, in four audits of five, {told}"
        yield (
            "for independent rows the chance of a false alarm is exact by theory; intervals, the names of losses and "
            "the generation of a change are estimates, whose errors were measured"
        )
        yield (
            "where nothing changes, the chance that any generation is ever called collapsing or shifted is at most "
            f"{self.options['alpha']:.2g}, however often one looks"
        )

    def _undecided(self, last: Verdict) -> Iterator[str]:
        """Say how many rows would decide, where that is open."""
        if last.word != INCONCLUSIVE:
            return
        for line in last.lines:
            if line.real_rows_to_decide and line.rows_to_decide:
                yield f"{called(line)} is open: {line.rows_to_decide:,} rows in a generation would decide"
            elif line.real_rows_to_decide:
                yield (
                    f"{called(line)} is open, and no number of generated rows would decide beside these real rows: "
                    f"give {line.real_rows_to_decide:,} real rows, and as many generated ones"
                )

    def _notes(self) -> Iterator[str]:
        yield from _NOTES
        for name, what in (("expect_shift", "were expected to change"), ("ignore", "were left out")):
            if self.options[name]:
                yield f"columns that {what} and are not judged: {', '.join(self.options[name])}"
        if self.options["gates"]:
            yield f"only losses for which a tolerance was given decide: {', '.join(self.options['gates'])}"

    def _table(self) -> Frame:
        columns = [
            "generation", "name", "verdict", "metric", "part", "value", "low", "high", "floors", "evidence", "alarm_at",
            "alarm", "smallest_seen",
        ]  # fmt: skip
        return columns, [line for each in self.generations for line in _table_lines(each)]


_NOTE = (
    "value, low, high: compared with the real rows, with the ends of a 95 % interval. floors: how many times further "
    "from no change than one of twenty samples of as many real rows comes by chance. evidence: how strongly the rows "
    "so far speak against no change; at alarm_at an alarm is raised. smallest_seen: the loss that would raise an alarm "
    "in four audits of five."
)
_NOTES = (
    "a change of units, or a population that really became narrower, looks like a loss: data cannot tell them apart; "
    "name such columns with --expect-shift (expect_shift= in Python)",
    "rows that belong together (several of one person) are not independent, and give false alarms unless their column "
    "is named with --id (id= in Python)",
    "that there is a change is tested; whether it is called collapsing or shifted is a rule of thumb, whose errors "
    "were measured (docs/theory/audit.md)",
)


_TOGETHER = "some real rows look as if they belonged together, and then no alarm would be right"
_ASK = (
    "Name their column (--id COLUMN, id= in Python), or say that they are independent (--independent, independent=True)"
)


def said(word: str) -> str:
    """Write a verdict as words."""
    return word.replace("_", " ")


def named(verdict: Verdict) -> str:
    """Name a generation: its number, and what it is called where that is another word."""
    own = str(verdict.generation)
    return f"generation {own}" if verdict.name == own else f"generation {own} ({verdict.name})"


def strongest(verdict: Verdict) -> list[Line]:
    """Return the alarmed lines with most evidence, losses first where the generation is collapsing."""
    loss_first = verdict.word == COLLAPSING
    alarmed = [line for line in verdict.lines if line.alarmed]
    key = lambda line: (loss_first and not (line.meaning == LOSS and line.confirmed), -line.evidence)  # noqa: E731
    found, told = [], set[str]()
    for line in sorted(alarmed, key=key):
        if line.metric not in told:
            found.append(line)
            told.add(line.metric)
    return found[:_MOST_NAMED]


def _words_table(generations: Sequence[Verdict]) -> Table:
    columns = ["generation", "name", "rows", "verdict", "first change", "strongest evidence"]
    lines = []
    for each in generations:
        reasons = ", ".join(called(line) for line in strongest(each)[:2])
        since = str(each.first_change) if each.first_change else ""
        lines.append([str(each.generation), each.name, f"{each.rows:,}", said(each.word), since, reasons])
    note = "What comes later changes nothing that was said before."
    return Table("A word for each generation", note, columns, lines, texts=(0, 1, 3, 5))


def _newest_table(verdict: Verdict) -> Table:
    columns = ["what", "of the real rows' (95 % interval)", "floors", "smallest seen", "alarm"]
    lines = []
    chosen = strongest(verdict)
    for line in verdict.lines:
        if _is_whole(line) or line in chosen:
            floors = f"{line.effect.beside_floor:.2g}" if line.effect is not None else ""
            smallest = smallest_said(line) or "not any"
            lines.append([called(line), effect_short(line), floors, smallest, "yes" if line.alarmed else ""])
    note = (
        "floors: how many times further from no change than one of twenty samples of as many real rows comes by "
        "chance; below 1 it may be chance. smallest seen: the smallest loss that this generation alone would have "
        "shown; “not any”: with so few rows not even a complete loss. alarm: raised in this generation or in an "
        "earlier one."
    )
    return Table(f"The newest: {named(verdict)}", note, columns, lines, texts=(0, 1, 4))


def _kinds_tables(profile: Beside) -> Iterator[Table]:
    """Yield a table of columns of words: what vanished, what is new, and what is not seen yet."""
    columns = ["column", "kinds", "now", "gone", "expected", "new", "expected", "unseen, real", "unseen, now"]
    lines = [
        [
            each.name, f"{each.levels:,}", f"{each.made_levels:,}",
            f"{each.vanished:,}", _estimate(each.vanished_expected),
            f"{each.new:,}", _estimate(each.new_expected), _estimate(each.unseen), _estimate(each.made_unseen),
        ]
        for each in profile.levels
    ]  # fmt: skip
    note = (
        "gone, new: kinds without a row among those made, or among real ones, beside the number expected where nothing "
        "changed. unseen: the chance that the next row has a new kind (Good and Turing)."
    )
    if lines:
        yield Table("The newest: kinds of words", note, columns, lines, texts=(0,), folded=len(lines) > _FOLDED)


def _rows_tables(rows: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[Table]:
    lines = [[what, row] for what, every in rows for row in every]
    if lines:
        note = "Real rows that have most of what the newest generation lacks."
        yield Table("Real rows where it is short of rows", note, ["where", "row"], lines, texts=(0, 1))


def _estimate(found: Estimate) -> str:
    if found.value < _NOTHING:
        return "0"
    return f"{short(found.value, 2)} ± {short(found.error, 1)}"


def _table_lines(verdict: Verdict) -> Iterator[dict[str, Any]]:
    for line in verdict.lines:
        told: dict[str, Any] = {"generation": verdict.generation, "name": verdict.name, "verdict": said(verdict.word)}
        told |= {"metric": line.metric, "part": line.part}
        if line.effect is not None:
            told |= {"value": line.effect.value, "low": line.effect.low, "high": line.effect.high}
            told |= {"floors": line.effect.beside_floor}
        told |= {"evidence": line.evidence, "alarm_at": line.alarm_at, "alarm": "yes" if line.alarmed else ""}
        yield told | ({"smallest_seen": line.smallest_seen} if line.smallest_seen is not None else {})


def _is_whole(line: Line) -> bool:
    """Whether a line is of all rows, and its effect not that of another line told the other way."""
    whole = not line.part or (line.metric == "tail" and line.part == "5%")
    return whole and line.metric != "spread" and not line.metric.endswith("gained")
