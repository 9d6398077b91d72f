"""How is a symmetric matrix reduced to a band, in products of matrices alone?

A = Q B Q' with B a band of WIDTH diagonals on each side. A tridiagonal form, let alone eigenvectors, takes more than
twice as long: half of its work is products of a matrix with one vector, which wait for memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve_banded, cholesky_banded, lapack

from genloss.errors import impossible

Array = NDArray[np.float64]

WIDTH = 96
"""Diagonals of the band below the main one."""
_ROWS = 512  # rows that are updated at once


@dataclass(frozen=True, eq=False, slots=True)
class Turn:
    """A product of reflections 1 - V F V' of the entries from `first` on; V (n - first, width), F (width, width)."""

    first: int
    vectors: Array
    factor: Array


@dataclass(frozen=True, eq=False)
class Banded:
    """A = Q B Q'. diagonals: (WIDTH + 1, n), the main one first, as `scipy.linalg.solveh_banded` takes them, lower."""

    diagonals: Array
    turns: tuple[Turn, ...]

    def into(self, columns: Array) -> Array:
        """Return Q' columns, (n, columns)."""
        turned = np.array(columns, order="C")
        for turn in self.turns:
            part = turned[turn.first :]
            part -= turn.vectors @ (turn.factor.T @ (turn.vectors.T @ part))
        return turned

    def back(self, columns: Array) -> Array:
        """Return Q columns, (n, columns)."""
        turned = np.array(columns, order="C")
        for turn in reversed(self.turns):
            part = turned[turn.first :]
            part -= turn.vectors @ (turn.factor @ (turn.vectors.T @ part))
        return turned

    def factor(self, shift: float) -> Array:
        """Return the Cholesky factor of B + shift. Errors: `LinAlgError` where it is not positive definite."""
        shifted = self.diagonals.copy()
        shifted[0] += shift
        return np.asarray(cholesky_banded(shifted, lower=True, overwrite_ab=True, check_finite=False))


def solve(factor: Array, columns: Array) -> Array:
    """Return (B + shift)^-1 columns, (n, columns), by the factor of `Banded.factor`."""
    return np.asarray(cho_solve_banded((factor, True), columns, check_finite=False))


def banded(matrix: Array, width: int = WIDTH) -> Banded:
    r"""Reduce a symmetric matrix (n, n), which is overwritten.

    .. math:: A \to (1 - V F V')' A (1 - V F V') = A - V W' - W V', \qquad W = A V F - V F' V' A V F / 2

    with V, F of the QR factorization of a panel of `width` columns below the band; 4/3 n^3 multiplications.
    Status: exact. Checked by tests/unit/test_band.py.
    """
    size, turns = len(matrix), []
    for first in range(0, size - width - 1, width):
        place = first + width
        vectors, factor, upper = _panel(matrix[place:, first:place])
        matrix[place:, first:place] = upper
        _turn_both_sides(matrix[place:, place:], vectors, factor, place)
        turns.append(Turn(place, vectors, factor))
    diagonals = np.zeros((min(width, size - 1) + 1, size))
    for below in range(len(diagonals)):
        diagonals[below, : size - below] = np.diagonal(matrix, -below)
    return Banded(diagonals, tuple(turns))


def _panel(panel: Array) -> tuple[Array, Array, Array]:
    """Return V (rows, rank), F (rank, rank) and R, (rows, columns), zero below its diagonal: panel = (1 - V F V') R."""
    reduced, scales, _, failed = lapack.dgeqrf(panel, lwork=64 * panel.shape[1])
    if failed:
        impossible(f"LAPACK dgeqrf returned {failed}")
    rank = len(scales)
    vectors = np.tril(reduced[:, :rank], -1)
    vectors[np.diag_indices(rank)] = 1.0
    inner, factor = vectors.T @ vectors, np.zeros((rank, rank))
    for place, scale in enumerate(scales):
        factor[place, place] = scale
        factor[:place, place] = -scale * (factor[:place, :place] @ inner[:place, place])
    return vectors, factor, np.triu(reduced)


def _turn_both_sides(lower: Array, vectors: Array, factor: Array, place: int) -> None:
    """Overwrite the lower half of A, which begins at a place of the matrix, and all of the blocks on its diagonal."""
    ends = [*range(_ROWS - place % _ROWS, len(lower), _ROWS), len(lower)]  # the same blocks for every panel
    parts = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
    turned, product = vectors @ factor, np.zeros_like(vectors)
    for part in parts:
        product[part] += lower[part, : part.stop] @ turned[: part.stop]
        product[: part.start] += lower[part, : part.start].T @ turned[part]
    product -= 0.5 * vectors @ (factor.T @ (vectors.T @ product))
    left, right = np.hstack([vectors, product]), np.hstack([product, vectors])
    for part in parts:
        lower[part, : part.stop] -= left[part] @ right[: part.stop].T
