"""Would a generation still look narrower, if it were moved and stretched to where the real rows are?

A shift moves rows out of tails and balls, and noise moves them away from probes, without anything being lost. So what
such a change can trigger is called a loss only if it is still there once means (for tails), and means and deviations
(for reach and balls) are those of the real rows. This names a change that is known to be there; it tests nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.audit.moments import Moments

Array = NDArray[np.float64]


def centered(turned: Array) -> Array:
    """Return rows with mean 0 along each axis."""
    return np.asarray(turned - turned.mean(axis=0))


def matched(turned: Array, mean: Array, deviation: Array) -> Array:
    """Return rows with these means and deviations along each axis; an axis on which they do not vary stays narrow."""
    own = turned.std(axis=0)
    return np.asarray((turned - turned.mean(axis=0)) / np.where(own > 1e-9, own, 1.0) * deviation + mean)


def z_of_share(beyond: int, rows: int, gaps: int, whole: int) -> float:
    """Return how many standard errors a share of rows lies above the reference's (negative: below)."""
    share = gaps / whole
    error = np.sqrt(share * (1 - share) * (1 / rows + 1 / whole))
    return float((beyond / rows - share) / error)


def z_of_means(made: Moments, reference: Moments) -> float:
    """Return how many standard errors the mean of block scores lies above the reference's; 0 without blocks.

    The reference's variance is that of both: a generation may have too few blocks to tell its own.
    """
    if not made.count or not reference.count:
        return 0.0
    error = np.sqrt(reference.variance * (1 / made.count + 1 / reference.count))
    return float((made.mean - reference.mean) / error) if error > 0 else 0.0
