"""How far apart are the laws of two samples, when only the samples are there? Zero on average where they are one law.

The squared energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'|. It is the squared distance of two points in a Hilbert
space, one for each law, so that errors of a fit part into a squared bias and a variance (docs/theory/attribution.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.populations.own_rows import Columns

Array = NDArray[np.float64]

_OF_KINDS = 0.5**0.5  # then two rows that differ in one kind alone lie 1 apart


@dataclass(frozen=True, eq=False)
class Units:
    """Turns columns into points. scale: of each column of numbers, 0 for one that is left out. places: of each kind."""

    scale: Array
    places: tuple[Mapping[str, int], ...]

    def points(self, columns: Columns) -> Sample:
        """Return rows as points: numbers in real standard deviations, kinds as 0 and 1, new ones together."""
        parts = [columns.numbers[:, self.scale > 0] / self.scale[self.scale > 0]]
        for known, column in zip(self.places, columns.kinds.T, strict=True):
            place = np.array([known.get(kind, len(known)) for kind in column], dtype=int)
            parts.append(_OF_KINDS * np.eye(len(known) + 1)[place])
        return Sample(np.ascontiguousarray(np.hstack(parts)))


@dataclass(frozen=True, eq=False)
class Sample:
    """Points of one law, (rows, k)."""

    points: Array

    @cached_property
    def within(self) -> float:
        """Mean distance of two different points."""
        from scipy.spatial.distance import pdist

        return float(pdist(self.points).mean())

    def apart(self, other: Sample) -> float:
        """Return an unbiased estimate of the squared energy distance; below 0 by chance where it is 0."""
        from scipy.spatial.distance import cdist

        return float(2 * cdist(self.points, other.points).mean() - self.within - other.within)


def units_of(real: Columns) -> Units:
    """Take units from real rows. Errors: `Problem` where nothing varies.

    >>> from genloss.populations.own_rows import columns_of
    >>> units_of(columns_of(np.array([[0.0], [2.0]]))).points(columns_of(np.array([[3.0]]))).points
    array([[3.]])
    """
    scale = np.where(real.varying, real.numbers.std(axis=0), 0.0) if real.names else np.empty(0)
    places = tuple({kind: place for place, kind in enumerate(sorted(set(column)))} for column in real.kinds.T)
    if not scale.any() and all(len(each) < 2 for each in places):
        raise Problem("data", "no column varies", "give rows that differ")
    return Units(scale, places)
