"""How is one row of a family drawn, where rows are drawn one by one?

By numpy's laws; a Poisson number of a small mean by inversion, as numpy draws several numbers for it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from genloss.models.families.quadratic import LARGEST_DRAWN, Quadratic

Array = NDArray[np.float64]

FEW = 10.0
"""Mean from which on numpy draws a Poisson number sooner than inversion does."""
MOST = 200
"""No Poisson number of a mean below `FEW` exceeds it: the chance is below 1e-170."""


def rows_one_by_one(family: Quadratic, means: Array, rng: np.random.Generator) -> Array:
    """Draw a row for each mean, all of them inside the family; `picking` draws the same numbers in compiled loops."""
    law, size = family.row
    if law == "gamma":
        return np.asarray(rng.gamma(size, means / size))
    if law == "binomial":
        return rng.binomial(int(size), means / size).astype(float)
    if law == "normal":
        return np.asarray(means + size * rng.standard_normal(means.size))
    return _poisson(rng.gamma(size, means / size) if law == "negative_binomial" else means, rng)


def _poisson(means: Array, rng: np.random.Generator) -> Array:
    drawn, few = np.empty(means.size), means < FEW
    pairs = zip(rng.random(int(few.sum())).tolist(), means[few].tolist(), strict=True)
    drawn[few] = [poisson_by_inversion(uniform, mean) for uniform, mean in pairs]
    drawn[~few] = rng.poisson(np.minimum(means[~few], LARGEST_DRAWN))
    if np.any(means > LARGEST_DRAWN):
        drawn = np.where(means > LARGEST_DRAWN, means + np.sqrt(means) * rng.standard_normal(means.size), drawn)
    return drawn


def poisson_by_inversion(uniform: float, mean: float) -> int:
    """Return how many values' cumulative chances lie below a number from 0 to 1. mean: below `FEW`.

    >>> [poisson_by_inversion(u, 2.0) for u in (0.0, 0.13, 0.14, 0.5, 0.99)]
    [0, 0, 1, 2, 6]
    """
    value, chance = 0, math.exp(-mean)
    below = chance
    while uniform > below and value < MOST:
        value += 1
        chance *= mean / value
        below += chance
    return value
