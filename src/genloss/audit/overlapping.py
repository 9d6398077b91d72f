"""In how many overlapping balls around real rows does each row lie, and which are nearest to it?

Balls that overlap tell how dense rows are around a place with less noise than parts that do not: each row is counted in
many of them, and a place is judged by several.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.audit.scores import some_at_once

Array = NDArray[np.float64]
Index = NDArray[np.int64]


def inside(near: Array, centers: Array, radii: Array) -> Array:
    """Return how many rows lie within the radius of each center, (centers,).

    >>> inside(np.array([[0.0], [0.4], [3.0]]), np.array([[0.0], [3.0]]), np.array([0.5, 0.5])).tolist()
    [2.0, 1.0]
    """
    found = np.zeros(len(centers))
    for _, away in some_at_once(near, centers):
        found += (away <= radii**2).sum(axis=0)
    return found


def several_nearest(near: Array, centers: Array, several: int) -> Index:
    """Return which centers are nearest to each row, in no order, (rows, at most several).

    >>> np.sort(several_nearest(np.array([[0.4]]), np.array([[0.0], [9.0], [1.0]]), 2)).tolist()
    [[0, 2]]
    """
    many = min(several, len(centers))
    found = [_least(away.astype(np.float32), many) for _, away in some_at_once(near, centers)]
    return np.concatenate(found or [np.empty((0, many), dtype=np.int64)])


def _least(away: NDArray[np.float32], many: int) -> Index:
    """Return where the least numbers of each line are, (lines, many); values are parted twice as fast as places."""
    there = away <= np.partition(away, many - 1, axis=1)[:, many - 1 : many]
    if there.sum() == many * len(away):
        return np.nonzero(there)[1].reshape(len(away), many)
    return np.argpartition(away, many - 1, axis=1)[:, :many]  # some are equal
