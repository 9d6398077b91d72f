"""What of a group of cells is still to be computed, and what is done with what comes of it?"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from genloss.results.cells import Damage, Store, StoredCell
from genloss.study.runner.named import known_cell, looked_up, named, vanished
from genloss.study.runner.parts import Part, Parts
from genloss.study.runner.stopping import lacking
from genloss.study.runner.units import Unit, Work
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Chosen, Group
from genloss.study.subjects.table import subject_of

_PIECES = 4  # for each worker, over all that is to be done
_SEEN_AFTER = (0.0, 0.1, 0.4, 1.5, 6.0, 12.0, 40.0, 60.0)
"""Pauses in seconds, beyond the minute for which a network's file system may remember that a file was not there."""


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
        StoredCell(*named(scope, cell, chosen.name)) if isinstance(each, Damage) else each
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
