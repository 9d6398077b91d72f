r"""Which populations could the rows of a regression come from? Weights of the rows, a truth, labels that rows keep.

Rows with weights w (a Bayesian bootstrap) are a population; its fit is b(w), the likelihood of w highest. Of the truth
is believed k b + sqrt(k) (b(w) - b) in each direction, b the fit of the rows without first-order bias, k what empirical
Bayes keeps there; the intercept keeps the sum of the labels. Counts keep the ratio to their mean that they have in b(w),

.. math:: y^*_i = \mu_i \, g_i y_i / \mu_i(w)

so that dispersion, zeros and large counts are those of the rows, whatever law they have. g: gamma, mean 1, of the
variance that fitting p coefficients has taken off the residuals, so that sum (g y - mu)^2 / mu is T / (T - p) times what
it was. The truth is then the population's own fit of y*, to which chains of real rows alone would come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.advise.estimators.empirical_bayes import draw_keeps
from genloss.advise.forecasts.worlds.noise import noise_variances
from genloss.advise.forecasts.worlds.protocol import Array
from genloss.advise.forecasts.worlds.shown import Shown
from genloss.models.likelihood import LINKS, Link, maximize
from genloss.populations.entities import bootstrap_weights

_ENOUGH = 10.0  # labels of the rarer class for each coefficient
_HELD = 1e-3  # rows that a population's slopes are held to those of all rows by, so that each has a fit
_HALVINGS = 60


@dataclass(frozen=True, eq=False)
class Line:
    """A truth: linear predictors of the given rows, (T,), and the weights of these rows in its population, (T,).

    labels: what real rows have, (T,), where they are counts; None: they are drawn from the law.
    """

    eta: Array
    weights: Array
    labels: Array | None = None


def populations(kind: str, shown: Shown, count: int, rng: np.random.Generator, *, flat: bool) -> list[Line]:
    """Draw populations. flat: what is shown is believed as it is, k = 1."""
    rows, link = len(shown.labels), LINKS[kind]
    weights = bootstrap_weights(rows, count, rng, shown.entities)
    labels = np.broadcast_to(_widened(shown), weights.shape)
    even = np.full((1, rows), 1 / rows)
    center = _fitted(kind, shown, even, labels[:1], shown.fitted) if kind == "poisson" else 0.0
    if kind == "poisson":
        labels = _with_tails(shown, labels[0], weights, rng)
    moved = _moved(kind, shown, weights, labels)
    eta = (np.append(shown.intercept, shown.slopes) + moved - center) @ shown.ones.T + shown.offset
    along = eta
    if not flat:
        keep = draw_keeps(shown.eigenvalues, shown.basis.T @ shown.slopes, shown.own, count, rng)
        kept, away = keep * (shown.basis.T @ shown.slopes), (moved - center)[:, 1:] @ shown.basis
        along = (kept + np.sqrt(keep) * away) @ shown.basis.T @ shown.turned.T + shown.offset
        along = _leveled(link, along, weights, (weights * link.mean(eta)).sum(axis=1, keepdims=True))
    if kind == "logistic":
        left = labels - link.mean(shown.fitted + moved @ shown.ones.T)
        chances = np.clip(link.mean(along) + _trusted(shown) * _unfitted(shown, weights, left), 0.0, 1.0)
        return [Line(*each) for each in zip(along, weights, chances, strict=True)]
    labels = labels * np.exp(along - shown.fitted - moved @ shown.ones.T)
    along = along + _fitted(kind, shown, weights, labels, along) @ shown.ones.T
    return [Line(*each) for each in zip(along, weights, labels, strict=True)]


def _trusted(shown: Shown) -> float:
    """Return how far the chances of classes are those that rows themselves show: 1 where there are enough of a kind."""
    if shown.entities is not None:
        return 0.0  # what rows of one entity share is drawn, see `RegressionWorld.draw_real`
    ones = float(shown.labels.sum())
    return min(1.0, min(ones, len(shown.labels) - ones) / shown.slopes.size / _ENOUGH)


def _unfitted(shown: Shown, weights: Array, left: Array) -> Array:
    """Return residuals (populations, T) without what a fit of their population could still take of them."""
    loads = LINKS[shown.kind].weight(shown.fitted)
    slope = (weights * left) @ shown.ones
    curve = (shown.ones * (weights * loads)[..., None]).mT @ shown.ones + _HELD / len(loads) * np.eye(slope.shape[1])
    return np.asarray(left - loads * (np.linalg.solve(curve, slope[..., None])[..., 0] @ shown.ones.T))


def _widened(shown: Shown) -> Array:
    """Return labels whose distance from what is fitted is what it would be if they had not been fitted, (T,)."""
    mean = LINKS[shown.kind].mean(shown.fitted)
    labels = mean + (shown.labels - mean) * shown.lost
    return np.asarray(np.maximum(labels, 0.0) if shown.kind == "poisson" else labels)


def _with_tails(shown: Shown, labels: Array, weights: Array, rng: np.random.Generator) -> Array:
    """Return labels of populations of which every second has, in what a row adds to a risk, what tails may hold."""
    mean = np.exp(shown.fitted)
    loads = shown.leverage / np.exp(shown.fitted)
    added = (labels - mean) ** 2 * loads
    believed = noise_variances(np.sqrt(added), len(weights), rng)
    found = np.broadcast_to(labels, weights.shape).copy()
    for k in range(1, len(weights), 2):
        own, most = float(weights[k] @ added), float(weights[k] @ (labels**2 * loads))
        ratio = float(believed[k]) / max(own, 1e-300)
        if ratio < 1:
            found[k] = mean + (labels - mean) * np.sqrt(ratio)
        else:
            variance = (ratio - 1) * own / most + 1e-9
            found[k] = labels * rng.gamma(1 / variance, variance, size=labels.size)
    return found


def _fitted(kind: str, shown: Shown, weights: Array, labels: Array, eta: Array) -> Array:
    """Return how far from eta (populations, T) the fits of populations are, coefficients (populations, k + 1)."""
    design = np.broadcast_to(shown.ones, (*weights.shape, shown.ones.shape[1]))
    return maximize(kind, design, labels, weights, _HELD / len(shown.ones), eta)[0]


def _moved(kind: str, shown: Shown, weights: Array, labels: Array) -> Array:
    """Return how far fits of populations are from the fit of the rows, coefficients (populations, k + 1)."""
    even = np.full((1, weights.shape[1]), 1 / weights.shape[1])
    if kind == "poisson":
        return _fitted(kind, shown, weights, labels, shown.fitted)
    scores = (labels - LINKS[kind].mean(shown.fitted))[..., None] * shown.ones
    rows, p = shown.ones.shape
    slope = ((weights - even)[..., None] * scores).sum(axis=1)
    curve = (shown.ones * (weights * LINKS[kind].weight(shown.fitted))[..., None]).mT @ shown.ones
    held = np.diag(np.append(0.0, np.full(p - 1, _HELD / rows)))
    return np.asarray(np.linalg.solve(curve + held, slope[..., None])[..., 0])


def _leveled(link: Link, along: Array, weights: Array, total: Array) -> Array:
    """Return linear predictors along + a of the populations, whose means have the weighted sum `total`."""
    low, high = -60.0 - along.max(axis=1, keepdims=True), 60.0 - along.min(axis=1, keepdims=True)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = (weights * link.mean(along + middle)).sum(axis=1, keepdims=True) < total
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(along + (low + high) / 2)
