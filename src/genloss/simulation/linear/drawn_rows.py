"""What is the kernel of the rows that were drawn, each once? Compiled; imported when first needed."""

from __future__ import annotations

import numba
import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Index = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@numba.njit(cache=True, nogil=True)
def upper_part(gram: Array, drawn: Index, shifts: Array) -> Array:
    """Return gram[drawn, drawn] plus `shifts` on its diagonal; below the diagonal stands anything.

    gram: (real rows, pool). drawn: places in the pool, (k,). shifts: (k,).
    """
    count = drawn.size
    found = np.empty((count, count))
    for i in range(count):
        row = gram[drawn[i]]
        for j in range(i, count):
            found[i, j] = row[drawn[j]]
        found[i, i] += shifts[i]
    return found
