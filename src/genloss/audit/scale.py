"""In which units are rows compared? The axes along which half of the real rows vary, each in its own deviation.

That half fits units, axes and anchors, and is used for nothing else; the other half is the reference. So nothing that
is fitted knows the rows with which generations are compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem

Array = NDArray[np.float64]

_LEAST = 1e-3  # of the largest variance: axes below it are rounding, or columns that follow from others
MOST_AXES = 256
LEADING = 16
"""Axes of largest variance, in which distances are measured."""
_ROWS_AN_AXIS = 4


@dataclass(frozen=True, eq=False)
class Scale:
    """Turns rows (rows, columns) into axes of variance 1, largest first.

    mean, deviation (columns,): of each column; one that is constant has deviation 1. axes (columns, k). lengths (k,):
    the standard deviation along each axis, beside the first.
    """

    mean: Array
    deviation: Array
    axes: Array
    lengths: Array

    def turned(self, rows: Array) -> Array:
        """Return rows along the axes, (rows, k)."""
        return np.asarray((rows - self.mean) / self.deviation @ self.axes)

    def near(self, turned: Array) -> Array:
        """Return the leading axes with their lengths again, in which distances are measured, (rows, at most 16)."""
        return np.asarray(turned[:, :LEADING] * self.lengths[:LEADING])


def scale_of(rows: Array) -> Scale:
    """Fit units and axes to rows (n, columns), at most one axis to four rows. Errors: `Problem` where nothing varies.

    >>> found = scale_of(np.random.default_rng(0).normal(size=(400, 2)) * [1, 100])
    >>> found.turned(np.array([[0.0, 0.0]])).shape, bool(abs(found.lengths[1] - 1) < 0.2)
    ((1, 2), True)
    """
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    varies = deviation > 1e-9 * np.abs(mean)
    if not varies.any():
        raise Problem("real", "no column of numbers varies", "give rows that differ")
    deviation = np.where(varies, deviation, 1.0)
    values, vectors = np.linalg.eigh(np.cov(((rows - mean) / deviation).T).reshape(rows.shape[1], -1))
    kept = np.flatnonzero(values > _LEAST * values[-1])[::-1][: min(MOST_AXES, max(1, len(rows) // _ROWS_AN_AXIS))]
    sizes = np.sqrt(values[kept])
    return Scale(mean, deviation, vectors[:, kept] / sizes, sizes / sizes[0])


def bands(axes: int) -> list[tuple[int, int]]:
    """Return where bands of axes begin and end: the first, then each about twice as wide as those before together.

    >>> bands(20)
    [(0, 1), (1, 4), (4, 16), (16, 20)]
    """
    ends = [1]
    while ends[-1] < axes:
        ends.append(min(axes, 4 * ends[-1]))
    return list(zip([0, *ends[:-1]], ends, strict=True))
