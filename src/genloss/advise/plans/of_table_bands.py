r"""Between which values lies the mean risk of a truth, and its ratio to generation 0? From a few runs of each truth.

Truths are told apart by what their risks are made of, as bands of a forecast tell them (`forecasts/levels.py`). Of the
ratio of generation g to generation 0, with f what is foretold of a truth and u the mean of its runs,

.. math:: \log q_k = \log \frac{u_k(g)}{f_k(g)} - \log \frac{u_k(0)}{f_k(0)}

is what is left; runs of both generations are the same, so that their luck is taken as it is, together.

Status: empirical Bayes, parts to first order. Checked by tests/statistical/test_plan_of_table.py.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from genloss.advise.forecasts.levels import Levels, beyond, levels
from genloss.advise.forecasts.resampled import Resampled
from genloss.advise.forecasts.worlds.protocol import Array
from genloss.advise.plans.protocol import Judged

_ENDS = (0.025, 0.975)
_GONE = 0.025  # share of runs without an estimate, beyond which nothing is said of the mean
_NORMAL = ndtri((np.arange(25) + 0.5) / 25)
_SCORES = _NORMAL / _NORMAL.std()
_BEYOND, _TINY, _NOTHING = 0.3, 1e-300, 1e-9


def judged(risks: Array, parts: Array, resampled: Resampled | None) -> Judged:
    """Say what is known from runs (truths, runs, generations + 1), infinite where they ended.

    parts (many, generations + 1, p): of all truths that are believed, those with runs first. resampled: what tables
    drawn from the rows say of bands.
    """
    ended = ~np.isfinite(risks)
    gone = ended.reshape(-1, risks.shape[-1]).mean(axis=0) > _GONE
    shown = np.maximum(_stayed(risks, ended), _TINY)
    known = levels(shown, parts[: len(risks)], parts, resampled)
    low, high = np.array([_ends(each.foretold, _wide(each), each.narrow) for each in known]).T
    ratio_low, ratio_high = np.array([_ratio(shown, known, g) for g in range(len(known))]).T
    return Judged(
        mean=np.where(gone, np.nan, shown.mean(axis=(0, 1))),
        low=np.where(gone, np.nan, low),
        high=np.where(gone, np.inf, high),
        ratio_low=np.where(gone, np.nan, ratio_low),
        ratio_high=np.where(gone, np.inf, ratio_high),
        runs=widened(risks, known),
    )


def widened(risks: Array, known: list[Levels]) -> Array:
    """Return runs whose truths lie as far apart as bands say that they do.

    Where bands of rows like these have been too narrow by a factor s, what a truth's mean risk is in logarithms above
    that of all truths is taken s times.
    """
    truths = len(risks)
    away = np.stack([np.log(np.maximum(each.foretold, _TINY)) for each in known], axis=-1)
    more = np.array([each.narrow for each in known]) - 1
    return np.asarray(risks * np.exp(more * (away - away.mean(axis=0)))[:truths, None])


def _stayed(risks: Array, ended: Array) -> Array:
    """Return risks in which runs that ended stay at their last."""
    if not ended.any():
        return risks
    found = risks.copy()
    for g in range(found.shape[-1]):
        before = found[..., g - 1] if g else np.full(found.shape[:-1], np.nan)
        found[..., g] = np.where(ended[..., g], before, found[..., g])
    return np.where(np.isnan(found), np.nanmax(found, initial=0.0), found)


def _wide(level: Levels) -> float:
    return float(np.sqrt(level.beyond + level.level))


def _ends(foretold: Array, wide: float, narrow: float) -> Array:
    """Return the band of truths, (2,): half of what differs is what is foretold, the rest is normal in logarithms."""
    centers = np.log(np.maximum(foretold, _TINY))
    low, high = np.quantile(centers[:, None] + wide * _SCORES, _ENDS)
    middle, half = (low + high) / 2, (high - low) / 2 * narrow
    return np.exp([middle - half, middle + half])


def _ratio(shown: Array, known: list[Levels], g: int) -> Array:
    """Return the band of the ratio of a generation's mean risk to that of generation 0, (2,)."""
    if g == 0:
        return np.ones(2)
    now, first, truths = known[g], known[0], len(shown)
    foretold = now.foretold / np.maximum(first.foretold, _TINY)
    means = [shown[..., i].mean(axis=1) / known[i].foretold[:truths] for i in (g, 0)]
    by_truth = means[0] / means[1]
    center = float(by_truth.mean())
    apart = shown[..., g] / now.foretold[:truths, None] - shown[..., 0] / first.foretold[:truths, None]
    luck = float((apart.var(axis=1, ddof=1) / apart.shape[1]).mean()) if apart.shape[1] > 1 else 0.0
    left = float((by_truth / center).var(ddof=1))
    spread = float(np.log(np.maximum(foretold, _TINY)).std())
    prior = _BEYOND * spread if spread > _NOTHING else _BEYOND
    wide = float(np.sqrt(beyond(left, luck, truths, prior) + left / truths))
    return _ends(foretold * center, wide, max(now.narrow, first.narrow))
