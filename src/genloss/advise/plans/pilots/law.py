"""Which law of loss by rows and generations do pilot runs go on by? See docs/theory/plan.md.

L(n, g) = floor + a n^-alpha + b n^-beta s(g), where s grows by ((1 + k) / 2)^(kappa - 1) exp(-r (k - 1)) at generation
k: kappa = 1 is linear growth, 0 as the logarithm, -1 that of accumulated rows, r > 0 saturates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Floor = Literal["above", "any", "none"]

PRIOR = {
    "level": (0.0, 2.0),
    "alpha": (np.log(0.8), 0.45),
    "beta_less_alpha": (0.0, 0.3),
    "gamma": (0.8, 0.4),
    "growth": (-1.0, 1.5),
    "kappa": (0.4, 1.0),
    "rate": (np.log(0.02), 1.8),
    "rate_by_ratio": (0.7, 0.4),
    "floor": (-1.5, 3.0),
    "spread": (np.log(0.4), 0.9),
    "spread_by_loss": (0.9, 0.25),
    "noise": (-3.0, 1.5),
    "forgets": (np.log(0.2), 1.2),
    "misfit": (np.log(0.04), 0.7),
}
"""Normal priors, (mean, standard deviation), of what is fitted; of logarithms where a quantity is positive."""

NAMES = tuple(PRIOR)
MEANS, DEVIATIONS = (np.array([pair[i] for pair in PRIOR.values()]) for i in (0, 1))


@dataclass(frozen=True)
class Sizes:
    """A size on the scale of the law: logarithms over those of the middle pilot.

    real: of real rows, or of all rows where both move together. synthetic: of synthetic rows; 0 where they do not move
    by themselves. ratio: of real over synthetic rows; 0 where it does not move.
    """

    real: float
    synthetic: float = 0.0
    ratio: float = 0.0


@dataclass(frozen=True, eq=False)
class Law:
    """The law on a scale on which the middle pilot's loss at generation 0 is about 1.

    largest: log rows of the largest pilot; the floor is told by its share of what shrinks there.
    sign: the floor is "above" 0, of "any" sign, as where a loss is what is left, taken from 1, or "none".
    """

    largest: float
    sign: Floor = "above"

    def loss(self, parameters: Array, at: Sizes, generations: Array) -> Array:
        """Return the expected loss of every parameter vector, (..., generations). parameters: (..., 14)."""
        p = {name: parameters[..., i, None] for i, name in enumerate(NAMES)}
        alpha = np.exp(p["alpha"])
        level = np.exp(p["level"])
        grows = np.exp(p["growth"] - (alpha + p["beta_less_alpha"]) * at.real - p["gamma"] * at.synthetic)
        rate = np.exp(p["rate"] + p["rate_by_ratio"] * at.ratio)
        return self.floor(parameters)[..., None] + level * (
            np.exp(-alpha * at.real) + grows * growth(p["kappa"], rate, generations)
        )

    def floor(self, parameters: Array) -> Array:
        """Return what no rows take away, (...,)."""
        p = {name: parameters[..., i] for i, name in enumerate(NAMES)}
        if self.sign == "none":
            return np.zeros(parameters.shape[:-1])
        if self.sign == "any":
            return np.asarray(0.1 * (p["floor"] + 1.5) / 3.0 * np.exp(p["level"]))
        return np.asarray(np.exp(p["level"] + p["floor"] - np.exp(p["alpha"]) * self.largest))


def growth(kappa: Array, rate: Array, generations: Array) -> Array:
    """Return s(g), 0 at generation 0 and 1 at generation 1, (..., generations). generations: whole, ascending.

    >>> growth(np.array([1.0]), np.array([0.0]), np.array([0.0, 1.0, 5.0])).tolist()
    [0.0, 1.0, 5.0]
    """
    k = np.arange(1.0, float(generations[-1]) + 1)
    steps = np.exp((kappa - 1) * np.log((1 + k) / 2) - rate * (k - 1))
    sums = np.concatenate([np.zeros((*steps.shape[:-1], 1)), np.cumsum(steps, axis=-1)], axis=-1)
    return np.asarray(sums[..., generations.astype(int)])


def spread(parameters: Array, loss: Array) -> tuple[Array, Array]:
    """Return the standard deviation of runs that share their past, and that of measuring; loss: (..., generations)."""
    p = {name: parameters[..., i, None] for i, name in enumerate(NAMES)}
    size = np.exp(p["level"])
    with np.errstate(divide="ignore", invalid="ignore"):
        own = size * np.exp(p["spread"]) * np.maximum(loss / size, 1e-9) ** p["spread_by_loss"]
    return np.asarray(own), np.broadcast_to(size * np.exp(p["noise"]), loss.shape)


def likeness(parameters: Array, generations: Array) -> Array:
    """Return how alike the luck of two generations of a run is, (..., generations, generations).

    By the distance in log(1 + g): at a rate of 1/2 runs are random walks.
    """
    apart = np.abs(np.subtract.outer(np.log1p(generations), np.log1p(generations)))
    return np.asarray(np.exp(-np.exp(parameters[..., NAMES.index("forgets"), None, None]) * apart))
