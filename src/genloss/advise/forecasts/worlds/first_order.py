r"""What is the mean risk of a truth made of, at first order, where a fit has the largest likelihood?

With J the information on a population's coefficients, V the variance of one row's score, A = (J + P)^-1, P a penalty,

.. math:: m(g) = a_1 D(g) + a_2 \frac{\operatorname{tr} A V A J}{2 n} + a_3 \frac{\operatorname{tr} A J A J}{2 n}

D: the risk without luck, of a chain in which every batch shows its population and labels are means. The second is what
real rows cost one fit, whatever law their labels have (the sandwich), the third what rows of a fitted law do, for which
V = J. For a Gaussian law with z = S^-1/2 (x - m) in d dimensions they are (d / 2 + (E|z|^4 - d) / 4) / n and, as
E|z|^4 = d (d + 2) there, (d / 2 + d (d + 1) / 4) / n.

Status: first order in 1 / n; shares a >= 0 come from simulated paths (`levels.py`). Checked by
tests/statistical/test_laws.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genloss.advise.forecasts.worlds.gaussian import GaussianWorld, Weighted
from genloss.advise.forecasts.worlds.populations import Line
from genloss.advise.forecasts.worlds.protocol import Array, World
from genloss.advise.forecasts.worlds.regression import Against, RegressionWorld
from genloss.models.likelihood import LINKS
from genloss.models.shared_design import means
from genloss.simulation.loop import generations
from genloss.workflows import Batch, Schedule, Use

_WORK = 2e6  # numbers in the designs of all truths whose parts are found, for a chain of one fit
_ROWS = 4e6  # numbers in the rows of all truths of a Gaussian law
_FEWEST, _MOST = 100, 400
Means = tuple[Array, Array]  # weights and mean labels of the given rows, (truths, T)


@dataclass(frozen=True, eq=False)
class RegressionParts:
    """Parts of truths of counts or of two classes."""

    world: RegressionWorld

    @property
    def believable(self) -> int:
        """How many truths' parts are worth finding."""
        return int(np.clip(_WORK / self.world.ones.size, _FEWEST, _MOST))

    def parts(self, truths: Sequence[Line], schedule: Schedule, *, own: bool = False) -> Array:
        """Return D, and what labels of both kinds cost, (truths, generations + 1, 3).

        own: the real rows of generation 0 are those of the table.
        """
        world, link = self.world, LINKS[self.world.kind]
        against, rows = world.against(truths), float(schedule.rows_used(0).sum())
        mean, weights = against.mean, against.weights
        information = self.world.pairs.sums(weights * link.weight(against.eta))
        inverse = np.linalg.pinv(information + np.diag(np.append(0.0, world.beside(rows))), hermitian=True)
        kept = inverse @ information @ inverse
        labels = np.stack([each.labels for each in truths])
        if world.kind == "poisson":
            scores = self._scores(weights, labels - mean)
        else:
            scores = self.world.pairs.sums(weights * (labels * (1 - 2 * mean) + mean**2))
        real, made = (np.einsum("kij,kji->k", kept, each) / (2 * rows) for each in (scores, information))
        lasting = self._lasting(against, schedule, own)
        return np.stack([lasting, *(np.broadcast_to(each[:, None], lasting.shape) for each in (real, made))], axis=-1)

    def plain_risks(self, truths: Sequence[Line]) -> Array:
        """Return the risk of the plain model, (truths,)."""
        return self.world.plain_risks(truths)

    def _scores(self, weights: Array, left: Array) -> Array:
        """Return the variance of one row's score, what entities share included, (truths, k + 1, k + 1)."""
        if self.world.clusters is None:
            return self.world.pairs.sums(weights * left**2)
        entities = self.world.clusters.entities
        member = np.zeros((int(entities.max()) + 1, len(entities)))
        member[entities, np.arange(len(entities))] = 1.0
        together = np.stack([member @ (each[:, None] * self.world.ones) for each in np.sqrt(weights) * left])
        return np.asarray(together.mT @ together)

    def _lasting(self, against: Against, schedule: Schedule, own: bool) -> Array:
        """Return the risk of every truth without luck, (truths, generations + 1)."""
        world, size = self.world, self.world.rows
        mean, weights = against.mean, against.weights
        table = (np.full_like(weights, 1 / size), np.broadcast_to(world.shown.labels, weights.shape))

        def draw(batch: Batch, fits: Sequence[Array]) -> Means:
            if own and batch.real and batch.birth == 0:
                return table
            return weights, mean if batch.real else means(world.kind, world.predictors(fits[batch.origins[0][0]]))

        def fit(g: int, uses: Sequence[Use], kept: Mapping[int, Means], fits: Sequence[Array]) -> Array:
            del uses
            if g and self._stays(schedule):
                return fits[-1]
            shares = schedule.shares(g)
            weight = np.asarray(sum(share * kept[b][0] for b, share in shares.items()))
            total = np.asarray(sum(share * kept[b][0] * kept[b][1] for b, share in shares.items()))
            label = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
            return world.climbed(weight, label, float(schedule.rows_used(g).sum()), fits[-1] if g else None)[0]

        made = generations(schedule, draw, fit)
        risks = [against.risks(world.predictors(each)[:, None])[:, 0] for each in made]
        return np.asarray(np.maximum(np.stack(risks, axis=1), 0.0))

    def _stays(self, schedule: Schedule) -> bool:
        """Whether the chain of means stays at its first fit: no penalty, and no real rows after the first."""
        later = any(batch.real and batch.birth > 0 for batch in schedule.batches)
        return not (later or self.world.penalty.any())


@dataclass(frozen=True, eq=False)
class GaussianParts:
    """Parts of truths of a Gaussian law."""

    world: GaussianWorld

    @property
    def believable(self) -> int:
        """How many truths' parts are worth finding, each with rows of its own."""
        return int(np.clip(_ROWS / self.world.x.size, _FEWEST, _MOST))

    def plain_risks(self, truths: Sequence[Weighted]) -> Array:
        """Return the risk of the plain model, (truths,)."""
        return self.world.laws(truths).plain_risks()

    def parts(self, truths: Sequence[Weighted], schedule: Schedule, *, own: bool = False) -> Array:
        """Return D, which is the risk of the rows in hand or 0, and what rows of both kinds cost, as above."""
        rows, d = float(schedule.rows_used(0).sum()), self.world.x.shape[1]
        real = (d / 2 + (self.world.laws(truths).fourths() - d) / 4) / rows
        made = np.full(len(truths), (d / 2 + d * (d + 1) / 4) / rows)
        lasting = np.zeros(len(truths))
        if own:
            even = np.full(self.world.rows, 1 / self.world.rows)
            fit, _ = self.world.estimate(self.world.x[None], even, rows)
            lasting = np.array([max(float(self.world.risk(fit, truth)[0]), 0.0) for truth in truths])
        parts = np.stack([lasting, real, made], axis=-1)
        return np.asarray(np.broadcast_to(parts[:, None], (len(truths), len(schedule.train), 3)))


def first_order(world: World) -> RegressionParts | GaussianParts | None:
    """Return what finds the parts of a world's truths; None for functions, which sums or coarser parts have."""
    if isinstance(world, RegressionWorld):
        return RegressionParts(world)
    return GaussianParts(world) if isinstance(world, GaussianWorld) else None
