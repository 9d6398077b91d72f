r"""Which populations could the rows of a regression come from? Weights of the rows, a truth, labels that rows keep.

Rows with weights w (a Bayesian bootstrap) are a population; it shows b(w), its fit. With b the fit of the rows without
first-order bias, the slopes of the truth are k b + sqrt(k) (b(w) - b), and its intercept keeps the sum of the labels.
k, one number for all slopes, is 1 - chi^2 / z'z (`Shown.kept`): near 1 where the labels hold a signal.

Counts keep the ratio to their mean that they have in b(w), so that dispersion, zeros and large counts are those of the
rows, whatever law they have; the truth is the population's own fit of them, to which chains of real rows alone come:

.. math:: y^*_i = \mu_i \, y_i / \mu_i(w)

Every second population has, in what a row adds to a risk, what its tail may hold (`noise`). Classes are drawn by
chances of their own: the mean of the truth and, as far as there are labels enough, what it leaves of the row's label,
so that curves and products that the link does not hold cost what they cost. Distances from what is fitted are widened
first by 1 / (1 - leverage) of the row, or of its entity, as a jackknife has them.

Checked by tests/statistical/test_laws.py; coverage on real tables: docs/theory/forecast.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.advise.forecasts.worlds.bracketed import crossing
from genloss.advise.forecasts.worlds.noise import noise_variances
from genloss.advise.forecasts.worlds.protocol import Array
from genloss.advise.forecasts.worlds.shown import Shown
from genloss.models.likelihood import LINKS
from genloss.models.shared_design import maximize_shared, means
from genloss.populations.entities import bootstrap_weights

_ENOUGH = 10.0  # labels of the rarer class for each coefficient
_HELD = 1e-3  # rows that a population's slopes are held to those of all rows by, so that each has a fit
_CLOSE = 1e-12  # at which the level of a population is found
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Line:
    """A truth: linear predictors of the given rows, (T,), and the weights of these rows in its population, (T,).

    labels: what real rows have, (T,): counts as they are, or the chance of class 1.
    """

    eta: Array
    weights: Array
    labels: Array


def populations(shown: Shown, count: int, rng: np.random.Generator) -> list[Line]:
    """Draw populations."""
    weights = bootstrap_weights(len(shown.labels), count, rng, shown.entities)
    draw = _of_counts if shown.kind == "poisson" else _of_classes
    return [Line(*each) for each in zip(*draw(shown, weights, rng), strict=True)]


def _of_counts(shown: Shown, weights: Array, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return predictors of truths, weights and counts; no widened one is below 0."""
    widened = np.maximum(_widened(shown), 0.0)
    labels = _with_tails(shown, widened, weights, rng)
    center = _fitted(shown, np.full((1, widened.size), 1 / widened.size), widened[None], shown.fitted)
    moved = _fitted(shown, weights, labels, shown.fitted)
    eta = _believed(shown, moved - center, weights, rng)
    labels = labels * np.exp(eta - shown.fitted - moved @ shown.ones.T)
    return eta + _fitted(shown, weights, labels, eta) @ shown.ones.T, weights, labels


def _of_classes(shown: Shown, weights: Array, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return predictors of truths, weights and chances of class 1."""
    widened, link = _widened(shown), LINKS[shown.kind]
    moved = _stepped(shown, weights - 1 / widened.size, weights, widened - link.mean(shown.fitted))
    eta = _believed(shown, moved, weights, rng)
    left = widened - means(shown.kind, shown.fitted + moved @ shown.ones.T)
    left = left - link.weight(shown.fitted) * (_stepped(shown, weights, weights, left) @ shown.ones.T)
    return eta, weights, np.clip(means(shown.kind, eta) + _trusted(shown) * left, 0.0, 1.0)


def _believed(shown: Shown, moved: Array, weights: Array, rng: np.random.Generator) -> Array:
    """Return linear predictors of truths, (populations, T). moved: how far fits of populations are, coefficients."""
    keep = shown.kept(len(moved), rng)[:, None]
    slopes = keep * shown.slopes + np.sqrt(keep) * moved[:, 1:]
    total = (weights * means(shown.kind, shown.fitted + moved @ shown.ones.T)).sum(axis=1, keepdims=True)
    return _leveled(shown.kind, slopes @ shown.turned.T + shown.offset, weights, total, shown.intercept)


def _widened(shown: Shown) -> Array:
    """Return labels as far from what is fitted as they would be if they had not been fitted, (T,)."""
    mean = LINKS[shown.kind].mean(shown.fitted)
    return np.asarray(mean + (shown.labels - mean) * shown.lost)


def _with_tails(shown: Shown, labels: Array, weights: Array, rng: np.random.Generator) -> Array:
    """Return counts (T,) of populations, of which every second has in its scores what tails may hold.

    Smaller: nearer to their means. Larger: each times a gamma variable of mean 1, so that zeros stay zeros.
    """
    mean, loads = np.exp(shown.fitted), shown.leverage / np.exp(shown.fitted)
    added = (labels - mean) ** 2 * loads
    believed = noise_variances(np.sqrt(added), len(weights), rng)
    found = np.broadcast_to(labels, weights.shape).copy()
    for k in range(1, len(weights), 2):
        own = max(float(weights[k] @ added), 1e-300)
        if believed[k] < own:
            found[k] = mean + (labels - mean) * np.sqrt(believed[k] / own)
        else:
            variance = (believed[k] - own) / float(weights[k] @ (labels**2 * loads)) + 1e-9
            found[k] = labels * rng.gamma(1 / variance, variance, size=labels.size)
    return found


def _fitted(shown: Shown, weights: Array, labels: Array, eta: Array) -> Array:
    """Return how far from eta (populations, T) the fits of populations are, coefficients (populations, k + 1)."""
    return maximize_shared(shown.kind, shown.pairs, labels, weights, _HELD / len(shown.ones), eta)[0]


def _stepped(shown: Shown, by: Array, weights: Array, left: Array) -> Array:
    """Return one step of Newton's method from the fit of the rows, coefficients (populations, k + 1).

    A whole fit would run away where classes are nearly parted. by: weights of residuals `left`.
    """
    curve = shown.pairs.sums(weights * LINKS[shown.kind].weight(shown.fitted))
    held = np.diag(np.append(0.0, np.full(shown.slopes.size, _HELD / len(shown.ones))))
    return np.asarray(np.linalg.solve(curve + held, ((by * left) @ shown.ones)[..., None])[..., 0])


def _trusted(shown: Shown) -> float:
    """Return how far the chances of classes are those that rows themselves show: 1 where there are enough of each."""
    if shown.entities is not None:
        return 0.0  # what rows of one entity share is drawn, see `RegressionWorld.draw_real`
    ones = float(shown.labels.sum())
    return min(1.0, min(ones, len(shown.labels) - ones) / shown.slopes.size / _ENOUGH)


def _leveled(kind: str, along: Array, weights: Array, total: Array, start: float) -> Array:
    """Return linear predictors along + a of populations, whose means have the weighted sum `total`; start: near a."""
    low, high = -60.0 - along.max(axis=1, keepdims=True), 60.0 - along.min(axis=1, keepdims=True)
    if kind == "poisson":
        whole = (weights * np.exp(along)).sum(axis=1, keepdims=True)
        return np.asarray(along + np.clip(np.log(np.maximum(total, _TINY) / whole), low, high))

    def beyond_total(level: Array) -> tuple[Array, Array]:
        mean = means(kind, along + level)
        off = (weights * mean).sum(axis=1, keepdims=True) - total
        return off, (weights * (mean - mean * mean)).sum(axis=1, keepdims=True)

    return np.asarray(along + crossing(beyond_total, np.clip(start, low, high), low, high, _CLOSE))
