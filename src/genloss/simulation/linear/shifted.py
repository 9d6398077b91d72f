"""What solves a tridiagonal system at each of many shifts? Compiled; imported when first needed."""

from __future__ import annotations

import numba
import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def solutions(diagonal: Array, off: Array, fixed: Array, sloped: Array, shifts: Array) -> Array:
    """Solve (C + shift) x = fixed + shift * sloped at each shift; C + shift is positive definite. (shifts, m, k).

    diagonal: of C, (m,). off: beside it, (m - 1,). fixed, sloped: (m, k). Nothing runs over shifts, or over columns, so
    what stands beside one changes no bit of its numbers.
    """
    m, k = fixed.shape
    found, pivots, factors = np.empty((shifts.size, m, k)), np.empty(m), np.zeros(m)
    for p in range(shifts.size):
        shift, x = shifts[p], found[p]
        pivots[0] = diagonal[0] + shift
        for g in range(k):
            x[0, g] = fixed[0, g] + shift * sloped[0, g]
        for i in range(1, m):
            factors[i] = off[i - 1] / pivots[i - 1]
            pivots[i] = diagonal[i] + shift - factors[i] * off[i - 1]
            for g in range(k):
                x[i, g] = fixed[i, g] + shift * sloped[i, g] - factors[i] * x[i - 1, g]
        for g in range(k):
            x[m - 1, g] /= pivots[m - 1]
        for i in range(m - 2, -1, -1):
            for g in range(k):
                x[i, g] = x[i, g] / pivots[i] - factors[i + 1] * x[i + 1, g]
    return found
