"""In which forms may rows be given? Arrays, tables of pandas, Arrow or polars, texts, and tuples of such, as (X, y)."""

from __future__ import annotations

import sys
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
        parts = tuple(as_rows(part, where) for part in given)
        return parts if type(given) is tuple else type(given)(*parts)
    if isinstance(given, np.ndarray) or _is_pandas(given):
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


def _is_pandas(data: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame | pandas.Series)
