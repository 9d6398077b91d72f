"""What worlds of labels with noise share: a truth is a function on the given rows, and so is a fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.advise.forecasts.worlds.clusters import Clusters
from genloss.advise.forecasts.worlds.protocol import Array, Labels, Places
from genloss.populations.entities import drawn_places


@dataclass(frozen=True, eq=False)
class Function:
    """A truth: its values on the given rows (T,), the deviation of the noise, and the residual of each row."""

    clean: Array
    noise: float
    residuals: Array


class FunctionWorld:
    """Real labels keep the residual of their row, labels of models have Gaussian noise. Fits: (runs, T).

    A world of this kind adds truths, the fit and its assumptions, and changes nothing here. clusters: rows of one
    entity are drawn together, so that real labels are as alike as their residuals are.
    """

    clusters: Clusters | None = None

    unit = "mean squared error against the truth, label²"
    plain = "the mean"
    missing = ""

    def draw_real(self, truth: Function, rows: int, runs: int, rng: np.random.Generator) -> Labels:
        """Draw given inputs; their labels keep the residual of their row."""
        places = self._places(truth, runs, rows, rng)
        return places, truth.clean[places] + truth.residuals[places]

    def draw_synthetic(self, fits: Array, truth: Function, rows: int, rng: np.random.Generator) -> Labels:
        """Draw given inputs; labels are predictions and Gaussian noise."""
        places = self._places(truth, len(fits), rows, rng)
        return places, np.take_along_axis(fits, places, axis=1) + truth.noise * rng.standard_normal(places.shape)

    def _places(self, truth: Function, runs: int, rows: int, rng: np.random.Generator) -> Places:
        return drawn_places(truth.clean.size, runs, rows, rng, self.clusters.entities if self.clusters else None)

    def risk(self, fits: Array, truth: Function) -> Array:
        """Return the mean of (f - truth)^2 over the given inputs."""
        return np.asarray(np.mean((fits - truth.clean) ** 2, axis=1))

    def plain_risk(self, truth: Function) -> float:
        """Return the variance of the truth over the given inputs."""
        return float(truth.clean.var())
