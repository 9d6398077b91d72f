"""How are arrays of features read? NPY by memory map; of NPZ the array X, the only one, or named columns."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from genloss.audit.reading.raw import ROWS, Batch, Raw, of_table
from genloss.errors import Problem
from genloss.ordinary import content, ordinary
from genloss.populations.own_rows import Columns, columns_of, from_bytes
from genloss.populations.tables.formats import open_source
from genloss.populations.tables.notes import Note
from genloss.populations.tables.source import first_line

_FEATURES = ("X", "x", "features", "embeddings", "data", "images", "pool_3", "arr_0")
"""Names of the array that holds rows, where an NPZ file holds others beside it."""
_PICKLED = "save arrays of numbers with numpy.save: objects are pickled, and pickles are never read"


def npy(path: Path) -> Raw:
    """Open an array that `numpy.save` stored: rows by the first axis, the other axes are its columns."""
    try:
        array = np.load(ordinary(path), mmap_mode="r", allow_pickle=False)
    except Problem:
        raise
    except (ValueError, OSError, EOFError) as error:
        pickled = "pickle" in str(error) or "object" in str(error).lower()
        found = "holds pickled objects, which are never read" if pickled else f"no whole NPY file ({first_line(error)})"
        raise Problem(str(path), found, _PICKLED if pickled else "save it again with numpy.save") from error
    return of_array(array, str(path))


def npz(path: Path) -> Raw:
    """Open an NPZ file: one array of features, or columns of one length that have names."""
    where = str(path)
    try:
        with zipfile.ZipFile(ordinary(path)) as file:
            members = [name.removesuffix(".npy") for name in file.namelist()]
    except (zipfile.BadZipFile, OSError) as error:
        raise Problem(where, f"no whole NPZ file ({first_line(error)})", "save it again with numpy.savez") from error
    name = next((each for each in _FEATURES if each in members), members[0] if len(members) == 1 else "")
    if "0" in members or "0_arrow" in members:  # what a chain keeps
        return of_columns(columns_of(_kept(path)), where)
    array = _member(path, name) if name else None
    if array is None or array.ndim < 2:
        return of_table(open_source(path))
    left = [each for each in members if each != name]
    notes = (Note("", f"rows are the array {name!r}; left out: {', '.join(left)}"),) if left else ()
    return of_array(array, where, notes)


def _member(path: Path, name: str) -> NDArray[Any]:
    try:
        with np.load(ordinary(path), allow_pickle=False) as file:
            found: NDArray[Any] = file[name]
            return found
    except Problem:
        raise
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        pickled = "pickle" in str(error) or "bject" in str(error)
        found_ = (
            "holds pickled objects, which are never read" if pickled else f"no whole NPZ file ({first_line(error)})"
        )
        raise Problem(str(path), found_, _PICKLED if pickled else "save it again with numpy.savez") from error


def _kept(path: Path) -> Any:
    try:
        return from_bytes(content(path), ".npz")
    except Problem:
        raise
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise Problem(str(path), f"no whole NPZ file ({first_line(error)})", "run the chain again") from error


def of_columns(columns: Columns, where: str) -> Raw:
    """Open rows that are held."""

    def read(wanted: tuple[int, ...]) -> Iterator[Batch]:
        every = [*columns.numbers.T, *columns.kinds.T]
        for first in range(0, len(columns), ROWS):
            yield Batch(tuple(pa.array(every[place][first : first + ROWS]) for place in wanted), where, first + 1)

    names = (*columns.names, *columns.kind_names)
    unnamed = all(name.startswith("column ") for name in names)
    return Raw(where, names, len(columns), read, unnamed=unnamed)


def of_array(array: NDArray[Any], where: str, notes: tuple[Note, ...] = ()) -> Raw:
    """Open an array of numbers or words; its columns are called as those of arrays in Python."""
    if array.dtype.kind not in "biufU" or array.ndim < 1:
        raise Problem(where, f"an array of type {array.dtype} and shape {array.shape}", "save numbers, a row each")
    table = array.reshape(len(array), -1) if array.size else array.reshape(len(array), 0)
    if not table.shape[1]:
        raise Problem(where, f"an array of shape {array.shape}, without entries", "save numbers, a row each")
    names = tuple(f"column {place}" for place in range(table.shape[1]))
    return Raw(where, names, len(table), partial(_batches, table, where), notes, unnamed=True)


def _batches(table: NDArray[Any], where: str, wanted: tuple[int, ...]) -> Iterator[Batch]:
    for first in range(0, len(table), ROWS):
        block = np.ascontiguousarray(table[first : first + ROWS].T)
        plain = block.astype(float) if block.dtype.kind == "f" else block.astype(block.dtype.newbyteorder("="))
        yield Batch(tuple(pa.array(plain[place]) for place in wanted), where, first + 1)
