"""What are mean and covariance of a table's features and target, from one pass over its rows?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, lil_array

from genloss.errors import Problem
from genloss.populations.draw import Array
from genloss.populations.tables.classes import one_of
from genloss.populations.tables.column import WORDS, Column
from genloss.populations.tables.features import Features
from genloss.populations.tables.notes import Note
from genloss.populations.tables.vector_moments import VectorMoments

MOST_FEATURES = 10_000
"""Features whose scatter is held: 0.8 GB."""

_VALUE, _GAP = -1, -2  # parts of a column besides its words, which are 0, 1, ...


@dataclass(frozen=True, eq=False)
class TableMoments:
    r"""Moments of the inputs x and the target y of a table.

    rows: n, those used. names: of the features. mean: (features,). scatter: (features, features),
    :math:`\sum_i (x_i - \bar x)(x_i - \bar x)'`. cross: (features,), :math:`\sum_i (x_i - \bar x)(y_i - \bar y)`.
    target_mean; target_scatter: :math:`\sum_i (y_i - \bar y)^2`. read: rows in the file. notes: what was done.

    Status: exact, for the features that `Features` makes of the same rows.
    """

    rows: int
    names: tuple[str, ...]
    target_name: str
    mean: Array
    scatter: Array
    cross: Array
    target_mean: float
    target_scatter: float
    read: int
    notes: tuple[Note, ...]

    @property
    def covariance(self) -> Array:
        """Covariance of the inputs, divided by the number of rows, (features, features)."""
        covariance: Array = self.scatter / self.rows
        return covariance

    @property
    def correlation(self) -> Array:
        """Covariance of the inputs, each divided by its standard deviation, (features, features)."""
        spread = np.sqrt(np.diag(self.covariance))
        scale = np.where(spread > 0, spread, np.inf)
        correlation: Array = self.covariance / np.outer(scale, scale)
        return correlation


class MomentSums:
    """Gathers moments before it is known which features there will be.

    Every column has a part for its value (a constant where missing), one for being missing, and one for each of
    its words. Parts appear when they are first needed: before, they were 0 (a value: its constant).
    Every feature is a linear function of the parts, so that its moments follow in the end.
    """

    def __init__(self, columns: list[Column], where: str) -> None:
        self._columns = columns
        self._where = where
        self._parts: dict[tuple[int, int], int] = {}
        self._constants: dict[int, float] = {}
        self._sums = VectorMoments.of(np.empty((0, 0)))

    def add(self, codes: Array) -> None:
        """Take in some rows of codes, (rows, columns), nan where missing."""
        gaps = np.isnan(codes)
        new = [part for part in self._needed(gaps) if part not in self._parts]
        for place, part in new:
            if part == _VALUE:
                self._constants[place] = float(codes[~gaps[:, place], place].mean())
            self._parts[place, part] = len(self._parts)
        if len(self._parts) > 2 * MOST_FEATURES:
            mend = f"give at most {MOST_FEATURES:,}, e.g. leave out columns of many words"
            raise Problem(self._where, f"more than {MOST_FEATURES:,} features", mend)
        before = [self._constants[place] if part == _VALUE else 0.0 for place, part in new]
        self._sums = self._sums.extended(np.array(before)) + VectorMoments.of(self._vectors(codes, gaps))

    def moments(self, features: Features, *, read: int, notes: tuple[Note, ...]) -> TableMoments:
        """Return the moments of the features and of the target, the last column."""
        if len(features.features) > MOST_FEATURES:
            mend = f"give at most {MOST_FEATURES:,}"
            raise Problem(self._where, f"{len(features.features):,} features: too many for their covariance", mend)
        found = self._sums.mapped(self._map(features))
        return TableMoments(
            rows=found.count,
            names=features.names,
            target_name=self._columns[-1].name,
            mean=found.mean[:-1],
            scatter=found.scatter[:-1, :-1],
            cross=found.scatter[:-1, -1],
            target_mean=float(found.mean[-1]),
            target_scatter=float(found.scatter[-1, -1]),
            read=read,
            notes=notes,
        )

    def _needed(self, gaps: NDArray[np.bool_]) -> list[tuple[int, int]]:
        needed = []
        for place, column in enumerate(self._columns):
            if gaps[:, place].any():
                needed.append((place, _GAP))
            if column.kind == WORDS:
                needed += [(place, level) for level in range(len(column.levels))]
            elif not gaps[:, place].all():
                needed.append((place, _VALUE))
        return needed

    def _vectors(self, codes: Array, gaps: NDArray[np.bool_]) -> Array:
        vectors = np.zeros((len(codes), len(self._parts)))
        for (place, part), at in self._parts.items():
            if part == _GAP:
                vectors[:, at] = gaps[:, place]
            elif part == _VALUE:
                vectors[:, at] = np.where(gaps[:, place], self._constants[place], codes[:, place])
            else:
                vectors[:, at] = codes[:, place] == part
        return vectors

    def _map(self, features: Features) -> csr_array:
        """Return the matrix that makes features, and then the target, of parts; one or two entries a row."""
        matrix = lil_array((len(features.features) + 1, len(self._parts)))
        for row, feature in enumerate(features.features):
            value = _VALUE if feature.level is None else feature.level
            matrix[row, self._parts[feature.column, value]] = 1.0
            if (feature.column, _GAP) in self._parts:
                instead = self._constants[feature.column] if feature.level is None else 0.0
                matrix[row, self._parts[feature.column, _GAP]] = feature.fill - instead
        one = one_of(self._columns[-1])
        matrix[len(features.features), self._parts[len(self._columns) - 1, _VALUE if one is None else one]] = 1.0
        return matrix.tocsr()
