"""How are drawn numbers put into triangles? Compiled; imported when first needed."""

from __future__ import annotations

import numba
import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@numba.njit(cache=True, nogil=True)
def triangles(normals: Array, diagonal: Array, dim: int) -> Array:
    """Return lower trapezoids (count, dim, m) with `diagonal` (count, m) and, row by row, `normals` left of it."""
    count, m = diagonal.shape
    found = np.empty((count, dim, m))
    for r in range(count):
        first = 0
        for i in range(dim):
            entries = min(i, m)
            found[r, i, :entries] = normals[r, first : first + entries]
            first += entries
            found[r, i, entries:] = 0.0
            if i < m:
                found[r, i, i] = diagonal[r, i]
    return found
