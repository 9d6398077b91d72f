"""Where do finished cells live, so that nothing finished is ever computed or lost again?

One folder, one file per cell, named by everything that determines its numbers. A file holds the
value of every replicate, so that generations, metrics and replicates can be added to it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genloss.ordinary import ordinary
from genloss.results.files import sweep, write_atomically

SCHEMA = "cell/1"

Values = dict[tuple[str, int], list[float]]
"""Values of all replicates, in order, by metric and generation."""


@dataclass(frozen=True)
class StoredCell:
    """One cell: what it is, in words a reader can follow cold, and its values.

    describes: settings, seed, engine and version; together they are the cell's name.
    """

    name: str
    describes: Mapping[str, Any]
    values: Values = field(default_factory=dict)

    def lacks(self, wanted: list[tuple[str, int]], replicates: int) -> list[tuple[str, int]]:
        """Return which metrics and generations have fewer than `replicates` values."""
        return [place for place in wanted if len(self.values.get(place, ())) < replicates]

    def extended(self, values: Values, first: int) -> StoredCell:
        """Add values of the replicates from number `first` on; what is there stays as it is."""
        merged = dict(self.values)
        for place, new in values.items():
            old = merged.get(place, [])
            merged[place] = old + new[max(0, len(old) - first) :]
        return StoredCell(self.name, self.describes, merged)


@dataclass(frozen=True)
class Store:
    """A folder of finished cells."""

    folder: Path

    def path(self, name: str) -> Path:
        """Where the file of a cell stands."""
        return self.folder / name[:2] / f"{name}.json"

    def read(self, name: str) -> StoredCell | None:
        """Return a stored cell, or None if it is not there or cannot be read (then it is computed again)."""
        try:
            data = json.loads(ordinary(self.path(name)).read_text(encoding="utf-8"))
            if data["schema"] != SCHEMA or data["name"] != name:
                return None
            values = {
                (metric, int(generation)): [float(value) for value in listed]
                for metric, by_generation in data["values"].items()
                for generation, listed in by_generation.items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return StoredCell(name, data["describes"], values)

    def write(self, cell: StoredCell) -> None:
        """Put a cell's file in place, whole."""
        by_metric: dict[str, dict[str, list[float | str]]] = {}
        for (metric, generation), values in sorted(cell.values.items()):
            written = [value if math.isfinite(value) else str(value) for value in values]
            by_metric.setdefault(metric, {})[str(generation)] = written
        data = {"schema": SCHEMA, "name": cell.name, "describes": dict(cell.describes), "values": by_metric}
        write_atomically(self.path(cell.name), json.dumps(data, ensure_ascii=False, sort_keys=True) + "\n")

    def names(self) -> Iterator[str]:
        """Names of all cells in the folder."""
        yield from (path.stem for path in sorted(self.folder.glob("??/*.json")))

    def sweep(self) -> None:
        """Remove what writers that were killed have left half-written."""
        for folder in self.folder.glob("??"):
            sweep(folder)
