r"""What do least squares and ridge need of a batch of given rows? Sums, for the paths of many truths at once.

A batch of n rows, row i drawn c_i times, has in columns q_1, ..., q_m that are orthogonal over the given rows

.. math:: G = \sum_i c_i \, q_i q_i', \qquad h = \sum_i c_i \, q_i y_i

and minimizing the mean of w (y - q'b)^2 + p |coefficients|^2 over batches is (sum w G / n + p D) b = sum w h / n.
Labels of a fit b have Gaussian noise, sd s: given G, h ~ N(G b, s^2 G) is drawn as it is, m numbers in place of n.

Status: exact in law; the same fits as the estimator's own `fit` on the same rows, to rounding (docs/theory/forecast.md
says for which rows). Checked by tests/unit/test_sums.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from genloss.advise.estimators.recognized import squared_penalty_of
from genloss.advise.forecasts.worlds.functions import Function
from genloss.advise.forecasts.worlds.linear import LinearWorld
from genloss.advise.forecasts.worlds.places import counted, drawn_places
from genloss.advise.forecasts.worlds.protocol import Array, Places, Truths, World
from genloss.simulation.loop import generations
from genloss.workflows import Batch, Schedule, Use

_PAIRS = 256  # products of two columns at a time
_RANK = 1e-11  # singular values below this part of the largest are directions without inputs
_CUT = 1e-12  # scikit-learn's, of squared singular values: below it coefficients are 0
_SPREAD = 1e-8  # of squared singular values, all rows: rows of a batch then stay clear of the cut
_SURE = 1e-6  # what is left of a column's square when those before it are taken off
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Columns:
    """What fits and truths are written in. values (T, m): orthogonal, of mean square 1; a fit has the first `free`.

    penalty (free,): |coefficients|^2 of the estimator's own inputs is sum penalty b^2; 0 for the intercept.
    spread: the least squared singular value of the inputs over the largest.
    """

    values: Array
    free: int
    intercept: bool
    penalty: Array
    spread: float

    @property
    def size(self) -> int:
        """Rows of the table, T."""
        return len(self.values)

    @cached_property
    def pairs(self) -> Sequence[tuple[Places, Places, Array]]:
        """Places i <= j of two columns and their products (pairs, T), some at a time."""
        first, second = np.triu_indices(self.values.shape[1])
        parts = [slice(start, start + _PAIRS) for start in range(0, first.size, _PAIRS)]
        across = np.ascontiguousarray(self.values.T)
        return [(first[s], second[s], across[first[s]] * across[second[s]]) for s in parts]

    def gram(self, counts: Array) -> Array:
        """Return sum c q q' of every run, (runs, m, m). counts: (runs, T)."""
        gram = np.empty((len(counts), *2 * self.values.shape[1:]))
        for i, j, products in self.pairs:
            gram[:, i, j] = counts @ products.T
            gram[:, j, i] = gram[:, i, j]
        return gram


@dataclass(frozen=True, eq=False)
class Sums:
    """G (paths, m, m) and h (paths, m) of a batch."""

    gram: Array
    right: Array


def columns_of(x: Array, others: Array, *, intercept: bool) -> Columns:
    """Return columns that span what a linear fit of x (T, d) can be, and then what else `others` (T, k) are made of."""
    rows = len(x)
    away = x - x.mean(axis=0) if intercept else x
    left, values, _ = np.linalg.svd(away, full_matrices=False)
    kept = values > _RANK * values[0]
    span = np.column_stack([np.full(rows, rows**-0.5), left[:, kept]] if intercept else [left[:, kept]])
    scaled = others / np.sqrt((others**2).mean(axis=0) * rows)
    beyond, sizes, _ = np.linalg.svd(scaled - span @ (span.T @ scaled), full_matrices=False)
    beyond -= span @ (span.T @ beyond)
    found = np.sqrt(rows) * np.column_stack([span, beyond[:, sizes > 1e-9]])
    penalty = np.concatenate([np.zeros(int(intercept)), rows / values[kept] ** 2])
    return Columns(found, span.shape[1], intercept, penalty, float((values[kept][-1] / values[0]) ** 2))


def sure(gram: Array) -> Truths:
    """Whether no column is nearly a sum of those before it, (runs,): what is left of its square is above _SURE."""
    scale = np.sqrt(np.maximum(np.einsum("...ii->...i", gram), _TINY))
    even = gram / (scale[:, :, None] * scale[:, None, :]) + 1e-10 * np.eye(gram.shape[-1])
    return np.asarray((np.einsum("...ii->...i", np.linalg.cholesky(even)) ** 2).min(axis=1) > _SURE)


def noise_of(gram: Array, normal: Array) -> Array:
    """Turn standard normal numbers (runs, m) into N(0, gram)."""
    plain, noise = sure(gram), np.empty_like(normal)
    noise[plain] = (np.linalg.cholesky(gram[plain]) @ normal[plain, :, None])[..., 0]
    if not plain.all():
        values, vectors = np.linalg.eigh(gram[~plain])
        noise[~plain] = (vectors @ (np.sqrt(np.maximum(values, 0.0)) * normal[~plain])[..., None])[..., 0]
    return noise


def solved(gram: Array, right: Array, columns: Columns, penalty: float) -> Array:
    """Fit every run, (runs, free). gram, right: means over rows, of the first `free` columns."""
    whole = gram + penalty * np.diag(columns.penalty)
    plain, fits = sure(whole), np.empty_like(right)
    fits[plain] = np.linalg.solve(whole[plain], right[plain, :, None])[..., 0]
    if not plain.all():
        fits[~plain] = _least_norm(gram[~plain], right[~plain], columns, penalty)
    return fits


def _least_norm(gram: Array, right: Array, columns: Columns, penalty: float) -> Array:
    """Fit runs whose rows do not tell all coefficients: those of least squared length, as scikit-learn does."""
    first = int(columns.intercept)
    centers, heights = gram[:, 0, first:], right[:, :1]
    inner, moments = gram[:, first:, first:], right[:, first:]
    if first:  # the intercept's column is 1 in every row
        inner = inner - centers[:, :, None] * centers[:, None, :]
        moments = moments - centers * heights
    own = columns.penalty[first:] ** -0.5  # coefficients along the columns, for one unit of the estimator's own
    values, vectors = np.linalg.eigh(own[:, None] * inner * own)
    used = values > (_CUT * np.maximum(values[:, -1:], _TINY) if penalty == 0 else -np.inf)
    inverse = np.where(used, 1 / np.maximum(np.maximum(values, 0.0) + penalty, _TINY), 0.0)
    turned = (vectors.transpose(0, 2, 1) @ (own * moments)[..., None])[..., 0]
    slopes = own * (vectors @ (inverse * turned)[..., None])[..., 0]
    if not first:
        return slopes
    return np.concatenate([heights - (centers * slopes).sum(axis=1, keepdims=True), slopes], axis=1)


@dataclass(frozen=True, eq=False)
class SummedWorld:
    """A linear world whose estimator minimizes squares beside a squared penalty, which is all that it does.

    penalty: on |coefficients|^2; of_the_mean: beside the mean of squares, else beside their sum. entities: of each
    row, whose rows are drawn together, or None.
    """

    columns: Columns
    penalty: float
    of_the_mean: bool
    entities: Places | None = None

    def risks(self, truths: Sequence[Function], runs: int, schedule: Schedule, rng: np.random.Generator) -> Array:
        """Run generations for all truths together: risks (truths, runs, generations + 1)."""
        columns = self.columns
        clean = np.repeat([columns.values.T @ truth.clean / columns.size for truth in truths], runs, axis=0)
        deviation = np.repeat([truth.noise for truth in truths], runs)[:, None]
        residuals = np.repeat([truth.residuals for truth in truths], runs, axis=0)

        def draw(batch: Batch, fits: Sequence[Array]) -> Sums:
            places = drawn_places(columns.size, len(clean), batch.rows, rng, self.entities)
            counts = counted(places, columns.size)
            gram = columns.gram(counts)
            if batch.real:
                return Sums(gram, _times(gram, clean) + (counts * residuals) @ columns.values)
            noise = noise_of(gram, rng.standard_normal(clean.shape))
            return Sums(gram, _times(gram, fits[batch.origins[0][0]]) + deviation * noise)

        def fit(g: int, uses: Sequence[Use], kept: Mapping[int, Sums], fits: Sequence[Array]) -> Array:
            del uses, fits
            shares = {b: share / schedule.batches[b].rows for b, share in schedule.shares(g).items()}
            gram, right = (sum(s * getattr(kept[b], part) for b, s in shares.items()) for part in ("gram", "right"))
            return self.estimate(gram, right, float(schedule.rows_used(g).sum()))

        with threadpool_limits(1):  # small products: more threads only wait for one another, and add in another order
            made = [((fit - clean) ** 2).sum(axis=1) for fit in generations(schedule, draw, fit)]
        return np.stack(made, axis=1).reshape(len(truths), runs, -1)

    def estimate(self, gram: Array, right: Array, rows: float) -> Array:
        """Fit every run, (runs, m). gram, right: means over rows; rows: how many there are."""
        free, fits = self.columns.free, np.zeros_like(right)
        penalty = self.penalty if self.of_the_mean else self.penalty / rows
        fits[:, :free] = solved(gram[:, :free, :free], right[:, :free], self.columns, penalty)
        return fits


def summed_world(world: World) -> SummedWorld | None:
    """Return a linear world as sums; None where only the estimator's own `fit` knows what it does."""
    if not isinstance(world, LinearWorld):
        return None
    known = _penalty_of(world.estimator)
    if known is None:
        return None
    shown = world.seen.level + world.seen.turned @ world.seen.coefficients
    clone(world.estimator).fit(world.inputs, shown)  # settings that it refuses are refused
    turned = np.column_stack([np.ones(world.rows), world.seen.turned])
    columns = columns_of(world.inputs, turned, intercept=getattr(world.estimator, "fit_intercept", True))
    value, of_the_mean = known
    if value == 0 and columns.spread < _SPREAD:
        return None
    return SummedWorld(columns, value, of_the_mean, None if world.clusters is None else world.clusters.entities)


def _penalty_of(estimator: Any) -> tuple[float, bool] | None:
    """Return the squared penalty, with or without an intercept, and whether it is of the mean; None: not known."""
    settings = estimator.get_params(deep=False)
    if settings.get("tol", 0.0) ** 2 > _CUT * 1.01 and type(estimator).__name__ == "LinearRegression":
        return None
    if settings.get("fit_intercept", True) is not True:
        return squared_penalty_of(clone(estimator).set_params(fit_intercept=True))
    return squared_penalty_of(estimator)


def _times(gram: Array, fits: Array) -> Array:
    return np.asarray((gram @ fits[:, :, None])[..., 0])
