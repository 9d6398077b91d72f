"""Where do finished cells live, so that nothing finished is ever computed or lost again?

One folder, one file per cell, named by everything that determines its numbers. A file holds the
value of every replicate, so that generations, metrics and replicates can be added to it. It begins with a checksum of
everything behind it: what was damaged or edited is not believed, but computed again and reported.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from genloss.identity import identity
from genloss.results.files import checked_file, names_in, opened, read_regular, sweep, write_atomically

SCHEMA = "cell/2"
MOST_BYTES = 1 << 30
_HEAD, _DESCRIBES = 1 << 14, '"describes": '  # bytes at the beginning of a file, and what stands there
_BEGIN = re.compile(rb'\{"checksum": "([0-9a-f]{64})", ')
_FILE = re.compile(r"[0-9a-f]{16}\.json")
_NOT_FINITE = ("nan", "inf", "-inf")

Values = dict[tuple[str, int], list[float]]
"""Values of all replicates, in order, by metric and generation."""


@dataclass(frozen=True)
class StoredCell:
    """One cell: what it is, in words a reader can follow cold, and its values.

    describes: settings, seed, engine and version; together they are the cell's name. made_with: the libraries and
    machines that computed it, which may move the last digits.
    """

    name: str
    describes: Mapping[str, Any]
    values: Values = field(default_factory=dict)
    made_with: tuple[str, ...] = ()

    def lacks(self, wanted: list[tuple[str, int]], replicates: int) -> list[tuple[str, int]]:
        """Return which metrics and generations have fewer than `replicates` values."""
        return [place for place in wanted if len(self.values.get(place, ())) < replicates]

    def extended(self, values: Values, first: int, made_with: str = "") -> StoredCell:
        """Add values of the replicates from number `first` on; what is there stays as it is."""
        merged = dict(self.values)
        for place, new in values.items():
            old = merged.get(place, [])
            merged[place] = old + new[max(0, len(old) - first) :]
        makers = tuple(sorted({*self.made_with, made_with} - {""}))
        return replace(self, values=merged, made_with=makers)


@dataclass(frozen=True, slots=True)
class Damage:
    """A cell's file that cannot be believed. found: why, e.g. "its checksum is that of another content"."""

    path: Path
    found: str

    def __str__(self) -> str:
        return f"{self.path}: {self.found}"


@dataclass(frozen=True)
class Store:
    """A folder of finished cells."""

    folder: Path

    def path(self, name: str) -> Path:
        """Where the file of a cell stands."""
        return self.folder / name[:2] / f"{name}.json"

    def look(self, name: str) -> StoredCell | Damage | None:
        """Return a stored cell, why its file cannot be believed, or None where there is no file."""
        path = self.path(name)
        try:
            found = _cell(name, read_regular(path, most=MOST_BYTES))
        except FileNotFoundError:
            return None
        except OSError as error:
            return Damage(path, str(error.strerror))
        return Damage(path, found) if isinstance(found, str) else found

    def describes(self, name: str) -> Mapping[str, Any] | None:
        """Return what a cell's file says the cell is, unchecked, from its beginning; None where it says nothing."""
        try:
            with opened(self.path(name)) as file:
                head = file.read(_HEAD).decode("utf-8", "ignore")
            found, _ = json.JSONDecoder().raw_decode(head, head.index(_DESCRIBES) + len(_DESCRIBES))
        except (OSError, ValueError, RecursionError):  # also where it goes on behind the beginning
            whole = self.read(name)
            return None if whole is None else whole.describes
        return found if isinstance(found, dict) else None

    def read(self, name: str) -> StoredCell | None:
        """Return a stored cell, or None if it is not there or cannot be believed (then it is computed again)."""
        found = self.look(name)
        return found if isinstance(found, StoredCell) else None

    def check_place(self, name: str) -> None:
        """Refuse, before any work, a folder or a device where a cell's file must stand."""
        checked_file(self.path(name))

    def write(self, cell: StoredCell) -> None:
        """Put a cell's file in place, whole."""
        by_metric: dict[str, dict[str, list[float | str]]] = {}
        for (metric, generation), values in sorted(cell.values.items()):
            by_metric.setdefault(metric, {})[str(generation)] = _written(values)
        data = {
            "schema": SCHEMA,
            "name": cell.name,
            "describes": dict(cell.describes),
            "made_with": list(cell.made_with),
            "values": by_metric,
        }
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, allow_nan=False)[1:] + "\n"
        write_atomically(self.path(cell.name), f'{{"checksum": "{sha256(text.encode()).hexdigest()}", {text}')

    def names(self) -> Iterator[str]:
        """Names of all cells in the folder."""
        for begin in names_in(self.folder):
            for name in names_in(self.folder / begin) if len(begin) == 2 else ():
                if _FILE.fullmatch(name) and name.startswith(begin):
                    yield name.removesuffix(".json")

    def sweep(self) -> None:
        """Remove what writers that were killed have left half-written."""
        for begin in names_in(self.folder):
            if len(begin) == 2:
                sweep(self.folder / begin)


def _cell(name: str, content: bytes) -> StoredCell | str:
    """Return the cell that a file holds, or in words why it cannot be believed."""
    begin = _BEGIN.match(content)
    if begin is None:
        return "it has no checksum"
    if sha256(content[begin.end() :]).hexdigest().encode() != begin[1]:
        return "its checksum is that of another content"
    try:
        data = json.loads(content)
        schema, describes = data["schema"], data["describes"]
        same = data["name"] == name == identity(describes)
        values = {
            (metric, int(generation)): _numbers(listed)
            for metric, by_generation in data["values"].items()
            for generation, listed in by_generation.items()
        }
        makers = tuple(str(maker) for maker in data["made_with"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        return f"it is no whole cell: {type(error).__name__} {error!s:.60}"
    if schema != SCHEMA:
        return f"its schema is {schema!r:.40}, this version reads {SCHEMA}"
    if not same:
        return "it is the file of another cell"
    return StoredCell(name, describes, values, makers)


def _written(values: list[float]) -> list[float | str]:
    """Return values as JSON has them: what is not finite as a word."""
    if all(map(math.isfinite, values)):
        return list(values)
    return [value if math.isfinite(value) else str(value) for value in values]


def _numbers(listed: list[object]) -> list[float]:
    """Return values as numbers; a list that holds nothing else is what it was read as."""
    return listed if set(map(type, listed)) == {float} else [_number(value) for value in listed]  # type: ignore[return-value]


def _number(value: object) -> float:
    if isinstance(value, bool) or not (isinstance(value, float | int) or value in _NOT_FINITE):
        raise TypeError(f"{value!r:.40} stands where a number must")
    return float(value)
