"""What do runs of one table risk under many workflows, if all have the same truths and the same luck?

A batch has a generator of its own for the rows that it draws, and one for the noise of its labels, by the block of
truths, its birth, tag and number: workflows, penalties and numbers of rows do not change it. Of two batches that
differ in their number of rows the larger one holds the rows of the smaller one, and noise of labels is one set of
normal numbers in the directions of the fit. So what is drawn is kept, and most of a second workflow costs no draws.

Status: exact in law; each batch by itself is drawn as a forecast draws it. Checked by tests/unit/test_plan_of_table.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np

from genloss.advise.forecasts.worlds.functions import Function
from genloss.advise.forecasts.worlds.places import counted
from genloss.advise.forecasts.worlds.protocol import Array, World, WorldLaw
from genloss.advise.forecasts.worlds.sums import SummedWorld, Sums
from genloss.models.laws import LawFit, LawModel
from genloss.populations.entities import drawn_places
from genloss.simulation.chain import chain
from genloss.simulation.layouts import Replicated
from genloss.workflows import Batch, Schedule

TOGETHER = 10  # truths whose paths are drawn together
_KEPT = 3e7  # numbers of sums that are kept for the next workflow

Keyed = Callable[..., np.random.Generator]


class Paths(Protocol):
    """Runs of some truths."""

    def risks(self, schedule: Schedule, penalty: float | None, *, own: bool) -> Array:
        """Return risks (truths, runs, generations + 1); infinity from where a run has no estimate.

        own: generation 0 is fitted to the rows in hand.
        """
        ...


@dataclass(frozen=True, eq=False)
class SummedPaths:
    """Of least squares and ridge, whose fits need sums alone. keyed: the generator of a key. kept: what was drawn."""

    sums: Callable[[float | None], SummedWorld]
    truths: Sequence[Function]
    runs: int
    keyed: Keyed
    kept: dict[tuple[Any, ...], Sums] = field(default_factory=dict)

    def risks(self, schedule: Schedule, penalty: float | None, *, own: bool) -> Array:
        """See `Paths`."""
        sums, found = self.sums(penalty), []
        for start in range(0, len(self.truths), TOGETHER):
            some = self.truths[start : start + TOGETHER]
            luck = partial(self._luck, sums, some, start, own)
            found.append(sums.risks_of(some, self.runs, schedule, luck, own=own))
        return np.concatenate(found)

    def _luck(self, sums: SummedWorld, some: Sequence[Function], start: int, own: bool, batch: Batch) -> Sums:
        in_hand = own and batch.real and batch.birth == 0
        key = (start, *batch.key, batch.rows, batch.real, in_hand)
        if key not in self.kept:
            if sum(each.gram.size for each in self.kept.values()) > _KEPT:
                self.kept.clear()
            self.kept[key] = self._drawn(sums, some, start, batch, in_hand=in_hand)
        return self.kept[key]

    def _drawn(self, sums: SummedWorld, some: Sequence[Function], start: int, batch: Batch, *, in_hand: bool) -> Sums:
        rows = self.keyed("rows", start, *batch.key)
        if in_hand:
            return sums.in_hand(batch, len(some) * self.runs, rows)
        counts = nested_counts(some, self.runs, batch.rows, rows, sums)
        return sums.luck(batch, counts, some, self.keyed("noise", start, *batch.key))


def nested_counts(
    truths: Sequence[Function], runs: int, rows: int, rng: np.random.Generator, sums: SummedWorld
) -> Array:
    """Count how often each row of the table is drawn, (truths x runs, T): more rows hold fewer from the same generator.

    Entities, whose rows are drawn together, are drawn anew for every number of rows.
    """
    size = sums.columns.size
    if sums.entities is not None:
        places = [drawn_places(size, runs, rows, rng, sums.entities, each.weights) for each in truths]
        return np.concatenate([counted(each, size) for each in places])
    tables = [_copies(each) for each in truths]
    drawn = rng.random((rows, len(truths) * runs))
    found = []
    for k, table in enumerate(tables):
        at = (drawn[:, k * runs : (k + 1) * runs] * table.size).astype(np.int64)
        found.append(counted(table[np.minimum(at, table.size - 1)].T, size))
    return np.concatenate(found)


def _copies(truth: Function) -> Any:
    """Return places of rows, each as often as its weight in the population has it."""
    copies = np.rint(truth.shares * 32 * truth.clean.size).astype(np.int64)
    return np.repeat(np.arange(truth.clean.size), copies)


@dataclass(frozen=True, eq=False)
class WorldPaths:
    """Of any other estimator, truth after truth. world: for a penalty, or the one that was given."""

    world: Callable[[float | None], World]
    truths: Sequence[Any]
    runs: int
    keyed: Keyed

    def risks(self, schedule: Schedule, penalty: float | None, *, own: bool) -> Array:
        """See `Paths`."""
        world = self.world(penalty)
        found = np.empty((len(self.truths), self.runs, len(schedule.train)))
        for t, truth in enumerate(self.truths):

            def real(batch: Batch, t: int = t, truth: Any = truth) -> Any:
                rng = self.keyed("real", t, *batch.key)
                if own and batch.birth == 0:
                    return world.own_rows(batch.rows, self.runs, rng)
                return world.draw_real(truth, batch.rows, self.runs, rng)

            law = LawModel(WorldLaw(world, truth))
            fits = chain(law, real, schedule, layout=Replicated(), random=partial(self.keyed, t))
            for g, fit in enumerate(fits):
                assert isinstance(fit, LawFit)
                found[t, :, g] = np.where(fit.ended, np.inf, world.risk(fit.parameters, truth))
        return found
