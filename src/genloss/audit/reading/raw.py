"""Where do rows come from? Any file or folder as named columns, in batches of Arrow, read again as often as asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import compute, types
from pyarrow import parquet as arrow_parquet

from genloss.errors import Problem
from genloss.ordinary import ordinary
from genloss.populations.tables.notes import Note, listed
from genloss.populations.tables.source import TableSource

ROWS = 1 << 14
"""Rows of a batch, about: fifty columns of them are a few megabytes."""
_MOST_PLACES = 100_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows. columns: Arrow arrays of one length. first_row: number of the first in its file, from 1."""

    columns: tuple[Any, ...]
    where: str
    first_row: int

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.columns[0]) if self.columns else 0


@dataclass(frozen=True, eq=False, slots=True)
class Raw:
    """A table before it is known what its columns hold.

    where: as the user named it. names: of columns. rows: how many, None where only reading tells. read: yields batches
    of the columns at these places. classes: for a column of numbers that stand for words, the words. nothing: words
    that stand for nothing in this format. loose: whether one column may hold numbers here and words there, as in JSON.
    unnamed: whether columns have no names of their own, and are taken in their order. documents: the column whose
    entries are documents, "" where rows are no documents. types: of columns, {} where only reading tells.
    """

    where: str
    names: tuple[str, ...]
    rows: int | None
    read: Callable[[tuple[int, ...]], Iterator[Batch]]
    notes: tuple[Note, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nothing: tuple[str, ...] = ()
    loose: bool = False
    unnamed: bool = False
    documents: str = ""
    types: Mapping[str, Any] = field(default_factory=dict)

    def batches(self, names: tuple[str, ...] | None = None) -> Iterator[Batch]:
        """Read all columns, or those of these names, in their order."""
        wanted = self.names if names is None else names
        return self.read(tuple(self.names.index(name) for name in wanted))


def of_table(source: TableSource) -> Raw:
    """Return what a reader of tables opened."""

    def read(wanted: tuple[int, ...]) -> Iterator[Batch]:
        waiting: list[Batch] = []
        for piece in source.pieces(wanted):
            new = Batch(tuple(piece.batch.columns), piece.where, piece.first_row)
            if waiting and (not _fits(waiting[0], new) or sum(each.rows for each in waiting) >= ROWS):
                yield _joined(waiting)
                waiting = []
            waiting.append(new)
        if waiting:
            yield _joined(waiting)

    counted = all(path.name.lower().endswith((".parquet", ".npz")) for path in source.paths)
    loose = any(".json" in path.name.lower() or ".ndjson" in path.name.lower() for path in source.paths)
    rows = source.total if counted else None
    return Raw(
        source.where,
        source.names,
        rows,
        read,
        source.notes,
        source.classes,
        source.nothing,
        loose,
        types=_types(source),
    )


def _types(source: TableSource) -> dict[str, Any]:
    """Return what a Parquet file says of its columns, so that no row is read for it."""
    if not all(path.name.lower().endswith(".parquet") for path in source.paths):
        return {}
    schema = arrow_parquet.read_schema(ordinary(source.paths[0]))
    return {name: schema.field(name).type for name in source.names}


def _fits(one: Batch, other: Batch) -> bool:
    same = all(a.type == b.type for a, b in zip(one.columns, other.columns, strict=True))
    return one.where == other.where and same


def _joined(batches: list[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    columns = tuple(pa.concat_arrays(parts) for parts in zip(*(each.columns for each in batches), strict=True))
    return Batch(columns, batches[0].where, batches[0].first_row)


def joined(parts: list[Raw], where: str) -> Raw:
    """Return shards as one table. Errors: `Problem` for shards of other columns."""
    first = parts[0]
    for part in parts[1:]:
        if {*part.names} != {*first.names}:
            odd = sorted({*part.names} ^ {*first.names})
            found = f"its columns differ from those of {Path(first.where).name}: {', '.join(odd[:5])}"
            raise Problem(part.where, found, "keep only files of one table in a folder")

    def read(wanted: tuple[int, ...]) -> Iterator[Batch]:
        names = tuple(first.names[place] for place in wanted)
        for part in parts:
            yield from part.batches(names)

    rows = [part.rows for part in parts]
    count = None if None in rows else sum(each or 0 for each in rows)
    notes = [note for part in parts[:1] for note in part.notes]
    if len(parts) > 1:
        files = listed([Path(part.where).name for part in parts])
        told = f"{len(parts)} files were read as one table, one below the other: {files}"
        notes = [Note("", told), *notes]
    loose = any(part.loose for part in parts)
    return replace(first, where=where, rows=count, read=read, notes=tuple(notes), loose=loose)


def flattened(raw: Raw) -> Raw:
    """Return lists of numbers, as embeddings come, as a column for each place. Errors: `Problem` for other lengths."""
    if raw.types and not any(map(_is_list, raw.types.values())):
        return raw
    first = next(raw.batches(), None)
    if first is None:
        return raw
    widths = {
        name: _width(name, column, raw.where)
        for name, column in zip(raw.names, first.columns, strict=True)
        if _is_list(column.type)
    }
    if not widths:
        return raw
    names = tuple(
        each
        for name in raw.names
        for each in ([f"{name}_{place}" for place in range(widths[name])] if name in widths else [name])
    )
    of = {f"{name}_{place}": (name, place) for name, width in widths.items() for place in range(width)}

    def read(wanted: tuple[int, ...]) -> Iterator[Batch]:
        chosen = [of.get(names[place], (names[place], -1)) for place in wanted]
        needed = tuple(dict.fromkeys(name for name, _ in chosen))
        for batch in raw.batches(needed):
            held = dict(zip(needed, batch.columns, strict=True))
            flat = {name: _places(name, held[name], widths[name], raw.where) for name in needed if name in widths}
            columns = tuple(flat[name][place] if place >= 0 else held[name] for name, place in chosen)
            yield Batch(columns, batch.where, batch.first_row)

    return replace(raw, names=names, read=read, types={})


def _is_list(kind: Any) -> bool:
    if not (types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)):
        return False
    return bool(types.is_integer(kind.value_type) or types.is_floating(kind.value_type))


def _width(name: str, column: Any, where: str) -> int:
    lengths = compute.unique(compute.list_value_length(column)).drop_null().to_pylist()
    if len(lengths) != 1 or not 0 < lengths[0] <= _MOST_PLACES:
        raise _uneven(name, lengths, where)
    return int(lengths[0])


def _places(name: str, column: Any, width: int, where: str) -> list[Any]:
    lengths = compute.unique(compute.list_value_length(column)).drop_null().to_pylist()
    if lengths not in ([width], []):
        raise _uneven(name, lengths, where)
    return [compute.list_element(column, place) for place in range(width)]


def _uneven(name: str, lengths: list[int], where: str) -> Problem:
    shown = f"of lengths {', '.join(map(str, sorted(lengths)[:4]))}" if lengths else "without entries"
    mend = "give lists of one length, as embeddings are, or leave the column out when you save the file"
    return Problem(where, f"column {name!r} holds lists {shown}", mend)
