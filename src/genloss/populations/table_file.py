"""What numbers are in a user's file? CSV, Parquet, NPZ or IDX, read whole and checked."""

import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.populations.draw import Array
from genloss.populations.forms import Loaded, Table, bytes_hash, joint_hash
from genloss.populations.from_data import target_column
from genloss.populations.idx import content_of, decode

if TYPE_CHECKING:
    import pandas

Columns = Mapping[str, NDArray[Any]]
"""Columns by name, each (rows,), as the file has them."""


def read_table(path: Path, *, target: str) -> Loaded:
    """Read a table of finite numbers, with at least one column besides the target.

    CSV: a first line of names, then numbers. Parquet: its columns. NPZ: every array of one axis is
    a column; one of two axes is as many columns, named x_0, x_1, ... after the array x. IDX: the
    values of a row are the columns pixel_0, pixel_1, ...; `target` names the IDX file of labels
    beside it. The hash is that of the file, or of both hashes.
    """
    reader = next((READERS[ending] for ending in READERS if path.name.lower().endswith(ending)), None)
    if reader is None and "idx" not in path.name.lower():
        raise Problem(str(path), "not a format that is read here", f"give a file ending in {', '.join(READERS)} or IDX")
    if not path.is_file():
        raise Problem(str(path), "no such file", "give a path relative to the study's folder or to a data folder")
    columns, sha256 = (reader(path), bytes_hash(path.read_bytes())) if reader else _idx(path, target)
    table = checked(columns, where=str(path))
    target_column(table, target)
    return Loaded(table, sha256, f"file: {path}")


def checked(columns: Columns, *, where: str) -> Table:
    """Return columns as a table of finite numbers, or say which column and row is not one."""
    if len(columns) < 2:
        found = f"only the column {next(iter(columns))!r}" if columns else "no column"
        raise Problem(where, found, "give a column to predict and at least one to predict it from (CSV: with commas)")
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        first, *_, last = sorted(lengths, key=lengths.__getitem__)
        raise Problem(
            where,
            f"column {first!r} has {lengths[first]} rows, {last!r} {lengths[last]}",
            "give columns of one length",
        )
    if next(iter(lengths.values())) < 4:
        raise Problem(where, f"{next(iter(lengths.values()))} rows", "give at least 4 rows")
    return Table(tuple(columns), np.column_stack([_numbers(name, values, where) for name, values in columns.items()]))


def _numbers(name: str, values: NDArray[Any], where: str) -> Array:
    if values.dtype.kind not in "fiub":
        row, found = _first_text(values)
        raise Problem(
            where,
            f"column {name!r} is not numeric ({found!r} in row {row})",
            "encode it as numbers, e.g. one column of 0 and 1 for each word, or leave it out",
        )
    numbers = values.astype(float)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if wrong.size:
        raise Problem(
            where,
            f"column {name!r}, row {wrong[0] + 1}: {'empty or nan' if np.isnan(numbers[wrong[0]]) else 'infinite'}",
            "fill it in, or leave the row out",
        )
    return numbers


def _first_text(values: NDArray[Any]) -> tuple[int, str]:
    """Find the first entry that is no number, and its row, counted from 1."""
    for row, value in enumerate(values.tolist(), start=1):
        try:
            float(value)
        except (TypeError, ValueError):
            return row, str(value)
    return 1, str(values.tolist()[0]) if len(values) else "nothing"


def _csv(path: Path) -> Columns:
    import pandas

    try:
        names = pandas.read_csv(path, header=None, nrows=1, dtype=str, skipinitialspace=True).iloc[0].tolist()
        _check_names(names, str(path))
        with warnings.catch_warnings():  # pandas only warns when it drops what the first line does not name
            warnings.simplefilter("error", pandas.errors.ParserWarning)
            return _frame(pandas.read_csv(path, skipinitialspace=True, index_col=False))
    except pandas.errors.EmptyDataError as error:
        raise Problem(str(path), "empty", "give a first line of names and rows of numbers") from error
    except (pandas.errors.ParserError, pandas.errors.ParserWarning, UnicodeDecodeError, OSError) as error:
        raise Problem(
            str(path),
            f"not a whole CSV file ({_line(error)})",
            "give each row as many values as there are names, in UTF-8",
        ) from error


def _check_names(names: list[object], where: str) -> None:
    """The first line of a CSV file must be names, each there once."""
    if all(_is_number(name) for name in names):
        raise Problem(where, "the first line holds numbers, not names", "add a first line with a name for each column")
    missing = next((place for place, name in enumerate(names, start=1) if not isinstance(name, str)), None)
    if missing:
        raise Problem(where, f"column {missing} has no name", "name every column in the first line")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Problem(where, f"{twice!r} names two columns", "give each column its own name")


def _is_number(name: object) -> bool:
    try:
        float(str(name))
    except ValueError:
        return False
    return True


def _parquet(path: Path) -> Columns:
    import pandas
    from pyarrow import ArrowException

    try:
        return _frame(pandas.read_parquet(path))
    except (ArrowException, OSError, ValueError) as error:
        raise Problem(str(path), f"not a whole Parquet file ({_line(error)})", "save it again") from error


def _frame(frame: "pandas.DataFrame") -> Columns:
    """Return a frame's columns as arrays; what is missing among numbers becomes nan."""
    from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

    columns = {}
    for name, column in frame.items():
        real = (is_numeric_dtype(column) or is_bool_dtype(column)) and not is_complex_dtype(column)
        columns[str(name)] = column.to_numpy(dtype=float, na_value=np.nan) if real else column.to_numpy(dtype=object)
    return columns


def _npz(path: Path) -> Columns:
    columns: dict[str, NDArray[Any]] = {}
    try:
        with path.open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise Problem(str(path), "one array without a name", "save arrays by name with numpy.savez")
            for name in arrays.files:
                new = _unstacked(name, arrays[name], str(path))
                if new.keys() & columns.keys():
                    raise Problem(
                        str(path), f"two columns are called {min(new.keys() & columns.keys())!r}", "rename an array"
                    )
                columns |= new
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise Problem(str(path), f"not a whole NPZ file ({_line(error)})", "save it again with numpy.savez") from error
    except ValueError as error:
        raise Problem(
            str(path), "holds pickled objects, which are never read", "save arrays of numbers with numpy.savez"
        ) from error
    return columns


def _unstacked(name: str, array: NDArray[Any], where: str) -> Columns:
    if array.ndim == 1:
        return {name: array}
    if array.ndim != 2:
        raise Problem(where, f"array {name!r} has the shape {array.shape}", "save arrays of one or two axes")
    return {f"{name}_{place}": column for place, column in enumerate(array.T)}


def _idx(path: Path, target: str) -> tuple[Columns, str]:
    labels = path.parent / target
    if not labels.is_file():
        raise Problem(str(labels), "no such file", "for IDX, give as target the file of labels beside the images")
    contents = content_of(path), content_of(labels)
    images, classes = decode(contents[0], where=str(path)), decode(contents[1], where=str(labels))
    if classes.ndim != 1:
        raise Problem(str(labels), f"has the shape {classes.shape}", "give a file with one label for each image")
    pixels = _unstacked("pixel", images.reshape(len(images), -1), str(path))
    return {**pixels, target: classes}, joint_hash(map(bytes_hash, contents))


def _line(error: Exception) -> str:
    """Return the first line of what another library says."""
    return (str(error) or type(error).__name__).splitlines()[0]


READERS: dict[str, Callable[[Path], Columns]] = {".csv": _csv, ".parquet": _parquet, ".npz": _npz}
"""Readers by the end of the file's name; IDX is told by "idx" in the name."""
