"""Which columns do rows have? Those of numbers, and those of kinds: words, codes in words, yes and no."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.populations.missing import is_missing

Array = NDArray[np.float64]
Kinds = NDArray[np.object_]

NO_ENTRY = "(no entry)"
"""The kind of an entry that is missing in a column of kinds."""
_MEND = "give numbers or words: an array, a table, or (X, y) of these"


@dataclass(frozen=True, eq=False)
class Columns:
    """Rows by column. names, numbers (rows, n): columns of numbers; kind_names, kinds (rows, k): of words.

    pixels: whether some columns are the pixels of images.
    """

    names: tuple[str, ...]
    numbers: Array
    kind_names: tuple[str, ...]
    kinds: Kinds
    pixels: bool = False

    def __getitem__(self, places: NDArray[np.int64]) -> Columns:
        """Return the rows at these places."""
        return replace(self, numbers=self.numbers[places], kinds=self.kinds[places])

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.numbers)

    def joined(self, other: Columns) -> Columns:
        """Return these rows, and others of the same columns after them."""
        numbers, kinds = np.concatenate([self.numbers, other.numbers]), np.concatenate([self.kinds, other.kinds])
        return replace(self, numbers=numbers, kinds=kinds)

    @cached_property
    def varying(self) -> NDArray[np.bool_]:
        """Of each column of numbers, whether it varies: one that is the same in every row has no unit."""
        return np.asarray((self.numbers != self.numbers[:1]).any(axis=0) & (self.numbers.std(axis=0) > 0))

    @property
    def said(self) -> str:
        """Name all columns."""
        return ", ".join((*self.names, *self.kind_names))


def columns_of(rows: Any, where: str = "population", *, gaps: bool = False) -> Columns:
    """Read the columns of an array, a table or a tuple of these.

    Numbers must be finite, or may be missing where gaps are allowed; what is missing among words is a kind of its own.
    Errors: `Problem` for other data.

    >>> columns_of(np.array([[1.0, 2.0]])).names
    ('column 0', 'column 1')
    """
    at_once = _array_of_numbers(rows)
    if at_once is not None:
        return at_once
    numbers: list[tuple[str, Array]] = []
    kinds: list[tuple[str, Kinds]] = []
    for name, values in _all(rows):
        if is_number(values):
            numbers.append((name, _finite(name, values, where, gaps=gaps)))
        else:
            kinds.append((name, _words(name, values, where)))
    if not numbers and not kinds:
        raise Problem(where, "the rows have no columns", _MEND)
    count = len((numbers or kinds)[0][1])
    for name, column in (*numbers, *kinds):
        if len(column) != count:
            raise Problem(where, f"{name} has {len(column)} rows, and others have {count}", "give as many rows in each")
    return Columns(
        tuple(name for name, _ in numbers),
        np.ascontiguousarray(np.column_stack([c for _, c in numbers]) if numbers else np.empty((count, 0))),
        tuple(name for name, _ in kinds),
        np.column_stack([c for _, c in kinds]) if kinds else np.empty((count, 0), dtype=object),
        pixels=any(
            isinstance(part, np.ndarray) and part.ndim > 2 for part in (rows if isinstance(rows, tuple) else (rows,))
        ),
    )


def _array_of_numbers(rows: Any) -> Columns | None:
    """Return the columns of an array or a pandas table of finite numbers, which need no look at each; None for others.

    Of a table of 100,000 columns each look costs seconds, and a chain looks at every batch.
    """
    pandas = sys.modules.get("pandas")
    if pandas is not None and type(rows) is pandas.DataFrame and rows.size:
        if not all(isinstance(kind, np.dtype) and kind.kind in "iuf" for kind in rows.dtypes):
            return None
        table, names = np.ascontiguousarray(rows.to_numpy(dtype=float)), tuple(map(str, rows.columns))
    elif type(rows) is np.ndarray and rows.ndim >= 2 and rows.dtype.kind in "iuf" and rows.size:
        table = np.ascontiguousarray(rows.reshape(len(rows), -1), dtype=float)
        names = _numbered(table.shape[1])
    else:
        return None
    if not np.isfinite(table).all():
        return None
    none = np.empty((len(table), 0), dtype=object)
    return Columns(names, table, (), none, pixels=rows.ndim > 2)


@cache
def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"column {place}" for place in range(count))


def _all(rows: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and values of every column; arrays have theirs numbered, in the order of the parts."""
    place = 0
    for part in rows if isinstance(rows, tuple) else (rows,):
        if hasattr(part, "columns"):
            for position, name in enumerate(part.columns):
                yield str(name), part.iloc[:, position]
            place += part.shape[1]
            continue
        flat = np.asarray(part) if not hasattr(part, "dtype") or isinstance(part, np.ndarray) else part
        shape = getattr(flat, "shape", (len(flat),))
        if len(shape) < 2:
            yield str(getattr(part, "name", None) or f"column {place}"), flat
            place += 1
            continue
        for column in np.asarray(flat).reshape(shape[0], math.prod(shape[1:])).T:
            yield f"column {place}", column
            place += 1


def is_number(values: Any) -> bool:
    """Whether a column holds numbers: by its type; of objects, if all are numbers."""
    kind = getattr(values.dtype, "kind", "O")
    if kind in "iuf" and not hasattr(values.dtype, "categories"):
        return True
    if kind != "O" or hasattr(values.dtype, "categories"):
        return False
    return all(isinstance(v, int | float | np.number) and not isinstance(v, bool) for v in values)


def _finite(name: str, values: Any, where: str, *, gaps: bool) -> Array:
    numbers = np.asarray(values, dtype=float)
    if np.isinf(numbers).any() or (np.isnan(numbers).any() and not gaps):
        raise Problem(where, f"a number that is not finite in {name}", "fill it, or leave its row out")
    return numbers


def _words(name: str, values: Any, where: str) -> Kinds:
    dtype = str(values.dtype)
    if dtype.startswith(("datetime", "timedelta", "complex", "period")):
        raise Problem(where, f"{name} holds values of type {dtype}", "give numbers or words, e.g. days since a date")
    found = np.empty(len(values), dtype=object)
    found[:] = [NO_ENTRY if is_missing(value) else str(value) for value in values]
    return found
