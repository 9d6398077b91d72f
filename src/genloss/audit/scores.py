"""Which numbers do rows, or small blocks of rows, get? Each says one thing that a generation may lose.

A block is a few rows of one generation, taken at random: what is measured in a block does not depend on how many rows a
generation has, and blocks of one law are alike whatever is measured.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Array = NDArray[np.float64]

SMALL, LARGE = 8, 32
"""Rows of a block: for variances; for distances."""


def blocks(rows: Array, size: int) -> Array:
    """Return rows as blocks, (blocks, size, ...), in the order in which they come; rows left over are left out."""
    count = len(rows) // size
    return rows[: count * size].reshape(count, size, *rows.shape[1:])


def log_variance(turned: Array) -> Array:
    """Return for each small block the mean over axes of the logarithm of its variance, (blocks,).

    Moving all rows changes nothing.
    """
    variances = blocks(turned, SMALL).var(axis=1, ddof=1)
    return np.asarray(np.log(np.maximum(variances, 1e-300)).mean(axis=1))


def extremeness(turned: Array) -> Array:
    """Return how far out each row lies: its largest distance from the mean along an axis, (rows,)."""
    return np.asarray(np.abs(turned).max(axis=1))


def log_nearest(near: Array) -> Array:
    """Return for each large block the mean logarithm of the distance of a row to the nearest other one, (blocks,)."""
    found = []
    for block in blocks(near, LARGE):
        away = cdist(block, block)
        np.fill_diagonal(away, np.inf)
        found.append(np.log(np.maximum(away.min(axis=1), 1e-12)).mean())
    return np.array(found)


def reached(near: Array, probes: Array, radii: Array) -> Array:
    """Return for each large block the share of probes (p, axes) that have a row within their radius, (blocks,)."""
    return np.array([(cdist(probes, block).min(axis=1) <= radii).mean() for block in blocks(near, LARGE)])


def distance_to(near: Array, anchors: Array) -> Array:
    """Return the distance of each row to the nearest anchor, (rows,)."""
    step = max(1, 4_000_000 // len(anchors))
    return np.concatenate([cdist(near[k : k + step], anchors).min(axis=1) for k in range(0, len(near), step)])
