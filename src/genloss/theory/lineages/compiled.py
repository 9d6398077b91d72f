"""How do errors of many lineages follow one another where each reads a few? Compiled; imported when first needed."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int32]

__all__ = ["Law", "Readers", "follow"]

_BLOCK = 32
_entry = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
_compiled = numba.njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})


class Readers(NamedTuple):
    """Who reads whom: the exchange matrix, less `every`, by its rows, as scipy's csr_matrix has it. rows: (K,)."""

    begin: Index
    source: Index
    share: Array
    every: float
    rows: Array
    mixed: bool


class Law(NamedTuple):
    """The variance of a row, as `crowd` takes it. rounding: by how much it may be below 0, and is 0 then."""

    variance: float
    curvature: float
    limit: bool
    rounding: float


@_entry
def follow(readers: Readers, law: Law, start: Array, last: int) -> tuple[Array, Array, int]:
    """Return the variances (last + 1, K), the mean covariances (last + 1,) and where a row's variance is negative.

    start: the covariance of the first fits, (K, K). Where a row's variance turns negative it ends and returns the
    generation; 0: nowhere.
    """
    count = readers.rows.size
    variances, between = np.zeros((last + 1, count)), np.zeros(last + 1)
    S, after = start.copy(), np.zeros((count, count))
    for g in range(last + 1):
        common = 0.0
        for k in range(count):
            variances[g, k] = S[k, k]
            for j in range(k):
                common += S[k, j]
        between[g] = 2 * common / max(count * (count - 1), 1)
        if g == last:
            break
        if not _advance(readers, law, S, after, variances[g].sum(), 2 * common):
            return variances, between, g + 1
        _mirror(after)
        S, after = after, S
    return variances, between, 0


@_compiled
def _advance(readers: Readers, law: Law, S: Array, after: Array, trace: float, apart: float) -> bool:
    """Fill the lower triangle of M S M' and the noise; False where a row's variance is negative.

    trace: the sum of the variances. apart: the sum of the covariances.
    """
    begin, source, share, every = readers.begin, readers.source, readers.share, readers.every
    count = readers.rows.size
    with_all, t = _with_all(readers, S), np.zeros(count)
    for k in range(count):
        t[:] = 0.0
        before = every * trace
        for e in range(begin[k], begin[k + 1]):
            row, part = S[source[e]], share[e]
            before += part * row[source[e]]
            for j in range(count):
                t[j] += part * row[j]
        for j in range(k + 1):
            total = every * (every * (trace + apart) + with_all[k] + with_all[j])
            for e in range(begin[j], begin[j + 1]):
                total += share[e] * t[source[e]]
            after[k, j] = total
        noise = law.variance
        if not law.limit:
            noise += law.curvature * before
            if noise < -law.rounding:
                return False
            noise = max(noise, 0.0) + (before - after[k, k] if readers.mixed else 0.0)
        after[k, k] += noise / readers.rows[k]
    return True


@_compiled
def _with_all(readers: Readers, S: Array) -> Array:
    """What each lineage's own sources have in common with all lineages, (K,); 0 where nothing is read of all."""
    found = np.zeros(readers.rows.size)
    if readers.every > 0:
        for k in range(found.size):
            for e in range(readers.begin[k], readers.begin[k + 1]):
                found[k] += readers.share[e] * S[readers.source[e]].sum()
    return found


@_compiled
def _mirror(lower: Array) -> None:
    """Fill the upper triangle from the lower one."""
    count = lower.shape[0]
    for low in range(0, count, _BLOCK):
        for k in range(low, count):
            for j in range(low, min(low + _BLOCK, k)):
                lower[j, k] = lower[k, j]
