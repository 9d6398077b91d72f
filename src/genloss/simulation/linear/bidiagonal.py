"""How far are ridge fits to an isotropic Gaussian design from the truth? Compiled; imported when first needed.

The system of `isotropic`, scaled: with h = diag(A) y and ratio = above / diagonal it is symmetric with
`ratio` off its diagonal and 1 + ratio^2 + shift / diagonal^2 on it, and the errors of the fit are
h_1 - length, then h_i+1 + ratio_i h_i. Elimination needs no pivoting as the systems are positive
definite. No sum runs over penalties or replicates, and penalties are filled up to whole vectors of the processor, so
that what stands beside a penalty changes no bit of its numbers. A product and a sum may be rounded once, together.
"""

from __future__ import annotations

import numba
import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


Index = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

_LANES = 8  # double precision numbers in the widest vectors of processors


def error_lengths(
    diagonal: Array, above: Array, teachers: Array, chosen: Index, noise: Array, length: float, shifts: Array
) -> Array:
    """Lengths |w - w0| of all fits, (shifts, k, replicates).

    diagonal, above, noise: (replicates, m). teachers: (replicates, generations, width), in the basis in which
    w0 = length e_1; width = m, or m + 1 with fewer rows than dim. chosen: the k of them that are fitted. shifts:
    penalty x rows.
    """
    whole = np.resize(shifts, -(-shifts.size // _LANES) * _LANES)
    return np.asarray(_lengths(diagonal, above, teachers, chosen, noise, length, whole)[: shifts.size])


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _lengths(
    diagonal: Array, above: Array, teachers: Array, chosen: Index, noise: Array, length: float, shifts: Array
) -> Array:
    replicates, m = diagonal.shape
    k, width = chosen.size, teachers.shape[2]
    count = shifts.size
    found = np.empty((count, k, replicates))
    inverse, factor = np.empty((m, count)), np.zeros(count)
    held, after, total = np.zeros((m, k, count)), np.empty((k, count)), np.empty((k, count))
    for r in range(replicates):
        before = 0.0  # the ratio of the row above
        for i in range(m):
            last = max(i - 1, 0)
            ratio, scale = above[r, i] / diagonal[r, i], 1 / diagonal[r, i] ** 2
            for p in range(count):
                factor[p] = before * inverse[last, p] if i else 0.0
                inverse[i, p] = 1 / (1 + ratio * ratio + shifts[p] * scale - before * factor[p])
            for g in range(k):
                right = teachers[r, chosen[g], i] + noise[r, i] / diagonal[r, i]
                if i + 1 < width:
                    right += ratio * teachers[r, chosen[g], i + 1]
                for p in range(count):
                    held[i, g, p] = right - factor[p] * held[last, g, p]
            before = ratio
        after[:] = 0.0
        total[:] = 0.0
        for i in range(m - 1, -1, -1):
            ratio = above[r, i] / diagonal[r, i]
            for g in range(k):
                for p in range(count):
                    h = (held[i, g, p] - ratio * after[g, p]) * inverse[i, p]
                    error = after[g, p] + ratio * h
                    total[g, p] += error * error
                    after[g, p] = h
        for g in range(k):
            for p in range(count):
                found[p, g, r] = np.sqrt(total[g, p] + (after[g, p] - length) ** 2)
    return found
