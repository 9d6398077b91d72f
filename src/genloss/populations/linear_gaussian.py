"""The population of the theory: Gaussian inputs, a linear truth, Gaussian label noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.metrics import LinearErrors
from genloss.populations.draw import Array, Draw


@dataclass(frozen=True)
class LinearGaussian:
    """x ~ N(0, diag(spectrum)), y = x.coefficients + noise * N(0, 1), in the eigenbasis of the covariance.

    spectrum, coefficients: shape (dim,); spectrum > 0. noise: standard deviation >= 0 of test labels.
    """

    spectrum: Array
    coefficients: Array
    noise: float

    @property
    def dim(self) -> int:
        """Number of features."""
        return int(self.spectrum.size)

    def draw(self, rows: int, replicates: int, rng: np.random.Generator) -> Draw:
        """Draw inputs and clean labels."""
        inputs = rng.standard_normal((replicates, rows, self.dim)) * np.sqrt(self.spectrum)
        return Draw(inputs, inputs @ self.coefficients)

    def errors(self, coefficients: Array) -> LinearErrors:
        """Compare fitted coefficients (..., dim) with the truth."""
        return LinearErrors(coefficients - self.coefficients, self.spectrum, self.noise)
