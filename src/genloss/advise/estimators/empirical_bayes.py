r"""Which penalty loses least, if the truth's strength in each direction is not known but has a shape?

A least squares fit of the rows shows w_i in direction i with variance v_i + s2 / (T e_i): inherited noise and its own.
The truth is w0_i ~ N(0, t_i), t_i = tau2 e_i^a / sum e^(a + 1), over a grid of a and tau2, weighted by how well each
predicts what is seen. The predicted risk of a ridge penalty, F = e / (e + penalty), is

.. math:: R(\lambda) - R(\infty) = \sum_i e_i \big[ F_i^2 \langle v_i + s^2 / (T e_i) \rangle
    - 2 F_i \langle c_i \rangle \big]

v the second moment of what the labels show, c its cross moment with the truth, <> the mean over the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gamma

Array = NDArray[np.float64]

SHAPES = np.linspace(-1.5, 2.0, 8)
STRENGTHS = 10.0 ** np.linspace(-4.0, 0.5, 28)
MULTIPLIERS = np.array([0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 8.0])
_TAILS = 2.0  # degrees of freedom of a truth's coefficients, in a direction
FACTORS = (_TAILS / 2) / gamma.ppf((np.arange(24) + 0.5) / 24, _TAILS / 2)
_LEAST_LEFT = 0.3
_SPREAD = 0.6  # of the logarithm of the multiplier


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed after seeing: posterior means by direction, (directions,), in units of label^2.

    shown: e v + s2 / T, the second moment of the least squares fit; shared: e c. signal: total power of the truth, and
    its 5 and 95 % points. chains: how much each chain is believed, (chains,). weights, each_shown, each_shared: how
    much each prior is believed, (priors,), and the same two moments under each, (priors, directions).
    """

    shown: Array
    shared: Array
    signal: float
    low: float
    high: float
    chains: Array
    weights: Array
    each_shown: Array
    each_shared: Array


_FAR = 1e60


def priors(eigenvalues: Array, power: float, kept: Array | None = None) -> tuple[Array, Array]:
    """Return t on the grid, (priors, directions), and the total power of each; power: what least squares shows.

    kept: the part of each direction's power that generators left, (directions,). A truth of which they left little is
    larger than what is seen, by its own shape, and by 1 / .3 at most: more would be belief in what labels cannot show.
    """
    top = float(eigenvalues.max(initial=0.0))
    unit = top if top > _FAR else 1.0  # powers of what is larger are beyond all numbers; the scale falls out below
    shape = (eigenvalues / unit) ** SHAPES[:, None]
    shape /= (shape * eigenvalues).sum(axis=1, keepdims=True)
    left = np.ones(len(shape)) if kept is None else np.maximum((shape * eigenvalues * kept).sum(axis=1), _LEAST_LEFT)
    strengths = max(power, 1e-300) * STRENGTHS[:, None] / left
    grid = strengths[:, :, None] * shape
    return grid.reshape(-1, eigenvalues.size), strengths.reshape(-1)


def log_evidence(seen: Array, variance: Array) -> Array:
    """Return how well each prior predicts what is seen, N(0, variance), up to a constant, (priors,)."""
    return np.asarray(-0.5 * (np.log(variance) + seen**2 / variance).sum(axis=1))


def weights_of(logs: Array) -> Array:
    """Return weights in proportion to exp(logs) that add up to 1."""
    each = np.exp(logs - logs.max())
    return np.asarray(each / each.sum())


@dataclass(frozen=True, eq=False)
class Keeps:
    """What is believed of which part of what is seen is truth, by direction.

    The strength of a direction is t_i times a factor of its own, an inverse gamma variable, so that a truth has Student
    tails: a direction that stands out is not taken for noise because the others are small.
    grid (directions, priors): t. likely (directions, factors, priors): how well each factor predicts what is seen, the
    best 1. weights (priors,): how much each prior is believed. own (directions,): variance of what is seen.
    """

    grid: Array
    likely: Array
    weights: Array
    own: Array

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """Draw parts, (count, directions)."""
        chosen = rng.choice(self.weights.size, size=count, p=self.weights)
        ends = np.cumsum(self.likely[:, :, chosen], axis=1)
        which = (rng.random((len(ends), count))[:, None] * ends[:, -1:] > ends[:, :-1]).sum(axis=1)
        strength = FACTORS[which] * self.grid[:, chosen]
        return np.asarray((strength / (strength + self.own[:, None])).T)


def keeps_of(eigenvalues: Array, seen: Array, own: Array) -> Keeps:
    """Weigh strengths by what is seen, with variance `own`, in each direction."""
    grid = np.ascontiguousarray(priors(eigenvalues, float((eigenvalues * seen**2).sum()))[0].T)
    variance = FACTORS[:, None] * grid[:, None]  # directions first: what they share is one number for many priors
    variance += own[:, None, None]
    logs = np.log(variance)
    logs += np.divide((seen**2)[:, None, None], variance, out=variance)
    logs *= -0.5
    top = logs.max(axis=1)
    logs -= top[:, None]
    likely = np.exp(logs, out=logs)
    return Keeps(grid, likely, weights_of((top + np.log(likely.sum(axis=1))).sum(axis=0)), own)


def believed_power(eigenvalues: Array, seen: Array, own: Array) -> Array:
    """Return the mean of the truth's square in each direction, believed as in `Keeps`, (directions,)."""
    weights, keep = _posterior(eigenvalues, seen, own)
    return np.asarray(weights @ (keep**2 * seen**2 + keep * own))


def _posterior(eigenvalues: Array, seen: Array, own: Array) -> tuple[Array, Array]:
    """Return how much each prior is believed, (priors,), and what it keeps of what is seen, (priors, directions)."""
    grid, _ = priors(eigenvalues, float((eigenvalues * seen**2).sum()))
    return weights_of(log_evidence(seen, grid + own)), grid / (grid + own)


def believe(
    eigenvalues: Array,
    seen: Array,
    *,
    noise_variance: float,
    rows: float,
    chains: Sequence[tuple[float, Array, Array, Array]],
    given_seen: bool = False,
) -> Belief:
    """Weigh priors by how well they predict what is seen.

    seen: least squares coefficients, (directions,). chains: (log prior weight, powers, second moments, cross moments)
    for each multiplier of the inherited noise, moments (priors, directions). given_seen: moments by direction given
    what that direction shows, seen^2 and seen^2 c / (v + own), instead of the priors' own.
    """
    own = noise_variance / (rows * eigenvalues)
    logs, shown, shared, powers = [], [], [], []
    for log_weight, power, second, cross in chains:
        variance = second + own
        logs.append(log_weight + log_evidence(seen, variance))
        scale = seen**2 / variance if given_seen else np.ones_like(variance)
        shown.append(eigenvalues * variance * scale)
        shared.append(eigenvalues * cross * scale)
        powers.append(power)
    weights = weights_of(np.concatenate(logs))
    total = np.concatenate(powers)
    order = np.argsort(total)
    along = np.cumsum(weights[order])
    low, high = total[order][np.minimum(np.searchsorted(along, [0.05, 0.95]), total.size - 1)].tolist()
    begins = np.cumsum([0, *(power.size for power in powers[:-1])])
    each_shown, each_shared = np.concatenate(shown), np.concatenate(shared)
    return Belief(
        weights @ each_shown,
        weights @ each_shared,
        float(weights @ total),
        low,
        high,
        np.add.reduceat(weights, begins),
        weights,
        each_shown,
        each_shared,
    )


def multiplied(inherited: Array, grid: Array, powers: Array) -> list[tuple[float, Array, Array, Array]]:
    """Return chains of least squares generators for each multiplier: t + m x inherited, and t."""
    return [(-((np.log(m) / _SPREAD) ** 2) / 2, powers, grid + m * inherited, grid) for m in MULTIPLIERS]


def risks(belief: Belief, eigenvalues: Array, penalties: Array) -> Array:
    """Return predicted risk minus that of predicting the mean, (penalties,); an infinite penalty has 0."""
    keep = eigenvalues / (eigenvalues + penalties[:, None])
    return np.asarray(keep**2 @ belief.shown - 2 * keep @ belief.shared)


def mallows(
    eigenvalues: Array, seen: Array, *, noise_variance: float, rows: float, inherited: float | Array, penalties: Array
) -> Array:
    r"""Return Mallows' estimate with the inherited noise added, minus its value for the mean, (penalties,).

    .. math:: RSS(\lambda) / T + 2 df(\lambda) [s^2 / T + n s^2 / (T_0 - d - 1)]

    inherited: n s2 / (T0 - d - 1), or e_i times the inherited variance of each direction, which makes the estimate
    unbiased; the one number takes the rows' own covariance for that of the generators' rows.
    No prior. RSS / T is, up to a constant, sum e (1 - F)^2 seen^2.
    """
    keep = eigenvalues / (eigenvalues + penalties[:, None])
    left = (1 - keep) ** 2 @ (eigenvalues * seen**2) - (eigenvalues * seen**2).sum()
    added = np.broadcast_to(noise_variance / rows + np.asarray(inherited), eigenvalues.shape)
    return np.asarray(left + 2 * keep @ added)
