"""Which value of the open quantity is the answer, and between which values may it lie?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from genloss.advise.plans.protocol import Judged, Planned
from genloss.advise.plans.question import Question
from genloss.advise.plans.scale import Scale
from genloss.advise.plans.search import Looked, explored, least
from genloss.advise.plans.target import Target

SMALLEST = ("real_rows", "replicates")
"""What is asked for as little of as will do; of the others as much as may be, or the best."""

BEST = ("penalty", "real_weight")
_FLAT = 0.01  # of the least mean: what is no worse for use
_GENERATIONS = 4  # times those of the subject: how far is looked at first

Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Solution:
    """What was found. value: None where nothing meets the target.

    low, high: between which the value lies with 95 %; low None: perhaps none will do; high infinite: perhaps every one.
    ranges: of values that meet the target, as far as is known; an end at an end of the domain is open. settings,
    judged: at the answer, or where the target is missed by least. looked: all values; None where one was enough.
    """

    value: float | None
    low: float | None
    high: float | None
    ranges: tuple[Range, ...]
    domain: Range
    settings: Mapping[str, float]
    judged: Judged
    miss: float
    looked: Looked | None = None


def solved(asked: Question, target: Target | None, subject: Planned) -> Solution:
    """Solve for what is open, as `search` looks for it."""
    if asked.open == "generations":
        assert target is not None
        return _of_generations(asked, target, subject)
    scale, domain = Scale(asked.open), subject.domain(asked.open)

    def judge(values: Sequence[float]) -> list[Judged]:
        return subject.judge([{asked.open: value} for value in values], runs=asked.runs)

    if asked.open in BEST:
        return _best(asked.open, judge, target, scale, domain, subject)
    assert target is not None
    looked = explored(judge, target, scale, domain, subject.fine)
    return _edge(asked.open, looked, domain)


def _edge(name: str, looked: Looked, domain: Range) -> Solution:
    """Return the answer where as little as will do, or as much as may be, is asked for."""
    ranges = tuple(looked.met("known"))
    if not ranges:
        value = min(looked.values, key=lambda each: looked.stands[each].known)
        possible = looked.met("best")
        low, high = (possible[0][0], possible[-1][1]) if possible else (None, None)
        miss = looked.stands[value].known
        return Solution(None, low, high, (), domain, {name: value}, looked.judged[value], miss, looked)
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
    return Solution(
        value, low, high, ranges, domain, {name: value}, looked.judged[value], looked.stands[value].known, looked
    )


def _alike(ranges: Sequence[Range], chosen: Range, side: int) -> float | None:
    """Return the same end of the range that overlaps the chosen one most; None where none does."""

    def shared(each: Range) -> float:
        return min(each[1], chosen[1]) - max(each[0], chosen[0])

    overlapping = [each for each in ranges if shared(each) >= 0]
    return max(overlapping, key=shared)[side] if overlapping else None


def _best(
    name: str, judge: object, target: Target | None, scale: Scale, domain: Range, subject: Planned
) -> Solution:  # fmt: skip
    """Return the value of the least mean of the last generation, among those that meet a target."""
    sign = -1.0 if subject.more_is_better else 1.0

    def goal(judged: Judged) -> float:
        value = sign * float(judged.mean[-1])
        return value if np.isfinite(value) else np.inf

    assert callable(judge)
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
    miss = looked.stands[value].known if target is not None else 0.0
    return Solution(value, low, high, ranges, domain, {name: value}, looked.judged[value], miss, looked)


def _of_generations(asked: Question, target: Target, subject: Planned) -> Solution:
    """Return the last generation up to which every one meets the target; 0: not even the first."""
    start, most = subject.domain("generations")
    last = int(min(max(_GENERATIONS * subject.generations, 10), most))
    target = replace(target, when="always")
    while True:
        [judged] = subject.judge([{}], runs=asked.runs, generations=last)
        looked = Looked(partial(_until_each, judged), target, Scale("generations"))
        looked.at([float(g) for g in range(int(start), last + 1)])
        ends = {which: _until(looked, which) for which in ("known", "best", "worst")}
        if ends["known"] < last or last == most:
            break
        last = int(min(2 * last, most))
    domain, known = (start, float(last)), ends["known"]
    low, high = sorted((ends["worst"], ends["best"]))
    top = float("inf") if ends["best"] == last else high
    at = max(known, start)
    return Solution(
        known or None, low or None, top, ((start, known),) if known else (), domain,
        {"generations": at}, cut(judged, int(at)), looked.stands[at].known, looked,
    )  # fmt: skip


def _until(looked: Looked, which: str) -> float:
    """Return the last generation before the first that misses; 0 where the first does."""
    bad = np.flatnonzero(looked.misses(which) > 0)
    values = looked.values
    return values[-1] if not bad.size else (values[bad[0] - 1] if bad[0] else 0.0)


def _until_each(judged: Judged, values: Sequence[float]) -> list[Judged]:
    return [cut(judged, int(value)) for value in values]


def cut(judged: Judged, last: int) -> Judged:
    """Return what is known up to a generation."""
    parts = {name: getattr(judged, name)[: last + 1] for name in ("mean", "low", "high", "ratio_low", "ratio_high")}
    runs = None if judged.runs is None else judged.runs[..., : last + 1]
    return replace(judged, **parts, runs=runs)
