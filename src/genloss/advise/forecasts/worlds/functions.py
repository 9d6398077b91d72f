"""What worlds of labels with noise share: a truth is a function on the given rows, and so is a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloss.advise.forecasts.worlds.clusters import Clusters
from genloss.advise.forecasts.worlds.protocol import Array, Labels, Places, World, own_risks
from genloss.populations.entities import drawn_places
from genloss.workflows import Schedule


@dataclass(frozen=True, eq=False)
class Function:
    """A truth: its values on the given rows (T,), the deviation of the noise, and the residual of each row.

    weights: of the rows in the population, (T,), adding up to 1; None: all alike.
    """

    clean: Array
    noise: float
    residuals: Array
    weights: Array | None = None

    @property
    def shares(self) -> Array:
        """The weights, (T,), where they are all alike, too."""
        return np.full(self.clean.size, 1 / self.clean.size) if self.weights is None else self.weights

    def mean(self, values: Array) -> Array:
        """Return the mean over the population of values (..., T)."""
        return np.asarray(values.mean(axis=-1) if self.weights is None else values @ self.weights)


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
        entities = self.clusters.entities if self.clusters else None
        return drawn_places(truth.clean.size, runs, rows, rng, entities, truth.weights)

    def risk(self, fits: Array, truth: Function) -> Array:
        """Return the mean of (f - truth)^2 over the population's inputs."""
        return truth.mean((fits - truth.clean) ** 2)

    def parts(self, truths: Sequence[Function], own: Labels | None) -> Array:
        """Return the variance of the noise, the plain risk and, of the rows in hand, the risk of their fit."""
        return np.column_stack(
            [
                [truth.noise**2 for truth in truths],
                [self.plain_risk(truth) for truth in truths],
                *own_risks(self, truths, own),
            ]
        )

    def plain_risk(self, truth: Function) -> float:
        """Return the variance of the truth over the population's inputs."""
        return float(truth.mean((truth.clean - truth.mean(truth.clean)) ** 2))


def coarse_parts(
    world: World, truths: Sequence[Function], schedule: Schedule, own: np.random.Generator | None
) -> Array:
    """Return the parts of functions, alike in all generations, (truths, generations + 1, p).

    own: what chooses among the rows in hand, to which generation 0 is fitted; None: it is fitted to new ones.
    """
    assert isinstance(world, FunctionWorld)
    held = None if own is None else world.own_rows(schedule.batches[0].rows, 1, own)
    parts = world.parts(truths, held)
    return np.broadcast_to(parts[:, None], (len(parts), len(schedule.train), parts.shape[1]))
