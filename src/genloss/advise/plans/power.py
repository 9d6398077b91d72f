"""How many independent runs tell a loss from none? From the spread of single runs, and tried on runs of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from genloss.advise.plans.protocol import Array
from genloss.advise.plans.target import Target
from genloss.errors import Problem

LEVEL = 0.05
DEFAULT_CHANCE = 0.9
_MOST = 10**7
_TRIED = 4000
_LIMIT = 2000
_LEAST = 20  # runs of which a spread is known


@dataclass(frozen=True)
class Needed:
    """Runs that tell an effect. low, high: by the error of the spread. effect, spread: of the logarithm of a ratio.

    Of a ratio to generation 0: the loss that is to be told from none, run by run. Of a value: how far the mean is from
    the limit.
    """

    runs: int
    low: int
    high: int
    effect: float
    spread: float


def differences(runs: Array, target: Target) -> tuple[Array, float]:
    """Return a number for each run whose mean is told from 0, and the mean that is planned for. runs: (..., fits)."""
    every = runs.reshape(-1, runs.shape[-1])
    every = every[np.isfinite(every).all(axis=1)]
    if len(every) < _LEAST:
        raise Problem("replicates", f"{len(every)} runs have an estimate in every generation", "plan fewer generations")
    if target.relative:
        if (every <= 0).any():
            raise Problem(
                "keep_within",
                "some runs have a value of 0 or below, so a part of it means nothing",
                "give a value: at_most",
            )
        logs = np.log(every[:, -1] / every[:, 0])
        return logs, float(np.log(target.limit))
    away = every[:, -1] - target.limit
    return away, float(away.mean())


def runs_needed(found: Array, effect: float, chance: float, rng: np.random.Generator) -> Needed:
    r"""Return how many runs a two-sided test of level 5 % needs to see the effect with this chance.

    .. math:: n = (t_{0.975} + t_{chance})^2 s^2 / effect^2

    with Student's quantiles of n - 1 degrees, s the standard deviation over runs; then as tests of resampled runs say.

    >>> normal = np.random.default_rng(0).normal(size=4000)
    >>> 42 <= runs_needed(normal, 0.5, 0.9, np.random.default_rng(1)).runs <= 46
    True
    """
    spread = float(found.std(ddof=1))
    if effect == 0 or not np.isfinite(effect):
        raise Problem(
            "the target",
            "the mean lies exactly at the limit, so no number of runs can tell whether the target is met",
            "give another target",
        )
    error = spread * np.sqrt(max(float(stats.kurtosis(found)) + 2, 0.1) / (4 * len(found)))
    plain, low, high = (
        _runs(max(s, 1e-12), effect, chance) for s in (spread, spread - 1.96 * error, spread + 1.96 * error)
    )
    runs = runs_by_trial(found, effect, chance, plain, rng)
    return Needed(runs, max(2, round(low * runs / plain)), round(high * runs / plain), effect, spread)


def _runs(spread: float, effect: float, chance: float) -> int:
    """Return the least number of runs whose t test has the power."""
    low, high = 2, 4
    while _power(high, spread, effect) < chance:
        low, high = high, 2 * high
        if high > _MOST:
            raise Problem(
                "the target", f"over {_MOST:,} runs are needed to see so small a difference", "ask for a larger one"
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _power(middle, spread, effect) < chance else (low, middle)
    return high if _power(low, spread, effect) < chance else low


def _power(runs: int, spread: float, effect: float) -> float:
    away, free = abs(effect) / spread * np.sqrt(runs), runs - 1
    end = stats.t.ppf(1 - LEVEL / 2, free)
    return float(stats.nct.sf(end, free, away)) if away < 30 else 1.0


def runs_by_trial(found: Array, effect: float, chance: float, start: int, rng: np.random.Generator) -> int:
    """Return the least number of runs whose tests tell the effect often enough, tried on resampled runs.

    Runs that are skewed, as ratios and losses are, do not keep to Student's law when they are few. start: what the
    formula gives, from which it is looked up and down; where it is above 2,000 it stands, by the central limit theorem.
    """
    if start > _LIMIT:
        return start
    draws = rng.integers(0, 2**31 - 1)

    def enough(runs: int) -> bool:
        return tried(found, runs, effect, np.random.default_rng(draws))[0] >= chance

    low, high = max(2, start // 4), 2 * start + 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def tried(found: Array, runs: int, effect: float, rng: np.random.Generator) -> tuple[float, float]:
    """Return which share of tests tells the effect, with its standard error: runs are drawn from independent ones.

    found: of runs that the number was not computed from, moved so that their mean is the effect.
    """
    moved = found - found.mean() + effect
    count = int(min(_TRIED, max(200, 4_000_000 // max(runs, 1))))
    told = 0
    for some in np.array_split(np.arange(count), -(-count * runs // 2_000_000) or 1):
        if not some.size:
            continue
        drawn = moved[rng.integers(0, moved.size, size=(some.size, runs))]
        error = drawn.std(axis=1, ddof=1) / np.sqrt(runs)
        told += int((np.abs(drawn.mean(axis=1)) > stats.t.ppf(1 - LEVEL / 2, runs - 1) * error).sum())
    share = told / count
    return share, float(np.sqrt(share * (1 - share) / count + 0.25 / found.size * 0.05))
