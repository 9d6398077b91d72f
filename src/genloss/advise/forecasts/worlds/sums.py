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
from typing import Any

import numpy as np
from sklearn.base import clone

from genloss.advise.estimators.recognized import squared_penalty_of
from genloss.advise.forecasts.worlds.columns import CUT, Columns, columns_of, inverted, noise_of, solved
from genloss.advise.forecasts.worlds.functions import Function
from genloss.advise.forecasts.worlds.linear import LinearWorld
from genloss.advise.forecasts.worlds.moments import Moments, Sums, lasting, squared, times
from genloss.advise.forecasts.worlds.places import counted, drawing, own_places
from genloss.advise.forecasts.worlds.protocol import Array, Places, Truths, World
from genloss.simulation.loop import Fit, generations
from genloss.workflows import Batch, Schedule, Use

_SPREAD = 2e-12  # of squared singular values over the largest, below which those of a batch reach scikit-learn's cut
_WORK = 1.5e8  # products of numbers that finding parts may cost


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
    measure: Array | None = None
    """Mean q q' of the inputs that judge fits, (m, m); None: of each truth's population."""

    def judging(self, grams: Array) -> Array:
        """Return the mean q q' of the inputs that judge fits in each truth, (truths, m, m). grams: of populations."""
        return grams if self.measure is None else np.broadcast_to(self.measure, grams.shape)

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

        count = self.counting(truths)

        def luck(batch: Batch) -> Sums:
            if own and batch.real and batch.birth == 0:
                return self.in_hand(batch, runs * len(truths), rng)
            return self.luck(batch, count(runs, batch.rows, rng), truths, rng)

        return self.risks_of(truths, runs, schedule, luck, own=own)

    def run(
        self, truths: Sequence[Function], runs: int, schedule: Schedule, rng: np.random.Generator, *, own: bool = False
    ) -> tuple[Array, Truths]:
        """Return `risks`, and that no run has ended."""
        risks = self.risks(truths, runs, schedule, rng, own=own)
        return risks, np.zeros(risks.shape, dtype=bool)

    def in_hand(self, batch: Batch, paths: int, rng: np.random.Generator) -> Sums:
        """Return the sums of the rows in hand, all of them or some, with their labels."""
        size = self.columns.size
        some = 1 if batch.rows == size else paths  # all rows are the same in every path
        counts = counted(own_places(size, batch.rows, some, rng), size)
        found = self.columns.gram(counts), (counts * self.labels) @ self.columns.values
        return Sums(*(np.broadcast_to(each, (paths, *each.shape[1:])) for each in found))

    def luck(self, batch: Batch, counts: Array, truths: Sequence[Function], rng: np.random.Generator) -> Sums:
        """Return G, and what labels without a mean add to h: residuals of real rows, or noise of deviation 1.

        counts: how often each row was drawn, (truths x runs, T).
        """
        gram = self.columns.gram(counts)
        if not batch.real:
            return Sums(gram, noise_of(gram, counts, self.columns.values, rng))
        residuals = np.stack([truth.residuals for truth in truths])[:, None]
        kept = counts.reshape(len(truths), -1, self.columns.size) * residuals
        return Sums(gram, kept.reshape(counts.shape) @ self.columns.values)

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
                return Sums(found.gram, times(found.gram, clean) + found.right)
            return Sums(found.gram, times(found.gram, fits[batch.origins[0][0]]) + deviation * found.right)

        fit = self._fitting(schedule)
        measure = np.repeat(self.judging(self._populations(truths)), runs, axis=0)
        made = [squared(fit - clean, measure) for fit in generations(schedule, draw, fit)]
        return np.stack(made, axis=1).reshape(len(truths), runs, -1)

    def counting(self, truths: Sequence[Function]) -> Callable[[int, int, np.random.Generator], Array]:
        """Return what draws rows for so many runs of each truth: counts (truths x runs, T) of runs, rows, generator."""
        size = self.columns.size
        drawn = drawing(size, [each.weights for each in truths], self.entities)
        return lambda runs, rows, rng: counted(drawn(runs, rows, rng), size)

    def _populations(self, truths: Sequence[Function]) -> Array:
        """Return the mean of q q' in each truth's population, (truths, m, m)."""
        return self.columns.gram(np.stack([each.shares for each in truths]))

    def moments(self, truths: Sequence[Function]) -> Moments:
        """Return what parts need of truths."""
        columns = self.columns
        clean = np.stack([each.clean for each in truths]) @ columns.values / columns.size
        shares = np.stack([each.shares for each in truths])
        squares = np.stack([each.residuals for each in truths]) ** 2
        noise = np.array([each.noise for each in truths]) ** 2
        return Moments(columns.gram(shares), clean, noise, columns.gram(shares * squares))

    def parts(self, truths: Sequence[Function], schedule: Schedule, *, own: bool = False) -> Array:
        """Return what a truth's mean risk is made of at first order, (truths, generations + 1, 3), see `parts_of`.

        own: the real rows of generation 0 are those in hand, each once.
        """
        return self.parts_of(self.moments(truths), schedule, self.in_hand_of() if own else None)

    def parts_of(self, moments: Moments, schedule: Schedule, in_hand: Sums | None = None) -> Array:
        """Return what mean risks are made of at first order, (truths, generations + 1, 3).

        The risk without any luck: every batch shows its population, labels have no noise (in_hand: but those of the
        rows in hand, which are what they are). The variance that noise of real labels gives a fit, and that which
        noise of models' labels gives it, both for one fit to as many rows as generation 0 has. A mean risk is a sum of
        these in parts that depend on the workflow, not on the truth, but for what is smaller by another factor
        columns / rows. in_hand: means of q q' and q y over these rows, for each truth.
        """
        rows, free = float(schedule.rows_used(0).sum()), self.columns.free
        risks = lasting(self, moments, schedule, in_hand)
        inner = moments.gram[:, :free, :free]
        held = self.beside_the_mean(rows) * np.diag(self.columns.penalty)
        whole = inner + held if held.any() else inner
        inverse = np.linalg.inv(whole) if moments.sure else inverted(whole)  # a penalty adds to what is left of pivots
        judged = self.judging(moments.gram)[:, :free, :free]
        kept = inverse @ judged @ inverse if held.any() or self.measure is not None else inverse
        real = np.einsum("kij,kji->k", kept, moments.scores[:, :free, :free]) / rows
        made = moments.noise * np.einsum("kij,kji->k", kept, inner) / rows
        return np.stack([risks, *(np.broadcast_to(each[:, None], risks.shape) for each in (real, made))], axis=-1)

    def in_hand_of(self, counts: Array | None = None) -> Sums:
        """Return the means of q q' and of q y over the rows in hand, (1, ...), or (tables, ...) for counts so many."""
        values, size = self.columns.values, self.columns.size
        if counts is None:
            return Sums(np.eye(values.shape[1])[None], (self.labels @ values / size)[None])
        counts = np.atleast_2d(counts)
        rows = counts.sum(axis=1)
        return Sums(self.columns.gram(counts) / rows[:, None, None], (counts * self.labels) @ values / rows[:, None])

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
        fits[:, :free] = solved(gram[:, :free, :free], right[:, :free], self.columns, self.beside_the_mean(rows))
        return fits

    def beside_the_mean(self, rows: float) -> float:
        """Return the penalty beside the mean of squares of a fit to so many rows."""
        return self.penalty if self.of_the_mean else self.penalty / rows


def summed_world(world: World) -> SummedWorld | None:
    """Return a linear world as sums; None where only the estimator's own `fit` knows what it does."""
    if not isinstance(world, LinearWorld):
        return None
    known = _penalty_of(world.estimator)
    if known is None:
        return None
    # settings that it refuses are refused
    clone(world.estimator).fit(world.inputs, world.seen.level + world.seen.turned @ world.seen.coefficients)
    value, of_the_mean = known
    intercept = getattr(world.estimator, "fit_intercept", True)
    columns = columns_of(world.inputs, world.seen.ones, intercept=intercept, scaled=value == 0)
    if value == 0 and columns.spread < _SPREAD:
        return None
    entities = world.clusters.entities if world.clusters else None
    return SummedWorld(columns, world.seen.labels, value, of_the_mean, entities, _measure(world, columns))


def _measure(world: LinearWorld, columns: Columns) -> Array | None:
    """Return the mean q q' of later rows; None where there are none."""
    if world.later is None:
        return None
    seen = world.seen
    values = world.later @ (seen.ones.T @ columns.values / columns.size / seen.scale[:, None] ** 2)
    return np.asarray(values.T @ values / len(values))


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
    return known if settings.get("tol", np.inf) ** 2 <= 1.01 * CUT else None
