"""Which numbers do rows, or small blocks of rows, get? Each says one thing that a generation may lose.

A block is a few rows of one generation, taken at random: what is measured in a block does not depend on how many rows a
generation has, and blocks of one law are alike whatever is measured.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SMALL, LARGE = 8, 32
"""Rows of a block: for variances; for distances."""
_LEAST = 1e-4
"""Of the variance of real rows: below it a block counts as not varying, as blocks of a column of few values may."""
_AT_ONCE = 250_000  # distances held at a time: two megabytes stay in the cache of a core


def blocks(rows: Array, size: int) -> Array:
    """Return rows as blocks, (blocks, size, ...), in the order in which they come; rows left over are left out."""
    count = len(rows) // size
    return rows[: count * size].reshape(count, size, *rows.shape[1:])


def log_variances(turned: Array) -> Array:
    """Return the logarithm of the variance of each small block along each axis, (blocks, axes).

    Moving all rows changes nothing.
    """
    return np.asarray(np.log(np.maximum(blocks(turned, SMALL).var(axis=1, ddof=1), _LEAST)))


def extremeness(turned: Array) -> Array:
    """Return how far out each row lies: its largest distance from the mean along an axis, (rows,)."""
    return np.asarray(np.abs(turned).max(axis=1))


def radius(turned: Array) -> Array:
    """Return how far out each row lies over all axes: the mean of its squared distances from the mean, (rows,)."""
    return np.asarray((turned**2).mean(axis=1))


def squared_distances(rows: Array, others: Array) -> Array:
    """Return squared distances of rows (..., n, axes) to others (..., m, axes), (..., n, m), by products of matrices.

    Twenty times as fast as differences, and right to nine digits of the larger squared length: what is smaller than
    that is rounding, and may be below 0. `no_rounding` makes it 0.
    """
    found = rows @ np.swapaxes(others, -1, -2)
    found *= -2.0
    found += (rows**2).sum(axis=-1)[..., :, None]
    found += (others**2).sum(axis=-1)[..., None, :]
    return np.asarray(found)


def no_rounding(squared: Array, lengths: Array) -> Array:
    """Return squared distances of rows of these squared lengths, without those that are rounding alone."""
    return np.where(squared > 1e-9 * lengths, squared, 0.0)


def log_nearest(near: Array) -> Array:
    """Return for each large block the mean logarithm of the distance of a row to the nearest other one, (blocks,)."""
    parts = blocks(near, LARGE)
    step = max(1, _AT_ONCE // LARGE**2)
    found = np.empty(len(parts))
    for k in range(0, len(parts), step):
        away = squared_distances(parts[k : k + step], parts[k : k + step])
        away[:, range(LARGE), range(LARGE)] = np.inf
        least = no_rounding(away.min(axis=2), (parts[k : k + step] ** 2).sum(axis=2))
        found[k : k + step] = 0.5 * np.log(np.maximum(least, 1e-12)).mean(axis=1)
    return found


def reached(near: Array, probes: Array, radii: Array) -> Array:
    """Return for each large block the share of probes (p, axes) that have a row within their radius, (blocks,)."""
    parts = blocks(near, LARGE)
    step = max(1, _AT_ONCE // (LARGE * len(probes)))
    found = np.empty(len(parts))
    for k in range(0, len(parts), step):
        away = squared_distances(parts[k : k + step], probes[None])
        found[k : k + step] = (away.min(axis=1) <= radii**2).mean(axis=1)
    return found


def distance_to(near: Array, anchors: Array) -> Array:
    """Return the distance of each row to the nearest anchor, (rows,)."""
    parts = [np.sqrt(no_rounding(away.min(axis=1), lengths)) for away, lengths in _distances(near, anchors)]
    return np.concatenate(parts or [np.empty(0)])


def distances(near: Array, anchors: Array) -> Array:
    """Return the distance of each row to each anchor, (rows, anchors)."""
    parts = [np.sqrt(no_rounding(away, lengths[:, None])) for away, lengths in _distances(near, anchors)]
    return np.concatenate(parts or [np.empty((0, len(anchors)))])


def nearest_of(near: Array, anchors: Array) -> NDArray[np.int64]:
    """Return which anchor is nearest to each row, (rows,)."""
    parts = [away.argmin(axis=1) for away, _ in _distances(near, anchors)]
    return np.asarray(np.concatenate(parts or [np.empty(0)]), dtype=np.int64)


def some_at_once(near: Array, anchors: Array) -> Iterator[tuple[Array, Array]]:
    """Yield some rows at a time, and their squared distances to anchors as `squared_distances` has them."""
    step = max(1, _AT_ONCE // len(anchors))
    for k in range(0, len(near), step):
        part = near[k : k + step]
        yield part, squared_distances(part, anchors)


def _distances(near: Array, anchors: Array) -> Iterator[tuple[Array, Array]]:
    """Yield squared distances of some rows at a time, and the rows' squared lengths."""
    for part, away in some_at_once(near, anchors):
        yield away, (part**2).sum(axis=1)
