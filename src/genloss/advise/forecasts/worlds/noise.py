r"""How large is the noise of a table's labels, if its residuals have tails that few rows have not yet shown?

Squared residuals q above their m-th largest, u, follow a generalized Pareto law, P(q - u > z) = (1 + k z / s)^(-1/k):
k near 0 for Gaussian noise, k >= 1/2 where the fourth moment does not exist. With p = m / T the noise variance is

.. math:: (1 - p) E(q \mid q < u) + p \,\big(u + s / (1 - k)\big)

Every second draw has its own p, k, s, and a resampled body, so that what the tail may hold is counted; the others are
the mean square of resampled residuals, which keeps what it has shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.advise.estimators.empirical_bayes import weights_of
from genloss.advise.forecasts.worlds.protocol import Array

_SHAPES = np.linspace(-0.3, 0.9, 25)  # k
_SIZES = np.linspace(-2.0, 2.0, 41)  # log of s over the mean excess
_CENTER, _SPREAD = 0.1, 0.4  # of the prior of k


@dataclass(frozen=True, eq=False)
class Tail:
    """What is believed of the variance of noise. squares (T,): ascending; the largest `top` are the tail.

    shapes (25, 1), sizes (1, 41): k and s of the tail's law; weights (25, 41): how much each pair is believed.
    """

    squares: Array
    top: int
    shapes: Array
    sizes: Array
    weights: Array

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """Draw variances, (count,): every second one by what the tail may hold, the others by what was shown."""
        rows, found = self.squares.size, np.empty(count)
        found[1::2] = self.believed(count // 2, rng)
        found[::2] = self.squares[rng.integers(rows, size=(count - count // 2, rows))].mean(axis=1)
        return found

    def believed(self, count: int, rng: np.random.Generator) -> Array:
        """Draw variances by what the tail may hold, (count,)."""
        body, edge = self.squares[: -self.top], self.squares[-self.top - 1]
        shapes, sizes = _pairs(self.shapes, self.sizes, self.weights, count, rng)
        share = rng.beta(self.top, self.squares.size - self.top, size=count)
        means = body[rng.integers(body.size, size=(count, body.size))].mean(axis=1)
        return np.asarray((1 - share) * means + share * (edge + sizes / (1 - shapes)))


def tail_of(residuals: Array) -> Tail:
    """Weigh the laws of the tail by residuals (T,) corrected for degrees of freedom."""
    squares = np.sort(residuals**2)
    top = _top(squares.size)
    return Tail(squares, top, *_posterior(squares[-top:] - squares[-top - 1]))


def noise_variances(residuals: Array, count: int, rng: np.random.Generator) -> Array:
    """Draw variances that are believed after seeing residuals (T,) corrected for degrees of freedom, (count,).

    Status: posterior on a grid; normal prior of k, flat of log s. Checked by tests/unit/test_noise.py.
    """
    return tail_of(residuals).draw(count, rng)


def tail_shape(values: Array) -> float:
    """Return the posterior mean of k of the largest of values (T,); above 1/2 they have no variance."""
    ordered = np.sort(values)
    top = _top(ordered.size)
    shapes, _, weights = _posterior(ordered[-top:] - ordered[-top - 1])
    return float(weights.sum(axis=1) @ shapes[:, 0])


def _pairs(shapes: Array, sizes: Array, weights: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw k and s of what is believed of a generalized Pareto law, each (count,)."""
    chosen = rng.choice(weights.size, size=count, p=weights.ravel())
    row, column = np.unravel_index(chosen, weights.shape)
    return np.asarray(shapes[row, 0]), np.asarray(sizes[0, column])


def _top(rows: int) -> int:
    """How many of the largest values are the tail."""
    return int(np.ceil(min(0.2 * rows, 3 * np.sqrt(rows))))


def _posterior(excess: Array) -> tuple[Array, Array, Array]:
    """Return k (shapes, 1), s (1, sizes) and how much each pair is believed (shapes, sizes), given excesses (m,)."""
    scale = max(float(excess.mean()), 1e-300)
    z = excess / scale
    k = np.where(np.abs(_SHAPES) < 1e-9, 1e-9, _SHAPES)[:, None]
    s = np.exp(_SIZES)[None, :]
    longest = max(float(z.max()), 1e-300)
    shortest = 1 + k * longest / s  # of 1 + k z / s, where k < 0
    logs = np.log1p(np.maximum(k / s, (1e-9 - 1) / longest)[..., None] * z).sum(axis=-1)
    logs = np.where(shortest > 0, -z.size * np.log(s) - (1 + 1 / k) * logs, -np.inf)
    logs = logs - ((k - _CENTER) / _SPREAD) ** 2 / 2
    return k, scale * s, weights_of(logs)
