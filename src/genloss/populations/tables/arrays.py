"""How are the arrays of an NPZ file read, some rows at a time? Each array is a column, or as many as it is wide."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.ordinary import ordinary
from genloss.populations.tables.columnar import ROWS
from genloss.populations.tables.source import Piece, TableSource, checked_names, whole

_MOST_COLUMNS = 100_000
_MEND = "save it again with numpy.savez"


@dataclass(frozen=True, slots=True)
class _Stored:
    """An array as its header in the file tells it: the member's name, its own name, shape, type, order."""

    member: str
    name: str
    shape: tuple[int, ...]
    kind: np.dtype[Any]
    fortran: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns: the array's own name, or x_0, x_1, ... for one of two axes."""
        return (self.name,) if len(self.shape) == 1 else tuple(f"{self.name}_{n}" for n in range(self.shape[1]))


def arrays(path: Path) -> TableSource:
    """Open arrays of numbers or words, all of one length, that `numpy.savez` stored by name."""
    where = str(path)
    with whole(where, "NPZ", _MEND, _TORN):
        with ordinary(path).open("rb") as begin:
            alone = begin.read(6) == b"\x93NUMPY"
        if alone:
            raise Problem(where, "one array without a name", "save arrays by name with numpy.savez")
        with zipfile.ZipFile(ordinary(path)) as file:
            stored = [_stored(file, member, where) for member in file.namelist()]
    if not stored:
        raise Problem(where, "no array", "save arrays by name with numpy.savez")
    if sum(array.shape[-1] for array in stored if len(array.shape) == 2) > _MOST_COLUMNS:
        raise Problem(where, f"more than {_MOST_COLUMNS:,} columns", "give fewer")
    shortest, longest = (pick(stored, key=lambda array: array.shape[0]) for pick in (min, max))
    if shortest.shape[0] < longest.shape[0]:
        found = f"column {shortest.name!r} has {shortest.shape[0]} rows, {longest.name!r} {longest.shape[0]}"
        raise Problem(where, found, "give columns of one length")
    names = checked_names(tuple(name for array in stored for name in array.columns), where)
    return TableSource(where, (path,), names, longest.shape[0], lambda wanted: _pieces(path, stored, names, wanted))


def _stored(file: zipfile.ZipFile, member: str, where: str) -> _Stored:
    name = member.removesuffix(".npy")
    with file.open(member) as stream:
        shape, fortran, kind = _header(stream)
    if kind.hasobject:
        raise Problem(where, "holds pickled objects, which are never read", "save arrays of numbers with numpy.savez")
    if len(shape) not in (1, 2):
        raise Problem(where, f"array {name!r} has the shape {shape}", "save arrays of one or two axes")
    if kind.kind not in "biufUmM":
        mend = "save its parts as arrays of their own" if kind.kind in "cV" else "save it as numbers or as str"
        raise Problem(where, f"array {name!r} is of the type {kind}", mend)
    return _Stored(member, name, shape, kind, fortran)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    return np.lib.format.read_array_header_2_0(stream)


def _pieces(path: Path, stored: list[_Stored], names: tuple[str, ...], wanted: tuple[int, ...]) -> Iterator[Piece]:
    rows = stored[0].shape[0]
    chosen = [names[place] for place in wanted]
    needed = [array for array in stored if {*array.columns} & {*chosen}]
    with whole(str(path), "NPZ", _MEND, _TORN), zipfile.ZipFile(ordinary(path)) as file, ExitStack() as opened:
        readers = [_Reader(array, opened.enter_context(file.open(array.member))) for array in needed]
        for first in range(0, rows, ROWS):
            count = min(ROWS, rows - first)
            columns = {name: column for reader in readers for name, column in reader.columns(first, count)}
            batch = pa.RecordBatch.from_arrays([_as_arrow(columns[name]) for name in chosen], names=chosen)
            yield Piece(batch, str(path), first + 1, first + count)
        if rows == 0:
            empty = pa.RecordBatch.from_arrays([pa.nulls(0)] * len(chosen), names=chosen)
            yield Piece(empty, str(path), 1, 0)


class _Reader:
    """Reads one array from first to last row; an array in Fortran order is held whole."""

    def __init__(self, array: _Stored, stream: IO[bytes]) -> None:
        self._array = array
        self._stream = stream
        _header(stream)
        self._held = self._read(array.shape[0]) if array.fortran and len(array.shape) == 2 else None

    def columns(self, first: int, count: int) -> Iterator[tuple[str, NDArray[Any]]]:
        """Return the next rows of every column."""
        rows = self._read(count) if self._held is None else self._held[first : first + count]
        return zip(self._array.columns, rows.reshape(count, -1).T, strict=True)

    def _read(self, count: int) -> NDArray[Any]:
        width = self._array.shape[1] if len(self._array.shape) == 2 else 1
        size = count * width * self._array.kind.itemsize
        content = self._stream.read(size)
        if len(content) < size:
            raise EOFError(f"array {self._array.name!r} ends early")
        flat = np.frombuffer(content, dtype=self._array.kind)
        return flat.reshape((count, width), order="F" if self._array.fortran else "C")


def _as_arrow(column: NDArray[Any]) -> Any:
    if column.dtype.kind == "f":  # long or short floats and other byte orders
        return pa.array(column.astype(float))
    return pa.array(column.astype(column.dtype.newbyteorder("=")))


_TORN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    TypeError,
    KeyError,
    SyntaxError,
    NotImplementedError,
    MemoryError,
    OverflowError,
    pa.ArrowException,
)
