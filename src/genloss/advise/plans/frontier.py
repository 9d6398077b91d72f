"""Which pairs of real and synthetic rows meet the target, and which of them costs least?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genloss.advise.plans.protocol import Judged, Planned
from genloss.advise.plans.question import Costs, Question
from genloss.advise.plans.search import standing
from genloss.advise.plans.target import Target

_REAL, _SYNTHETIC = 9, 13  # values of each
_FACTOR = 10.0  # about the rows that stand, to each side
_WIDE = 100.0  # the same of synthetic rows
_WIDTHS = (100.0, 10.0, 3.0, 1.5)  # of synthetic rows about the cheapest, round by round


@dataclass(frozen=True)
class Pair:
    """Real and synthetic rows of a generation, by how much they miss the target, and what they cost; None: not asked.

    missed: at most 0 where they meet it. value: mean of the last generation.
    """

    real_rows: float
    synthetic_rows: float
    missed: float
    value: float
    cost: float | None


@dataclass(frozen=True)
class Frontier:
    """Pairs on a grid, real rows slowest. cheapest: of all that were looked at and meet the target, or None."""

    pairs: tuple[Pair, ...]
    cheapest: Pair | None


def cost_of(subject: Planned, costs: Costs, real: float, synthetic: float) -> float:
    """Return what the rows of all generations together cost."""
    of_real, of_synthetic = subject.batches
    return costs.real * real * of_real + costs.synthetic * synthetic * of_synthetic


def frontier_of(
    asked: Question, target: Target, subject: Planned, settings: Mapping[str, float]
) -> Frontier | None:  # fmt: skip
    """Judge a grid of pairs together, and about the cheapest that meets the target a nearer one, and again."""
    known = {**subject.settings, **settings}
    real, synthetic = known.get("real_rows"), known.get("synthetic_rows")
    if real is None or not {"real_rows", "synthetic_rows"} <= set(subject.opens):
        return None
    synthetic = real if synthetic is None else synthetic
    kept = {name: value for name, value in settings.items() if name in ("penalty", "real_weight")}
    reals = _around(real, _FACTOR, _REAL, subject.domain("real_rows"))
    synthetics = _around(synthetic, _WIDE, _SYNTHETIC, subject.domain("synthetic_rows"))
    pairs = _pairs(asked, target, subject, kept, [(r, s) for r in reals for s in synthetics])
    if asked.costs is None:
        return Frontier(tuple(pairs), None)
    return Frontier(tuple(pairs), _nearer(asked, target, subject, kept, pairs))


def _nearer(
    asked: Question, target: Target, subject: Planned, kept: Mapping[str, float], pairs: Sequence[Pair]
) -> Pair | None:
    """Look between the cheapest pair and the next smaller number of real rows, synthetic rows over a wide range."""
    every, cheapest = list(pairs), _cheapest(pairs)
    for wide in _WIDTHS:
        if cheapest is None:
            return None
        smaller = [pair.real_rows for pair in every if pair.real_rows < cheapest.real_rows]
        low = max(smaller) if smaller else cheapest.real_rows
        reals = {float(round(each)) for each in np.geomspace(low, cheapest.real_rows, 6)[1:]}
        synthetics = _around(cheapest.synthetic_rows, wide, _SYNTHETIC, subject.domain("synthetic_rows"))
        known = {(pair.real_rows, pair.synthetic_rows) for pair in every}
        near = [(r, s) for r in sorted(reals) for s in synthetics if (r, s) not in known]
        every += _pairs(asked, target, subject, kept, near) if near else []
        cheapest = _cheapest(every)
    return cheapest


def _around(middle: float, factor: float, count: int, domain: tuple[float, float]) -> list[float]:
    low, high = (float(np.clip(each, *domain)) for each in (middle / factor, middle * factor))
    return sorted({float(round(value)) for value in np.geomspace(low, high, count)} | {float(round(middle))})


def _pairs(
    asked: Question,
    target: Target,
    subject: Planned,
    kept: Mapping[str, float],
    places: Sequence[tuple[float, float]],
) -> list[Pair]:
    settings = [{**kept, "real_rows": real, "synthetic_rows": synthetic} for real, synthetic in places]
    judged = subject.judge(settings, runs=asked.runs)
    return [
        Pair(
            real, synthetic, standing(each, target).known, float(each.mean[-1]),
            None if asked.costs is None else cost_of(subject, asked.costs, real, synthetic),
        )
        for (real, synthetic), each in zip(places, judged, strict=True)
    ]  # fmt: skip


def _cheapest(pairs: Sequence[Pair]) -> Pair | None:
    met = [pair for pair in pairs if pair.missed <= 0 and pair.cost is not None]
    return min(met, key=lambda pair: pair.cost or 0.0) if met else None


@dataclass(frozen=True, eq=False)
class Bought:
    """The pair of the least mean that a budget buys, and all that were looked at."""

    best: Pair
    judged: Judged
    pairs: tuple[Pair, ...]


def bought(asked: Question, subject: Planned) -> Bought | None:
    """Spend the whole budget, this part of it on real rows: over the parts, then nearer about the best.

    None where it does not buy the fewest rows of each kind that one may look at.
    """
    costs = asked.costs
    assert costs is not None
    assert costs.budget is not None
    of_real, of_synthetic = subject.batches
    each_real, each_synthetic = costs.real * of_real, costs.synthetic * of_synthetic
    most = costs.budget
    fewest, ends = zip(subject.domain("real_rows"), subject.domain("synthetic_rows"), strict=True)
    if most < fewest[0] * each_real + fewest[1] * each_synthetic:
        return None
    low, high = fewest[0] * each_real / most, 1 - fewest[1] * each_synthetic / most
    sign = -1.0 if subject.more_is_better else 1.0
    known: dict[tuple[float, float], Judged] = {}
    parts = np.linspace(low, high, 17)

    def goal(place: tuple[float, float]) -> float:
        value = sign * float(known[place].mean[-1])
        return value if np.isfinite(value) else np.inf

    for _ in range(4):
        places = {
            (
                float(min(max(fewest[0], int(part * most / each_real)), ends[0])),
                float(min(max(fewest[1], int((1 - part) * most / each_synthetic)), ends[1])),
            )
            for part in parts
        }
        new = sorted(places - known.keys())
        judged = subject.judge([{"real_rows": real, "synthetic_rows": synthetic} for real, synthetic in new])
        known |= dict(zip(new, judged, strict=True))
        best = min(known, key=goal)
        at, wide = best[0] * each_real / most, (parts[-1] - parts[0]) / 8
        parts = np.linspace(max(low, at - wide), min(high, at + wide), 9)
    pairs = tuple(
        Pair(real, synthetic, 0.0, float(known[real, synthetic].mean[-1]), cost_of(subject, costs, real, synthetic))
        for real, synthetic in sorted(known)
    )
    chosen = next(pair for pair in pairs if (pair.real_rows, pair.synthetic_rows) == best)
    return Bought(chosen, known[best], pairs)
