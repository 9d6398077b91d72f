"""How is one formula written for covariances on shared axes (numbers per axis) and for any others (matrices)?

On shared axes the moments of errors across two axes average out, because rows are as likely with either sign along
each axis: the diagonal is enough, and matrices are lists of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from genloss.theory.arguments import Array

__all__ = ["Algebra", "Axes", "Matrices"]


class Algebra(Protocol):
    """What the formulas need of covariances S, of what a fit does to errors P, and of second moments C."""

    def identity(self) -> Array:
        """Return the identity."""

    def inverse(self, matrix: Array) -> Array:
        """Return the inverse of a symmetric matrix."""

    def times(self, left: Array, right: Array) -> Array:
        """Return the product."""

    def moved(self, left: Array, moments: Array, right: Array) -> Array:
        """Return left C right', the moments of what two maps make of two errors."""

    def trace(self, left: Array, right: Array) -> float:
        """Return the trace of the product."""

    def outer(self, coefficients: Array) -> Array:
        """Return the moments of one vector."""

    def transposed(self, moments: Array) -> Array:
        """Return the transpose."""


@dataclass(frozen=True, slots=True)
class Axes:
    """Covariances that share their eigenvectors: eigenvalues per axis, (dim,)."""

    dim: int

    def identity(self) -> Array:
        """Return ones."""
        return np.ones(self.dim)

    def inverse(self, matrix: Array) -> Array:
        """Divide 1 by each."""
        return np.asarray(1 / matrix)

    def times(self, left: Array, right: Array) -> Array:
        """Multiply each."""
        return left * right

    def moved(self, left: Array, moments: Array, right: Array) -> Array:
        """Multiply each."""
        return left * moments * right

    def trace(self, left: Array, right: Array) -> float:
        """Sum the products."""
        return float(left @ right)

    def outer(self, coefficients: Array) -> Array:
        """Square each."""
        return np.asarray(coefficients**2)

    def transposed(self, moments: Array) -> Array:
        """Return them as they are."""
        return moments


@dataclass(frozen=True, slots=True)
class Matrices:
    """Any covariances, (dim, dim)."""

    dim: int

    def identity(self) -> Array:
        """Return the identity."""
        return np.eye(self.dim)

    def inverse(self, matrix: Array) -> Array:
        """Invert, and keep it symmetric."""
        inverse = np.linalg.inv(matrix)
        return np.asarray((inverse + inverse.T) / 2)

    def times(self, left: Array, right: Array) -> Array:
        """Multiply."""
        return np.asarray(left @ right)

    def moved(self, left: Array, moments: Array, right: Array) -> Array:
        """Return left C right'."""
        return np.asarray(left @ moments @ right.T)

    def trace(self, left: Array, right: Array) -> float:
        """Return the trace of the product."""
        return float(np.einsum("ij,ji->", left, right))

    def outer(self, coefficients: Array) -> Array:
        """Return w w'."""
        return np.outer(coefficients, coefficients)

    def transposed(self, moments: Array) -> Array:
        """Transpose."""
        return moments.T
