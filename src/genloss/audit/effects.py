r"""How much of a metric is left, in its own units, between which ends, and what would real rows show by luck alone?

A mean over blocks is compared with that of the reference's blocks by Welch's interval; a share of rows beyond a cut, of
which both sides are uncertain, by two Beta laws: the reference's k of N + 1 gaps lie beyond it, so that its share is
Beta(k, N + 1 - k), whatever the law.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, betaln, gammaln, stdtrit

from genloss.audit.moments import Moments

Array = NDArray[np.float64]

_POINTS = 100
_LEVEL = 0.95


@dataclass(frozen=True)
class Effect:
    """value: of a generation beside the reference. low, high: ends of its 95 % interval. floor: what |value - equal|
    exceeds in one of twenty real samples of as many rows. equal: the value of no change, 1 for ratios, 0 else."""

    value: float
    low: float
    high: float
    floor: float
    equal: float

    @property
    def beside_floor(self) -> float:
        """How far the value is from no change, in floors; ratios on a logarithmic scale."""
        away = abs(np.log(self.value)) if self.equal == 1 and self.value > 0 else abs(self.value - self.equal)
        return float(away / self.floor) if self.floor > 0 else float("inf")


def of_means(made: Moments, reference: Moments, *, ratio: bool) -> Effect | None:
    """Compare means of block scores; None for fewer than two blocks. ratio: scores are logarithms.

    >>> made, real = (Moments.of(np.log(each)) for each in ([0.5, 0.5, 0.6, 0.4], [1.0, 1.1, 0.9, 1.0]))
    >>> found = of_means(made, real, ratio=True)
    >>> round(found.value, 2), found.high < 1
    (0.5, True)
    """
    counts = np.array([made.count, reference.count])
    if counts.min() < 2:
        return None
    parts = np.array([made.variance, reference.variance]) / counts
    error = float(np.sqrt(parts.sum()))
    away = made.mean - reference.mean
    if error == 0:
        alone = float(np.exp(away)) if ratio else away
        return Effect(alone, alone, alone, 0.0, 1.0 if ratio else 0.0)
    freedom = parts.sum() ** 2 / float((parts**2 / (counts - 1)).sum())
    half = float(stdtrit(freedom, 0.5 + _LEVEL / 2)) * error
    alike = float(np.sqrt(reference.variance * (1 / counts).sum())) * 1.96
    value, low, high = (float(np.exp(each)) if ratio else each for each in (away, away - half, away + half))
    return Effect(value, low, high, alike, 1.0 if ratio else 0.0)


def of_shares(beyond: int, rows: int, gaps: int, whole: int) -> Effect:
    """Compare a share of rows beyond a cut with the reference's, as a ratio. gaps, whole: of the reference.

    >>> found = of_shares(2, 300, 25, 501)
    >>> round(found.value, 2), found.high < 0.6
    (0.13, True)
    """
    logs = np.log(_points(beyond + 0.5, rows - beyond + 0.5))[:, None] - np.log(_points(gaps, whole - gaps))
    low, high = np.exp(np.quantile(logs, [0.5 - _LEVEL / 2, 0.5 + _LEVEL / 2]))
    low = low if beyond else 0.0
    return Effect(beyond / rows * whole / gaps, float(low), float(high), _floor_of_shares(rows, gaps, whole), 1.0)


@lru_cache(maxsize=4096)
def _points(one: float, other: float) -> Array:
    """Return quantiles of a Beta law, equally many to each part of its mass."""
    return np.asarray(betaincinv(one, other, (np.arange(_POINTS) + 0.5) / _POINTS))


@lru_cache(maxsize=4096)
def _floor_of_shares(rows: int, gaps: int, whole: int) -> float:
    """Return what the logarithm of the ratio exceeds in one of twenty samples of real rows, by the Beta-binomial law.

    Half a row is added to what was counted, so that a sample with none has a logarithm.
    """
    share = gaps / whole
    spread = np.sqrt(rows * share * (1 - share) * (1 + rows / whole))
    low, high = (int(np.clip(rows * share + side * 8 * spread, 0, rows)) for side in (-1, 1))
    counts = np.arange(low, high + 1)
    logs = gammaln(rows + 1) - gammaln(counts + 1) - gammaln(rows - counts + 1)
    logs += betaln(counts + gaps, rows - counts + whole - gaps) - betaln(gaps, whole - gaps)
    away = np.abs(np.log((counts + 0.5) / (rows + 1) / share))
    order = np.argsort(away)
    below = np.cumsum(np.exp(logs[order]))
    return float(away[order][min(int(np.searchsorted(below, _LEVEL)), len(order) - 1)])
