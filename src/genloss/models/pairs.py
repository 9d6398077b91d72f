"""What are the sums c q q' of the rows of a table, for many counts or weights c at once? One product of matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]

_ROOM = 2e7  # numbers in the products of two columns that are held
_AT_ONCE = 5e6  # numbers of weighted rows, where they are not


@dataclass(frozen=True, eq=False)
class Pairs:
    """Values (T, m), and the products of every two of their columns, (m (m + 1) / 2, T), where there is room.

    places (m, m): which of the products is that of columns i and j.
    """

    values: Array
    products: Array | None
    places: Places

    def sums(self, weights: Array) -> Array:
        """Return sum c q q' of every run, (runs, m, m). weights: c, (runs, T)."""
        if self.products is not None:
            return np.asarray((weights @ self.products.T)[:, self.places])
        step = max(1, int(_AT_ONCE / self.values.size))
        parts = [(self.values.T * weights[k : k + step, None]) @ self.values for k in range(0, len(weights), step)]
        return np.concatenate(parts)

    def forms(self, matrices: Array) -> Array:
        """Return q' A q of every row, (runs, T). matrices: A, symmetric, (runs, m, m)."""
        if self.products is None:
            return np.stack([((self.values @ each) * self.values).sum(axis=1) for each in matrices])
        first, second = np.triu_indices(self.values.shape[1])
        return np.asarray((matrices[:, first, second] * np.where(first == second, 1, 2)) @ self.products)

    def at(self, rows: Places) -> Pairs:
        """Return those of some rows of the table, in their order."""
        return Pairs(self.values[rows], None if self.products is None else self.products[:, rows], self.places)


def pairs_of(values: Array) -> Pairs:
    """Return the products of every two columns of values (T, m)."""
    rows, columns = values.shape
    first, second = np.triu_indices(columns)
    places = np.empty((columns, columns), dtype=np.intp)
    places[first, second] = places[second, first] = np.arange(first.size)
    if first.size * rows > _ROOM:
        return Pairs(values, None, places)
    across = np.ascontiguousarray(values.T)
    return Pairs(values, across[first] * across[second], places)


def turned(sums: Array, turn: Array) -> Array:
    """Return turn' S turn of every symmetric S, (runs, k, k). sums (runs, m, m), turn (m, k)."""
    runs, m, k = len(sums), *turn.shape
    half = (sums.reshape(-1, m) @ turn).reshape(runs, m, k).mT
    return np.asarray((half.reshape(-1, m) @ turn).reshape(runs, k, k))
