"""Which generators smooth? Kernel densities and diffusion that stops early: a training row, and normal noise.

Rows are numbers, (replicates, rows), many replicates side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.protocol import Array

Places = NDArray[np.int64]

RULES = ("fixed", "silverman")
"""The bandwidth as it is, or times the deviation of the training rows and their number to the power -1/5."""


@dataclass(frozen=True, eq=False)
class Smoothed:
    """A fit: the law of a center, drawn by weight, and normal noise.

    centers: (replicates, rows). weights: (replicates, rows) of mean 1, None: all alike. deviation: of the noise,
    (replicates,).
    """

    centers: Array
    weights: Array | None
    deviation: Array

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> Array:
        """Draw rows, (replicates, count)."""
        if sampler:
            found = f"a sampler that sets {', '.join(sampler)}"
            raise Problem("workflow.emit", found, "leave it out: rows are drawn from the fit as it is")
        chosen = np.take_along_axis(self.centers, self._places(count, rng), axis=1)
        return np.asarray(chosen + self.deviation[:, None] * rng.standard_normal(chosen.shape))

    def _places(self, count: int, rng: np.random.Generator) -> Places:
        replicates, rows = self.centers.shape
        if self.weights is None:
            return np.asarray(rng.integers(0, rows, size=(replicates, count)))
        ends = np.cumsum(self.weights, axis=1)
        ends /= ends[:, -1:]
        drawn = rng.random((replicates, count))
        return np.array([np.searchsorted(e, u, side="right") for e, u in zip(ends[:, :-1], drawn, strict=True)])


@dataclass(frozen=True, slots=True)
class KernelDensity:
    """A normal kernel density estimate. bandwidth: of generation 0, times `decay` in each later one.

    rule: one of `RULES`. keep_variance: centers are drawn towards the mean so that the fit has the variance of its
    training rows.
    """

    bandwidth: float
    rule: str = "fixed"
    decay: float = 1.0
    keep_variance: bool = False
    generation: int = 0

    def in_generation(self, generation: int) -> KernelDensity:
        """Return the model of a generation."""
        return KernelDensity(self.bandwidth, self.rule, self.decay, self.keep_variance, generation)

    def fit(self, data: Array, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> Smoothed:
        """Keep the rows, and find the bandwidth of each replicate."""
        del rng, start  # the estimate is the one answer
        part = (
            np.full(data.shape, 1 / data.shape[1]) if weights is None else weights / weights.sum(axis=1, keepdims=True)
        )
        mean = (part * data).sum(axis=1, keepdims=True)
        spread = (part * (data - mean) ** 2).sum(axis=1)
        wide = np.full(len(data), self.bandwidth * self.decay**self.generation)
        if self.rule == "silverman":
            wide = wide * np.sqrt(spread) * data.shape[1] ** -0.2
        if not self.keep_variance:
            return Smoothed(data, weights, wide)
        with np.errstate(invalid="ignore", divide="ignore"):
            shrunk = np.where(spread > 0, np.sqrt(spread / (spread + wide**2)), 0.0)
        return Smoothed(mean + shrunk[:, None] * (data - mean), weights, wide * shrunk)


@dataclass(frozen=True, slots=True)
class EarlyStopped:
    """A diffusion model that knows the score of its training rows and stops at a time, times `decay` a generation.

    Its rows are those of the forward process dx = -x dt + sqrt(2) dw at that time, begun at a training row.
    """

    time: float
    decay: float = 1.0
    generation: int = 0

    def in_generation(self, generation: int) -> EarlyStopped:
        """Return the model of a generation."""
        return EarlyStopped(self.time, self.decay, generation)

    def fit(self, data: Array, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> Smoothed:
        """Draw the rows towards 0."""
        del rng, start
        time = self.time * self.decay**self.generation
        return Smoothed(exp(-time) * data, weights, np.full(len(data), sqrt(-expm1(-2 * time))))
