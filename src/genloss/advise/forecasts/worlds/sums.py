r"""What do least squares and ridge need of a batch of given rows? Sums, for the paths of many truths at once.

A batch of n rows, row i drawn c_i times, has in columns q_1, ..., q_m that are orthogonal over the given rows

.. math:: G = \sum_i c_i \, q_i q_i', \qquad h = \sum_i c_i \, q_i y_i

and minimizing the mean of w (y - q'b)^2 + p |coefficients|^2 over batches is (sum w G / n + p D) b = sum w h / n.
Labels of a fit b have Gaussian noise, sd s: given G, h ~ N(G b, s^2 G) is drawn as it is, m numbers in place of n.

Status: exact in law; the same fits as the estimator's own `fit` on the same rows, to rounding (docs/theory/forecast.md
says for which rows). Checked by tests/unit/test_sums.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from sklearn.base import clone
from threadpoolctl import ThreadpoolController

from genloss.advise.estimators.recognized import squared_penalty_of
from genloss.advise.forecasts.worlds.directions import positive
from genloss.advise.forecasts.worlds.functions import Function
from genloss.advise.forecasts.worlds.linear import LinearWorld
from genloss.advise.forecasts.worlds.places import counted, own_places
from genloss.advise.forecasts.worlds.protocol import Array, Places, Truths, World
from genloss.populations.entities import drawn_places
from genloss.simulation.loop import Fit, generations
from genloss.workflows import Batch, Schedule, Use

_PAIRS = 256  # products of two columns at a time
_RANK = 1e-11  # singular values below this part of the largest are directions without inputs
_CUT = 1e-12  # scikit-learn's, of squared singular values over the largest: below it coefficients are 0
_NEAR = 1e-7  # above it, of all rows, those of a batch stay clear of the cut
_SPREAD = 2e-12  # below it they do not
_SURE = 1e-5  # what is left of a column's square when those before it are taken off
_TINY = 1e-300
_WORK = 1.5e8  # products of numbers that finding parts may cost


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """Return the libraries of linear algebra that are loaded; finding them takes longer than small products."""
    return ThreadpoolController()


@dataclass(frozen=True, eq=False)
class Columns:
    """What fits and truths are written in. values (T, m): orthogonal, of mean square 1; a fit has the first `free`.

    own (k, k): the slopes, along the columns, of coefficients of length 1 in k orthogonal directions of the
    estimator's own inputs. penalty (free,): sum penalty b^2 is |coefficients|^2; 0 for the intercept; for columns
    that are not scaled. spread: the least squared singular value of the inputs over the largest.
    """

    values: Array
    free: int
    intercept: bool
    own: Array
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


def columns_of(x: Array, others: Array, *, intercept: bool, scaled: bool) -> Columns:
    """Return columns that span what a linear fit of x (T, d) can be, and then what else `others` (T, k) are made of.

    scaled: along directions of inputs of unit size, so that draws do not depend on units; else of x as it is.
    """
    rows = len(x)
    away = x - x.mean(axis=0) if intercept else x
    size = np.sqrt((away**2).mean(axis=0)) if scaled else np.ones(x.shape[1])
    left, values, _ = np.linalg.svd(away / np.maximum(size, _TINY), full_matrices=False)
    kept = values > _RANK * values[0]
    slopes = np.sqrt(rows) * positive(left[:, kept])
    own = np.diag(values[kept] / np.sqrt(rows))
    if scaled:
        turned, lengths, _ = np.linalg.svd(slopes.T @ away / rows, full_matrices=False)
        own = turned * lengths
    span = np.column_stack([np.ones(rows), slopes]) if intercept else slopes
    unit = others / np.sqrt((others**2).mean(axis=0))
    beyond, sizes, _ = np.linalg.svd(unit - span @ (span.T @ unit) / rows, full_matrices=False)
    beyond -= span @ (span.T @ beyond) / rows
    found = np.column_stack([span, np.sqrt(rows) * positive(beyond[:, sizes > 1e-9 * np.sqrt(rows)])])
    penalty = np.concatenate([np.zeros(int(intercept)), rows / values[kept] ** 2])
    lengths = np.sqrt((own**2).sum(axis=0))
    return Columns(found, span.shape[1], intercept, own, penalty, float((lengths.min() / lengths.max()) ** 2))


def sure(gram: Array) -> Truths:
    """Whether no column is nearly a sum of those before it, (runs,). gram: means over rows.

    What is left of its square must be above _SURE, and above _SURE of what it was.
    """
    scale = np.sqrt(np.maximum(np.einsum("...ii->...i", gram), 1.0))  # 1: the mean square over all given rows
    count = gram.shape[-1]
    even = gram / (scale[:, :, None] * scale[:, None, :]) + (1e-13 + 1e-15 * count) * np.eye(count)  # beyond rounding
    return np.asarray((np.einsum("...ii->...i", np.linalg.cholesky(even)) ** 2).min(axis=1) > _SURE)


def noise_of(gram: Array, counts: Array, values: Array, rng: np.random.Generator) -> Array:
    """Draw N(0, gram) for every run, (runs, m); gram: sum c q q', counts c (runs, T), values q (T, m).

    By a root of gram where it has one to full precision, else as noise on the rows.
    """
    plain, noise = sure(gram / counts.sum(axis=1)[:, None, None]), np.empty(gram.shape[:2])
    normal = rng.standard_normal((int(plain.sum()), gram.shape[-1], 1))
    noise[plain] = (np.linalg.cholesky(gram[plain]) @ normal)[..., 0]
    if not plain.all():
        rows = np.sqrt(counts[~plain])
        noise[~plain] = (rows * rng.standard_normal(rows.shape)) @ values
    return noise


def solved(gram: Array, right: Array, columns: Columns, penalty: float) -> Array:
    """Fit every run, (runs, free). gram, right: means over rows, of the first `free` columns."""
    whole = gram + penalty * np.diag(columns.penalty) if penalty else gram
    plain, fits = sure(whole), np.empty_like(right)
    if penalty == 0 and columns.spread < _NEAR:
        values = np.linalg.eigvalsh(_inner(gram, columns))
        plain &= values[:, 0] > 1.01 * _CUT * values[:, -1]
    fits[plain] = np.linalg.solve(whole[plain], right[plain, :, None])[..., 0]
    if not plain.all():
        fits[~plain] = _least_norm(gram[~plain], right[~plain], columns, penalty)
    return fits


def _inner(gram: Array, columns: Columns) -> Array:
    """Return the covariance of the estimator's own inputs, in k orthogonal directions, (runs, k, k)."""
    first = int(columns.intercept)  # the intercept's column is 1 in every row
    centers, inner = gram[:, 0, first:], gram[:, first:, first:]
    away = inner - centers[:, :, None] * centers[:, None, :] if first else inner
    return np.asarray(columns.own.T @ away @ columns.own)


def _least_norm(gram: Array, right: Array, columns: Columns, penalty: float) -> Array:
    """Fit runs whose rows do not tell all coefficients: those of least squared length, as scikit-learn does."""
    first = int(columns.intercept)
    centers, height = gram[:, 0, first:], right[:, :1]
    moments = (right[:, first:] - centers * height if first else right) @ columns.own
    values, vectors = np.linalg.eigh(_inner(gram, columns))
    used = values > (_CUT * np.maximum(values[:, -1:], _TINY) if penalty == 0 else -np.inf)
    inverse = np.where(used, 1 / np.maximum(np.maximum(values, 0.0) + penalty, _TINY), 0.0)
    turned = (vectors.transpose(0, 2, 1) @ moments[..., None])[..., 0]
    slopes = (vectors @ (inverse * turned)[..., None])[..., 0] @ columns.own.T
    if not first:
        return np.asarray(slopes)
    return np.concatenate([height - (centers * slopes).sum(axis=1, keepdims=True), slopes], axis=1)


@dataclass(frozen=True, eq=False)
class SummedWorld:
    """A linear world whose estimator minimizes squares beside a squared penalty, which is all that it does.

    labels: of the rows as they are. penalty: on |coefficients|^2; of_the_mean: beside the mean of squares, else beside
    their sum. entities: of the rows, those of one are drawn together.
    """

    columns: Columns
    labels: Array
    penalty: float
    of_the_mean: bool
    entities: Places | None = None

    @property
    def believable(self) -> int:
        """How many truths' parts are worth finding: as many as cost little beside the paths."""
        return int(np.clip(_WORK / self.columns.values.size / self.columns.values.shape[1], 100, 2000))

    def risks(
        self, truths: Sequence[Function], runs: int, schedule: Schedule, rng: np.random.Generator, *, own: bool = False
    ) -> Array:
        """Run generations for all truths together: risks (truths, runs, generations + 1).

        own: the real rows of generation 0 are those of the table.
        """

        def luck(batch: Batch) -> Sums:
            if own and batch.real and batch.birth == 0:
                return self.in_hand(batch, runs * len(truths), rng)
            counts = self.drawn(truths, runs, batch.rows, rng)
            return self.luck(batch, counts, truths, rng)

        return self.risks_of(truths, runs, schedule, luck, own=own)

    def in_hand(self, batch: Batch, paths: int, rng: np.random.Generator) -> Sums:
        """Return the sums of the rows in hand, all of them or some, with their labels."""
        size = self.columns.size
        counts = counted(own_places(size, batch.rows, paths, rng), size)
        return Sums(self.columns.gram(counts), (counts * self.labels) @ self.columns.values)

    def luck(self, batch: Batch, counts: Array, truths: Sequence[Function], rng: np.random.Generator) -> Sums:
        """Return G, and what labels without a mean add to h: residuals of real rows, or noise of deviation 1.

        counts: how often each row was drawn, (truths x runs, T).
        """
        gram = self.columns.gram(counts)
        if not batch.real:
            return Sums(gram, noise_of(gram, counts, self.columns.values, rng))
        residuals = np.repeat([truth.residuals for truth in truths], len(counts) // len(truths), axis=0)
        return Sums(gram, (counts * residuals) @ self.columns.values)

    def risks_of(
        self,
        truths: Sequence[Function],
        runs: int,
        schedule: Schedule,
        luck: Callable[[Batch], Sums],
        *,
        own: bool = False,
    ) -> Array:
        """Run generations for all truths with given luck, which batches are asked for in the order of their birth."""
        columns = self.columns
        clean = np.repeat([columns.values.T @ truth.clean / columns.size for truth in truths], runs, axis=0)
        deviation = np.repeat([truth.noise for truth in truths], runs)[:, None]

        def draw(batch: Batch, fits: Sequence[Array]) -> Sums:
            found = luck(batch)
            if own and batch.real and batch.birth == 0:
                return found
            if batch.real:
                return Sums(found.gram, _times(found.gram, clean) + found.right)
            return Sums(found.gram, _times(found.gram, fits[batch.origins[0][0]]) + deviation * found.right)

        fit = self._fitting(schedule)
        with _libraries().limit(
            limits=1
        ):  # small products: more threads only wait for one another, and add in another order
            measure = np.repeat(self._populations(truths), runs, axis=0)
            made = [_squared(fit - clean, measure) for fit in generations(schedule, draw, fit)]
        return np.stack(made, axis=1).reshape(len(truths), runs, -1)

    def drawn(self, truths: Sequence[Function], runs: int, rows: int, rng: np.random.Generator) -> Array:
        """Count how often each row is drawn, (truths x runs, T)."""
        size, entities = self.columns.size, self.entities
        return np.concatenate(
            [counted(drawn_places(size, runs, rows, rng, entities, each.weights), size) for each in truths]
        )

    def _populations(self, truths: Sequence[Function]) -> Array:
        """Return the mean of q q' in each truth's population, (truths, m, m)."""
        return self.columns.gram(np.stack([each.shares for each in truths]))

    def parts(
        self, truths: Sequence[Function], schedule: Schedule, *, own: bool = False, counts: Array | None = None
    ) -> Array:
        """Return what a truth's mean risk is made of at first order, (truths, generations + 1, 3).

        The risk without any luck: every batch shows its population, labels have no noise (own: but those of the table,
        which are what they are). The variance that noise of real labels gives a fit, and that which noise of models'
        labels gives it, both for one fit to as many rows as generation 0 has. A mean risk is a sum of these in parts
        that depend on the workflow, not on the truth, but for what is smaller by another factor columns / rows.
        counts: how often each row is among those in hand, (T,); None: once.
        """
        columns, free = self.columns, self.columns.free
        clean = np.stack([columns.values.T @ truth.clean / columns.size for truth in truths])
        gram = self._populations(truths)
        in_hand = self._in_hand(counts)

        def draw(batch: Batch, fits: Sequence[Array]) -> Sums:
            if own and batch.real and batch.birth == 0:
                return Sums(
                    *(
                        batch.rows * np.broadcast_to(mean, each.shape)
                        for mean, each in zip(in_hand, (gram, clean), strict=True)
                    )
                )
            return Sums(
                batch.rows * gram, batch.rows * _times(gram, clean if batch.real else fits[batch.origins[0][0]])
            )

        fit = self._fitting(schedule)
        with _libraries().limit(limits=1):  # as the paths beside which it stands
            lasting = np.stack([_squared(each - clean, gram) for each in generations(schedule, draw, fit)], axis=1)
        rows = float(schedule.rows_used(0).sum())
        inner = gram[:, :free, :free]
        inverse = np.linalg.pinv(inner + self._beside_the_mean(rows) * np.diag(columns.penalty), hermitian=True)
        kept = inverse @ inner @ inverse
        noise = np.array([truth.noise**2 for truth in truths])
        shown = columns.gram(np.stack([each.shares * each.residuals**2 for each in truths]))[:, :free, :free]
        real = np.einsum("kij,kji->k", kept, shown) / rows
        made = noise * np.einsum("kij,kji->k", kept, inner) / rows
        return np.stack([lasting, *(np.broadcast_to(each[:, None], lasting.shape) for each in (real, made))], axis=-1)

    def _in_hand(self, counts: Array | None) -> tuple[Array, Array]:
        """Return the means of q q' and of q y over the rows in hand."""
        values, size = self.columns.values, self.columns.size
        if counts is None:
            return np.eye(values.shape[1]), values.T @ self.labels / size
        return self.columns.gram(counts[None])[0] / counts.sum(), (counts * self.labels) @ values / counts.sum()

    def _fitting(self, schedule: Schedule) -> Fit[Sums, Array]:
        """Return what fits a generation to the batches that it is trained on."""

        def fit(g: int, uses: Sequence[Use], kept: Mapping[int, Sums], fits: Sequence[Array]) -> Array:
            del uses, fits
            shares = {b: share / schedule.batches[b].rows for b, share in schedule.shares(g).items()}
            gram, right = (sum(s * getattr(kept[b], part) for b, s in shares.items()) for part in ("gram", "right"))
            return self.estimate(gram, right, float(schedule.rows_used(g).sum()))

        return fit

    def estimate(self, gram: Array, right: Array, rows: float) -> Array:
        """Fit every run, (runs, m). gram, right: means over rows; rows: how many there are."""
        free, fits = self.columns.free, np.zeros_like(right)
        fits[:, :free] = solved(gram[:, :free, :free], right[:, :free], self.columns, self._beside_the_mean(rows))
        return fits

    def _beside_the_mean(self, rows: float) -> float:
        """Return the penalty beside the mean of squares of a fit to so many rows."""
        return self.penalty if self.of_the_mean else self.penalty / rows


def summed_world(world: World, *, taken: bool = False) -> SummedWorld | None:
    """Return a linear world as sums; None where only the estimator's own `fit` knows what it does.

    taken: the estimator has taken its settings before, on other rows.
    """
    if not isinstance(world, LinearWorld):
        return None
    known = _penalty_of(world.estimator)
    if known is None:
        return None
    if not taken:  # settings that it refuses are refused
        clone(world.estimator).fit(world.inputs, world.seen.level + world.seen.turned @ world.seen.coefficients)
    value, of_the_mean = known
    truths = np.column_stack([np.ones(world.rows), world.seen.turned])
    intercept = getattr(world.estimator, "fit_intercept", True)
    columns = columns_of(world.inputs, truths, intercept=intercept, scaled=value == 0)
    if value == 0 and columns.spread < _SPREAD:
        return None
    return SummedWorld(
        columns, world.seen.labels, value, of_the_mean, world.clusters.entities if world.clusters else None
    )


def _penalty_of(estimator: Any) -> tuple[float, bool] | None:
    """Return the squared penalty, with or without an intercept, and whether it is of the mean; None: not known."""
    settings = estimator.get_params(deep=False)
    if settings.get("fit_intercept", True) is not True:
        known = squared_penalty_of(clone(estimator).set_params(fit_intercept=True))
    else:
        known = squared_penalty_of(estimator)
    if known is None or known[0] > 0:
        return known
    # without a penalty it matters where an estimator's coefficients become 0
    return known if settings.get("tol", np.inf) ** 2 <= 1.01 * _CUT else None


def _squared(off: Array, measure: Array) -> Array:
    """Return b'G b of every run: the mean square of q'b. off (runs, m), measure (runs, m, m)."""
    return np.asarray((off * _times(measure, off)).sum(axis=1))


def _times(gram: Array, fits: Array) -> Array:
    return np.asarray((gram @ fits[:, :, None])[..., 0])
