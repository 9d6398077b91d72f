"""How are Parquet, Arrow and Feather files read, batch by batch? One file, or several with the same columns."""

from __future__ import annotations

import json
import mmap
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet as arrow_parquet

from genloss.errors import Problem
from genloss.ordinary import ordinary
from genloss.populations.tables.notes import Note
from genloss.populations.tables.source import Piece, TableSource, checked_names, whole

ROWS = 1 << 16
"""Rows of a batch that is read at once."""


def parquet(paths: tuple[Path, ...], where: str) -> TableSource:
    """Open Parquet files that hold one table. An index that pandas stored as a column is left out."""
    schemas, rows = [], []
    for path in paths:
        with whole(str(path), "Parquet"), arrow_parquet.ParquetFile(ordinary(path)) as file:
            schemas.append(_legible(file.schema_arrow))
            rows.append(file.metadata.num_rows)
    return _source(paths, where, schemas, rows, _parquet_batches)


def arrow(paths: tuple[Path, ...], where: str) -> TableSource:
    """Open Arrow files (IPC, file or stream; Feather) that hold one table."""
    schemas = []
    for path in paths:
        with whole(str(path), "Arrow"), pa.OSFile(str(ordinary(path))) as file:
            schemas.append(_legible(_arrow_reader(file, path).schema))
    return _source(paths, where, schemas, [path.stat().st_size for path in paths], _arrow_batches)


Batches = Callable[[Path, list[str]], Iterator[tuple[Any, int]]]
"""Read batches with, for each, how much of the file is read when it has been."""


def _source(paths: tuple[Path, ...], where: str, schemas: list[Any], sizes: list[int], batches: Batches) -> TableSource:
    every = checked_names(tuple(schemas[0].names), where)
    for path, schema in zip(paths, schemas, strict=True):
        if tuple(schema.names) != every:
            odd = sorted(set(schema.names) ^ set(every)) or ["their order"]
            raise Problem(
                str(path),
                f"its columns differ from those of {paths[0].name}: {', '.join(odd[:5])}",
                "keep only files of one table in a folder",
            )
    index = _index_of_pandas(schemas[0])
    names = tuple(name for name in every if name not in index)
    notes = tuple(Note(name, "left out: it is the index of a data frame") for name in every if name in index)
    pieces = partial(_pieces, paths, names, sizes, batches)
    return TableSource(where, paths, names, sum(sizes), pieces, notes, _classes_of_hugging_face(schemas[0]))


def _pieces(
    paths: tuple[Path, ...], names: tuple[str, ...], sizes: list[int], batches: Batches, wanted: tuple[int, ...]
) -> Iterator[Piece]:
    chosen = [names[place] for place in wanted]
    before = 0
    for path, size in zip(paths, sizes, strict=True):
        first_row = 1
        for batch, done in batches(path, chosen):
            yield Piece(batch, str(path), first_row, before + done)
            first_row += batch.num_rows
        before += size


_BUFFER, _SMALL = 1 << 20, 64 << 20  # bytes


def _parquet_batches(path: Path, names: list[str]) -> Iterator[tuple[Any, int]]:
    done = 0
    # A reader with a buffer makes room for what a page says of its size: 2 GB for a damaged file of 3 kB.
    buffer = _BUFFER if path.stat().st_size > _SMALL else 0
    with (
        whole(str(path), "Parquet"),
        arrow_parquet.ParquetFile(
            ordinary(path), buffer_size=buffer, pre_buffer=False, page_checksum_verification=True
        ) as file,
    ):
        columns = None if names == file.schema_arrow.names else names
        for batch in file.iter_batches(batch_size=ROWS, columns=columns, use_threads=False):
            done += batch.num_rows
            yield _checked(batch, names), done


def _arrow_batches(path: Path, names: list[str]) -> Iterator[tuple[Any, int]]:
    """Read slices of batches from the mapped file: only what a slice touches is in memory, unless it is compressed."""
    size, done = path.stat().st_size, 0
    with whole(str(path), "Arrow"), ordinary(path).open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        stream = pa.BufferReader(pa.py_buffer(mapped))
        for batch, end in _whole_batches(_arrow_reader(stream, path), stream, size):
            for first in range(0, max(batch.num_rows, 1), ROWS):
                share = min(first + ROWS, batch.num_rows) / max(batch.num_rows, 1)
                yield _checked(batch.slice(first, ROWS), names), done + int((end - done) * share)
                _leave(mapped)
            done = end


def _whole_batches(reader: Any, stream: Any, size: int) -> Iterator[tuple[Any, int]]:
    """Return batches with, for each, where in the file it ends."""
    if isinstance(reader, pa.RecordBatchFileReader):
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number), size * (number + 1) // reader.num_record_batches
    else:
        for batch in reader:
            yield batch, stream.tell()


def _leave(mapped: mmap.mmap) -> None:
    """Give back the memory of what was read; where a system has no such call it takes it back when it needs it."""
    if sys.platform != "win32":
        mapped.madvise(mmap.MADV_DONTNEED)


def _legible(schema: Any) -> Any:
    """Return the schema, after a look at its names, which may be no UTF-8."""
    list(schema.names)
    return schema


def _checked(batch: Any, names: list[str]) -> Any:
    """Return the wanted columns, after a look at every offset and index: files are not to be trusted."""
    chosen = batch.select(names)
    chosen.validate(full=True)
    return chosen


def _arrow_reader(file: Any, path: Path) -> Any:
    begins = file.read(6)
    file.seek(0)
    if begins[:4] == b"FEA1":
        raise Problem(str(path), "Feather of version 1", "save it again as Feather (version 2) or Parquet")
    return pa.ipc.open_file(file) if begins == b"ARROW1" else pa.ipc.open_stream(file)


def _index_of_pandas(schema: Any) -> set[str]:
    """Name the columns that hold the index of a data frame, as pandas says it beside the schema."""
    try:
        stored = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
        return {name for name in stored.get("index_columns", []) if isinstance(name, str)} & {*schema.names}
    except (ValueError, AttributeError, TypeError, RecursionError):
        return set()


def _classes_of_hugging_face(schema: Any) -> dict[str, tuple[str, ...]]:
    """Return the words of columns of class numbers, as `datasets` says it beside the schema."""
    try:
        stored = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = stored["info"]["features"]
        return {
            name: tuple(str(word) for word in feature["names"])
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        return {}
