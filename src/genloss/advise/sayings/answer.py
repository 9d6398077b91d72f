"""What is said of numbers that circulate: a verdict for each of two settings, its page and its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

from genloss.advise.sayings.entries import FOLKLORE, entry_of
from genloss.advise.sayings.verdicts import RIGHT, SIMULATION, WRONG, Checked, Saying, saying_of, study_of
from genloss.errors import refuse_uncalled
from genloss.identity import identity
from genloss.report import Curve, Figure, Page, Panel, Table
from genloss.results.answer import Drawn
from genloss.results.store import Table as Frame
from genloss.version import __version__

_TITLE = "Which numbers about synthetic data are right, and where?"
_HOW = (
    "A number is right where the whole interval of what was computed lies within what is told, wrong where all of it "
    "lies outside, undecided between. The interval has 4.5 standard errors of simulation to each side, and what finite "
    "size may do to an asymptotic theory."
)
_PICTURE = (
    "Every number that was computed, divided by what is told. The dashed line is where it would be right; of a bound "
    "on one side it is drawn to a factor of 4."
)
_BEYOND = 4.0  # how far the picture draws a range without an end, as a ratio


@dataclass(frozen=True, repr=False, eq=False)
class Folklore(Drawn):
    """Numbers that circulate, each with the setting in which it is right and one in which it is wrong, computed.

    sayings: one for each number. simulated: whether simulation decides, with theory beside it, or theory alone.
    """

    sayings: tuple[Saying, ...]
    simulated: bool

    schema: ClassVar[str] = "folklore/1"
    also: ClassVar[tuple[str, ...]] = ("as_expected",)

    @property
    def as_expected(self) -> bool:
        """Whether every number came out right in its first setting and wrong in its second."""
        return all(saying.as_expected for saying in self.sayings)

    def mark(self) -> str:
        """Return what a file of this answer is known by."""
        return mark_of_names((saying.name for saying in self.sayings), simulated=self.simulated)

    def listed(self) -> Table:
        """Return a line for each number, with its verdict."""
        columns = ["name", "number", "what is told", "where it is right", "where it is wrong", "verdict"]
        lines = [
            [each.name, each.number, each.right.told, each.right.measured, each.wrong.measured, each.verdict]
            for each in self.sayings
        ]
        note = "What is told, and what is computed in a setting where that is right and in one where it is wrong."
        return Table("The numbers and their verdicts", note, columns, lines, texts=tuple(range(len(columns))))

    def panels(self) -> list[Panel]:
        """Return every number in its two settings, as a ratio to what is told; of a single one each setting apart."""
        if len(self.sayings) == 1:
            return [_settings_apart(self.sayings[0])]
        places = list(range(len(self.sayings), 0, -1))
        pairs = list(zip(places, self.sayings, strict=True))
        free = next((place for place, saying in pairs if _ends_beyond(saying)), places[0])
        told = [_told_range(place, saying.right, named=place == free) for place, saying in pairs]
        points = [
            _points(verdict, [(place, getattr(saying, verdict)) for place, saying in pairs])
            for verdict in (RIGHT, WRONG)
        ]
        return [_panel((*told, *points), [(place, f"{saying.name}: {saying.number}") for place, saying in pairs])]

    def page(self) -> Page:
        """Return the verdicts, the picture, and for every number its two settings."""
        return Page(
            title=_TITLE if len(self.sayings) > 1 else f'Where is it right? "{self.sayings[0].told}"',
            subtitle=_HOW,
            answer=self._sentences()[: 1 if len(self.sayings) > 1 else 2],
            figures=[Figure("The numbers and what was computed", _PICTURE, self.panels())],
            tables=[*([self.listed()] if len(self.sayings) > 1 else []), *map(_table_of, self.sayings)],
            facts=[("genloss", __version__)],
        )

    def _lines(self) -> Sequence[str]:
        return [self._count(), *(f"{each.name} ({each.number}): {each.verdict}" for each in self.sayings)]

    def _sentences(self) -> Sequence[str]:
        if len(self.sayings) == 1:
            return _in_full(self.sayings[0], self._by)
        return [self._count(), *(_sentence(saying) for saying in self.sayings)]

    @property
    def _by(self) -> str:
        return "simulation" if self.simulated else "theory"

    def _count(self) -> str:
        right = sum(saying.right.verdict == RIGHT for saying in self.sayings)
        wrong = sum(saying.wrong.verdict == WRONG for saying in self.sayings)
        if len(self.sayings) == 1:
            return f"{self.sayings[0].verdict}, by {self._by}"
        count = f"Of {len(self.sayings)} numbers {right} are right in one setting and {wrong} wrong in another"
        others = ", ".join(each.name for each in self.sayings if not each.as_expected)
        return f"{count}, by {self._by}.{f' Not as expected, or not all beside it: {others}.' if others else ''}"

    def _table(self) -> Frame:
        lines: list[dict[str, Any]] = []
        for saying in self.sayings:
            named = [("right", saying.right), ("wrong", saying.wrong), *(("beside", each) for each in saying.beside)]
            lines += [_line(saying, setting, each) for setting, each in named]
        return list(lines[0]), lines


def mark_of_names(names: Iterable[str], *, simulated: bool) -> str:
    """Return what files about these numbers are known by: what was asked, and not what was computed."""
    return f"folklore {identity({'names': list(names), 'simulated': simulated})}"


def folklore(
    name: str | None = None, *, simulated: bool = False, progress: Callable[[int, int], None] | None = None
) -> Folklore:
    """Say of numbers that circulate about synthetic data where they are right, and where they are wrong.

    name: one of them, as `genloss folklore` lists them; None: all. simulated: simulate every study, too (a few seconds
    each), and let that decide; without it theory does. progress: called with (numbers done, numbers).

    Every verdict is computed from the study of the number, which has both settings. Errors: `Problem` for a name that
    is not there. Status: as each number says, exact, asymptotic with its allowance, or simulation.
    Checked by tests/unit/test_folklore.py.

    >>> folklore("half-and-half")
    <Folklore: right here, wrong there, by theory>
    half-and-half (50/50): right here, wrong there
    """
    refuse_uncalled("progress", progress)
    asked = FOLKLORE if name is None else {name: entry_of(name)}
    found = []
    for each, entry in asked.items():
        found.append(saying_of(each, entry, study_of(each), simulated=simulated))
        if progress is not None:
            progress(len(found), len(asked))
    return Folklore(tuple(found), simulated)


def _sentence(saying: Saying) -> str:
    return (
        f"{saying.name} ({saying.number}) is {saying.right.verdict} in one setting, with {saying.right.measured}, and "
        f"{saying.wrong.verdict} in another, with {saying.wrong.measured}, where {saying.right.told} is told."
    )


def _in_full(saying: Saying, by: str) -> list[str]:
    """Say one number with both settings; the first sentence is the verdict."""
    right, wrong = saying.right, saying.wrong
    unlike = "" if saying.as_expected else " That, or one of the further claims, is not as expected."
    return [
        f'"{saying.told}" is {right.verdict} in one setting and {wrong.verdict} in another, by {by}.{unlike}',
        f"What is checked in both ({right.told}): {right.text}",
        f"Source: {right.source}.",
        f"Here it is {right.verdict}. {saying.right_where} {_computed(right)}",
        f"There it is {wrong.verdict}. {saying.wrong_where} {_computed(wrong)}",
        *(f"Besides, {each.verdict}: {each.text} {_computed(each)}" for each in saying.beside),
        *([f"`{saying.ask}` says what holds for rows of your own."] if saying.ask else []),
    ]


def _computed(checked: Checked) -> str:
    """Say a number with what it is sure of."""
    if checked.status == SIMULATION:
        return f"Simulated: {checked.measured}."
    return f"Computed: {checked.measured} ({checked.status})."


def _line(saying: Saying, setting: str, each: Checked) -> dict[str, Any]:
    told = {"told": each.told, "verdict": each.verdict, "value": each.value, "low": each.low, "high": each.high}
    sure = {"standard_error": each.standard_error, "status": each.status, "text": each.text, "source": each.source}
    return {"name": saying.name, "number": saying.number, "setting": setting} | told | sure


_SETTINGS = {RIGHT: "besides, here", WRONG: "besides, there"}


def _table_of(saying: Saying) -> Table:
    """Return what the page shows of a number: the sentences, and a line for each setting."""
    named = [("here", saying.right), ("there", saying.wrong)]
    named += [(_SETTINGS.get(each.case, f"besides, {each.case}"), each) for each in saying.beside]
    lines = [[setting, each.text, each.told, each.measured, each.status, each.verdict] for setting, each in named]
    own = f" For rows of your own: `{saying.ask}`." if saying.ask else ""
    note = (
        f"Here it is {saying.right.verdict}. {saying.right_where} There it is {saying.wrong.verdict}. "
        f"{saying.wrong_where} Source: {saying.right.source}. Study: {saying.name}.toml, which "
        f"genloss folklore {saying.name} --run simulates.{own}"
    )
    columns = ["setting", "what is said", "told", "computed", "status", "verdict"]
    return Table(f'{saying.number}: "{saying.told}"', note, columns, lines, texts=tuple(range(len(columns))))


def _scale(checked: Checked) -> float:
    """Return the number that is told: the middle of a range, or its one end."""
    ends = [end for end in (checked.told_low, checked.told_high) if isfinite(end)]
    return sum(ends) / len(ends)


def _drawn_range(checked: Checked) -> list[float]:
    """Return between which ratios a number would be right, a range without an end cut off."""
    ends = [end / _scale(checked) for end in (checked.told_low, checked.told_high)]
    return sorted(end if isfinite(end) else _BEYOND if end > 0 else 1 / _BEYOND for end in ends)


def _ends_beyond(saying: Saying) -> bool:
    """Whether the range of what is told has no end to the right, with both numbers inside the picture of it."""
    ratios = [each.value / _scale(each) for each in (saying.right, saying.wrong)]
    return max(ratios) < _drawn_range(saying.right)[1] == _BEYOND


def _told_range(place: int, checked: Checked, *, named: bool) -> Curve:
    """Return where a number would be right, as a line at its place."""
    return Curve("what is told" if named else "", 0.0, _drawn_range(checked), [place, place], dashed=True)


def _points(verdict: str, settings: Sequence[tuple[int, Checked]]) -> Curve:
    """Return the numbers of one setting, each at its place."""
    x = [each.value / _scale(each) for _, each in settings]
    y = [float(place) for place, _ in settings]
    return Curve(f"where it is {verdict}", 0.0, x=x, y=y, number=(RIGHT, WRONG).index(verdict))


def _settings_apart(saying: Saying) -> Panel:
    """Return one number, its settings above each other."""
    named = ((2, RIGHT, saying.right), (1, WRONG, saying.wrong))
    told = [_told_range(place, each, named=False) for place, _, each in named]
    points = [_points(verdict, [(place, each)]) for place, verdict, each in named]
    return _panel((*told, *points), [(2, "here"), (1, "there")])


def _panel(curves: tuple[Curve, ...], names: Sequence[tuple[int, str]]) -> Panel:
    ticks = tuple((float(place), name) for place, name in names)
    return Panel("", "what was computed / what is told", "", curves, x_log=True, y_ticks=ticks)
