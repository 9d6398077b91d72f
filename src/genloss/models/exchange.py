"""In which files do rows go to a command and come back? Columns by name; what comes back is checked."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.populations.missing import is_missing
from genloss.populations.own_rows import is_number, is_texts, row_count

FORMATS = ("csv", "parquet", "npz", "jsonl")
TEXT = "text"
_WHERE = "generator"


@dataclass(frozen=True, slots=True)
class Form:
    """In which form rows are held: names of their columns in a file, and which of them hold numbers.

    whole: columns of whole numbers. parts: how many columns each part of a tuple has, () for what is none.
    """

    names: tuple[str, ...]
    numbers: frozenset[str]
    whole: frozenset[str]
    parts: tuple[int, ...]


def form_of(rows: Any) -> Form:
    """Return the form of rows: a table has its own names, an array x_0, x_1, ..., a target its name or y."""
    columns = _columns(rows)
    numbers = {name for name, values in columns.items() if is_number(np.asarray(values))}
    whole = {name for name in numbers if np.asarray(columns[name]).dtype.kind in "iu"}
    parts = tuple(len(_of_part(part, "x")) for part in rows) if isinstance(rows, tuple) else ()
    return Form(tuple(columns), frozenset(numbers), frozenset(whole), parts)


def to_file(rows: Any, form: str) -> bytes:
    """Return the content of a file of rows."""
    columns = _columns(rows)
    if form == "npz":
        content = io.BytesIO()
        held: dict[str, Any] = {name: _array(values) for name, values in columns.items()}
        np.savez(content, **(_wide(rows) or held))
        return content.getvalue()
    if form == "jsonl":
        listed = {name: _plain(values) for name, values in columns.items()}
        count = row_count(rows)
        lines = (json.dumps({name: listed[name][row] for name in listed}, ensure_ascii=False) for row in range(count))
        return "".join(f"{line}\n" for line in lines).encode()
    import pandas as pd

    frame = pd.DataFrame(columns)
    if form == "parquet":
        content = io.BytesIO()
        frame.to_parquet(content, index=False)
        return content.getvalue()
    return str(frame.to_csv(index=False, lineterminator="\n")).encode()


def from_file(path: Path, like: Any, count: int) -> Any:
    """Return rows that a command wrote, held as `like` is. Errors: `Problem` for all that are not `count` such rows."""
    from genloss.populations.own_rows.from_file import columns_of_source
    from genloss.populations.tables.formats import open_source

    form = form_of(like)
    try:
        source = open_source(path)
        _check_names(source.names, form.names)
        arrays = columns_of_source(source, form.names)
    except Problem as problem:
        if problem.where == _WHERE:
            raise
        raise _wrong(f"what the command wrote cannot be read: {problem.found}", problem.mend) from problem
    found = len(next(iter(arrays.values())))
    if found != count:
        raise _wrong(f"the command wrote {found:,} rows, and {count:,} were asked for", "let it write {rows} rows")
    columns = {
        name: _numbers(name, array, whole=name in form.whole) if name in form.numbers else _words(array)
        for name, array in arrays.items()
    }
    return _held(columns, like, form)


def _wrong(found: str, mend: str) -> Problem:
    return Problem(_WHERE, found, mend)


def _columns(rows: Any) -> dict[str, Any]:
    """Return columns by the names that they have in a file."""
    if is_texts(rows):
        return {TEXT: list(rows)}
    if not isinstance(rows, tuple):
        return _of_part(rows, "x")
    if len(rows) != 2:
        mend = "give rows, or (X, y)"
        raise Problem("population", f"a command is given one table, and these rows have {len(rows)} parts", mend)
    columns = _of_part(rows[0], "x")
    for name, values in _of_part(rows[1], "y").items():
        columns[name if name not in columns else f"{name}_target"] = values
    return columns


def _of_part(part: Any, letter: str) -> dict[str, Any]:
    if hasattr(part, "columns"):
        return {str(name): _entries(part.iloc[:, place]) for place, name in enumerate(part.columns)}
    if hasattr(part, "to_numpy"):
        return {str(getattr(part, "name", None) or letter): _entries(part)}
    if is_texts(part):
        return {letter: np.array(part, dtype=object)}
    array = np.asarray(part)
    if array.ndim < 2:
        return {letter: array}
    flat = array.reshape(len(array), -1)
    return {f"{letter}_{place}": flat[:, place] for place in range(flat.shape[1])}


def _entries(column: Any) -> Any:
    """Return the entries of a column; kinds that are written as numbers are words, as metrics have them."""
    entries = column.to_numpy()
    if is_number(column) or not is_number(entries):
        return entries
    return np.array([None if is_missing(entry) else str(entry) for entry in entries], dtype=object)


def _wide(rows: Any) -> dict[str, Any] | None:
    """Return arrays as they are, where rows are such: in an NPZ file their columns need no names."""
    parts = rows if isinstance(rows, tuple) else (rows,)
    if not all(isinstance(part, np.ndarray) and part.dtype.kind in "biuf" for part in parts):
        return None
    flat = [part if part.ndim < 2 else part.reshape(len(part), -1) for part in parts]
    return dict(zip(("x", "y"), flat, strict=False))


def _array(values: Any) -> Any:
    """Return a column as an array without objects."""
    array = np.asarray(values)
    if is_number(array):
        return array.astype(float) if array.dtype.kind == "O" else array
    return np.array(["" if is_missing(value) else str(value) for value in array], dtype=str)


def _plain(values: Any) -> list[Any]:
    array = np.asarray(values) if not isinstance(values, list) else values
    if isinstance(array, np.ndarray) and is_number(array):
        return list(array.tolist())
    return [None if is_missing(value) else str(value) for value in array]


def _check_names(found: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    missing = [name for name in wanted if name not in found]
    more = [name for name in found if name not in wanted]
    if missing or more:
        lacks = [f"no column {', '.join(map(repr, missing[:5]))}"] if missing else []
        others = [f"{', '.join(map(repr, more[:5]))}, which {{train}} does not have"] if more else []
        mend = f"let it write the columns of {{train}}: {', '.join(wanted[:10])}{', ...' * (len(wanted) > 10)}"
        raise _wrong(f"what the command wrote has {', and '.join(lacks + others)}", mend)


def _numbers(name: str, array: Any, *, whole: bool) -> Any:
    """Return a column as numbers; a gap, a word and what is not finite are told with their row."""
    import pyarrow as pa

    try:
        numbers = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except (ValueError, TypeError, NotImplementedError):  # pyarrow's are of these
        row, entry = next((row, each) for row, each in enumerate(array.to_pylist(), 1) if not _reads(each))
        found = f"column {name!r}, which holds numbers, has {entry!r} in row {row} of what the command wrote"
        raise _wrong(found, "let it write numbers") from None
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        row = int(np.argmax(wrong))
        entry = "nothing, or NaN," if np.isnan(numbers[row]) else f"{numbers[row]}"
        found = f"column {name!r} has {entry} in row {row + 1} of what the command wrote"
        raise _wrong(found, "let it write finite numbers in every row")
    return numbers.astype(np.int64) if whole and (numbers == np.rint(numbers)).all() else numbers


def _reads(entry: Any) -> bool:
    try:
        float(entry)
    except (TypeError, ValueError):
        return entry is None
    return True


def _words(array: Any) -> Any:
    found = np.empty(len(array), dtype=object)
    found[:] = [value if value is None else str(value) for value in array.to_pylist()]
    return found


def _held(columns: Mapping[str, Any], like: Any, form: Form) -> Any:
    """Return columns in the form of other rows."""
    if is_texts(like):
        texts = list(columns[TEXT])
        if None in texts:
            raise _wrong(
                f"row {texts.index(None) + 1} of what the command wrote has no text", "let it write a text a row"
            )
        return texts
    values = list(columns.values())
    if not form.parts:
        return _part_like(values, like)
    return _part_like(values[: form.parts[0]], like[0]), _part_like(values[form.parts[0] :], like[1])


def _part_like(values: list[Any], like: Any) -> Any:
    import pandas as pd

    if hasattr(like, "columns"):
        return pd.DataFrame(dict(zip(like.columns, values, strict=True)))
    if hasattr(like, "to_numpy"):
        return pd.Series(values[0], name=like.name)
    array = np.asarray(like)
    return values[0] if array.ndim < 2 else np.column_stack(values).reshape(-1, *array.shape[1:])
