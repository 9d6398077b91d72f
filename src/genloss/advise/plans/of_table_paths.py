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
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genloss.advise.forecasts.worlds.functions import Function
from genloss.advise.forecasts.worlds.moments import Sums
from genloss.advise.forecasts.worlds.places import copies_of, counted
from genloss.advise.forecasts.worlds.protocol import Array, Truths, World
from genloss.advise.forecasts.worlds.sums import SummedWorld
from genloss.models.laws import LawFit, LawModel
from genloss.simulation.chain import chain
from genloss.simulation.layouts import Replicated
from genloss.workflows import Batch, Schedule

_TOGETHER = 2e5  # numbers of counts of paths that are drawn together
_FEWEST = 10  # truths that are, at least
_HELD = 3e5  # rows of truths, of which copies are kept
_KEPT = 3e7  # numbers of sums that are kept for the next workflow
_ROW_BY_ROW = 40  # truths that are together where rows are drawn
_ONE_BY_ONE = 4  # times the rows of the table: beyond it counts are drawn, not rows

Keyed = Callable[..., np.random.Generator]


class Paths(Protocol):
    """Runs of some truths."""

    def risks(self, schedule: Schedule, penalty: float | None, *, own: bool) -> Array:
        """Return risks (truths, runs, generations + 1); infinity from where a run has no estimate.

        own: generation 0 is fitted to the rows in hand.
        """
        ...


@dataclass(frozen=True, eq=False)
class Block:
    """Truths whose paths are drawn together."""

    truths: Sequence[Function]

    @cached_property
    def copies(self) -> NDArray[np.integer[Any]]:
        """Places of rows, each as often as it weighs, (truths, 32 T): weights are whole parts (`bootstrap_weights`)."""
        found = copies_of(np.stack([each.shares for each in self.truths]))
        assert found is not None  # weights are whole parts of one whole
        return found.places

    def counts(self, runs: int, rows: int, rng: np.random.Generator) -> Array:
        """Count how often each row is drawn, (truths x runs, T).

        More rows hold fewer from the same generator, unless they are so many that the counts themselves are drawn.
        """
        size = self.truths[0].clean.size
        if rows > _ONE_BY_ONE * size:
            return np.concatenate([rng.multinomial(rows, each.shares, size=runs) for each in self.truths]).astype(float)
        drawn = rng.integers(self.copies.shape[1], size=(rows, len(self.truths), runs), dtype=np.int32)
        places = [copies.take(drawn[:, k].T) for k, copies in enumerate(self.copies)]
        return np.concatenate([counted(each, size) for each in places])


@dataclass(frozen=True, eq=False)
class SummedPaths:
    """Of least squares and ridge, whose fits need sums alone. keyed: the generator of a key.

    sums: for a penalty. kept, blocks: what was drawn, and from what, as far as there is room.
    """

    sums: Callable[[float | None], SummedWorld]
    truths: Sequence[Function]
    runs: int
    keyed: Keyed
    kept: dict[tuple[Any, ...], Sums] = field(default_factory=dict)
    blocks: dict[int, Block] = field(default_factory=dict)

    @property
    def _together(self) -> int:
        return max(_FEWEST, int(_TOGETHER / self.truths[0].clean.size / self.runs))

    def _block(self, number: int) -> Block:
        if number not in self.blocks:
            if len(self.blocks) * self._together * self.truths[0].clean.size > _HELD:
                self.blocks.clear()
            some = self.truths[number * self._together : (number + 1) * self._together]
            self.blocks[number] = Block(some)
        return self.blocks[number]

    def risks(self, schedule: Schedule, penalty: float | None, *, own: bool) -> Array:
        """See `Paths`."""
        sums, found = self.sums(penalty), []
        for number in range(-(-len(self.truths) // self._together)):
            luck = partial(self._luck, sums, number, own)
            found.append(sums.risks_of(self._block(number).truths, self.runs, schedule, luck, own=own))
        return np.concatenate(found)

    def _luck(self, sums: SummedWorld, number: int, own: bool, batch: Batch) -> Sums:
        in_hand = own and batch.real and batch.birth == 0
        key = (number, *batch.key, batch.rows, batch.real, in_hand)
        if key not in self.kept:
            drawn = self._drawn(sums, number, batch, in_hand=in_hand)
            if len(self.kept) * drawn.gram.size > _KEPT:
                self.kept.clear()
            self.kept[key] = drawn
        return self.kept[key]

    def _drawn(self, sums: SummedWorld, number: int, batch: Batch, *, in_hand: bool) -> Sums:
        block, rng = self._block(number), self.keyed("rows", number, *batch.key)
        paths = len(block.truths) * self.runs
        if in_hand:
            return sums.in_hand(batch, paths, rng)
        if sums.entities is None:
            counts = block.counts(self.runs, batch.rows, rng)
        else:  # whole entities are drawn anew for every number of rows
            counts = sums.counting(block.truths)(self.runs, batch.rows, rng)
        return sums.luck(batch, counts, block.truths, self.keyed("noise", number, *batch.key))


@dataclass(frozen=True, eq=False)
class Joint:
    """A law whose runs are those of some truths, one after the other: labels are drawn apart, fits made together."""

    world: World
    truths: Sequence[Any]
    runs: int
    name: str = "a plan"

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Any:
        """Draw rows that fits label or make."""
        parts = np.split(parameters, len(self.truths))
        drawn = zip(parts, self.truths, rng.spawn(len(self.truths)), strict=True)
        return _joined([self.world.draw_synthetic(fits, truth, rows, each) for fits, truth, each in drawn])

    def real(self, batch: Batch, rng: np.random.Generator, *, own: bool) -> Any:
        """Draw real rows, or take those in hand."""
        if own and batch.birth == 0:
            return _joined([self.world.own_rows(batch.rows, self.runs, rng) for _ in self.truths])
        drawn = zip(self.truths, rng.spawn(len(self.truths)), strict=True)
        return _joined([self.world.draw_real(truth, batch.rows, self.runs, each) for truth, each in drawn])

    def estimate(self, rows: Any, weights: Array, size: float) -> tuple[Array, Truths]:
        """Fit every run."""
        return self.world.estimate(rows, weights, size)

    def risks(self, fit: LawFit) -> Array:
        """Return the risk of every run of every truth, (truths, runs); infinite where it has no estimate."""
        parts = np.split(fit.parameters, len(self.truths))
        found = np.stack([self.world.risk(each, truth) for each, truth in zip(parts, self.truths, strict=True)])
        return np.where(fit.ended.reshape(found.shape), np.inf, found)


def _joined(parts: Sequence[Any]) -> Any:
    """Put runs below one another, of arrays or of tuples of arrays."""
    if isinstance(parts[0], tuple):
        return tuple(np.concatenate(each) for each in zip(*parts, strict=True))
    return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class WorldPaths:
    """Of any other estimator. world: for a penalty, or the one that was given."""

    world: Callable[[float | None], World]
    truths: Sequence[Any]
    runs: int
    keyed: Keyed

    def risks(self, schedule: Schedule, penalty: float | None, *, own: bool) -> Array:
        """See `Paths`."""
        world = self.world(penalty)
        found = []
        for start in range(0, len(self.truths), _ROW_BY_ROW):
            some = self.truths[start : start + _ROW_BY_ROW]
            found.append(self._risks(Joint(world, some, self.runs), schedule, start, own=own))
        return np.concatenate(found)

    def _risks(self, law: Joint, schedule: Schedule, start: int, *, own: bool) -> Array:
        def real(batch: Batch) -> Any:
            return law.real(batch, self.keyed("real", start, *batch.key), own=own)

        found = []
        for fit in chain(
            LawModel(law), real, schedule, layout=Replicated(), random=partial(self.keyed, start)
        ):  # fmt: skip
            assert isinstance(fit, LawFit)
            found.append(law.risks(fit))
        return np.stack(found, axis=-1)
