"""Is a number right in its two settings? Its study is predicted, or simulated beside it, and its claims are judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isclose

from genloss.advise.sayings.entries import Entry, study_file
from genloss.report import short
from genloss.results import Result
from genloss.study import Study, judge, predict, simulate
from genloss.study.claims.measures import Number
from genloss.study.claims.verdicts import NOT, REPRODUCED, Verdict
from genloss.study.page.claims import estimate, expected

RIGHT, WRONG, UNDECIDED = "right", "wrong", "undecided"
SIMULATION = "simulation"
_WORDS = {REPRODUCED: RIGHT, NOT: WRONG}


@dataclass(frozen=True)
class Checked:
    """A sentence in a setting, and what was computed.

    verdict: "right", "wrong" or "undecided": whether the interval of the number lies within what is told, beyond it, or
    on both sides. low, high: the interval, 4.5 standard errors and what finite size may do to theory at its worst.
    told_low, told_high: what the sentence lets the number be. measured: the number in words, with its error. status:
    "exact", "asymptotic", or "simulation". Of several places it is the one that is nearest to what decides.
    """

    case: str
    text: str
    source: str
    told: str
    told_low: float
    told_high: float
    verdict: str
    value: float
    low: float
    high: float
    standard_error: float | None
    measured: str
    status: str


@dataclass(frozen=True)
class Saying:
    """A number that circulates, checked where it is right and where it is wrong; and what is true there (`beside`).

    ask: the command that answers the question for rows of one's own, or "".
    """

    name: str
    number: str
    told: str
    right_where: str
    wrong_where: str
    right: Checked
    wrong: Checked
    beside: tuple[Checked, ...]
    ask: str

    @property
    def verdict(self) -> str:
        """What was computed in the two settings, in a few words."""
        return f"{self.right.verdict} here, {self.wrong.verdict} there"

    @property
    def as_expected(self) -> bool:
        """Whether the number is right in the first setting, wrong in the second, and all that stands beside holds."""
        besides = all(each.verdict == RIGHT for each in self.beside)
        return self.right.verdict == RIGHT and self.wrong.verdict == WRONG and besides


def study_of(name: str) -> Study:
    """Return the study of a number."""
    return Study.load(study_file(name))


def saying_of(name: str, entry: Entry, study: Study, *, simulated: bool = False) -> Saying:
    """Compute the verdicts on a number by its study: by theory, or by simulation with theory beside it."""
    result = predict(study)
    if simulated:
        result = result.merged(simulate(study))
    first, second, *more = (_checked(verdict, result) for verdict in judge(study, result.rows))
    return Saying(name, entry.number, entry.told, entry.right, entry.wrong, first, second, tuple(more), entry.ask)


def _checked(verdict: Verdict, result: Result) -> Checked:
    claim, reading = verdict.claim, min(verdict.readings, key=lambda each: each.margin)
    number = reading.number
    beside = f"; theory {_told(reading.theory)}" if reading.simulation and reading.theory else ""
    low, high = reading.bounds
    return Checked(
        case=reading.check.case,
        text=claim.text,
        source=claim.source,
        told=expected(verdict),
        told_low=low,
        told_high=high,
        verdict=_WORDS.get(verdict.word, UNDECIDED),
        value=float("nan") if number is None else number.value,
        low=float("nan") if number is None else number.low,
        high=float("nan") if number is None else number.high,
        standard_error=None if number is None else number.standard_error,
        measured=f"{_told(number)}{beside}",
        status=_status(verdict, result) if reading.simulation is None else SIMULATION,
    )


def _told(number: Number | None) -> str:
    """Write a number with its standard error, or with what finite size may make of it."""
    if number is None or number.standard_error != 0 or isclose(number.low, number.high):
        return estimate(number)
    return f"{estimate(number)} ({short(number.low, 4)} to {short(number.high, 4)})"


def _status(verdict: Verdict, result: Result) -> str:
    """Of what the theory behind a verdict is sure."""
    cases = {reading.check.case for reading in verdict.readings}
    by = "a parabola through exact values" if verdict.claim.measure == "valley" else ""
    return by or " and ".join(
        _in_order(row.status for row in result.rows if row.case in cases and row.method == "theory")
    )


def _in_order(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
