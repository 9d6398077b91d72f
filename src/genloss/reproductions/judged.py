"""What became of each claim? Published beside ours, the difference in standard errors, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot, isfinite

from genloss.reproductions.entries import Entry
from genloss.reproductions.of_study import Computed
from genloss.reproductions.published import PublishedClaim
from genloss.results.plain import finite
from genloss.results.row import Place, Row
from genloss.study import judge
from genloss.study.claims.measures import Number
from genloss.study.claims.verdicts import NOT, PARTLY, REPRODUCED, Reading, Verdict
from genloss.study.page.claims import expected, measurement, place_words, why
from genloss.study.page.power import power_words, way_out

Rows = Mapping[Place, Row]
"""Rows by their places."""
VERIFIED, FALSIFIED, TOY, INCONCLUSIVE = "verified", "falsified", "toy", "inconclusive"
"""The words by which claims of papers are judged in public, one by one."""


@dataclass(frozen=True)
class Line:
    """One place where a claim is checked.

    published: the printed number, None where none is printed. published_error: its standard error: printed, or that of
    so many of our runs as it is the mean of. value, standard_error, low, high: ours, and the interval that decides.
    theory: what theory says. difference: ours less the published one, in standard errors of the difference; None where
    the published number has no standard error: what a theorem says, or digits from the same draws.
    """

    place: str
    published: float | None
    published_error: float | None
    value: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    theory: float | None
    difference: float | None
    outcome: str


@dataclass(frozen=True)
class Judged:
    """A claim with its verdict, and the verdict in the public words (`public_word_of`).

    expected: what the number must be, in words; expected_low, expected_high: the same as two numbers. note: what a
    reader must know of the verdict: that theory alone decided, or what is the known cause of a failure; or "".
    """

    text: str
    source: str
    measured: str
    expected: str
    expected_low: float
    expected_high: float
    verdict: str
    public_word: str
    why: str
    power: str
    lines: tuple[Line, ...]
    note: str = field(default="", metadata={"later": True})


@dataclass(frozen=True)
class Reproduced:
    """A published figure or table, computed again. described: what determines our numbers. gaps: what is missing."""

    name: str
    paper: str
    title: str
    where: str
    shows: str
    looked: str
    analogue: str
    deviations: tuple[str, ...]
    described: str
    claims: tuple[Judged, ...]
    gaps: tuple[str, ...]


def public_word_of(verdict: str, *, analogue: bool, theory: bool = False, cause: bool = False) -> str:
    """Return the public word for a verdict.

    Reproduced is "verified", or "toy" where only an analogue was computed, or theory alone decided. Not reproduced is
    "falsified"; an analogue can falsify nothing, and neither can a failure of which the cause is known, such as another
    solver. All else, also reproduced in part, is "inconclusive".

    >>> [public_word_of(word, analogue=False) for word in ("reproduced", "not reproduced", "partly reproduced")]
    ['verified', 'falsified', 'inconclusive']
    >>> [public_word_of(word, analogue=True) for word in ("reproduced", "not reproduced")]
    ['toy', 'inconclusive']
    >>> public_word_of("reproduced", analogue=False, theory=True)
    'toy'
    >>> public_word_of("not reproduced", analogue=False, cause=True)
    'inconclusive'
    """
    if verdict == REPRODUCED:
        return TOY if analogue or theory else VERIFIED
    return FALSIFIED if verdict == NOT and not analogue and not cause else INCONCLUSIVE


def note_of(verdict: Verdict, cause: str) -> str:
    """Say what a reader must know of a verdict: that theory alone decided, and what would explain a failure."""
    told = ["by theory alone"] if verdict.by_theory_alone else []
    return "; ".join([*told, *([f"known cause: {cause}"] if cause and verdict.word == NOT else [])])


def exit_code_of(verdicts: Sequence[str]) -> int:
    """Return 1 where a claim is not reproduced, else 3 where one cannot be told, else 0.

    >>> exit_code_of(["reproduced", "partly reproduced"]), exit_code_of(["undecided", "not reproduced"])
    (0, 1)
    """
    if NOT in verdicts:
        return 1
    return 0 if set(verdicts) <= {REPRODUCED, PARTLY} else 3


def reproduced(entry: Entry, found: Computed) -> Reproduced:
    """Judge the claims of an entry by what was computed."""
    rows = {row.place: row for row in found.rows}
    verdicts = judge(found.claims, found.rows)
    claims = tuple(_judged(verdict, told, rows, entry) for verdict, told in zip(verdicts, found.published, strict=True))
    return Reproduced(
        name=entry.name,
        paper=entry.paper,
        title=entry.title,
        where=entry.where,
        shows=entry.shows,
        looked=entry.looked,
        analogue=entry.analogue,
        deviations=entry.deviations,
        described=found.described,
        claims=claims,
        gaps=found.gaps,
    )


def _judged(verdict: Verdict, told: PublishedClaim, rows: Rows, entry: Entry) -> Judged:
    return Judged(
        text=verdict.claim.text,
        source=verdict.claim.source,
        measured=measurement(verdict),
        expected=expected(verdict),
        expected_low=verdict.claim.bounds[0],
        expected_high=verdict.claim.bounds[1],
        verdict=verdict.word,
        public_word=public_word_of(
            verdict.word, analogue=bool(entry.analogue), theory=verdict.by_theory_alone, cause=bool(told.cause)
        ),
        note=note_of(verdict, told.cause),
        why=why(verdict),
        power=" ".join(filter(None, (power_words(verdict), way_out(verdict)))),
        lines=tuple(_line(reading, verdict, told, rows) for reading in verdict.readings),
    )


def _line(reading: Reading, verdict: Verdict, told: PublishedClaim, rows: Rows) -> Line:
    ours = reading.number or Number(float("nan"), float("-inf"), float("inf"))
    error = told.error if told.error is not None else _error_of_runs(reading, verdict, told, rows)
    return Line(
        place=place_words(reading, verdict),
        published=told.published,
        published_error=error,
        value=finite(ours.value),
        standard_error=finite(ours.standard_error),
        low=finite(ours.low),
        high=finite(ours.high),
        theory=finite(reading.theory.value) if reading.theory else None,
        difference=_difference(ours, told.published, error),
        outcome=reading.outcome,
    )


def _error_of_runs(reading: Reading, verdict: Verdict, told: PublishedClaim, rows: Rows) -> float | None:
    """Return the standard error of a mean of as many of our runs as the published number is the mean of."""
    if not told.runs:
        return None
    point = reading.check.points[0]
    row = rows.get((point.cell.case, point.cell.id, verdict.claim.metric, point.generation, "simulation"))
    if row is None or not isfinite(row.standard_error):
        return None
    return row.standard_error * float((row.replicates / told.runs) ** 0.5)


def _difference(ours: Number, published: float | None, error: float | None) -> float | None:
    own = ours.standard_error or 0.0
    if published is None or not error or not isfinite(ours.value):
        return None
    return (ours.value - published) / hypot(own if isfinite(own) else 0.0, error)
