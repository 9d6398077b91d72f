"""In which units are rows compared? The axes along which half of the real rows vary, each in its own deviation.

That half fits units, axes and anchors, and is used for nothing else; the other half is the reference. So nothing that
is fitted knows the rows with which generations are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from genloss.audit.packed import packed, unpacked
from genloss.audit.scores import SMALL, blocks
from genloss.errors import Problem

Array = NDArray[np.float64]

_LEAST = 1e-3  # of the largest variance: axes below it are rounding, or columns that follow from others
MOST_AXES = 256
LEADING = 16
"""Axes of largest variance, in which distances are measured."""
_ROWS_AN_AXIS = 4
_WORTH = 0.01  # of the whole variance: what axes leave out is looked at from here on


@dataclass(frozen=True, eq=False)
class Scale:
    """Turns rows (rows, columns) into axes of variance 1, largest first.

    mean, deviation (columns,): of each column; one that is constant has deviation 1. axes (columns, k). lengths (k,):
    the standard deviation along each axis, beside the first. first: that of the first. beyond: the variance of
    standardized rows, summed over columns, that no axis holds.
    """

    mean: Array
    deviation: Array
    axes: Array
    lengths: Array
    first: float
    beyond: float

    def turned(self, rows: Array) -> Array:
        """Return rows along the axes, (rows, k), to seven digits: as many as are kept of them."""
        turned = ((rows - self.mean) / self.deviation) @ self.axes
        return np.asarray(turned.astype(np.float32), dtype=float)

    def near(self, turned: Array) -> Array:
        """Return the leading axes with their lengths again, in which distances are measured, (rows, at most 16)."""
        return np.asarray(turned[:, :LEADING] * self.lengths[:LEADING])

    @property
    def loadings(self) -> Array:
        """How much each standardized column changes along each axis, for one deviation of it, (columns, k)."""
        return np.asarray(self.axes * (self.first * self.lengths) ** 2)

    @property
    def leaves_out(self) -> bool:
        """Whether rows vary in directions that no axis has, as those of many columns do."""
        return self.beyond > _WORTH * (self.beyond + float(((self.first * self.lengths) ** 2).sum()))

    def left_out(self, rows: Array) -> Array | None:
        """Return the logarithm of the variance in each small block that no axis holds, (blocks,); None if none is."""
        if not self.leaves_out:
            return None
        standard = (rows - self.mean) / self.deviation
        whole = blocks(standard, SMALL).var(axis=1, ddof=1).sum(axis=1)
        held = blocks(standard @ self.axes, SMALL).var(axis=1, ddof=1) @ (self.first * self.lengths) ** 2
        return np.asarray(np.log(np.maximum((whole - held) / self.beyond, _LEAST)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        arrays = {name: packed(getattr(self, name)) for name in _ARRAYS}
        return arrays | {"first": self.first, "beyond": self.beyond}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        arrays = {name: unpacked(data[name]) for name in _ARRAYS}
        return cls(**arrays, first=float(data["first"]), beyond=float(data["beyond"]))


MOST_NUMBER = 1e100
_ARRAYS = ("mean", "deviation", "axes", "lengths")


def scale_of(rows: Array) -> Scale:
    """Fit units and axes to rows (n, columns), at most one axis to four rows. Errors: `Problem` where nothing varies.

    >>> found = scale_of(np.random.default_rng(0).normal(size=(400, 2)) * [1, 100])
    >>> found.turned(np.array([[0.0, 0.0]])).shape, bool(abs(found.lengths[1] - 1) < 0.2)
    ((1, 2), True)
    """
    if np.abs(rows).max(initial=0.0) > MOST_NUMBER:
        found = f"a number beyond {MOST_NUMBER:g}, whose square is none"
        raise Problem("real", found, "give this column in a larger unit, or leave it out")
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    varies = deviation > 1e-9 * np.abs(mean)
    if not varies.any():
        raise Problem("real", "no column of numbers varies", "give rows that differ")
    deviation = np.where(varies, deviation, 1.0)
    standard = np.where(varies, (rows - mean) / deviation, 0.0)
    values, vectors = _principal(standard)
    most = min(MOST_AXES, max(1, len(rows) // _ROWS_AN_AXIS))
    kept = np.flatnonzero(values > _LEAST * values[0])[:most]
    sizes = np.sqrt(values[kept])
    whole = float((standard**2).sum()) / (len(rows) - 1)
    beyond = max(0.0, whole - float(values[kept].sum()))
    return Scale(mean, deviation, vectors[:, kept] / sizes, sizes / sizes[0], float(sizes[0]), beyond)


def _principal(standard: Array) -> tuple[Array, Array]:
    """Return variances along principal axes, largest first, and the axes (columns, k), by the smaller of two sides."""
    if standard.shape[1] <= len(standard):
        values, vectors = np.linalg.eigh(standard.T @ standard / (len(standard) - 1))
        return values[::-1], vectors[:, ::-1]
    values, places = np.linalg.eigh(standard @ standard.T / (len(standard) - 1))
    values, places = values[::-1], places[:, ::-1]
    there = values > 1e-12 * values[0]
    vectors = standard.T @ places[:, there]
    return values[there], vectors / np.linalg.norm(vectors, axis=0)


def bands(axes: int) -> list[tuple[int, int]]:
    """Return where bands of axes begin and end: the first, then each about twice as wide as those before together.

    >>> bands(20)
    [(0, 1), (1, 4), (4, 16), (16, 20)]
    """
    ends = [1]
    while ends[-1] < axes:
        ends.append(min(axes, 4 * ends[-1]))
    return list(zip([0, *ends[:-1]], ends, strict=True))
