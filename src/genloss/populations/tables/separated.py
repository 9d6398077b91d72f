"""How is a CSV file read, row by row? Its separator, its names, its rows, plain or gzip."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv as arrow_csv

from genloss.errors import Problem
from genloss.populations.tables.dialects import is_number
from genloss.populations.tables.notes import Note
from genloss.populations.tables.opening import refuse_utf16, unpacked
from genloss.populations.tables.source import Piece, TableSource, checked_names, first_line

SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
"""What may stand between values, and its name. The first line decides: the most frequent one outside of quotes."""

_LONGEST = 1 << 22  # characters of the first line
_BLOCK = 1 << 18  # bytes that are read at once; pyarrow reads up to 32 such ahead
_MEND = "give each row as many values as there are names, in UTF-8"
_QUOTE = "give each row as many values as there are names; quote a value that has {} in it"


def separated(path: Path) -> TableSource:
    """Open a file of separated values with a first line of names.

    Every value is read as text, so that its kind is decided once for all formats. Empty values are missing; so are
    the usual words for nothing (NA, NaN, null, ...), among words all but None. Blank lines are skipped.
    """
    where = str(path)
    separator, names = _header(path)
    block = max(_BLOCK, 16 * sum(len(name) + 4 for name in names))
    notes = () if separator in ",\t" else (Note("", f"values are separated by {SEPARATORS[separator]}"),)
    pieces = partial(_pieces, path, separator, block)
    return TableSource(
        where, (path,), names, path.stat().st_size, pieces, notes, nothing=_NOTHING, commas=separator == ";"
    )


def _header(path: Path) -> tuple[str, tuple[str, ...]]:
    where = str(path)
    try:
        with _text(path) as text:
            line = next((line for line in iter(lambda: text.readline(_LONGEST), "") if line.strip("\r\n")), "")
        if not line:
            raise Problem(where, "empty", "give a first line of names and rows of numbers")
        separator = _separator(line)
        with _text(path) as text:
            names = next(row for row in csv.reader(text, delimiter=separator) if row)
    except Problem:
        raise
    except (*_TORN, csv.Error) as error:
        raise _torn(where, error) from error
    stripped = tuple(name.strip() for name in names)
    _refuse_data(stripped, where)
    return separator, checked_names(stripped, where)


def _refuse_data(names: tuple[str, ...], where: str) -> None:
    """Refuse a first line of data: most of it numbers, or half of it if not all of these are whole."""
    numbers = [name for name in names if is_number(name)]
    if len(numbers) == len(names):
        raise Problem(where, "the first line holds numbers, not names", _NAMES)
    whole = [int(name) for name in numbers if name.isdecimal()]
    if len(whole) == len(numbers) and _count(whole):
        return
    if 2 * len(numbers) > len(names) or (2 * len(numbers) == len(names) and len(whole) < len(numbers)):
        shown = ", ".join(numbers[:3])
        raise Problem(where, f"most names of the first line are numbers ({shown}): it looks like a row of data", _NAMES)


def _count(whole: list[int]) -> bool:
    """Tell names that count columns, or years."""
    steps = {after - before for before, after in pairwise(whole)}
    years = all(1500 <= number <= 2200 for number in whole) and len(set(whole)) == len(whole)
    return years or (len(steps) <= 1 and all(step > 0 for step in steps))


_NAMES = "add a first line with a name for each column"


def _separator(line: str) -> str:
    outside = "".join(line.split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def _pieces(path: Path, separator: str, block: int, wanted: tuple[int, ...]) -> Iterator[Piece]:
    first_row = 0  # the first line, which holds the names
    try:
        with unpacked(path) as (raw, stream), _reader(stream, separator, block, wanted) as reader:
            for batch in reader:
                names = int(first_row == 0 and batch.num_rows > 0)
                yield Piece(batch.slice(names), str(path), first_row + names, raw.tell())
                first_row += batch.num_rows
    except Problem:
        raise
    except _TORN as error:
        uneven = _UNEVEN.search(str(error))
        raise (_uneven(str(path), uneven, separator) if uneven else _torn(str(path), error)) from error


def _torn(where: str, error: Exception) -> Problem:
    """Say why a file could not be read to its end."""
    said = first_line(error)
    if isinstance(error, UnicodeDecodeError) or "UTF8" in said:
        return Problem(where, f"not in UTF-8 ({said})", "save it in UTF-8 (in Excel: CSV UTF-8)")
    if isinstance(error, (EOFError, zlib.error, gzip.BadGzipFile)):
        return Problem(where, f"not a whole gzip file ({said})", "get the file again, or pack it again")
    if "straddling" in said:
        return Problem(
            where, f"a row of more than {_BLOCK:,} bytes", "close every quotation mark, or save it as Parquet"
        )
    return Problem(where, f"not a whole CSV file ({said})", _MEND)


def _uneven(where: str, said: re.Match[str], separator: str) -> Problem:
    """Say that a row has too few values, or too many, as pyarrow's message has it."""
    row, names, values, text = said.groups()
    found = f"row {int(row) - 1} has {values} value{'s' * (values != '1')}, the first line names {names}"
    quote = "close the quotation mark in it" if text.count('"') % 2 else _QUOTE.format(SEPARATORS[separator])
    return Problem(where, found, quote)


_UNEVEN = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+): (.*)", re.DOTALL)


def _reader(stream: Any, separator: str, block: int, wanted: tuple[int, ...]) -> Any:
    names = [f"f{place}" for place in wanted]
    return arrow_csv.open_csv(
        stream,
        read_options=arrow_csv.ReadOptions(autogenerate_column_names=True, use_threads=False, block_size=block),
        parse_options=arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=names,
            column_types={name: pa.string() for name in names},
            null_values=[""],
            strings_can_be_null=True,
        ),
    )


_NOTHING = (*filter(None, arrow_csv.ConvertOptions().null_values), "None", "<NA>")
_TORN = (pa.ArrowException, OSError, ValueError, EOFError, zlib.error, MemoryError)


@contextmanager
def _text(path: Path) -> Iterator[io.TextIOWrapper]:
    """Open a file as text; refuse UTF-16, which Excel calls Unicode text."""
    with unpacked(path) as (_, stream):
        refuse_utf16(stream.read(2), str(path), "(in Excel: CSV UTF-8)")
        stream.seek(0)
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        try:
            yield text
        finally:
            text.detach()
