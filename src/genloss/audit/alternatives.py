"""What else could the law of scores be? Urns of as many balls, more of which lie on one side.

A likelihood ratio against one other law has power for changes near it; a mean over several keeps nearly the power of
the best of them, at the price of the logarithm of their number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

SIZES = (2.5, 4.5, 9.0, 25.0)
"""Of a change of the mean score, in standard errors of the difference to the reference."""
LARGEST = 4.0  # of a change in standard deviations: beyond it cells are empty on one side, and nothing is to be gained
LOST = (0.03, 0.2, 0.4, 0.6, 0.8)
GAINED = (1.25, 1.6, 2.2, 4.0, 8.0)
"""Factors of the probability of one cell of two."""


def tilted(balls: Array, drawn: int, sides: tuple[int, ...]) -> Array:
    """Return urns whose scores are higher (side 1) or lower (-1), (..., urns, K), of urns (..., K).

    Balls of a cell are multiplied by exp(theta h), h its normal score, and scaled to as many balls as there were; theta
    is a number of standard errors at `drawn` draws. Theta of one normal law moved by theta standard deviations is such
    a change.

    >>> tilted(np.array([5.0, 5.0, 5.0, 5.0]), 100, (1,))[0].round(1).tolist()
    [1.8, 3.3, 5.3, 9.6]
    """
    whole, heights = balls.sum(axis=-1, keepdims=True), heights_of(balls)
    theta = np.minimum(np.array(SIZES) * np.sqrt(1 / max(drawn, 1) + 1 / whole), LARGEST)
    every = np.concatenate([side * theta for side in sides], axis=-1)
    urns = balls[..., None, :] * np.exp(every[..., None] * heights[..., None, :])
    return np.asarray(whole[..., None] * urns / urns.sum(axis=-1, keepdims=True))


def heights_of(balls: Array) -> Array:
    """Return normal scores of the middles of cells, of mean 0 and variance 1 under an urn's shares, (..., K)."""
    whole = balls.sum(axis=-1, keepdims=True)
    heights = ndtri((np.cumsum(balls, axis=-1) - balls / 2) / whole)
    heights = heights - (heights * balls).sum(axis=-1, keepdims=True) / whole
    return np.asarray(heights / np.sqrt((heights**2 * balls).sum(axis=-1, keepdims=True) / whole))


def scaled(balls: Array, factors: tuple[float, ...]) -> Array:
    """Return urns of two cells, the second of which is `factors` times as probable, (..., urns, 2); at most .99."""
    whole = balls.sum(axis=-1, keepdims=True)
    share = balls[..., 1:] / whole
    inside = np.minimum(np.array(factors) * share, np.maximum(0.99, share))
    return np.asarray(whole[..., None] * np.stack([1 - inside, inside], axis=-1))
