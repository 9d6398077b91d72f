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
from genloss.advise.forecasts.worlds.protocol import Array
from genloss.advise.forecasts.worlds.shown import Shown
from genloss.models.likelihood import LINKS, maximize
from genloss.populations.entities import bootstrap_weights

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
    labels = np.broadcast_to(shown.labels, weights.shape)
    if kind == "poisson":
        labels = labels * _spread(shown, weights.shape, rng)
    fits = np.append(shown.intercept, shown.slopes) + _moved(kind, shown, weights, labels)
    eta = fits @ shown.ones.T + shown.offset
    keep = np.ones((count, shown.slopes.size))
    if not flat:
        keep = draw_keeps(shown.eigenvalues, shown.basis.T @ shown.slopes, shown.own, count, rng)
    kept, away = keep * (shown.basis.T @ shown.slopes), (fits[:, 1:] - shown.slopes) @ shown.basis
    along = (kept + np.sqrt(keep) * away) @ shown.basis.T @ shown.turned.T + shown.offset
    total = np.maximum((weights * labels).sum(axis=1, keepdims=True), 0.5 / rows)
    if kind == "logistic":
        total = np.minimum(total, 1 - 0.5 / rows)
    else:
        along = along - np.log((weights * np.exp(along)).sum(axis=1, keepdims=True) / total)
    if kind == "logistic":
        return [Line(each, w) for each, w in zip(_leveled(along, weights, total), weights, strict=True)]
    labels = labels * np.exp(along - eta)
    along = along + _fitted(kind, shown, weights, labels, along) @ shown.ones.T
    return [Line(*each) for each in zip(along, weights, labels, strict=True)]


def _spread(shown: Shown, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw g of the rows of populations."""
    rows, p = shown.ones.shape
    mean = np.exp(shown.fitted)
    left, whole = (each.sum() for each in ((shown.labels - mean) ** 2 / mean, shown.labels**2 / mean))
    variance = float(left / whole) * p / (rows - p)
    return np.asarray(rng.gamma(1 / variance, variance, size=shape))


def _fitted(kind: str, shown: Shown, weights: Array, labels: Array, eta: Array) -> Array:
    """Return how far from eta (populations, T) the fits of populations are, coefficients (populations, k + 1)."""
    design = np.broadcast_to(shown.ones, (*weights.shape, shown.ones.shape[1]))
    return maximize(kind, design, labels, weights, _HELD / len(shown.ones), eta)[0]


def _moved(kind: str, shown: Shown, weights: Array, labels: Array) -> Array:
    """Return how far fits of populations are from the fit of the rows, coefficients (populations, k + 1)."""
    even = np.full((1, weights.shape[1]), 1 / weights.shape[1])
    if kind == "poisson":
        center = _fitted(kind, shown, even, shown.labels[None], shown.fitted)
        return _fitted(kind, shown, weights, labels, shown.fitted) - center
    scores = (labels - LINKS[kind].mean(shown.fitted))[..., None] * shown.ones
    rows, p = shown.ones.shape
    slope = ((weights - even)[..., None] * scores).sum(axis=1) * np.sqrt(rows / (rows - p))
    curve = (shown.ones * (weights * LINKS[kind].weight(shown.fitted))[..., None]).mT @ shown.ones
    held = np.diag(np.append(0.0, np.full(p - 1, _HELD / rows)))
    return np.asarray(np.linalg.solve(curve + held, slope[..., None])[..., 0])


def _leveled(along: Array, weights: Array, total: Array) -> Array:
    """Return log odds along + a of the populations, whose probabilities have the weighted sum `total`."""
    link = LINKS["logistic"]
    low, high = np.full(total.shape, -60.0), np.full(total.shape, 60.0)
    low, high = low - along.max(axis=1, keepdims=True), high - along.min(axis=1, keepdims=True)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = (weights * link.mean(along + middle)).sum(axis=1, keepdims=True) < total
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(along + (low + high) / 2)
