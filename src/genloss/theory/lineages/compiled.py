"""How do errors of many lineages follow one another where each reads a few? Compiled; imported when first needed."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int32]

__all__ = ["follow"]

_BLOCK = 32


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def follow(
    begin: Index,
    source: Index,
    share: Array,
    rows: Array,
    mixed: bool,
    start: Array,
    last: int,
    rounding: float,
    variance: float,
    curvature: float,
    limit: bool,
) -> tuple[Array, Array, int]:
    """Return the variances (last + 1, K), the mean covariances (last + 1,) and where a row's variance is negative.

    begin, source, share: the exchange matrix by its rows, as scipy's csr_matrix has it. rounding: by how much a row's
    variance may be below 0, which is 0 then. The other arguments are those of `crowd`. Where a row's variance turns
    negative it ends and returns the generation; 0: nowhere.
    """
    count = rows.size
    variances, between = np.zeros((last + 1, count)), np.zeros(last + 1)
    S, after, t = start.copy(), np.zeros((count, count)), np.zeros(count)
    pairs = max(count * (count - 1), 1)
    for g in range(last + 1):
        common = 0.0
        for k in range(count):
            variances[g, k] = S[k, k]
            for j in range(k):
                common += S[k, j]
        between[g] = 2 * common / pairs
        if g == last:
            break
        for k in range(count):
            t[:] = 0.0
            before = 0.0
            for e in range(begin[k], begin[k + 1]):
                row, part = S[source[e]], share[e]
                before += part * row[source[e]]
                for j in range(count):
                    t[j] += part * row[j]
            for j in range(k + 1):
                total = 0.0
                for e in range(begin[j], begin[j + 1]):
                    total += share[e] * t[source[e]]
                after[k, j] = total
            noise = variance
            if not limit:
                noise += curvature * before
                if noise < -rounding:
                    return variances, between, g + 1
                noise = max(noise, 0.0)
                if mixed:
                    noise += before - after[k, k]
            after[k, k] += noise / rows[k]
        for low in range(0, count, _BLOCK):
            for k in range(low, count):
                for j in range(low, min(low + _BLOCK, k)):
                    after[j, k] = after[k, j]
        S, after = after, S
    return variances, between, 0
