"""Linear models fitted by least squares or ridge regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.models.ends import checked_rows, checked_setting, in_numbers
from genloss.models.protocol import Array
from genloss.models.roles import Labeled


@dataclass(frozen=True, slots=True)
class LinearFit:
    """A fitted linear function; coefficients (..., dim)."""

    coefficients: Array

    @in_numbers
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
        return LinearFit(_least(*_weighted(data, weights)))


@dataclass(frozen=True, slots=True)
class Ridge:
    """Minimize (1/T) |Xw - y|^2 + penalty |w|^2 over T rows (scikit-learn's alpha is penalty x T)."""

    penalty: float

    def __post_init__(self) -> None:
        checked_setting("penalty", self.penalty, "give a ridge penalty >= 0")

    def fit(
        self, data: Labeled, weights: Array | None = None, rng: np.random.Generator | None = None, *, start: Any = None
    ) -> LinearFit:
        """Fit labeled rows, inputs (..., rows, dim) and targets (..., rows); weights multiply squared residuals."""
        del rng, start  # a fit is the one solution
        if self.penalty == 0:
            return LeastSquares().fit(data, weights)
        return LinearFit(_shrunk(*_weighted(data, weights), self.penalty))


@in_numbers
def _least(rows: Array, labels: Array) -> Array:
    return np.asarray((np.linalg.pinv(rows) @ labels[..., None])[..., 0])


@in_numbers
def _shrunk(rows: Array, labels: Array, penalty: float) -> Array:
    gram = rows.mT @ rows + penalty * rows.shape[-2] * np.eye(rows.shape[-1])
    return np.asarray(np.linalg.solve(gram, rows.mT @ labels[..., None])[..., 0])


def _weighted(data: Labeled, weights: Array | None) -> tuple[Array, Array]:
    checked_rows(data, weights)
    inputs, targets = data
    if weights is None:
        return inputs, targets
    root = np.sqrt(weights)
    return inputs * root[..., None], targets * root
