"""Which rows does a file hold? A table whose words stay words, texts one a line, an array; with a target, (X, y)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute, types

from genloss.doors import Advice, Setting
from genloss.errors import Problem, nearest
from genloss.ordinary import content, ordinary
from genloss.populations.tables.choices import joined
from genloss.populations.tables.column import NUMBERS, WORDS, Column, named
from genloss.populations.tables.formats import FORMATS, open_source
from genloss.populations.tables.notes import listed
from genloss.populations.tables.numbers import is_text, likely
from genloss.populations.tables.reading import Reading, gap_words, number_reader
from genloss.populations.tables.source import TableSource, gathered

TEXT = "text"
"""The name of the column of a table of texts."""
LARGEST_TEXTS = 4_000_000_000  # bytes
_MANY = 1 << 40  # different words that a column may hold
_PART = 1 << 16  # rows that are looked at at once


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a file.

    columns: the inputs, in order; () for all but the target. target: the column that is y, "" where there is none.
    drop: columns to leave out. missing: "drop" for rows with a gap among their numbers. categories, decimal, thousands,
    strip, missing_words: as `tables.Reading` takes them.
    """

    columns: Sequence[str] = ()
    target: str = ""
    drop: Sequence[str] = ()
    missing: str = "refuse"
    categories: Sequence[str] = ()
    decimal: str | None = None
    thousands: str | None = None
    strip: Sequence[str] = ()
    missing_words: Sequence[str] | None = None

    @property
    def reading(self) -> Reading:
        """How entries are read."""
        return Reading(
            self.target,
            categories=self.categories,
            decimal=self.decimal,
            thousands=self.thousands,
            strip=self.strip,
            missing_words=self.missing_words,
        )


def rows_of_file(path: Path, wanted: Wanted) -> Any:
    """Return the rows of a file as `as_rows` holds them.

    A file that ends in .txt holds one text a line; one in .npy an array; other formats are those of `tables.FORMATS`. A
    table whose one column is called text and holds words is texts, too. Numbers become numbers, words stay words; an
    entry that can be read in two ways is refused with the setting that decides. Errors: `Problem`.
    """
    name = path.name.lower()
    if name.endswith((".txt", ".npy")):
        if wanted.target or wanted.columns or wanted.drop:
            form = "an array" if name.endswith(".npy") else "a text file"
            raise Problem(str(path), f"{form} has no columns with names", "leave target, columns and drop out")
        return _array(path) if name.endswith(".npy") else _lines(path)
    if path.is_file() and not name.endswith(tuple(FORMATS)):
        known = ", ".join([*FORMATS, ".npy", ".txt"])
        raise Problem(str(path), "not a format that is read here", f"save it as one of {known}")
    return rows_of_source(open_source(path), wanted)


def rows_of_source(source: TableSource, wanted: Wanted) -> Any:
    """Return the rows of a table that is open; see `rows_of_file`."""
    import pandas as pd

    names = _inputs(source, wanted)
    order = [*names, *([wanted.target] if wanted.target else [])]
    arrays = columns_of_source(source, order)
    if order == [TEXT] and not wanted.target and is_text(arrays[TEXT]):
        return _texts(arrays[TEXT], source.where)
    found = _read(arrays, source, wanted)
    whole = np.ones(len(next(iter(found.values()))), dtype=bool)
    for values in found.values():
        whole &= ~np.isnan(values) if wanted.missing == "drop" and values.dtype.kind == "f" else True
    table = {name: _whole_numbers(values[whole], arrays[name]) for name, values in found.items()}
    frame = pd.DataFrame({name: table[name] for name in names})
    return (frame, pd.Series(table[wanted.target], name=wanted.target)) if wanted.target else frame


def columns_of_source(source: TableSource, names: Sequence[str]) -> dict[str, Any]:
    """Return columns of an open table as pyarrow arrays by name."""
    places = sorted(source.names.index(name) for name in names)
    by_place: list[list[Any]] = [[] for _ in places]
    for piece in gathered(source.pieces(tuple(places)), _PART):
        for position in range(len(places)):
            by_place[position].append(piece.batch.column(position))
    arrays = {source.names[place]: _joined(parts) for place, parts in zip(places, by_place, strict=True)}
    return {name: arrays[name] for name in names}


def _joined(parts: list[Any]) -> Any:
    kinds = {str(part.type) for part in parts}
    if not parts:
        return pa.array([], pa.float64())
    if len(kinds) > 1:  # as in JSON, whose blocks have types of their own
        numbers = all(types.is_integer(part.type) or types.is_floating(part.type) for part in parts)
        parts = [part.cast(pa.float64() if numbers else pa.string()) for part in parts]
    whole = pa.chunked_array(parts).combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def _inputs(source: TableSource, wanted: Wanted) -> list[str]:
    for what in ("columns", "drop", "categories"):
        for name in getattr(wanted, what):
            _known(name, source, what)
    if wanted.target:
        _known(wanted.target, source, "target")
    aside = {*wanted.drop, wanted.target}
    twice = next((name for name in wanted.columns if name in aside or list(wanted.columns).count(name) > 1), None)
    if twice is not None:
        raise Problem(
            f"{source.where}: columns", f"{twice!r} is named twice, or is also left out", "name each column once"
        )
    names = [name for name in (wanted.columns or source.names) if name not in aside]
    if not names:
        raise Problem(source.where, "no column is left", "leave out fewer")
    return names


def _known(name: str, source: TableSource, what: str) -> None:
    if name not in source.names:
        near = nearest(name, list(source.names))
        mend = f"known here: {listed(list(source.names), 20)}" if near.startswith("known") else near
        raise Problem(f"{source.where}: {what}", f"there is no column {name!r}", mend)


def _read(arrays: dict[str, Any], source: TableSource, wanted: Wanted) -> dict[str, Any]:
    """Return numbers, or words, of every column; what needs a choice is told in one problem."""
    reading, found, refused = wanted.reading, dict[str, Any](), list[Problem]()
    columns = []
    for name, array in arrays.items():
        declared = name in wanted.categories
        column = Column(
            name,
            _MANY,
            declared=declared,
            numbers=number_reader(source, reading),
            gaps=gap_words(source, reading),
            kind=WORDS * declared,
        )
        columns.append(column)
        try:
            found[name] = _values(column, array, source)
        except Problem as problem:
            refused.append(problem)
    if refused:
        raise joined(source.where, refused, likely(columns, commas=source.commas))
    gaps = [name for name, values in found.items() if values.dtype.kind == "f" and np.isnan(values).any()]
    if gaps and wanted.missing != "drop":
        first = int(np.flatnonzero(np.isnan(found[gaps[0]]))[0]) + 1
        said = f"missing entries among the numbers of column {listed([repr(name) for name in gaps], 5)} (row {first})"
        mend = Advice("fill them in, or leave such rows out: ", Setting("missing", "drop"))
        raise Problem(source.where, said, mend)
    return found


def _values(column: Column, array: Any, source: TableSource) -> Any:
    words = source.classes.get(column.name, ())
    if types.is_boolean(array.type) and not array.null_count:
        return array.to_numpy(zero_copy_only=False)
    codes = column.codes(named(array, words), source.where, 1)
    column.refuse_mixed(source.where)
    if column.kind == NUMBERS or not column.levels:
        return codes
    levels = np.array([*column.levels, None], dtype=object)
    return levels[np.where(np.isnan(codes), len(column.levels), codes).astype(int)]


def _whole_numbers(values: Any, array: Any) -> Any:
    """Return numbers as whole ones where the file has them so."""
    if values.dtype.kind != "f":
        return values
    whole = types.is_integer(array.type)
    if is_text(array):
        plain = compute.match_substring_regex(compute.drop_null(array), r"^\s*[+-]?\d{1,15}\s*$")
        whole = bool(compute.all(plain).as_py()) and not np.isnan(values).any()
    return values.astype(np.int64) if whole and np.isfinite(values).all() else values


def _texts(array: Any, where: str) -> list[str]:
    if array.null_count:
        row = array.to_pylist().index(None) + 1
        raise Problem(where, f"row {row} holds no text", "leave such rows out")
    return list(array.to_pylist())


def _lines(path: Path) -> list[str]:
    """Return the lines of a text file that are not blank."""
    try:
        text = content(path, largest=LARGEST_TEXTS).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise Problem(str(path), "no such file", "give the path of a file that is there") from error
    except UnicodeDecodeError as error:
        raise Problem(str(path), f"byte {error.start} is not UTF-8 text", "save it in UTF-8") from error
    except OSError as error:
        raise Problem(str(path), f"cannot be read: {error.strerror}", "give a file that can be read") from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    texts = [line.strip() for line in lines if line.strip()]
    if len(texts) < 2:
        raise Problem(str(path), f"{len(texts)} lines of text", "give one text a line, two or more of them")
    return texts


def _array(path: Path) -> Any:
    """Return the array of numbers of a .npy file."""
    try:
        with ordinary(path).open("rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise Problem(str(path), "no such file", "give the path of a file that is there") from error
    except Problem:
        raise
    except (OSError, ValueError, EOFError) as error:
        said = "holds pickled objects, which are never read" if "allow_pickle" in str(error) else f"not whole ({error})"
        raise Problem(str(path), said, "save an array of numbers with numpy.save") from error
    if array.ndim not in (1, 2) or array.dtype.kind not in "biuf" or len(array) < 2:
        mend = "save numbers as an array (rows, columns)"
        raise Problem(str(path), f"an array of {array.dtype} of the shape {array.shape}", mend)
    if not np.isfinite(np.asarray(array, dtype=float)).all():
        raise Problem(str(path), "holds entries that are no finite numbers", "fill them, or leave their rows out")
    return array
