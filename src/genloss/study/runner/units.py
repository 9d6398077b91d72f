"""What of a group of cells is still to be computed, in which units, and what comes of it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from genloss.identity import identity
from genloss.metrics import measure
from genloss.results.cells import Store, StoredCell, Values
from genloss.streams import BLOCK, stream
from genloss.study.study import Cell, Study
from genloss.study.subjects.protocol import Chosen
from genloss.study.subjects.table import subject_of
from genloss.version import __version__

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Part = list[list[list[Array]]]
"""Values of one block, by cell, generation and metric; one per replicate."""


@dataclass(frozen=True)
class Unit:
    """A block of replicates of cells that read the same draws; what a worker is given."""

    study: Study
    cells: tuple[Cell, ...]
    block: int
    engine: str
    report: tuple[int, ...]
    metrics: tuple[str, ...]

    def values(self) -> Part:
        """Simulate and measure."""
        replicates = min(BLOCK, self.study.resolved["replicates"] - self.block * BLOCK)
        subject = subject_of(self.cells[0])
        streams = partial(stream, self.study.resolved["seed"], subject.draw_id(self.cells[0]), self.block)
        errors = subject.simulate(self.study, self.cells, self.engine, replicates, self.report, streams)
        return [[[measure(name, e) for name in self.metrics] for e in row] for row in errors]


@dataclass(frozen=True)
class Plan:
    """A group of cells, and the units that compute what is missing of those at the positions `missing`."""

    cells: tuple[Cell, ...]
    engine: Chosen
    missing: tuple[int, ...]
    units: tuple[Unit, ...]

    def completed(self, study: Study, parts: Sequence[Part], store: Store | None) -> list[StoredCell]:
        """Put the units' values beside what is stored; write the cells that have grown."""
        cells = [known_cell(study, cell, self.engine.name, store) for cell in self.cells]
        for place, position in enumerate(self.missing):
            unit = self.units[0]
            values: Values = {
                (metric, generation): np.concatenate([part[place][g][m] for part in parts]).tolist()
                for g, generation in enumerate(unit.report)
                for m, metric in enumerate(unit.metrics)
            }
            cells[position] = cells[position].extended(values, unit.block * BLOCK)
            if store is not None:
                store.write(cells[position])
        return cells


def shared(study: Study, groups: Sequence[tuple[Cell, ...]], engine: str) -> list[tuple[Cell, ...]]:
    """Join groups that differ in the generator's penalty only, where the engine runs these on the same draws."""
    joined: dict[str, tuple[Cell, ...]] = {}
    for i, group in enumerate(groups):
        subject = subject_of(group[0])
        name = subject.shared(group[0])
        if name is not None and not subject.choose(study, group, engine).shares:
            name = None
        key = f"alone {i}" if name is None else name
        joined[key] = joined.get(key, ()) + group
    return list(joined.values())


def plan_group(study: Study, group: tuple[Cell, ...], engine: str, store: Store | None) -> Plan:
    """Compare what a group of cells needs with what the store has."""
    report, metrics = study.resolved["report"], study.resolved["metrics"]
    chosen = subject_of(group[0]).choose(study, group, engine)
    wanted = [(metric, generation) for metric in metrics for generation in report]
    stored = tuple(known_cell(study, cell, chosen.name, store) for cell in group)
    lacks = [cell.lacks(wanted, study.resolved["replicates"]) for cell in stored]
    missing = tuple(i for i, places in enumerate(lacks) if places)
    if not missing:
        return Plan(group, chosen, (), ())
    lacking = {place for places in lacks for place in places}
    have = min(len(stored[i].values.get(place, ())) for i in missing for place in lacks[i])
    blocks = range(have // BLOCK, -(-study.resolved["replicates"] // BLOCK))
    asked = {
        "report": tuple(generation for generation in report if any(g == generation for _, g in lacking)),
        "metrics": tuple(metric for metric in metrics if any(m == metric for m, _ in lacking)),
    }
    cells = tuple(group[i] for i in missing)
    return Plan(group, chosen, missing, tuple(Unit(study, cells, block, chosen.name, **asked) for block in blocks))


def known_cell(study: Study, cell: Cell, engine: str, store: Store | None) -> StoredCell:
    """Return what is stored of a cell; empty where nothing is."""
    describes = description(study, cell, engine)
    name = identity(describes)
    return (store.read(name) if store is not None else None) or StoredCell(name, describes)


def description(study: Study, cell: Cell, engine: str) -> dict[str, Any]:
    """Everything that determines a cell's numbers."""
    return {
        "settings": cell.long_settings,
        "seed": study.resolved["seed"],
        "block": BLOCK,
        "engine": engine,
        "version": __version__,
    }
