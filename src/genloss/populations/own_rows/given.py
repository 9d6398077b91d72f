"""In which forms may rows be given? Arrays, tables of pandas, Arrow or polars, texts, and tuples of such, as (X, y)."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.populations.text import words

_FEWEST, _NAMED = 2, 5
_FORMS = "an array, a table (pandas, Arrow or polars), a list of texts, or a tuple of these, such as (X, y)"


def as_rows(given: Any, where: str = "population") -> Any:
    """Return rows as models are given them: arrays, tables of pandas, lists of texts, or tuples of such.

    Tables of other libraries are read through Arrow. A list of numbers or of lists of numbers becomes an array.

    >>> as_rows([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    if isinstance(given, tuple):
        return like_tuple(given, [as_rows(part, where) for part in given])
    if isinstance(given, np.ndarray):
        return _without_decimals(given)
    if is_table(given):
        return _checked_table(given, where)
    if isinstance(given, list):
        return _listed(given, where)
    if hasattr(given, "__arrow_c_stream__"):
        import pyarrow as pa

        return _checked_table(pa.table(given).to_pandas(), where)
    raise Problem(where, f"rows of type {type(given).__name__}", f"give {_FORMS}")


def refuse_too_few(rows: Any, where: str) -> None:
    """Refuse less than two rows, of which one trains and one judges, and texts without any word."""
    count = row_count(rows)
    if count < _FEWEST:
        found = "no rows" if count == 0 else "one row alone"
        raise Problem(
            where, f"{found} to train on and to measure with", f"give {_FEWEST} rows or more, better hundreds"
        )
    if is_texts(rows) and not any(words(text) for text in rows):
        raise Problem(where, f"{count:,} texts without a single word", "give texts that hold words")


def _checked_table(table: Any, where: str) -> Any:
    """Return a table or a column of one, decimals as numbers; names that stand twice are refused."""
    import pandas as pd

    if isinstance(table, pd.Series):
        return table.astype(float) if _is_decimals(table) else table
    names = [str(name) for name in table.columns]
    twice = list(dict.fromkeys(name for name, count in Counter(names).items() if count > 1))
    if twice:
        found = f"more than one column is named {', '.join(twice[:_NAMED])}"
        raise Problem(where, found, "give every column a name of its own, e.g. table.columns = [...]")
    decimals = [name for place, name in enumerate(table.columns) if _is_decimals(table.iloc[:, place])]
    return table.astype(dict.fromkeys(decimals, float)) if decimals else table


def _without_decimals(rows: Any) -> Any:
    return rows.astype(float) if rows.dtype.kind == "O" and _is_decimals(rows.ravel()) else rows


def _is_decimals(values: Any) -> bool:
    """Whether a column holds numbers, some of which are decimals."""
    if values.dtype.kind != "O" or hasattr(values.dtype, "categories") or not len(values):
        return False
    each = values.tolist()
    return isinstance(each[0], Decimal | int | float) and (
        any(isinstance(value, Decimal) for value in each)
        and all(isinstance(value, Decimal | int | float) and not isinstance(value, bool) for value in each)
    )


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
