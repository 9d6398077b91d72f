"""Generations of a logistic or Poisson regression in many truths at once: each given row with a count and a label sum.

A fit needs of a batch how often each given row was drawn, c, and the sum of its labels, s: rows that are alike are one
row of more weight. The sum of c counts of mean m is one count of mean c m, so labels of models are drawn as sums.

Status: exact in law. Checked by tests/unit/test_pooled.py against `RegressionWorld`, whose rows are drawn one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genloss.advise.forecasts.worlds.places import counted, drawing
from genloss.advise.forecasts.worlds.populations import Line
from genloss.advise.forecasts.worlds.protocol import Array, Places, Truths
from genloss.advise.forecasts.worlds.regression import RegressionWorld
from genloss.models.shared_design import means
from genloss.simulation.loop import generations
from genloss.workflows import Batch, Schedule, Use

_LARGE = 1e15  # means from which on a count is drawn as a normal variable


@dataclass(frozen=True, eq=False)
class Pooled:
    """How often each row was drawn, and the sum of its labels, (paths, T)."""

    counts: Array
    sums: Array


@dataclass(frozen=True, eq=False)
class Fitted:
    """Coefficients (paths, k + 1), and which paths have no estimate from here on: they keep their last one."""

    parameters: Array
    ended: Truths


@dataclass(frozen=True, eq=False)
class PooledWorld:
    """Runs of many truths of a regression, together."""

    world: RegressionWorld

    def run(
        self, truths: Sequence[Line], runs: int, schedule: Schedule, rng: np.random.Generator, *, own: bool = False
    ) -> tuple[Array, Truths]:
        """Run generations for all truths: risks, and whether a run has ended, (truths, runs, generations + 1).

        own: the real rows of generation 0 are those of the table.
        """
        clusters, paths, against = self.world.clusters, len(truths) * runs, self.world.against(truths)
        drawn = drawing(self.world.rows, [each.weights for each in truths], clusters.entities if clusters else None)

        def draw(batch: Batch, fits: Sequence[Fitted]) -> Pooled:
            if not batch.real:
                return self._made(fits[batch.origins[0][0]].parameters, drawn(runs, batch.rows, rng), rng)
            if own and batch.birth == 0:
                return self._pooled(*self.world.own_rows(batch.rows, paths, rng))
            every = [self.world.draw_real(truth, batch.rows, runs, rng) for truth in truths]
            return self._pooled(*(np.concatenate(each) for each in zip(*every, strict=True)))

        def fit(g: int, uses: Sequence[Use], kept: Mapping[int, Pooled], fits: Sequence[Fitted]) -> Fitted:
            del uses
            shares = {b: share / schedule.batches[b].rows for b, share in schedule.shares(g).items()}
            weight, total = (sum(s * getattr(kept[b], part) for b, s in shares.items()) for part in ("counts", "sums"))
            label = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
            return self._fitted(weight, label, float(schedule.rows_used(g).sum()), fits[-1] if g else None)

        shape = (len(truths), runs)
        made = [
            (against.risks(self.world.predictors(each.parameters).reshape(*shape, -1)), each.ended.reshape(shape))
            for each in generations(schedule, draw, fit)
        ]
        risks, ended = (np.stack(each, axis=-1) for each in zip(*made, strict=True))
        return risks, ended

    def _pooled(self, places: Places, labels: Array) -> Pooled:
        """Count rows, and add up their labels."""
        size = self.world.rows
        counts, sums = np.empty((len(places), size)), np.empty((len(places), size))
        for run, (at, label) in enumerate(zip(places, labels, strict=True)):
            counts[run], sums[run] = np.bincount(at, minlength=size), np.bincount(at, label, minlength=size)
        return Pooled(counts, sums)

    def _made(self, parameters: Array, places: Places, rng: np.random.Generator) -> Pooled:
        """Draw labels of rows by fits."""
        mean = means(self.world.kind, self.world.predictors(parameters))
        if self.world.kind == "poisson":
            return _summed(places, mean, rng)
        ones = rng.random(places.shape) < np.take_along_axis(mean, places, axis=1)
        return _divided(2 * places + ones, self.world.rows)

    def _fitted(self, weight: Array, label: Array, rows: float, before: Fitted | None) -> Fitted:
        """Fit the paths that have not ended, from their last fits."""
        if before is None:
            found, exists = self.world.climbed(weight, label, rows, self._first(len(weight)))
            return Fitted(found, ~exists)
        going, parameters, ended = np.flatnonzero(~before.ended), before.parameters.copy(), before.ended.copy()
        if going.size < ended.size:
            weight, label = weight[going], label[going]
        if going.size:
            found, exists = self.world.climbed(weight, label, rows, before.parameters[going])
            parameters[going[exists]], ended[going[~exists]] = found[exists], True
        return Fitted(parameters, ended)

    def _first(self, paths: int) -> Array:
        """Return coefficients from which first fits are climbed: those that give every row the mean label."""
        level = np.zeros(self.world.ones.shape[1])
        labels = self.world.shown.labels
        level[0] = np.log(labels.mean() / (1 - labels.mean() if self.world.kind == "logistic" else 1))
        return np.tile(level, (paths, 1))


def _divided(keys: Places, size: int) -> Pooled:
    """Count rows, and those of them of class 1. keys: twice the place of a row, and its class."""
    found = np.empty((len(keys), size, 2))
    for run, each in enumerate(keys):
        found[run] = np.bincount(each, minlength=2 * size).reshape(size, 2)
    ones = found[..., 1].copy()
    return Pooled(found[..., 0] + ones, ones)


def _summed(places: Places, mean: Array, rng: np.random.Generator) -> Pooled:
    """Count rows, and draw the sums of their counts by means (paths, T)."""
    counts = counted(places, mean.shape[1])
    whole = counts * mean
    sums = rng.poisson(np.minimum(whole, _LARGE)).astype(float)
    large = whole > _LARGE
    if large.any():
        sums[large] = whole[large] + np.sqrt(whole[large]) * rng.standard_normal(int(large.sum()))
    return Pooled(counts, sums)
