"""The Dirichlet and beta laws: which concentrations do shares have, by maximum likelihood?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.models.families.gamma_shape import log_gamma
from genloss.models.families.protocol import Array, Truths, checked_shapes, chunks, parameters_of, turned, weighted_mean

_FLAT = 1e-12  # distance of the mean logarithms from those of rows that are all the same


@dataclass(frozen=True, slots=True)
class Dirichlet:
    r"""Rows are shares x > 0 of K parts that add up to 1; parameters are concentrations a, (K,). Beta is K = 2.

    .. math:: \psi(a_k) - \psi(\textstyle\sum_j a_j) = \overline{\log x_k}

    The statistic is the mean of log x_k, drawn row by row. Information of one row: diag psi_1(a_k) - psi_1(sum a).
    """

    free: int
    name: str = "dirichlet"
    fewest: int = 2
    missing: str = "all rows are the same, so that the likelihood grows with the concentration without end"

    def __post_init__(self) -> None:
        if isinstance(self.free, bool) or not isinstance(self.free, int) or self.free < 2:
            raise Problem("concentrations", f"{self.free!r} of them", "give two or more")

    def checked(self, truth: ArrayLike) -> Array:
        """Return concentrations, all above 0."""
        meaning = f"{self.free} concentrations, all above 0"
        given = parameters_of(self.name, truth, self.free, meaning)
        if not np.all(given > 0):
            raise Problem(f"{self.name}: truth", f"{given.tolist()} is not inside the family", f"give {meaning}")
        checked_shapes(self.name, given)
        try:
            np.linalg.cholesky(_information(given))
        except np.linalg.LinAlgError as error:
            found = f"{given.tolist()}: numbers so far apart that a row says nothing about some of them"
            raise Problem(f"{self.name}: truth", found, f"give {meaning}, nearer to each other") from error
        return given

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw logarithms of shares, (replicates, rows, K): small shares keep their digits."""
        logs = log_gamma(parameters[:, None, :], (len(parameters), rows, self.free), rng)
        return np.asarray(logs - np.logaddexp.reduce(logs, axis=-1)[..., None])

    def summary(self, rows: Array, weights: Array) -> Array:
        """Return the mean of log x_k."""
        return np.asarray((weights[..., None] * rows).sum(axis=-2))

    def draw_summary(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw in chunks and keep the means."""
        total = np.zeros_like(parameters)
        for count in chunks(rows, len(parameters), self.free, rng):
            total += self.draw(parameters, count, rng).sum(axis=1)
        return total / rows

    def expected(self, parameters: Array) -> Array:
        """Return E log x_k."""
        from scipy.special import digamma  # loaded where it is needed

        return np.asarray(digamma(parameters) - digamma(parameters.sum(axis=-1, keepdims=True)))

    def pooled(self, summaries: Sequence[Array], shares: Sequence[float]) -> Array:
        """Return the weighted mean."""
        return weighted_mean(summaries, shares)

    def solve(self, summary: Array, size: float) -> tuple[Array, Truths]:
        """Newton's method with the inverse of diagonal plus rank one, steps halved until all a stay above 0."""
        from scipy.special import digamma

        del size
        gap = -np.logaddexp.reduce(summary, axis=-1)  # 0 where all rows are the same
        exists = np.asarray(gap > _FLAT)
        means = np.where(exists[:, None], summary, digamma(1.0) - digamma(float(self.free)))
        shares = np.exp(means - np.logaddexp.reduce(means, axis=-1)[:, None])
        spread = -np.logaddexp.reduce(means, axis=-1)
        a = shares * np.maximum((self.free - 1) / 2 / spread, 1e-3)[:, None] + 1e-3
        going = np.ones(len(a), dtype=bool)
        for _ in range(200):
            step = np.where(going[:, None], self._step(a, means), 0.0)
            step *= np.minimum(1.0, 0.9 / np.maximum((step / a).max(axis=-1), 1e-300))[:, None]
            a = a - step
            going &= np.asarray(np.abs(step / a).max(axis=-1) >= 1e-12)
            if not going.any():
                break
        return a, exists & np.asarray(np.abs(self._step(a, means) / a).max(axis=-1) < 1e-6)

    def _step(self, a: Array, means: Array) -> Array:
        from scipy.special import digamma, polygamma

        total = a.sum(axis=-1, keepdims=True)
        gradient = digamma(total) - digamma(a) + means
        diagonal, corner = -polygamma(1, a), polygamma(1, total)
        shift = (gradient / diagonal).sum(axis=-1, keepdims=True) / (
            1 / corner + (1 / diagonal).sum(axis=-1, keepdims=True)
        )
        return np.asarray((gradient - shift) / diagonal)

    def estimate(self, rows: Array, weights: Array, size: float) -> tuple[Array, Truths]:
        """Maximize the likelihood of rows, given as logarithms."""
        return self.solve(self.summary(rows, weights), size)

    def inside(self, parameters: Array) -> Truths:
        """Whether all are above 0 and finite."""
        return np.asarray((np.isfinite(parameters) & (parameters > 0)).all(axis=-1))

    def whitened(self, parameters: Array, truth: Array) -> Array:
        """Errors times the transposed Cholesky root of the information."""
        return turned(parameters - truth, np.asarray(np.linalg.cholesky(_information(truth))))

    def row_variance(self, parameters: Array) -> Array:
        """Sum of the variances of the shares."""
        total = parameters.sum(axis=-1)
        return np.asarray((1 - (parameters**2).sum(axis=-1) / total**2) / (total + 1))


def _information(truth: Array) -> Array:
    """Fisher information of one row."""
    from scipy.special import polygamma  # loaded where it is needed

    return np.asarray(np.diag(polygamma(1, truth)) - polygamma(1, truth.sum()))
