"""Which families have a variance that is quadratic in the mean? Every workflow of theirs is solved exactly.

A row carries a statistic with mean m and variance V(m) = v0 + v1 m + v2 m^2. Maximum likelihood estimates m by the mean
of the statistic, so a batch of n rows enters a fit as the sum of its rows, drawn at once at a cost free of n.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.blocks import apart
from genloss.errors import Problem, shown
from genloss.models.families.protocol import LARGEST, SMALLEST, weighted_mean

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, Array, Array], Array]

_LARGEST_MEAN = 1e100
LARGEST_DRAWN = 1e15
"""A Poisson number of a mean above it is a normal one to the last digit."""
LAWS = ("poisson", "gamma", "binomial", "negative_binomial", "normal")
"""The laws of numpy by which rows are drawn."""

__all__ = [
    "Quadratic",
    "bernoulli",
    "binomial",
    "exponential",
    "gamma",
    "gaussian_mean",
    "gaussian_variance",
    "geometric",
    "negative_binomial",
    "poisson",
]


@dataclass(frozen=True)
class Quadratic:
    """A family in its mean m. Leading axes are replicates.

    coefficients: (v0, v1, v2) of the variance function. lowest, highest: ends of the mean; at a finite end rows do
    not vary, and a fit that arrives there stays. add: draws the sum of so many rows of mean m: add(rng, m, rows). row:
    the law of one row, and its size: trials, failures, shape or standard deviation.
    """

    name: str
    coefficients: tuple[float, float, float]
    lowest: float
    highest: float
    add: Draw
    row: tuple[str, float]

    @property
    def curvature(self) -> float:
        """v2, which `theory.workflows.covariance` wants."""
        return self.coefficients[2]

    def variance(self, mean: ArrayLike) -> Array:
        """V(m) of one row; the inverse of the Fisher information of one row at m."""
        m = np.asarray(mean, dtype=float)
        v0, v1, v2 = self.coefficients
        return np.asarray(v0 + v1 * m + v2 * m**2)

    def checked(self, mean: float) -> float:
        """Return a mean in the interior, or say that it is not."""
        where, ends = f"{self.name}: mean", f"between {self.lowest:g} and {self.highest:g}"
        mend = f"give a number {ends}, of a size from {1 / _LARGEST_MEAN:g} to {_LARGEST_MEAN:g}"
        try:
            value = float(np.asarray(mean, dtype=float))
        except (TypeError, ValueError, OverflowError) as error:
            raise Problem(where, f"{shown(mean)} is not a number", mend) from error
        if not (np.isfinite(value) and self.lowest < value < self.highest):
            raise Problem(where, f"{shown(mean)} is not inside the family", f"give a number {ends}")
        if value and not 1 / _LARGEST_MEAN <= abs(value) <= _LARGEST_MEAN:
            raise Problem(where, f"{shown(mean)} is too near an end", mend)
        return value

    def at_the_end(self, mean: Array) -> NDArray[np.bool_]:
        """Whether a fit has left the interior, where rows do not vary any more."""
        return np.asarray((mean <= self.lowest) | (mean >= self.highest))

    def means(self, mean: Array, rows: ArrayLike, rng: np.random.Generator) -> Array:
        """Draw the mean of `rows` rows (a number or one per replicate, > 0) for every replicate's m."""
        counts = np.broadcast_to(np.asarray(rows, dtype=float), mean.shape)
        drawn = self.add(rng, self.inside(mean), counts) / counts
        return np.asarray(np.where(self.at_the_end(mean), mean, drawn))

    def inside(self, mean: Array) -> Array:
        """Return means, some mean of the interior in the place of the ends."""
        return np.where(self.at_the_end(mean), self._inner(), mean)

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw every row by itself, (replicates, rows, 1), of means (replicates, 1): `means` agrees in law."""
        wide = np.broadcast_to(parameters, (len(parameters), rows))
        return self.means(wide, 1.0, rng)[..., None]

    def estimate(self, rows: Array, weights: Array, size: float) -> tuple[Array, NDArray[np.bool_]]:
        """Return the weighted mean of rows, (replicates, 1), which always exists."""
        del size
        return np.asarray((weights[..., None] * rows).sum(axis=-2)), np.ones(len(rows), dtype=bool)

    def summary(self, rows: Array, weights: Array) -> Array:
        """Return the weighted mean of rows, (replicates, 1)."""
        return self.estimate(rows, weights, 1.0)[0]

    def expected(self, parameters: Array) -> Array:
        """Return means themselves."""
        return parameters

    def pooled(self, summaries: Sequence[Array], shares: Sequence[float]) -> Array:
        """Return the weighted mean."""
        return weighted_mean(summaries, shares)

    def solve(self, summary: Array, size: float) -> tuple[Array, NDArray[np.bool_]]:
        """Return the mean, which is the estimate."""
        del size
        return summary, np.ones(len(summary), dtype=bool)

    def whitened(self, parameters: Array, truth: Array) -> Array:
        """Return errors of means (replicates, 1) in standard deviations of one row of the truth (1,)."""
        return np.asarray((parameters - truth) / np.sqrt(self.variance(truth)))

    def row_variance(self, parameters: Array) -> Array:
        """Return the variance of one row, (replicates,)."""
        return self.variance(parameters)[..., 0]

    def _inner(self) -> float:
        """Some mean in the interior."""
        if np.isfinite(self.lowest) and np.isfinite(self.highest):
            return (self.lowest + self.highest) / 2
        return self.lowest + 1 if np.isfinite(self.lowest) else 0.0


def _size(name: str, value: float, ends: tuple[float, float] = (SMALLEST, LARGEST), *, whole: bool = False) -> float:
    low, high = ends
    wanted = f"give a {'whole ' if whole else ''}number from {low:g} to {high:g}"
    try:
        size = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Problem(name, shown(value), wanted) from error
    if not (low <= size <= high and (not whole or size == int(size))):
        raise Problem(name, shown(value), wanted)
    return size


def _poisson(rng: np.random.Generator, mean: Array) -> Array:
    """Draw Poisson numbers, which numpy does for means up to 9e18."""
    drawn = rng.poisson(np.minimum(mean, LARGEST_DRAWN)).astype(float)
    large = mean > LARGEST_DRAWN
    for at, each in apart(rng, len(mean)) if large.any() else ():
        if large[at].any():
            normal = mean[at] + np.sqrt(mean[at]) * each.standard_normal(mean[at].shape)
            drawn[at] = np.where(large[at], normal, drawn[at])
    return drawn


def bernoulli() -> Quadratic:
    """Coins: m = p, V = p (1 - p).

    >>> float(bernoulli().variance(0.2).round(12))
    0.16
    """
    return binomial(1, name="bernoulli")


def binomial(trials: int, *, name: str = "binomial") -> Quadratic:
    """Successes of k trials: m = k p, V = m - m^2 / k."""
    k = _size("trials", trials, (1, 1e9), whole=True)

    def add(rng: np.random.Generator, m: Array, rows: Array) -> Array:
        return rng.binomial((k * rows).astype(np.int64), m / k).astype(float)

    return Quadratic(name, (0.0, 1.0, -1 / k), 0.0, k, add, ("binomial", k))


def poisson() -> Quadratic:
    """Counts: V = m."""

    def add(rng: np.random.Generator, m: Array, rows: Array) -> Array:
        return _poisson(rng, m * rows)

    return Quadratic("poisson", (0.0, 1.0, 0.0), 0.0, np.inf, add, ("poisson", 1.0))


def negative_binomial(size: float, *, name: str = "negative_binomial") -> Quadratic:
    """Failures before the k-th success: V = m + m^2 / k; k need not be whole."""
    k = _size("size", size)

    def add(rng: np.random.Generator, m: Array, rows: Array) -> Array:
        return _poisson(rng, rng.gamma(k * rows, m / k))

    return Quadratic(name, (0.0, 1.0, 1 / k), 0.0, np.inf, add, ("negative_binomial", k))


def geometric() -> Quadratic:
    """Failures before the first success: V = m + m^2."""
    return negative_binomial(1.0, name="geometric")


def gamma(shape: float, *, name: str = "gamma") -> Quadratic:
    """Gamma of known shape a: V = m^2 / a."""
    a = _size("shape", shape)

    def add(rng: np.random.Generator, m: Array, rows: Array) -> Array:
        return np.asarray(rng.gamma(a * rows, m / a))

    return Quadratic(name, (0.0, 0.0, 1 / a), 0.0, np.inf, add, ("gamma", a))


def exponential() -> Quadratic:
    """Waiting times: V = m^2."""
    return gamma(1.0, name="exponential")


def gaussian_variance() -> Quadratic:
    """The variance of a normal law of known mean, by (x - mean)^2, a gamma of shape 1/2: V = 2 m^2."""
    return gamma(0.5, name="gaussian_variance")


def gaussian_mean(deviation: float = 1.0) -> Quadratic:
    """The mean of a normal law of known standard deviation: V = deviation^2."""
    spread = _size("deviation", deviation, (1 / _LARGEST_MEAN, _LARGEST_MEAN))

    def add(rng: np.random.Generator, m: Array, rows: Array) -> Array:
        return np.asarray(m * rows + spread * np.sqrt(rows) * rng.standard_normal(m.shape))

    return Quadratic("gaussian_mean", (spread**2, 0.0, 0.0), -np.inf, np.inf, add, ("normal", spread))
