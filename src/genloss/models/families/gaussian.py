"""Gaussian laws of unknown mean and covariance: what do rows say, by maximum likelihood or without bias?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.models.families.protocol import Array, Truths, parameters_of, turned

DIVISORS = ("maximum_likelihood", "unbiased")


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Rows of d numbers; parameters are the mean (d) and the covariance (d x d, row by row).

    divisor: "maximum_likelihood" divides the scatter about the mean by the rows n, "unbiased" by n - 1. The statistic
    is the mean and the scatter over n, drawn at once: a normal mean and a Wishart scatter by Bartlett's
    decomposition, at a cost free of the rows. Pooled by central moments, so that a variance that has collapsed
    keeps its digits.
    """

    dim: int = 1
    divisor: str = "maximum_likelihood"
    missing: str = "the rows span fewer directions than there are, so that the likelihood has no maximum"

    def __post_init__(self) -> None:
        if isinstance(self.dim, bool) or not isinstance(self.dim, int) or not 1 <= self.dim <= 200:
            raise Problem("dim", f"{self.dim!r}", "give a whole number from 1 to 200")
        if self.divisor not in DIVISORS:
            raise Problem(
                "divisor", f"{self.divisor!r}", "give maximum_likelihood (divide by n) or unbiased (by n - 1)"
            )

    @property
    def name(self) -> str:
        """Name of the family."""
        return "gaussian" if self.dim == 1 else "multivariate_gaussian"

    @property
    def free(self) -> int:
        """Mean and lower triangle."""
        return self.dim + self.dim * (self.dim + 1) // 2

    @property
    def fewest(self) -> int:
        """Rows for a scatter of full rank."""
        return self.dim + 1

    def checked(self, truth: ArrayLike) -> Array:
        """Return mean and covariance in one list; the covariance is symmetric and positive."""
        count = self.dim + self.dim**2
        meaning = "mean and variance > 0" if self.dim == 1 else f"{self.dim} means, then {self.dim}^2 covariances"
        given = parameters_of(self.name, truth, count, meaning)
        covariance = self._parts(given[None])[1][0]
        if not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance).min() <= 0:
            found = f"covariance {covariance.tolist()} is not symmetric and positive"
            raise Problem(f"{self.name}: truth", found, f"give {meaning}")
        return given

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw rows (replicates, rows, d)."""
        mean, covariance = self._parts(parameters)
        z = rng.standard_normal((len(parameters), rows, self.dim))
        return np.asarray(mean[:, None] + z @ np.linalg.cholesky(covariance).mT)

    def summary(self, rows: Array, weights: Array) -> Array:
        """Return mean and scatter over n."""
        mean = (weights[..., None] * rows).sum(axis=-2)
        away = rows - mean[..., None, :]
        return self._joined(mean, (weights[..., None] * away).mT @ away)

    def draw_summary(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw the mean and Bartlett's triangle; with fewer rows than directions, the rows themselves."""
        if rows <= self.dim:
            return self.summary(self.draw(parameters, rows, rng), np.full(rows, 1 / rows))
        mean, covariance = self._parts(parameters)
        root = np.linalg.cholesky(covariance)
        z = rng.standard_normal((len(parameters), self.dim, 1))
        triangle = np.tril(rng.standard_normal((len(parameters), self.dim, self.dim)), -1)
        places = np.arange(self.dim)
        triangle[:, places, places] = np.sqrt(rng.chisquare(rows - 1 - places, (len(parameters), self.dim)))
        spread = root @ triangle
        return self._joined(mean + (root @ z)[..., 0] / np.sqrt(rows), spread @ spread.mT / rows)

    def expected(self, parameters: Array) -> Array:
        """Return mean and covariance themselves."""
        return parameters

    def pooled(self, summaries: Sequence[Array], shares: Sequence[float]) -> Array:
        """Return mean and scatter of the pool: within batches, and between their means."""
        parts = [self._parts(each) for each in summaries]
        mean = np.sum([share * m for share, (m, _) in zip(shares, parts, strict=True)], axis=0)
        scatter = np.sum(
            [
                share * (inner + (m - mean)[..., :, None] * (m - mean)[..., None, :])
                for share, (m, inner) in zip(shares, parts, strict=True)
            ],
            axis=0,
        )
        return self._joined(mean, scatter)

    def solve(self, summary: Array, size: float | Array) -> tuple[Array, Truths]:
        """Divide the scatter."""
        mean, scatter = self._parts(summary)
        covariance = scatter * self._correction(size)
        found = self._joined(mean, covariance)
        return found, self.inside(found)

    def _correction(self, size: float | Array) -> float | Array:
        """Return what a scatter over n is multiplied by; size: one for all, or (replicates,)."""
        if self.divisor != "unbiased":
            return 1.0
        if np.ndim(size) == 0:
            return size / (size - 1) if size > 1 else 1.0
        many = np.maximum(size, 2.0)
        return np.where(np.asarray(size) > 1, many / (many - 1), 1.0)[:, None, None]

    def estimate(self, rows: Array, weights: Array, size: float | Array) -> tuple[Array, Truths]:
        """Return mean and covariance of rows."""
        return self.solve(self.summary(rows, weights), size)

    def inside(self, parameters: Array) -> Truths:
        """Whether the covariance is positive, up to rounding."""
        eigenvalues = np.linalg.eigvalsh(self._parts(parameters)[1])
        return np.asarray(eigenvalues[:, 0] > 1e-13 * eigenvalues[:, -1])

    def whitened(self, parameters: Array, truth: Array) -> Array:
        """Errors of mean and covariance in coordinates where the truth is standard normal."""
        (mean, covariance), (center, spread) = self._parts(parameters), self._parts(truth[None])
        inverse = np.linalg.inv(np.linalg.cholesky(spread[0]))
        off = inverse @ (covariance - spread[0]) @ inverse.T
        lower = np.tril_indices(self.dim, -1)
        places = np.arange(self.dim)
        return np.concatenate(
            [turned(mean - center[0], inverse.T), off[:, places, places] / np.sqrt(2), off[:, lower[0], lower[1]]],
            axis=-1,
        )

    def row_variance(self, parameters: Array) -> Array:
        """Trace of the covariance."""
        return np.asarray(np.trace(self._parts(parameters)[1], axis1=-2, axis2=-1))

    def _parts(self, joined: Array) -> tuple[Array, Array]:
        return joined[:, : self.dim], joined[:, self.dim :].reshape(-1, self.dim, self.dim)

    def _joined(self, mean: Array, matrix: Array) -> Array:
        return np.concatenate([mean, matrix.reshape(len(mean), -1)], axis=-1)
