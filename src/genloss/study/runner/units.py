"""What of a group of cells is still to be computed, in which units, and what comes of it?"""

from __future__ import annotations

import platform
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from importlib.metadata import version
from typing import Any

import numpy as np

from genloss.blocks import Draws, side_by_side
from genloss.errors import Problem
from genloss.identity import identity
from genloss.metrics import Measured, measure
from genloss.results.cells import Damage, Store, StoredCell, Values
from genloss.streams import stream
from genloss.study.runner.failing import Tried, tried
from genloss.study.runner.made import Made, together
from genloss.study.runner.parts import Part, Parts
from genloss.study.runner.stopping import lacking
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Chosen, Group
from genloss.study.subjects.table import subject_of
from genloss.version import __version__

_PIECES = 4  # for each worker, over all that is to be done
_SEEN_AFTER = (0.0, 0.1, 0.4, 1.5, 6.0, 12.0, 40.0, 60.0)
"""Pauses in seconds, beyond the minute for which a network's file system may remember that a file was not there."""


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
        size, begin = self.work.size, self.blocks.start
        subject = subject_of(first)
        draws = Draws(
            side_by_side(partial(stream, scope.seed, subject.draw_key(first)), self.blocks, size),
            drawn=size * len(self.blocks),
            replicates=self.replicates,
        )
        at_work = replace(scope, block=begin)
        errors = subject.simulate(at_work, self.cells, self.work.engine, draws, self.report)
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

    def kept(self, store: Store | None) -> Made:
        """Compute, or read what a run that was stopped has left; the worker that ends a group writes its cells.

        Blocks in which some cell failed are not kept: the next run tries them again. What a worker finished that ended
        before it could say so is read too.
        """
        if store is None:
            return self.tried()
        stored = self.work.stored(store, self.blocks)
        if stored is not None:
            return Made(stored)
        if self.blocks == self.work.blocks:
            made = self.tried()
            if made.whole:
                write_cells(store, self.work, [made.values])
            return made
        parts = Parts(store.folder, self.work.name, self.work.size)
        found = parts.read(self.blocks)
        made = self.tried() if found is None else Made(found)
        if not made.whole:
            return made
        if found is None:
            parts.write(self.blocks, made.values)
        whole = parts.read(self.work.blocks)
        if whole is not None:
            write_cells(store, self.work, [whole])
            parts.remove()
        return made


def write_cells(store: Store, work: Work, parts: Sequence[Part]) -> list[StoredCell]:
    """Write the cells that a piece of work completes."""
    wanted = [(metric, generation) for metric in work.metrics for generation in work.report]
    known = [known_cell(work.scope, cell, work.engine, store) for cell in work.cells]
    completed = work.completed(known, parts)
    for before, after in zip(known, completed, strict=True):
        if before.lacks(wanted, work.scope.replicates):
            store.write(after)
    return completed


@dataclass(frozen=True)
class Plan:
    """A group of cells, and the work that computes what is missing of those at the positions `missing`.

    new: positions of cells without a file when this was planned. damaged: files that cannot be believed.
    """

    cells: Group
    engine: Chosen
    missing: tuple[int, ...] = ()
    work: Work | None = None
    new: frozenset[int] = frozenset()
    damaged: tuple[Damage, ...] = ()

    def units(self, pieces: int = 1) -> list[Unit]:
        """The work in so many pieces or more."""
        return [] if self.work is None else self.work.units(pieces)

    def completed(
        self, scope: Scope, parts: Mapping[range, Part | None], store: Store | None, *, failed: Collection[int] = ()
    ) -> list[StoredCell]:
        """Return all cells, whole. parts: the values by their blocks, None for those that were left in the store.

        failed: cells of the work that are not stored.
        """
        if any(part is None for part in parts.values()):
            written = [known_cell(scope, cell, self.engine.name, store) for cell in self.cells]
            if not any(lacking(cell, scope) for cell in written):
                return written
        given = {} if self.work is None else whole_parts(self.work, parts, store)
        cells = [self._known(scope, i, store) for i in range(len(self.cells))]
        for i, cell in enumerate(cells):
            if i not in self.missing and lacking(cell, scope):
                raise vanished(cell.name)
        if self.work is not None:
            ordered = [given[blocks] for blocks in sorted(given, key=lambda each: each.start)]
            grown = self.work.completed([cells[i] for i in self.missing], ordered)
            for place, (i, cell) in enumerate(zip(self.missing, grown, strict=True)):
                if place not in failed and store is not None and self._unwritten(i, cells[i], cell, store):
                    store.write(cell)
                cells[i] = cell
        return cells

    def _known(self, scope: Scope, i: int, store: Store | None) -> StoredCell:
        """Return what was stored of a cell when this was planned; a new one need not be read."""
        return known_cell(scope, self.cells[i], self.engine.name, None if i in self.new else store)

    def _unwritten(self, i: int, before: StoredCell, cell: StoredCell, store: Store) -> bool:
        """Whether no worker wrote a cell: one on another machine may not see all the parts."""
        return not store.path(cell.name).exists() if i in self.new else cell != before


def pieces_for(workers: int, works: int) -> int:
    """Return into how many pieces each of some works is cut: so many that workers wait for none at the end.

    Many works need not be cut: what a piece leaves until the last is there costs a file.

    >>> pieces_for(2, 1), pieces_for(2, 3), pieces_for(2, 1000), pieces_for(1, 1)
    (2, 2, 1, 1)
    """
    return max(1, min(workers, -(-_PIECES * workers // max(works, 1))))


def shared(scope: Scope, groups: Sequence[Group], engine: str) -> list[Group]:
    """Join groups that differ in the generator's penalty only, where the engine runs these on the same draws."""
    joined: dict[str, Group] = {}
    for i, group in enumerate(groups):
        subject = subject_of(group[0])
        name = subject.shared_draws(group[0])
        if name is not None and not subject.choose(scope, group, engine).shares:
            name = None
        key = f"alone {i}" if name is None else name
        joined[key] = joined.get(key, ()) + group
    return list(joined.values())


def plan_group(scope: Scope, group: Group, engine: str, store: Store | None) -> Plan:
    """Compare what a group of cells needs with what the store has."""
    subject = subject_of(group[0])
    chosen, size = subject.choose(scope, group, engine), subject.block
    found = [looked_up(scope, cell, chosen.name, store) for cell in group]
    damaged = tuple(each for each in found if isinstance(each, Damage))
    stored = tuple(
        StoredCell(*_named(scope, cell, chosen.name)) if isinstance(each, Damage) else each
        for cell, each in zip(group, found, strict=True)
    )
    rows = [subject.spoiled(scope, cell) if subject.spoiled is not None else () for cell in group]
    damaged += tuple(each for found_there in rows for each in found_there)
    if store is not None:
        for cell, found_there in zip(stored, rows, strict=True):
            if found_there and cell.values:  # what was measured of other rows is measured again
                store.write(StoredCell(cell.name, cell.describes))
    stored = tuple(
        StoredCell(cell.name, cell.describes) if found_there else cell
        for cell, found_there in zip(stored, rows, strict=True)
    )
    lacks = [lacking(cell, scope) for cell in stored]
    missing = tuple(i for i, places in enumerate(lacks) if places)
    if not missing:
        return Plan(group, chosen)
    if store is not None:
        for i in missing:
            store.check_place(stored[i].name)
    absent = {place for places in lacks for place in places}
    have = min(len(stored[i].values.get(place, ())) for i in missing for place in lacks[i])
    work = Work(
        scope,
        tuple(group[i] for i in missing),
        chosen.name,
        report=tuple(generation for generation in scope.report if any(g == generation for _, g in absent)),
        metrics=tuple(metric for metric in scope.metrics if any(m == metric for m, _ in absent)),
        blocks=range(have // size, -(-scope.replicates // size)),
        size=size,
        width=subject.side_by_side(scope, group, chosen.name),
    )
    new = frozenset(i for i in missing if not stored[i].values and not damaged)
    return Plan(group, chosen, missing, work, new, damaged)


def whole_parts(work: Work, parts: Mapping[range, Part | None], store: Store | None) -> dict[range, Part]:
    """Return the values of all blocks, those that were left in the store as well.

    A folder that machines share may show a file a while after another machine wrote it; so long it is waited for.
    """
    found = {blocks: part for blocks, part in parts.items() if part is not None}
    for pause in _SEEN_AFTER:
        if store is None or len(found) == len(parts):
            break
        time.sleep(pause)
        found |= left_parts(work, [blocks for blocks in parts if blocks not in found], store)
    if len(found) < len(parts):
        raise vanished(work.name)
    return found


def left_parts(work: Work, spans: Sequence[range], store: Store) -> dict[range, Part]:
    """Return the values of blocks that workers left in a store: in its cells, or in files of their own before that."""
    whole = work.stored(store, work.blocks) if spans else None
    if whole is None:
        kept = Parts(store.folder, work.name, work.size)
        return {blocks: part for blocks in spans if (part := kept.read(blocks)) is not None}
    first = work.blocks.start
    return {
        blocks: whole[..., (blocks.start - first) * work.size : (blocks.stop - first) * work.size] for blocks in spans
    }


def vanished(name: str) -> Problem:
    """Say that values are gone which were there when the work was planned."""
    found = f"the stored cell {name} was there when the run began, and is gone or damaged now"
    return Problem("cells", found, "run the same again: what is finished is kept, and what is missing is computed")


def known_cell(scope: Scope, cell: Cell, engine: str, store: Store | None) -> StoredCell:
    """Return what is stored of a cell and can be believed; empty where nothing is."""
    found = looked_up(scope, cell, engine, store)
    return StoredCell(*_named(scope, cell, engine)) if isinstance(found, Damage) else found


def looked_up(scope: Scope, cell: Cell, engine: str, store: Store | None) -> StoredCell | Damage:
    """Return what is stored of a cell, empty where nothing is, or why its file cannot be believed."""
    name, describes = _named(scope, cell, engine)
    return (store.look(name) if store is not None else None) or StoredCell(name, describes)


def stored_name(scope: Scope, cell: Cell, engine: str) -> str:
    """Return the name under which an engine's values of a cell are stored."""
    return _named(scope, cell, engine)[0]


def _named(scope: Scope, cell: Cell, engine: str) -> tuple[str, dict[str, Any]]:
    describes = description(scope, cell, engine)
    return identity(describes), describes


@cache
def made_with() -> str:
    """Name what may move the last digits of a number, beside the version of genloss."""
    return f"numpy {np.__version__}, scipy {version('scipy')}, {platform.machine()}"


def description(scope: Scope, cell: Cell, engine: str) -> dict[str, Any]:
    """Everything that determines a cell's numbers."""
    return {
        "settings": cell.long_settings,
        "seed": scope.seed,
        "block": subject_of(cell).block,
        "engine": engine,
        "version": __version__,
    }
