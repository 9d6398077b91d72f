"""Kernel ridge regression: the truth has a power law over the kernel's directions on the given rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.metrics.pairwise import pairwise_kernels

from genloss.advise.assumption import Assumption
from genloss.advise.estimators.empirical_bayes import log_evidence, weights_of
from genloss.advise.estimators.recognized import kernel_penalty_of
from genloss.advise.forecasts.worlds.clusters import Clusters, clusters
from genloss.advise.forecasts.worlds.directions import positive
from genloss.advise.forecasts.worlds.functions import Function, FunctionWorld
from genloss.advise.forecasts.worlds.places import own_labeled
from genloss.advise.forecasts.worlds.protocol import (
    LATER_ROWS_ARE_ALIKE,
    WEAK,
    Array,
    Labels,
    Places,
    Truths,
    pooled,
    tested,
)
from genloss.doors import COMMAND, Advice, Setting, Words
from genloss.errors import Problem
from genloss.report import short

_POWERS = np.linspace(0.75, 2.5, 8)  # below 3/4 a truth is as rough as noise, and is taken for it
_STRENGTHS = 10.0 ** np.linspace(-3.0, 0.3, 20)
_NOISE_VARIANCES = 10.0 ** np.linspace(-2.5, 0.0, 26)
_RANK = 1e-12
_FEWEST, _MOST = 10, 3000
_REPEATED = 0.02
_EFFECT = 1.5
_FAR = 1.0  # mean of the labels over their deviation


@dataclass(frozen=True, eq=False)
class Posterior:
    """What is believed of function values on the given rows: a mixture of normal laws in the kernel's directions.

    basis (T, k), shown: U'(y - level). priors (choices, k), noise_variances, weights (choices,): one law each.
    """

    level: float
    basis: Array
    shown: Array
    priors: Array
    noise_variances: Array
    weights: Array

    @property
    def keep(self) -> Array:
        """How much of what is shown is truth, (choices, k)."""
        return np.asarray(self.priors / (self.priors + self.noise_variances[:, None]))


def believe(gram: Array, y: Array) -> Posterior:
    """Weigh truths of variance c e^b, e the eigenvalues of the kernel over T, and noise, by what the labels show."""
    rows, level = len(y), float(y.mean())
    values, basis = np.linalg.eigh(gram / rows)
    used = values > _RANK * max(values[-1], 1e-300)
    e, u = values[used], positive(basis[:, used])
    shown = u.T @ (y - level)
    outside = float(((y - level) ** 2).sum() - shown @ shown)
    total = float(np.mean((y - level) ** 2))
    if not (e.size and total > 0):
        raise Problem("X, y", "the inputs or the labels are the same in all rows", "give inputs and labels that vary")
    shape = e ** _POWERS[:, None]
    shape *= rows / shape.sum(axis=1, keepdims=True)
    truths = ((total * _STRENGTHS)[:, None, None] * shape).reshape(-1, e.size)
    noise_variances = np.tile(total * _NOISE_VARIANCES, len(truths))
    truths = np.repeat(truths, _NOISE_VARIANCES.size, axis=0)
    logs = log_evidence(shown, truths + noise_variances[:, None])
    spare = rows - e.size
    logs = logs - 0.5 * (spare * np.log(noise_variances) + max(outside, 0.0) / noise_variances)
    weights = weights_of(logs)
    kept = weights > 1e-6 * weights.max()
    return Posterior(level, u, shown, truths[kept], noise_variances[kept], weights[kept] / weights[kept].sum())


@dataclass(frozen=True, eq=False)
class KernelWorld(FunctionWorld):
    """Every truth has a noise of its own.

    penalty: on |f|^2 beside the sum of squared errors, scikit-learn's alpha; of_mean: beside their mean, and the mean
    label is taken off in every fit.
    """

    penalty: float
    of_mean: bool
    gram: Array
    labels: Array
    posterior: Posterior
    repeated: float = 0.0  # share of rows whose inputs and label are those of another
    clusters: Clusters | None = None

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return len(self.gram)

    def draw_truths(self, count: int, rng: np.random.Generator) -> list[Function]:
        """Draw truths, each with its own noise; residuals are what it leaves of the labels, scaled to that noise."""
        belief = self.posterior
        chosen = rng.choice(belief.weights.size, size=count, p=belief.weights)
        keep, variance = belief.keep[chosen], belief.noise_variances[chosen]
        drawn = keep * belief.shown + np.sqrt(keep * variance[:, None]) * rng.standard_normal(keep.shape)
        clean = belief.level + drawn @ belief.basis.T
        left = self.labels - clean
        left *= np.sqrt(variance / (left**2).mean(axis=1))[:, None]
        return [Function(*each) for each in zip(clean, np.sqrt(variance).tolist(), left, strict=True)]

    def own_rows(self, rows: int, runs: int, rng: np.random.Generator) -> Labels:
        """Take the rows in hand, all of them or some."""
        return own_labeled(self.labels, rows, runs, rng)

    def estimate(self, rows: Labels, weights: Array, size: float) -> tuple[Array, Truths]:
        """Minimize sum w (y - f)^2 + alpha |f|^2; rows drawn more than once are one row of more weight.

        A fit is its values on all given rows, and whatever level was taken off its labels.
        """
        shares, labels = pooled(rows, weights, self.rows)
        levels = (shares * labels).sum(axis=1) if self.of_mean else np.zeros(len(labels))
        alpha = self.penalty * size if self.of_mean else self.penalty
        shares = shares * size
        fits = np.empty_like(labels)
        for r, (w, y, level) in enumerate(zip(shares, labels, levels, strict=True)):
            at = np.flatnonzero(w)
            inner = self.gram[np.ix_(at, at)]
            inner[np.diag_indices_from(inner)] += alpha / w[at]
            dual = cho_solve(cho_factor(inner, lower=True, overwrite_a=True), y[at] - level)
            fits[r] = level + self.gram[:, at] @ dual
        return fits, np.ones(len(fits), dtype=bool)

    def assumptions(self) -> tuple[Assumption, ...]:
        """Signal, and how well it is told from noise; the truth's law and later rows are not known."""
        belief = self.posterior
        power = belief.weights @ belief.priors.sum(axis=1) / self.rows
        variance = float(belief.weights @ belief.noise_variances)
        spread = float(np.sqrt(belief.weights @ (belief.noise_variances - variance) ** 2)) / variance
        return (
            *self._together(),
            *self._level(),
            tested("the labels hold a signal", power / (power + variance) > WEAK, f"{power / (power + variance):.0%}"),
            tested("signal and noise can be told apart", spread < 0.25, f"noise variance known to {spread:.0%}"),
            tested(
                "no row is there twice", self.repeated < _REPEATED, f"{self.repeated:.0%}: noise looks like truth there"
            ),
            tested(
                "the truth has a power law over the kernel's directions",
                False,
                "bands that take it for one held 45 % of mean risks on 11 tables that nothing was built on, where "
                "nothing else was failed, and 5 % where the truth was a step; read the band as an order of magnitude",
            ),
            LATER_ROWS_ARE_ALIKE,
        )

    def _together(self) -> list[Assumption]:
        """Rows of one entity: what is believed of the truth takes their noise for independent."""
        if self.clusters is None:
            return []
        effect = self.clusters.effect_on_a_mean
        found = f"design effect {effect:.3g}; what is believed of the truth takes the noise of all rows for independent"
        return [tested("rows of one entity are as unlike as others", effect < _EFFECT, found)]

    def _level(self) -> tuple[Assumption, ...]:
        """Whether the labels lie about 0, to which a fit shrinks that takes no mean off."""
        level, deviation = float(self.labels.mean()), float(self.labels.std())
        if self.of_mean:
            return ()
        found = f"their mean is {short(level)}, their deviation {short(deviation)}; KernelRidge has no intercept and "
        found += "shrinks to 0, so another origin of the labels is another answer: give labels less their mean"
        return (tested("labels lie about 0", abs(level) <= _FAR * deviation, found),)


def kernel_world(estimator: Any, x: Array, y: Array, entities: Places | None = None) -> KernelWorld:
    """Take kernel and penalty of a KernelRidge, scikit-learn's or the word's. entities: of each row."""
    if len(x) > _MOST:
        raise Problem(
            "X", f"{len(x):,} rows are too many: the kernel matrix is decomposed", f"give at most {_MOST:,} of them"
        )
    if len(x) < _FEWEST:
        raise Problem("X", f"{len(x)} rows", f"give at least {_FEWEST}")
    asked, of_mean = kernel_penalty_of(estimator)
    penalty, name = np.asarray(asked, dtype=float), "penalty" if of_mean else "alpha"
    if penalty.ndim or not penalty > 0:
        found = Words(f"{name} = {asked!r}", f"kernel_ridge with {Setting(name).at(COMMAND)} {asked}")
        raise Problem("estimator", Advice(found), f"give one {name} above 0")
    given = {"gamma": estimator.gamma, "degree": estimator.degree, "coef0": estimator.coef0}
    settings = estimator.kernel_params or {} if callable(estimator.kernel) else given
    gram = pairwise_kernels(x, metric=estimator.kernel, filter_params=not callable(estimator.kernel), **settings)
    repeated = 1 - len(np.unique(np.column_stack([x, y]), axis=0)) / len(x)
    belief = believe(gram, y)
    together = None if entities is None else _clusters(belief, y, entities)
    return KernelWorld(float(penalty), of_mean, gram, y, belief, repeated, together)


def _clusters(belief: Posterior, y: Array, entities: Places) -> Clusters:
    """How alike what the believed mean leaves of labels is within entities."""
    left = y - belief.level - (belief.weights @ (belief.keep * belief.shown)) @ belief.basis.T
    return clusters(left - left.mean(), np.ones((len(y), 1)), entities)
