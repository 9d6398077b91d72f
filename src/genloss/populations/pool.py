"""A real data set as the population: training rows are drawn from its pool with replacement."""

from dataclasses import dataclass

import numpy as np

from genloss.errors import Problem
from genloss.metrics import PoolErrors
from genloss.populations.draw import Array, Draw
from genloss.streams import stream


@dataclass(frozen=True, eq=False)  # compared and hashed by identity, so that kernels on it can be cached
class Pool:
    """Real rows with known clean labels, split once into a pool and held-out rows.

    inputs, clean: the pool, (rows, features) and (rows,); it is the population, and training rows
    are drawn from it with replacement. held_out, held_out_clean: real rows that nothing trains on.
    noise: standard deviation of the noise added to a label.
    """

    name: str
    inputs: Array
    clean: Array
    held_out: Array
    held_out_clean: Array
    noise: float

    @property
    def dim(self) -> int:
        """Number of features."""
        return int(self.inputs.shape[1])

    def indices(
        self, rows: int, replicates: int, rng: np.random.Generator
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """Draw which pool rows a training set holds, (replicates, rows), with replacement."""
        return rng.integers(self.clean.size, size=(replicates, rows))

    def draw(self, rows: int, replicates: int, rng: np.random.Generator) -> Draw:
        """Draw inputs and clean labels."""
        chosen = self.indices(rows, replicates, rng)
        return Draw(self.inputs[chosen], self.clean[chosen])

    def errors(self, pool: Array, held_out: Array) -> PoolErrors:
        """Compare predictions on the pool and on the held-out rows, (..., rows), with the clean labels."""
        return PoolErrors(pool - self.clean, held_out - self.held_out_clean, self.noise)


def digits(*, target: str, noise: float, held_out: int, seed: int) -> Pool:
    """8x8 images of handwritten digits (1797 of them, scikit-learn's), labeled by the parity of the digit.

    target: "parity" (1 for odd digits, 0 for even). held_out: number of images kept out of the
    pool; which ones follows from `seed` alone, so all replicates share one population. Pixels are
    standardized column by column with the pool's mean and standard deviation; constant pixels
    become 0.
    """
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    if target != "parity":
        raise Problem("population.target", f"{target!r} is not known for digits", 'give "parity"')
    if not 0 <= held_out <= len(labels) - 2:
        raise Problem(
            "population.held_out", f"{held_out} of {len(labels)} images", f"give a number from 0 to {len(labels) - 2}"
        )
    order = stream(seed, "digits", "split").permutation(len(labels))
    kept, out = np.sort(order[held_out:]), np.sort(order[:held_out])
    mean, spread = images[kept].mean(axis=0), images[kept].std(axis=0)
    scaled = (images - mean) / np.where(spread > 0, spread, np.inf)
    clean = (labels % 2).astype(float)
    return Pool("digits", scaled[kept], clean[kept], scaled[out], clean[out], noise)
