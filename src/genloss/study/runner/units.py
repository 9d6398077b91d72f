"""In which units are cells computed that read the same draws, and what comes of one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from genloss.blocks import draws_of
from genloss.errors import Problem
from genloss.identity import identity
from genloss.metrics import Measured, measure
from genloss.results.cells import Store, StoredCell, Values
from genloss.simulation.terms import NothingKept
from genloss.streams import stream
from genloss.study.runner.failing import Tried, tried
from genloss.study.runner.made import Made, together
from genloss.study.runner.named import description, known_cell, made_with, vanished
from genloss.study.runner.parts import Part
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Group
from genloss.study.subjects.table import subject_of


@dataclass(frozen=True)
class Work:
    """What is missing of cells that read the same draws, and all that is needed to compute it.

    report, metrics: of which some value is missing. blocks: of replicates that are to be computed, in order; size: how
    many replicates a block has. width: how many blocks at most are computed side by side.
    """

    scope: Scope
    cells: Group
    engine: str
    report: tuple[int, ...]
    metrics: tuple[str, ...]
    blocks: range
    size: int
    width: int = 1

    def units(self, pieces: int = 1) -> list[Unit]:
        """Return the work in so many pieces, or more: as wide as they may be. No piece has less than a block."""
        width = min(self.width, -(-len(self.blocks) // pieces))
        return [Unit(self, self.blocks[at : at + width]) for at in range(0, len(self.blocks), width)]

    @cached_property
    def name(self) -> str:
        """Identity of all that determines the values of a block."""
        describes = [description(self.scope, cell, self.engine) for cell in self.cells]
        asked = {"report": self.report, "metrics": self.metrics, "replicates": self.scope.replicates}
        return identity({"cells": describes} | asked)

    def stored(self, store: Store, blocks: range) -> Part | None:
        """Return the values of blocks of cells that the store has whole, None where one of them is not."""
        cells = [known_cell(self.scope, cell, self.engine, store) for cell in self.cells]
        places = [(metric, generation) for generation in self.report for metric in self.metrics]
        if any(cell.lacks(places, self.scope.replicates) for cell in cells):
            return None
        span = slice(blocks.start * self.size, min(blocks.stop * self.size, self.scope.replicates))
        values = [[cell.values[place][span] for place in places] for cell in cells]
        return np.array(values).reshape(len(cells), len(self.report), len(self.metrics), -1)

    def completed(self, cells: Sequence[StoredCell], parts: Sequence[Part]) -> list[StoredCell]:
        """Put the values of all blocks beside what is stored of the cells."""
        whole, first = np.concatenate(parts, axis=-1), self.blocks.start * self.size
        places = [(metric, generation) for metric in self.metrics for generation in self.report]
        for cell in cells if first else ():
            if cell.lacks(places, first):
                raise vanished(cell.name)
        return [cell.extended(self._values(part), first, made_with()) for cell, part in zip(cells, whole, strict=True)]

    def _values(self, part: Part) -> Values:
        return {
            (metric, generation): part[g, m].tolist()
            for g, generation in enumerate(self.report)
            for m, metric in enumerate(self.metrics)
        }


@dataclass(frozen=True)
class Unit:
    """Blocks of replicates of cells that read the same draws, computed side by side; what a worker is given."""

    work: Work
    blocks: range

    @property
    def cells(self) -> Group:
        """The cells that are simulated."""
        return self.work.cells

    @property
    def report(self) -> tuple[int, ...]:
        """The generations that are measured."""
        return self.work.report

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is measured."""
        return self.work.metrics

    @property
    def replicates(self) -> int:
        """How many replicates are asked for; the last block of a study may not be."""
        return min(self.blocks.stop * self.work.size, self.work.scope.replicates) - self.blocks.start * self.work.size

    def values(self) -> Part:
        """Simulate and measure. Errors: `Problem` where a model fails."""
        made = self.measured()
        if made.lost:
            raise made.lost[min(made.lost)]
        return made.values

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many generations, metrics and replicates a cell has."""
        return len(self.report), len(self.metrics), self.replicates

    def tried(self) -> Made:
        """Simulate and measure; where that fails each cell alone, so that the others are there."""

        def alone(cell: Cell) -> Made:
            return replace(self, work=replace(self.work, cells=(cell,))).measured()

        found = tried(self.cells, self.measured, alone)
        return together(found, len(self.cells), self.shape) if isinstance(found, Tried) else found

    def measured(self) -> Made:
        """Simulate and measure."""
        scope, first = self.work.scope, self.cells[0]
        subject = subject_of(first)
        keyed = partial(stream, scope.seed, subject.draw_key(first))
        draws = draws_of(keyed, self.blocks, self.work.size, self.replicates)
        at_work = replace(scope, block=self.blocks.start)
        try:
            errors = subject.simulate(at_work, self.cells, self.work.engine, draws, self.report)
        except NothingKept as none:
            raise none.after(self.blocks.start * self.work.size) from none
        lost = {place: row for place, row in enumerate(errors) if isinstance(row, Problem)}
        nothing = np.full(self.shape, np.nan)
        values = [
            nothing
            if isinstance(row, Problem)
            else np.array([[measure(name, e) for name in self.metrics] for e in row], dtype=float)
            for row in errors
        ]
        whole = [row for row in errors if not isinstance(row, Problem)]
        return Made(np.array(values), [e.notes for row in whole for e in row if isinstance(e, Measured)], lost)
