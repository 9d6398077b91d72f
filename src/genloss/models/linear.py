"""Linear models fitted by least squares or ridge regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.models.protocol import Array
from genloss.models.roles import Labeled


@dataclass(frozen=True, slots=True)
class LinearFit:
    """A fitted linear function; coefficients (..., dim)."""

    coefficients: Array

    def predict(self, inputs: Array) -> Array:
        """Label inputs (..., rows, dim)."""
        return np.asarray((inputs @ self.coefficients[..., None])[..., 0])


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """Minimize |Xw - y|^2; the solution of smallest norm where it is not unique."""

    @property
    def penalty(self) -> float:
        """Least squares is ridge regression with penalty 0."""
        return 0.0

    def fit(
        self, data: Labeled, weights: Array | None = None, rng: np.random.Generator | None = None, *, start: Any = None
    ) -> LinearFit:
        """Fit labeled rows, inputs (..., rows, dim) and targets (..., rows); weights multiply squared residuals."""
        del rng, start  # a fit is the one solution
        rows, labels = _weighted(data, weights)
        return LinearFit((np.linalg.pinv(rows) @ labels[..., None])[..., 0])


@dataclass(frozen=True, slots=True)
class Ridge:
    """Minimize (1/T) |Xw - y|^2 + penalty |w|^2 over T rows (scikit-learn's alpha is penalty x T)."""

    penalty: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.penalty) and self.penalty >= 0):
            raise Problem("penalty", f"{self.penalty:g} is not a number >= 0", "give a ridge penalty >= 0")

    def fit(
        self, data: Labeled, weights: Array | None = None, rng: np.random.Generator | None = None, *, start: Any = None
    ) -> LinearFit:
        """Fit labeled rows, inputs (..., rows, dim) and targets (..., rows); weights multiply squared residuals."""
        del rng, start  # a fit is the one solution
        if self.penalty == 0:
            return LeastSquares().fit(data, weights)
        rows, labels = _weighted(data, weights)
        gram = rows.mT @ rows + self.penalty * rows.shape[-2] * np.eye(rows.shape[-1])
        return LinearFit(np.linalg.solve(gram, rows.mT @ labels[..., None])[..., 0])


def _weighted(data: Labeled, weights: Array | None) -> tuple[Array, Array]:
    inputs, targets = data
    if weights is None:
        return inputs, targets
    root = np.sqrt(weights)
    return inputs * root[..., None], targets * root
