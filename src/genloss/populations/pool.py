"""A real data set as the population: training rows are drawn from its pool with replacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.metrics import PoolErrors
from genloss.populations.draw import Array, Draw
from genloss.populations.entities import drawn_places


@dataclass(frozen=True, eq=False)  # compared and hashed by identity, so that kernels on it can be cached
class Pool:
    """Real rows with known clean labels, split once into a pool and held-out rows.

    inputs, clean: the pool, (rows, features) and (rows,); it is the population, and training rows
    are drawn from it with replacement. held_out, held_out_clean: real rows that nothing trains on.
    noise: standard deviation of the noise added to a label. entities: of what each row of the pool is, 0, 1, ..., where
    rows of one are drawn together; None: rows are drawn one by one.
    """

    name: str
    inputs: Array
    clean: Array
    held_out: Array
    held_out_clean: Array
    noise: float
    entities: NDArray[np.int64] | None = None

    @property
    def dim(self) -> int:
        """Number of features."""
        return int(self.inputs.shape[1])

    def indices(
        self, rows: int, replicates: int, rng: np.random.Generator
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """Draw which pool rows a training set holds, (replicates, rows), with replacement; entities whole."""
        return drawn_places(self.clean.size, replicates, rows, rng, self.entities)

    def draw(self, rows: int, replicates: int, rng: np.random.Generator) -> Draw:
        """Draw inputs and clean labels."""
        chosen = self.indices(rows, replicates, rng)
        return Draw(self.inputs[chosen], self.clean[chosen])

    def errors(self, pool: Array, held_out: Array) -> PoolErrors:
        """Compare predictions on the pool and on the held-out rows, (..., rows), with the clean labels."""
        return PoolErrors(pool - self.clean, held_out - self.held_out_clean, self.noise)
