"""Do a study's numbers bear out its claims? A verdict for each, computed from the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, Protocol

import numpy as np

from genloss.results import Row
from genloss.results.plain import finite
from genloss.results.row import Place
from genloss.study.claims.claim import Claim
from genloss.study.claims.measures import Number, Series, measured
from genloss.study.claims.places import Check, Point
from genloss.study.claims.power import POWER, Reach, missed, must_refuse, reach_of

HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
TOO_WIDE = "too wide to decide"
REPRODUCED, PARTLY, NOT = "reproduced", "partly reproduced", "not reproduced"
QUARTILES = ("0.25", "0.5", "0.75")


@dataclass(frozen=True, slots=True)
class Reading:
    """One check: its number from simulation and from theory, and what follows from one of them.

    outcome: by simulation where there is any, otherwise by theory; "undecided" where the interval of the
    number (4.5 standard errors, and the theory's allowances at their worst) crosses a bound; "too wide to decide"
    where it does not fail, yet a wrong answer would not have been refused either. reach: what would have been, by
    what decides. missed: the wrong answers among `power.must_refuse` that would not.
    """

    check: Check
    simulation: Number | None
    theory: Number | None
    bounds: tuple[float, float]
    reach: Reach | None = None
    missed: tuple[float, ...] = ()

    @property
    def number(self) -> Number | None:
        """What decides."""
        return self.simulation or self.theory

    @property
    def outcome(self) -> str:
        """Whether the claim holds here, and whether that says anything."""
        outcome = outcome_of(self.number, self.bounds)
        return TOO_WIDE if self.number is not None and self.missed and outcome != FAILS else outcome

    @property
    def margin(self) -> float:
        """How far inside the bounds the whole interval lies; negative where it does not."""
        if self.number is None:
            return -inf
        return min(self.number.low - self.bounds[0], self.bounds[1] - self.number.high)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim and all its checks."""

    claim: Claim
    readings: tuple[Reading, ...]

    @property
    def word(self) -> str:
        """All checks hold, some hold and some fail, none holds and some fail; too wide, or undecided, otherwise."""
        outcomes = {reading.outcome for reading in self.readings}
        if outcomes == {HOLDS}:
            return REPRODUCED
        if FAILS in outcomes:
            return PARTLY if HOLDS in outcomes else NOT
        return TOO_WIDE if TOO_WIDE in outcomes else UNDECIDED

    @property
    def reach(self) -> Reach | None:
        """What every check would have refused; None where there is no number."""
        found = [reading.reach for reading in self.readings if reading.reach is not None]
        return Reach(min(r.below for r in found), max(r.above for r in found)) if found else None

    @property
    def by_theory_alone(self) -> bool:
        """Whether no check was simulated, yet theory has a number."""
        return all(r.simulation is None for r in self.readings) and any(r.theory is not None for r in self.readings)

    def of(self, outcome: str) -> list[Reading]:
        """The checks with an outcome."""
        return [reading for reading in self.readings if reading.outcome == outcome]


class Claims(Protocol):
    """What has claims with the places where each is checked: a study."""

    @property
    def claims(self) -> Sequence[tuple[Claim, Sequence[Check]]]:
        """Every claim, with its checks."""
        ...


def judge(study: Claims, rows: Iterable[Row]) -> list[Verdict]:
    """Judge every claim of a study by the rows of a result of it; nothing is drawn."""
    by_place = {row.place: row for row in rows}
    return [
        Verdict(claim, tuple(_reading(claim, check, by_place) for check in checks)) for claim, checks in study.claims
    ]


def outcome_of(number: Number | None, bounds: tuple[float, float]) -> str:
    """Return "holds", "fails" or "undecided" for a number and the bounds it must keep.

    >>> outcome_of(Number(1.0, 0.9, 1.1), (0.8, 2.0)), outcome_of(Number(1.0, 0.9, 1.1), (1.05, 2.0))
    ('holds', 'undecided')
    """
    if number is None:
        return UNDECIDED
    if bounds[0] <= number.low and number.high <= bounds[1]:
        return HOLDS
    return FAILS if number.high < bounds[0] or number.low > bounds[1] else UNDECIDED


def _reading(claim: Claim, check: Check, rows: Mapping[Place, Row]) -> Reading:
    simulated, predicted = (_both(claim, check, rows, method) for method in ("simulation", "theory"))
    simulation, theory = (measured(claim.measure, *found) if found else None for found in (simulated, predicted))
    decides = simulated or predicted
    reach = reach_of(claim.measure, *decides, claim.bounds) if decides else None
    return Reading(check, simulation, theory, claim.bounds, reach, missed(claim, reach))


def _both(claim: Claim, check: Check, rows: Mapping[Place, Row], method: str) -> tuple[Series, Series | None] | None:
    """The values that a check reads, and those it compares with; None where one is missing."""
    here, there = (_series(claim, points, rows, method) for points in (check.points, check.versus))
    return None if here is None or (check.versus and there is None) else (here, there)


def _series(claim: Claim, points: Sequence[Point], rows: Mapping[Place, Row], method: str) -> Series | None:
    """The values at the points; None where one is missing, or has no such statistic."""
    found = [rows.get((p.cell.case, p.cell.id, claim.metric, p.generation, method)) for p in points]
    values = [_statistic(row, claim.statistic) for row in found if row is not None]
    if not values or len(values) < len(found) or any(value is None for value in values):
        return None
    x = np.array([point.x for point in points])
    value, error, allowance = np.array(values, dtype=float).T
    return Series(x, value, error, allowance)


def _statistic(row: Row, statistic: str) -> tuple[float, float, float] | None:
    """Value, standard error and allowance of a row's mean or median.

    The median's standard error is 1 / (2 f sqrt(R)) for density f at the median; with the mean density
    between the quartiles, 1/2 over their distance, it is their distance / sqrt(R).
    """
    if statistic == "mean":
        return row.value, row.standard_error, row.allowance
    if any(level not in row.quantiles for level in QUARTILES):
        return None
    lower, median, upper = (row.quantiles[level] for level in QUARTILES)
    return median, (upper - lower) / row.replicates**0.5, 0.0


def to_dict(verdict: Verdict, why: str) -> dict[str, Any]:
    """Return plain data, ready for JSON; `why` is told by claim_words."""
    claim = verdict.claim
    return {
        "text": claim.text,
        "source": claim.source,
        "verdict": verdict.word,
        "why": why,
        "by": "theory" if verdict.by_theory_alone else "simulation",
        "expect": dict(claim.expect),
        "must_refuse": list(must_refuse(claim)),
        "would_have_refused": _edges(verdict.reach),
        "checks": [
            {
                "case": reading.check.case,
                "generation": reading.check.generation,
                "axes": dict(reading.check.axes),
                "outcome": reading.outcome,
                "would_have_refused": _edges(reading.reach),
                "simulation": _plain(reading.simulation),
                "theory": _plain(reading.theory),
            }
            for reading in verdict.readings
        ],
    }


def _edges(reach: Reach | None) -> dict[str, float | None] | None:
    """The true values below and above which the run would have refused with the probability `POWER`."""
    if reach is None:
        return None
    ends = {"below": reach.below, "above": reach.above}
    return {"probability": POWER, **{side: finite(edge) for side, edge in ends.items()}}


def _plain(number: Number | None) -> dict[str, float | None] | None:
    if number is None or not isfinite(number.value):
        return None
    ends = {"low": number.low, "high": number.high, "standard_error": number.standard_error}
    return {"value": number.value} | {name: finite(end) for name, end in ends.items()}
