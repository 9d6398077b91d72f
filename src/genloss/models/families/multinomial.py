"""Categories: which probabilities do counts have, by maximum likelihood?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.models.families.protocol import Array, Truths, parameters_of, turned, weighted_mean


@dataclass(frozen=True, slots=True)
class Multinomial:
    """Rows are one of K categories, written as 0 and 1 in K columns; parameters are probabilities, (K,).

    The estimate is the shares of the categories and always exists; a category that is lost stays at 0, which is
    counted as having left the interior. The variance function is quadratic of curvature -1: theory is exact.
    """

    categories: int
    name: str = "multinomial"
    fewest: int = 1
    missing: str = "there are no rows"

    def __post_init__(self) -> None:
        if isinstance(self.categories, bool) or not isinstance(self.categories, int) or self.categories < 2:
            raise Problem("categories", f"{self.categories!r}", "give a whole number from 2 on")

    @property
    def free(self) -> int:
        """One less than the categories."""
        return self.categories - 1

    def checked(self, truth: ArrayLike) -> Array:
        """Return probabilities above 0 that add up to 1."""
        meaning = f"{self.categories} probabilities above 0 that add up to 1"
        given = parameters_of(self.name, truth, self.categories, meaning)
        if not np.all(given > 0) or abs(given.sum() - 1) > 1e-9:
            raise Problem(f"{self.name}: truth", f"{given.tolist()} is not inside the family", f"give {meaning}")
        return given

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw rows of 0 and 1, (replicates, rows, K)."""
        law = parameters / parameters.sum(axis=-1, keepdims=True)
        return rng.multinomial(1, law[:, None, :], size=(len(law), rows)).astype(float)

    def summary(self, rows: Array, weights: Array) -> Array:
        """Return the shares."""
        return np.asarray((weights[..., None] * rows).sum(axis=-2))

    def draw_summary(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw all counts at once."""
        return np.asarray(rng.multinomial(rows, parameters / parameters.sum(axis=-1, keepdims=True)) / rows)

    def expected(self, parameters: Array) -> Array:
        """Return the shares themselves."""
        return parameters

    def pooled(self, summaries: Sequence[Array], shares: Sequence[float]) -> Array:
        """Return the weighted mean."""
        return weighted_mean(summaries, shares)

    def solve(self, summary: Array, size: float) -> tuple[Array, Truths]:
        """The shares are the estimate."""
        del size
        return summary, np.ones(len(summary), dtype=bool)

    def estimate(self, rows: Array, weights: Array, size: float) -> tuple[Array, Truths]:
        """Count."""
        return self.solve(self.summary(rows, weights), size)

    def inside(self, parameters: Array) -> Truths:
        """Whether no category is lost."""
        return np.asarray((parameters > 0).all(axis=-1))

    def whitened(self, parameters: Array, truth: Array) -> Array:
        """Errors over the roots of the probabilities, in K - 1 directions at right angles to these roots."""
        roots = np.sqrt(truth)
        directions = np.linalg.qr(np.column_stack([roots, np.eye(truth.size)[:, 1:]]))[0][:, 1:]
        return turned((parameters - truth) / roots, directions)

    def row_variance(self, parameters: Array) -> Array:
        """Heterozygosity, 1 - sum of squares."""
        return np.asarray(1 - (parameters**2).sum(axis=-1))
