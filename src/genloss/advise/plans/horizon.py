"""Until which generation is the target met?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from genloss.advise.plans.protocol import Judged, Planned
from genloss.advise.plans.question import Question
from genloss.advise.plans.scale import Scale
from genloss.advise.plans.search import Explored
from genloss.advise.plans.solution import Solution
from genloss.advise.plans.target import Target
from genloss.errors import Problem

_AHEAD = 4  # times the generations of the subject: how far is looked at first
_LEAST = 10


def of_generations(asked: Question, target: Target, subject: Planned) -> Solution:
    """Return the last generation up to which every one meets the target; None: not even the first.

    One curve is judged, twice as far as long as it meets the target to its end.
    """
    start, always = int(subject.domain("generations")[0]), replace(target, when="always")
    judged, ends, looked = None, {}, None
    for judged in _further(asked, subject):
        looked = Explored(partial(_cuts, judged), always, Scale("generations"))
        looked.at([float(g) for g in range(start, judged.mean.size)])
        ends = {which: _until(looked, which) for which in ("known", "best", "worst")}
        if ends["known"] < judged.mean.size - 1:
            break
    assert judged is not None
    assert looked is not None
    last, known = float(judged.mean.size - 1), ends["known"]
    low, high = sorted((ends["worst"], ends["best"]))
    at = max(known, float(start))
    return Solution(
        value=known or None,
        low=low or None,
        high=float("inf") if ends["best"] == last else high,
        ranges=((float(start), known),) if known else (),
        domain=(float(start), last),
        settings={"generations": at},
        judged=cut(judged, int(at)),
        looked=looked,
    )


def _further(asked: Question, subject: Planned) -> Iterator[Judged]:
    """Judge four times as far as the subject goes, then twice as far each time, to the end or as far as one can."""
    most = subject.domain("generations")[1]
    last = int(min(max(_AHEAD * subject.generations, _LEAST), most))
    reached = 0
    while last > reached:
        try:
            [judged] = subject.judge([{}], runs=asked.runs, generations=last)
        except Problem:  # not so far
            if not reached:
                yield subject.judge([{}], runs=asked.runs)[0]
            return
        yield judged
        reached, last = last, int(min(2 * last, most))


def _until(looked: Explored, which: str) -> float:
    """Return the last generation before the first that misses; 0 where the first does."""
    bad = np.flatnonzero(looked.misses(which) > 0)
    values = looked.values
    return values[-1] if not bad.size else (values[bad[0] - 1] if bad[0] else 0.0)


def _cuts(judged: Judged, values: Sequence[float]) -> list[Judged]:
    return [cut(judged, int(value)) for value in values]


def cut(judged: Judged, last: int) -> Judged:
    """Return what is known up to a generation."""
    parts = {name: getattr(judged, name)[: last + 1] for name in ("mean", "low", "high", "ratio_low", "ratio_high")}
    runs = None if judged.runs is None else judged.runs[..., : last + 1]
    return replace(judged, **parts, runs=runs)
