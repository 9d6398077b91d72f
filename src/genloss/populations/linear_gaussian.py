"""The population of the theory: Gaussian inputs, a linear truth, Gaussian label noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.metrics import LinearErrors
from genloss.populations.draw import Array, Draw

Chosen = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


@dataclass(frozen=True)
class LinearGaussian:
    """x ~ N(0, diag(spectrum)), y = x.coefficients + noise * N(0, 1), in the eigenbasis of the covariance.

    spectrum, coefficients: shape (dim,); spectrum > 0. noise: standard deviation >= 0 of test labels.
    synthetic_spectrum, synthetic_mean: None, or (dim,): the variances, > 0, and the mean of the inputs of rows that
    models label, where they are not those of real rows; on the same axes. Fits are always judged on real inputs.
    """

    spectrum: Array
    coefficients: Array
    noise: float
    synthetic_spectrum: Array | None = None
    synthetic_mean: Array | None = None

    @property
    def dim(self) -> int:
        """Number of features."""
        return int(self.spectrum.size)

    @property
    def alike(self) -> bool:
        """Whether rows that models label have inputs of the same law as real rows."""
        return self.synthetic_spectrum is None and self.synthetic_mean is None

    def draw(self, rows: int, replicates: int, rng: np.random.Generator) -> Draw:
        """Draw inputs and clean labels."""
        inputs = rng.standard_normal((replicates, rows, self.dim)) * np.sqrt(self.spectrum)
        return Draw(inputs, inputs @ self.coefficients)

    def with_synthetic(self, drawn: Draw, synthetic: Chosen) -> Draw:
        """Give the rows that models label inputs of their own law. synthetic: which rows, (..., rows)."""
        if self.alike:
            return drawn
        inputs = drawn.inputs
        if self.synthetic_spectrum is not None:
            inputs = inputs * np.sqrt(self.synthetic_spectrum / self.spectrum)
        if self.synthetic_mean is not None:
            inputs = inputs + self.synthetic_mean
        inputs = np.where(synthetic[..., None], inputs, drawn.inputs)
        return Draw(inputs, inputs @ self.coefficients)

    def errors(self, coefficients: Array) -> LinearErrors:
        """Compare fitted coefficients (..., dim) with the truth."""
        return LinearErrors(coefficients - self.coefficients, self.spectrum, self.noise)
