"""In which forms may rows be given? Arrays, tables of pandas, Arrow or polars, texts, and tuples of such, as (X, y)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from genloss.errors import Problem

_FORMS = "an array, a table (pandas, Arrow or polars), a list of texts, or a tuple of these, such as (X, y)"


def as_rows(given: Any, where: str = "population") -> Any:
    """Return rows as models are given them: arrays, tables of pandas, lists of texts, or tuples of such.

    Tables of other libraries are read through Arrow. A list of numbers or of lists of numbers becomes an array.

    >>> as_rows([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    if isinstance(given, tuple):
        return like_tuple(given, [as_rows(part, where) for part in given])
    if isinstance(given, np.ndarray) or is_table(given):
        return given
    if isinstance(given, list):
        return _listed(given, where)
    if hasattr(given, "__arrow_c_stream__"):
        import pyarrow as pa

        return pa.table(given).to_pandas()
    raise Problem(where, f"rows of type {type(given).__name__}", f"give {_FORMS}")


def is_texts(rows: Any) -> bool:
    """Whether rows are texts, each one document."""
    return isinstance(rows, list) and all(isinstance(row, str) for row in rows)


def row_count(rows: Any) -> int:
    """How many rows there are."""
    return len(rows[0]) if isinstance(rows, tuple) else len(rows)


def take(rows: Any, places: Any) -> Any:
    """Return the rows at these places, in their order.

    >>> take(["a", "b"], [1])
    ['b']
    """
    if isinstance(rows, tuple):
        return like_tuple(rows, [take(part, places) for part in rows])
    if isinstance(rows, np.ndarray):
        return rows[places]
    if isinstance(rows, list):
        return [rows[place] for place in np.asarray(places).tolist()]
    if is_table(rows):
        return rows.iloc[places].reset_index(drop=True)
    raise unknown(rows)


def copied(rows: Any) -> Any:
    """Return the same rows in a place of their own: who writes to these changes no others.

    >>> given = np.zeros(2)
    >>> copied(given)[:] = 1.0
    >>> given.tolist()
    [0.0, 0.0]
    """
    if isinstance(rows, tuple):
        return like_tuple(rows, [copied(part) for part in rows])
    return np.array(rows, order="K", subok=True) if isinstance(rows, np.ndarray) else rows.copy()


def like_tuple(rows: Any, parts: Sequence[Any]) -> Any:
    """Return parts as a tuple of the kind that rows are, which may have names."""
    return tuple(parts) if type(rows) is tuple else type(rows)(*parts)


def unknown(rows: Any) -> Problem:
    """Say that rows are of no form that is known."""
    mend = "give an array, a pandas DataFrame, a list of rows, or a tuple of these, such as (X, y)"
    return Problem("data", f"data of type {type(rows).__name__}", mend)


def _listed(given: list[Any], where: str) -> Any:
    if is_texts(given):
        return given
    try:
        return np.asarray(given, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        if any(isinstance(row, str) for row in given):
            found = "a list in which some rows are texts and others are not"
        else:
            found = f"rows that are not numbers ({error})"
        raise Problem(where, found, f"give {_FORMS}") from error


def is_table(data: Any) -> bool:
    """Whether this is a table or column of pandas, which then is loaded already."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame | pandas.Series)
