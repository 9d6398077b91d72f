"""Where do blocks wait for the last one of their group? In memory for half a second of work, then in files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from genloss.results.cells import Store, StoredCell
from genloss.results.files import names_in
from genloss.study.runner.made import Made
from genloss.study.runner.named import known_cell
from genloss.study.runner.parts import FOLDER, Part, Parts
from genloss.study.runner.units import Unit, Work

SECONDS = 0.5
"""Work that a killed run may lose at most, of each group at work in each process, beside the blocks it was at."""


@dataclass
class _Group:
    """Blocks of one piece of work that this process knows.

    stored: all values, where its cells are whole in the store. parts: files of blocks, None until there are some.
    found: values by blocks. unwritten: those that lie in memory alone, and for how many seconds they were worked on.
    failed: how many blocks have a cell that failed, which are not kept. writing: held by whoever writes of it.
    """

    work: Work
    stored: Part | None
    parts: Parts | None
    found: dict[range, Part] = field(default_factory=dict)
    unwritten: list[range] = field(default_factory=list)
    seconds: float = 0.0
    failed: int = 0
    writing: Lock = field(default_factory=Lock)

    @property
    def whole(self) -> bool:
        """Whether all blocks are known."""
        return sum(map(len, self.found)) == len(self.work.blocks)

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""
        return sum(map(len, self.found)) + self.failed >= len(self.work.blocks)

    def values(self, blocks: Sequence[range]) -> Part:
        """Put values of blocks side by side."""
        return np.concatenate([self.found[each] for each in blocks], axis=-1)


class Keeping:
    """What a worker does with a unit where cells are kept: it reads or computes it; whoever ends a group writes it.

    Blocks in which some cell failed are not kept: the next run tries them again. What a worker finished that ended
    before it could say so is read too. store: None to keep nothing. leaves: whether values stay in the store, where
    whoever needs them reads them. All threads of a process share one; `end` writes down what waits in memory.
    """

    def __init__(self, store: Store | None, *, leaves: bool = False, clock: Callable[[], float] = time.monotonic):
        self.store, self.leaves, self.clock = store, leaves, clock
        self._groups: dict[int, _Group] = {}
        self._lock = Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return _keeping, (self.store, self.leaves)

    def __call__(self, unit: Unit) -> Made:
        """Compute a unit, or read it."""
        made = unit.tried() if self.store is None else self._made(unit, self.store)
        return made.leaving() if self.leaves else made

    def end(self) -> None:
        """Write down what waits in memory: whoever computes the rest may be another process."""
        with self._lock:
            groups, self._groups = list(self._groups.values()), {}
        for group in groups:
            if self.store is not None and group.unwritten:
                _write(group, self.store, self._lock)
                whole = None if group.parts is None else group.parts.read(group.work.blocks)
                if whole is not None:
                    _complete(group, whole, self.store)

    def _made(self, unit: Unit, store: Store) -> Made:
        with self._lock:
            group = self._groups.get(id(unit.work)) or self._begun(unit.work, store)
        if group.stored is not None:
            made = Made(_slice(group, unit.blocks, group.stored))
            self._over(group, unit)
            return made
        held = None if group.parts is None else group.parts.read(unit.blocks)
        begun = self.clock()
        made = unit.tried() if held is None else Made(held)
        with self._lock:
            if made.whole:
                group.found[unit.blocks] = made.values
                group.unwritten += [unit.blocks] if held is None else []
                group.seconds += self.clock() - begun if held is None else 0.0
            else:
                group.failed += len(unit.blocks)
            whole, over, long = group.whole, group.over, group.seconds >= SECONDS
            if over:
                self._groups.pop(id(group.work), None)
        if whole:
            _complete(group, group.values(_ordered(group.found)), store)
        elif over or long:
            _write(group, store, self._lock)
        return made

    def _begun(self, work: Work, store: Store) -> _Group:
        """Look what is there of a group. Errors: `Problem` where nothing can be read."""
        earlier = names_in(store.folder / FOLDER)  # most runs have none, and need no name for them
        parts = Parts(store.folder, work.name, work.size) if earlier else None
        group = self._groups[id(work)] = _Group(work, work.stored(store, work.blocks), parts)
        return group

    def _over(self, group: _Group, unit: Unit) -> None:
        with self._lock:
            group.found[unit.blocks] = np.empty(0)
            if group.over:
                self._groups.pop(id(group.work), None)


def _keeping(store: Store | None, leaves: bool) -> Keeping:
    return Keeping(store, leaves=leaves)


def _ordered(blocks: Sequence[range] | dict[range, Part]) -> list[range]:
    return sorted(blocks, key=lambda each: each.start)


def _slice(group: _Group, blocks: range, whole: Part) -> Part:
    """Return blocks of all values of a group."""
    first, size = group.work.blocks.start, group.work.size
    return whole[..., (blocks.start - first) * size : (blocks.stop - first) * size]


def runs_of(blocks: Sequence[range]) -> list[list[range]]:
    """Return blocks in order, those together that follow one another.

    >>> runs_of([range(4, 6), range(0, 2), range(2, 3)])
    [[range(0, 2), range(2, 3)], [range(4, 6)]]
    """
    found: list[list[range]] = []
    for each in _ordered(blocks):
        if found and found[-1][-1].stop == each.start:
            found[-1].append(each)
        else:
            found.append([each])
    return found


def _write(group: _Group, store: Store, lock: Lock) -> None:
    """Write blocks that lie in memory alone into files, one for those that follow one another.

    Once all blocks are known another thread writes the cells, and files of blocks would be left behind.
    """
    with group.writing:
        with lock:
            if group.whole:
                return
            blocks, group.unwritten, group.seconds = group.unwritten, [], 0.0
            if group.parts is None:
                group.parts = Parts(store.folder, group.work.name, group.work.size)
        for run in runs_of(blocks):
            group.parts.write(range(run[0].start, run[-1].stop), group.values(run))


def _complete(group: _Group, values: Part, store: Store) -> None:
    """Write the cells of a group, and remove what was kept of its blocks."""
    with group.writing:
        write_cells(store, group.work, [values])
        if group.parts is not None:
            group.parts.remove()


def write_cells(store: Store, work: Work, parts: Sequence[Part]) -> list[StoredCell]:
    """Write the cells that a piece of work completes."""
    wanted = [(metric, generation) for metric in work.metrics for generation in work.report]
    known = [known_cell(work.scope, cell, work.engine, store) for cell in work.cells]
    completed = work.completed(known, parts)
    for before, after in zip(known, completed, strict=True):
        if before.lacks(wanted, work.scope.replicates):
            store.write(after)
    return completed
