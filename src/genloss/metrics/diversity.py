"""How diverse is a categorical model or a corpus, and which part of the tail has it lost?

Pure functions on arrays; the last axis holds the categories, leading axes are replicates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem

__all__ = ["LostByBand", "distinct", "entropy", "heterozygosity", "lost_by_band"]

Array = NDArray[np.float64]


def entropy(weights: ArrayLike) -> Array:
    """Shannon entropy -sum p log p of the normalized weights; unit: nats, from 0 to log(categories).

    weights: (..., categories), counts or probabilities. Returns (...,).

    >>> entropy([2, 1, 1]).round(4).item()
    1.0397
    """
    p = _normalized(weights)
    logs = np.log(np.where(p > 0, p, 1.0))
    return np.asarray(-(p * logs).sum(axis=-1)) + 0.0


def heterozygosity(weights: ArrayLike) -> Array:
    """Probability 1 - sum p^2 that two draws from the normalized weights differ; from 0 to 1 - 1/categories.

    weights: (..., categories), counts or probabilities. Returns (...,). This is the model's value, not an
    estimate of the population's: for counts of n rows the latter is n/(n - 1) times as large.

    >>> heterozygosity([2, 1, 1]).item()
    0.625
    """
    return np.asarray(1 - (_normalized(weights) ** 2).sum(axis=-1))


def distinct(weights: ArrayLike) -> NDArray[np.int64]:
    """Return the number of categories that occur, weight > 0; unit: categories. weights: (..., categories).

    >>> distinct([[2, 0, 1], [3, 0, 0]]).tolist()
    [2, 1]
    """
    return np.asarray((_normalized(weights) > 0).sum(axis=-1))


@dataclass(frozen=True, slots=True)
class LostByBand:
    """What a fit has lost of each frequency band of the truth; from `lost_by_band`.

    categories: how many the band holds (bands,). count_lost: how many of them the fit gives no weight
    (..., bands). mass: their true probability in all (bands,). mass_lost: the true probability of those
    lost (..., bands). mass_fitted: what the fit gives the band (..., bands).
    """

    categories: NDArray[np.int64]
    count_lost: NDArray[np.int64]
    mass: Array
    mass_lost: Array
    mass_fitted: Array


def lost_by_band(truth: ArrayLike, fitted: ArrayLike, *, edges: ArrayLike) -> LostByBand:
    """Count what a fit has lost, by bands of true probability.

    Band j holds the categories of true probability from edges[j] on and below edges[j + 1]; those outside
    all bands are left out, as are categories of probability 0. Bands are of the truth, which is fixed:
    bands of a fit would move with what is lost.

    truth, fitted: weights (categories,) and (..., categories), counts or probabilities. edges: increasing,
    (bands + 1,), from 0 to above 1 to hold everything.

    >>> there = lost_by_band([0.5, 0.3, 0.1, 0.1], [3, 2, 0, 1], edges=[0, 0.2, 1.01])
    >>> there.count_lost.tolist(), there.mass_lost.round(3).tolist(), there.mass_fitted.round(3).tolist()
    ([1, 0], [0.1, 0.0], [0.167, 0.833])
    """
    p, q = _normalized(truth, "truth"), _normalized(fitted, "fitted")
    limits = np.asarray(edges, dtype=float)
    if p.ndim != 1 or q.shape[-1] != p.size:
        raise Problem("fitted", f"shapes {p.shape} and {q.shape}", "give the same categories to both, last axis")
    if limits.ndim != 1 or limits.size < 2 or not np.all(np.diff(limits) > 0):
        raise Problem("edges", "not one increasing list of at least two numbers", "give e.g. [0, 1e-4, 1e-2, 1.01]")
    band = np.searchsorted(limits, p, side="right") - 1
    member = ((band == np.arange(limits.size - 1)[:, None]) & (p > 0)).T.astype(float)  # (categories, bands)
    gone = (q == 0).astype(float)
    return LostByBand(
        _whole(member.sum(axis=0)),
        _whole(gone @ member),
        p @ member,
        (gone * p) @ member,
        q @ member,
    )


def _whole(values: Any) -> NDArray[np.int64]:
    return np.asarray(np.rint(values), dtype=np.int64)


def _normalized(weights: ArrayLike, name: str = "weights") -> Array:
    """Return weights that add up to 1 over the last axis, or say what is wrong with them."""
    array = np.asarray(weights, dtype=float)
    if array.ndim == 0 or array.size == 0 or not np.all(np.isfinite(array) & (array >= 0)):
        raise Problem(name, "not finite numbers >= 0 over categories", "give counts or probabilities")
    total = array.sum(axis=-1, keepdims=True)
    if np.any(total == 0):
        raise Problem(name, "all weights are 0, so no distribution is given", "give at least one positive weight")
    return np.asarray(array / total)
