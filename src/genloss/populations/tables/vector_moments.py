"""How do mean and scatter of vectors add up without the vectors?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from genloss.populations.draw import Array


@dataclass(frozen=True, eq=False, slots=True)
class VectorMoments:
    r"""Count, mean and scatter of vectors x_i.

    .. math:: S = \sum_i (x_i - \bar x)(x_i - \bar x)'

    count: n. mean: (d,). scatter: (d, d). Adding two gives the moments of all their vectors
    (Chan, Golub and LeVeque 1979); no squares of means are subtracted. Status: exact.
    """

    count: int
    mean: Array
    scatter: Array

    @classmethod
    def of(cls, vectors: Array) -> VectorMoments:
        """Return the moments of vectors (n, d); n may be 0."""
        count, dim = vectors.shape
        if not count:
            return cls(0, np.zeros(dim), np.zeros((dim, dim)))
        mean = vectors.mean(axis=0)
        centered = vectors - mean
        off = centered.mean(axis=0)  # what rounding left of the mean
        return cls(count, mean + off, centered.T @ centered - count * np.outer(off, off))

    def __add__(self, other: VectorMoments) -> VectorMoments:
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        step = other.mean - self.mean
        between = np.outer(step, step) * (self.count * other.count / count)
        return VectorMoments(count, self.mean + step * (other.count / count), self.scatter + other.scatter + between)

    def extended(self, constants: Array) -> VectorMoments:
        """Return the moments of the vectors with constants (k,) appended to each."""
        more = len(constants)
        return VectorMoments(self.count, np.append(self.mean, constants), np.pad(self.scatter, ((0, more), (0, more))))

    def mapped(self, matrix: Array | csr_array) -> VectorMoments:
        """Return the moments of A x, for A (e, d), full or sparse."""
        return VectorMoments(self.count, matrix @ self.mean, (matrix @ self.scatter) @ matrix.T)
