r"""How large is the noise of a table's labels, if its residuals have tails that few rows have not yet shown?

Squared residuals q above their m-th largest, u, follow a generalized Pareto law, P(q - u > z) = (1 + k z / s)^(-1/k):
k near 0 for Gaussian noise, k >= 1/2 where the fourth moment does not exist. With p = m / T the noise variance is

.. math:: (1 - p) E(q \mid q < u) + p \,\big(u + s / (1 - k)\big)

Every second draw has its own p, k, s, and a resampled body, so that what the tail may hold is counted; the others are
the mean square of resampled residuals, which keeps what it has shown.
"""

from __future__ import annotations

import numpy as np

from genloss.advise.estimators.empirical_bayes import weights_of
from genloss.advise.forecasts.worlds.protocol import Array

_SHAPES = np.linspace(-0.3, 0.9, 25)  # k
_SIZES = np.linspace(-2.0, 2.0, 41)  # log of s over the mean excess
_CENTER, _SPREAD = 0.1, 0.4  # of the prior of k


def noise_variances(residuals: Array, count: int, rng: np.random.Generator) -> Array:
    """Draw variances that are believed after seeing residuals (T,) corrected for degrees of freedom, (count,).

    Status: posterior on a grid; normal prior of k, flat of log s. Checked by tests/unit/test_noise.py.
    """
    squares = np.sort(residuals**2)
    rows, top = squares.size, _top(squares.size)
    body, edge, excess = squares[:-top], squares[-top - 1], squares[-top:] - squares[-top - 1]
    shapes, sizes = believed_tail(excess, count, rng)
    share = rng.beta(top, rows - top, size=count)
    means = rng.choice(body, size=(count, body.size)).mean(axis=1)
    believed = (1 - share) * means + share * (edge + sizes / (1 - shapes))
    shown = rng.choice(squares, size=(count, rows)).mean(axis=1)
    return np.asarray(np.where(np.arange(count) % 2, believed, shown))


def tail_shape(values: Array) -> float:
    """Return the posterior mean of k of the largest of values (T,); above 1/2 they have no variance."""
    ordered = np.sort(values)
    top = _top(ordered.size)
    shapes, _, weights = _posterior(ordered[-top:] - ordered[-top - 1])
    return float(weights.sum(axis=1) @ shapes[:, 0])


def believed_tail(excess: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw k and s of the generalized Pareto law of excesses (m,), each (count,)."""
    shapes, sizes, weights = _posterior(excess)
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
    inside = 1 + k[..., None] * z / s[..., None]
    logs = np.where(
        (inside > 0).all(axis=-1),
        -z.size * np.log(s) - (1 + 1 / k) * np.log(np.maximum(inside, 1e-300)).sum(axis=-1),
        -np.inf,
    )
    logs = logs - ((k - _CENTER) / _SPREAD) ** 2 / 2
    return k, scale * s, weights_of(logs)
