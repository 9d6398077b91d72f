"""Which value of the open quantity is the answer, and between which values may it lie?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from genloss.advise.plans.horizon import of_generations
from genloss.advise.plans.protocol import Judged, Planned
from genloss.advise.plans.question import Question
from genloss.advise.plans.scale import Scale
from genloss.advise.plans.search import Explored, Judge, explored, least
from genloss.advise.plans.solution import SMALLEST, Range, Solution
from genloss.advise.plans.target import Target

BEST = ("penalty", "real_weight")
_FINE_OF_RUNS = 0.03  # of a value: some hundred single runs do not tell nearer ones apart
_FLAT = 0.01  # of the least mean: what is no worse for use


def solved(asked: Question, target: Target | None, subject: Planned) -> Solution:
    """Solve for what is open, as `search` looks for it."""
    if asked.open == "generations":
        assert target is not None
        return of_generations(asked, target, subject)
    scale, domain = Scale(asked.open), subject.domain(asked.open)

    def judge(values: Sequence[float]) -> list[Judged]:
        return subject.judge([{asked.open: value} for value in values], runs=asked.runs)

    if asked.open in BEST:
        return _best(asked.open, judge, target, scale, domain, subject)
    assert target is not None
    fine = max(subject.fine, _FINE_OF_RUNS) if asked.runs else subject.fine
    looked = explored(judge, target, scale, domain, fine)
    return _edge(asked.open, looked, domain)


def _edge(name: str, looked: Explored, domain: Range) -> Solution:
    """Return the answer where as little as will do, or as much as may be, is asked for."""
    ranges = tuple(looked.met("known"))
    if not ranges:
        value = min(looked.values, key=lambda each: looked.stands[each].known)
        possible = looked.met("best")
        low, high = (possible[0][0], possible[-1][1]) if possible else (None, None)
        return Solution(None, low, high, (), domain, {name: value}, looked.judged[value], looked)
    side = 0 if name in SMALLEST or (ranges[0][0] > domain[0] and len(ranges) == 1) else 1
    if side == 0:
        chosen = ranges[-1] if ranges[-1][1] == domain[1] else max(ranges, key=lambda each: each[1] / each[0])
    else:
        chosen = ranges[0]
    value = chosen[side]
    best, worst = (_alike(looked.met(which), chosen, side) for which in ("best", "worst"))
    low, high = (best, worst) if side == 0 else (worst, best)
    if side == 1 and high == domain[1]:
        high = float("inf")
    return Solution(value, low, high, ranges, domain, {name: value}, looked.judged[value], looked)


def _alike(ranges: Sequence[Range], chosen: Range, side: int) -> float | None:
    """Return the same end of the range that overlaps the chosen one most; None where none does."""

    def shared(each: Range) -> float:
        return min(each[1], chosen[1]) - max(each[0], chosen[0])

    overlapping = [each for each in ranges if shared(each) >= 0]
    return max(overlapping, key=shared)[side] if overlapping else None


def _best(
    name: str, judge: Judge, target: Target | None, scale: Scale, domain: Range, subject: Planned
) -> Solution:  # fmt: skip
    """Return the value of the least mean of the last generation, among those that meet a target."""
    sign = -1.0 if subject.more_is_better else 1.0

    def goal(judged: Judged) -> float:
        value = sign * float(judged.mean[-1])
        return value if np.isfinite(value) else np.inf

    looked = least(judge, scale, domain, goal)
    if target is not None:
        met = explored(judge, target, scale, domain, max(subject.fine, 0.005))
        met.at(looked.values)
        looked = met
        good = [value for value in met.values if met.stands[value].known <= 0]
        if not good:
            return _edge(name, met, domain)
        ranges = tuple(met.met("known"))
    else:
        good, ranges = looked.values, ()
    value = min(good, key=lambda each: goal(looked.judged[each]))
    floor = goal(looked.judged[value])
    flat = [each for each in good if goal(looked.judged[each]) <= floor + _FLAT * abs(floor)]
    low, high = min(flat), max(flat)
    return Solution(
        value,
        low,
        high,
        ranges,
        domain,
        {name: value},
        looked.judged[value],
        looked,
        _notes(value, looked, domain, goal),
    )


def _notes(value: float, looked: Explored, domain: Range, goal: Callable[[Judged], float]) -> tuple[str, ...]:
    """Say where the answer is at an end of what was looked at, and what the target costs."""
    said = []
    if value in domain:
        end, more = ("least", "smaller") if value == domain[0] else ("most", "larger")
        said.append(f"This is the {end} that was looked at: perhaps an even {more} one is better.")
    best = min(looked.values, key=lambda each: goal(looked.judged[each]))
    here, there = (float(looked.judged[each].mean[-1]) for each in (value, best))
    if abs(here - there) > _FLAT * abs(there):
        said.append(
            f"Without the target the best is {best:.4g}, where the mean of the last generation is {there:.3g} instead "
            f"of {here:.3g}: there the target is missed."
        )
    return tuple(said)
