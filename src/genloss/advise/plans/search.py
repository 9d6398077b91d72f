"""For which values of the open quantity is the target met? All values of a round are judged together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from genloss.advise.plans.protocol import Array, Judged
from genloss.advise.plans.scale import Scale
from genloss.advise.plans.target import Target

_FIRST = 17  # values of the first round
_ROUNDS = 16
_Z = 1.96
_FEW = 6  # values that any subject judges by all of its runs
_ASIDE = 0.02  # of the way, from where an edge is looked for
_ROUGH = 0.02  # to which part of itself the ends of an interval are found

Judge = Callable[[Sequence[float]], Sequence[Judged]]


@dataclass(frozen=True)
class Standing:
    """By how much the target is missed at a value: as far as is known, at best and at worst; met where at most 0."""

    known: float
    best: float
    worst: float


def standing(judged: Judged, target: Target) -> Standing:
    """Return how a value stands to the target. With a chance: the miss that so many single runs stay below.

    Then best and worst are the misses below which the share stays whose 95 % interval ends at the chance; runs of one
    truth count together.
    """
    if target.chance is None:
        if target.relative:
            known = judged.mean[1:] / judged.mean[0]
            ends = sorted(float(target.missed_by(each[1:])) for each in (judged.ratio_low, judged.ratio_high))
        else:
            known = judged.mean
            ends = sorted(float(target.missed_by(each)) for each in (judged.low, judged.high))
        middle = float(target.missed_by(known))
        return Standing(middle, min(ends[0], middle), max(ends[1], middle))
    if judged.runs is None:
        raise ValueError("a chance needs single runs")
    missed = target.missed(judged.runs)
    low, high = share_interval(missed, target.chance)
    best, known_at, worst = (float(np.quantile(missed, part, method="higher")) for part in (low, target.chance, high))
    return Standing(known_at, best, worst)


def share_interval(missed: Array, chance: float) -> tuple[float, float]:
    """Return between which shares of runs the chance itself may lie, by the error of the share. (truths, runs)."""
    below = (missed <= np.quantile(missed, chance, method="higher")).mean(axis=-1)
    clustered = float(below.std(ddof=1)) / np.sqrt(len(below)) if len(below) > 1 else 0.0
    alone = np.sqrt(chance * (1 - chance) / missed.size)
    error = _Z * max(clustered, float(alone))
    return max(0.0, chance - error), min(1.0, chance + error)


@dataclass
class Explored:
    """Every value that was judged."""

    judge: Judge
    target: Target | None
    scale: Scale
    judged: dict[float, Judged] = field(default_factory=dict)
    stands: dict[float, Standing] = field(default_factory=dict)

    def at(self, values: Sequence[float]) -> None:
        """Judge those that are new, together."""
        new = self.scale.new(values, list(self.judged))
        if not new:
            return
        self._note(new)

    def again(self, values: Sequence[float]) -> None:
        """Judge values once more, a few at a time."""
        for start in range(0, len(values), _FEW):
            self._note(values[start : start + _FEW])

    def _note(self, values: Sequence[float]) -> None:
        for value, found in zip(values, self.judge(values), strict=True):
            self.judged[value] = found
            if self.target is not None:
                self.stands[value] = standing(found, self.target)

    @property
    def values(self) -> list[float]:
        """Ascending."""
        return sorted(self.judged)

    def misses(self, which: str) -> Array:
        """Return "known", "best" or "worst" of all values."""
        return np.array([getattr(self.stands[value], which) for value in self.values])

    def edges(self, which: str) -> list[tuple[float, float]]:
        """Return neighbors of which one meets the target and the other does not."""
        met, values = self.misses(which) <= 0, self.values
        return [(values[i], values[i + 1]) for i in range(len(values) - 1) if met[i] != met[i + 1]]

    def met(self, which: str) -> list[tuple[float, float]]:
        """Return the ranges of values that meet it, each from its first to its last value."""
        found: list[tuple[float, float]] = []
        meeting = self.misses(which) <= 0
        for i, (value, good) in enumerate(zip(self.values, meeting, strict=True)):
            if good and i > 0 and meeting[i - 1]:
                found[-1] = (found[-1][0], value)
            elif good:
                found.append((value, value))
        return found


def explored(judge: Judge, target: Target, scale: Scale, domain: tuple[float, float], fine: float) -> Explored:
    """Look from one end of the domain to the other, and then at every edge until it is found.

    A round looks at a place between the neighbors of each edge by a straight line through their misses, and half way:
    just so far to each side of it that both are near enough, if it is right.
    """
    looked = Explored(judge, target, scale)
    looked.at(scale.grid(*domain, _FIRST))
    if fine > _ROUGH:  # many values at once may have been judged by fewer runs
        looked.again(
            sorted({end for which in ("known", "best", "worst") for edge in looked.edges(which) for end in edge})
        )
    rough = max(_ROUGH, fine if fine <= _ROUGH else 3 * fine)
    for _ in range(_ROUNDS):
        wanted: list[float] = []
        for which, near in (("known", fine), ("best", rough), ("worst", rough)):
            for low, high in looked.edges(which):
                if not scale.near(low, high, near):
                    wanted += _between(looked, which, low, high, near)
        if not scale.new(wanted, list(looked.judged)):
            break
        looked.at(wanted)
    return looked


def _between(looked: Explored, which: str, low: float, high: float, near: float) -> list[float]:
    """Where the edge probably is, a little to each side of it, and half way."""
    a, b = (getattr(looked.stands[value], which) for value in (low, high))
    parts = [0.5]  # where no line says more
    if np.isfinite([a, b]).all() and a != b:
        straight = float(np.clip(a / (a - b), 0.02, 0.98))
        aside = 0.45 * near / abs(looked.scale.to(high) - looked.scale.to(low))
        if aside > _ASIDE:  # both are near enough to be the edge
            parts = [max(straight - aside, 0.01), min(straight + aside, 0.99), *([0.5] if aside < 0.1 else [])]
        else:
            parts += [straight, max(straight - _ASIDE, 0.01), min(straight + _ASIDE, 0.99)]
    found = [looked.scale.between(low, high, part) for part in parts]
    return [value for value in found if low < value < high]


def least(judge: Judge, scale: Scale, domain: tuple[float, float], goal: Callable[[Judged], float]) -> Explored:
    """Look for the value of the least goal: over the domain, then three times nearer about the best."""
    looked = Explored(judge, None, scale)
    looked.at(scale.grid(*domain, _FIRST))
    for _ in range(4):
        values = looked.values
        place = int(np.nanargmin([goal(looked.judged[value]) for value in values]))
        low, high = values[max(place - 1, 0)], values[min(place + 1, len(values) - 1)]
        looked.at(scale.grid(low, high, 9))
    return looked
