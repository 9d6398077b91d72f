"""How are records in JSON read, some at a time? A record a line, or one list of records; plain or gzip."""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import json as arrow_json
from pyarrow import types

from genloss.errors import Problem
from genloss.populations.tables.notes import listed
from genloss.populations.tables.opening import refuse_utf16, unpacked
from genloss.populations.tables.source import Piece, TableSource, checked_names, first_line
from genloss.populations.tables.values import as_arrow, writable

_BLOCK = 1 << 19  # bytes that are read at once
_LONGEST = 1 << 24  # bytes of one record
_MOST_COLUMNS = 100_000
_MEND = 'write each record as {"name": value, ...}, all in UTF-8: one a line, or separated by commas within [ and ]'
_TORN = (OSError, EOFError, zlib.error, MemoryError)


def records(path: Path) -> TableSource:
    """Open JSON Lines, or one list of records: every key is a column, a key that a record lacks is missing there.

    The whole file is read once for its keys. Memory: one block of 512 kB and its columns.
    """
    where, found = str(path), dict[str, None]()
    for block in _blocks(path):
        found |= dict.fromkeys(block.columns)
        if len(found) > _MOST_COLUMNS:
            mend = f"give fewer, e.g. write what {listed(list(found)[-2:])} name as values of one key"
            raise Problem(where, f"more than {_MOST_COLUMNS:,} different keys", mend)
    if not found:
        raise Problem(where, "no record with a key in it", _MEND)
    names = checked_names(tuple(found), where)
    return TableSource(where, (path,), names, path.stat().st_size, partial(_pieces, path, names))


@dataclass(frozen=True, eq=False, slots=True)
class _Block:
    """Some records in order, by column. count: of the records. done: bytes of the file that are read."""

    columns: dict[str, Any]
    count: int
    done: int


def _pieces(path: Path, names: tuple[str, ...], wanted: tuple[int, ...]) -> Iterator[Piece]:
    chosen, first_row = [names[place] for place in wanted], 1
    for block in _blocks(path):
        columns = [block.columns.get(name) for name in chosen]
        whole = [pa.nulls(block.count) if column is None else column for column in columns]
        yield Piece(pa.RecordBatch.from_arrays(whole, names=chosen), str(path), first_row, block.done)
        first_row += block.count


def _blocks(path: Path) -> Iterator[_Block]:
    where = str(path)
    with _whole(where), unpacked(path) as (raw, stream):
        begins = stream.read(_BLOCK)
        refuse_utf16(begins, where, "")
        begins = begins.removeprefix(codecs.BOM_UTF8)
        if begins.lstrip()[:1] == b"[":
            yield from _of_list(where, begins, raw, stream)
        else:
            yield from _of_lines(where, begins, raw, stream)


@contextmanager
def _whole(where: str) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise Problem(where, f"not in UTF-8 ({first_line(error)})", "save it in UTF-8") from error
    except _TORN as error:
        raise Problem(where, f"not a whole file ({first_line(error)})", "get it again, or pack it again") from error


def _of_lines(where: str, begins: bytes, raw: BinaryIO, stream: BinaryIO) -> Iterator[_Block]:
    """Read some whole lines at once by pyarrow; what it refuses is read again, record by record."""
    row, line, rest, more = 1, 1, begins, True
    while more:
        new = stream.read(_BLOCK)
        more = bool(new)
        lines, newline, rest = (rest + new).rpartition(b"\n") if more else (rest, b"", b"")
        if len(rest) > _LONGEST:
            raise Problem(where, f"a record of more than {_LONGEST:,} bytes (row {row})", _MEND)
        if lines.strip():
            block = _quick(lines, raw.tell()) or _slow(where, lines, row, line, raw.tell())
            yield block
            row += block.count
        line += (lines + newline).count(b"\n")


def _quick(lines: bytes, done: int) -> _Block | None:
    """Read lines of records of which each column has one kind of value; None for others."""
    if _BARE_NULL.search(lines) or _LONG.search(lines):
        return None
    options = arrow_json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
    try:
        table = arrow_json.read_json(BytesIO(lines + b"\n"), read_options=options)
        table.validate(full=True)
        columns = {name: table.column(place).combine_chunks() for place, name in enumerate(table.column_names)}
    except (pa.ArrowException, ValueError):
        return None
    if any(types.is_temporal(column.type) for column in columns.values()):
        return None  # words that look like dates in this block may not in others
    return _Block(columns, table.num_rows, done)


_LONG = re.compile(rb"\d{19}")  # whole numbers that floats of 64 bits may round
_BARE_NULL = re.compile(rb"(?:\A|[}\n])[ \t\r]*null")  # pyarrow 26 ends the process at a record that is null


def _slow(where: str, lines: bytes, row: int, line: int, done: int) -> _Block:
    try:
        text, found = lines.decode(), list[dict[str, Any]]()
    except UnicodeDecodeError as error:
        place = line + lines.count(b"\n", 0, error.start)
        raise Problem(where, f"line {place} is not in UTF-8", "save it in UTF-8") from error
    place = _after_blanks(text, 0)
    while place < len(text):
        record, end = _record(where, text, place, row + len(found), line)
        found.append(record)
        place = _after_blanks(text, end)
    return _block(found, done)


def _of_list(where: str, begins: bytes, raw: BinaryIO, stream: BinaryIO) -> Iterator[_Block]:
    """Read one list of records, as many at once as stand whole in a block."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    text, row, line, more = decoder.decode(begins), 1, 1, True
    place = text.index("[") + 1
    while more:  # reads twice as much each time, where a record is long
        new = stream.read(max(_BLOCK, len(text)))
        more = bool(new)
        text += decoder.decode(new, final=not more)
        found = list(_whole_records(where, text, place, row, line, more=more))
        if found:
            yield _block([record for record, _ in found], raw.tell())
            line, text, place = line + text.count("\n", 0, found[-1][1]), text[found[-1][1] :], 0
        row += len(found)
        if _at(text, place) == "]":
            _refuse_more(where, decoder, text[_after_blanks(text, place) + 1 :], stream)
            return
    raise Problem(where, f"ends in row {row}, before the ] of the list", "get the file again")


def _refuse_more(where: str, decoder: codecs.IncrementalDecoder, rest: str, stream: BinaryIO) -> None:
    """Allow nothing but blanks after a list: what follows would be lost."""
    more = True
    while more and not rest.strip():
        new = stream.read(_BLOCK)
        more = bool(new)
        rest = decoder.decode(new, final=not more)
    if rest.strip():
        raise Problem(
            where, f"more after the ] of the list: {rest.strip()[:40]!r}", "write one list, or one record a line"
        )


def _whole_records(
    where: str, text: str, place: int, row: int, line: int, *, more: bool
) -> Iterator[tuple[dict[str, Any], int]]:
    """Return records and where the next begins, up to one that may go on in what is not read yet."""
    while _at(text, place) not in ("]", ""):
        try:
            record, end = _record(where, text, _after_blanks(text, place), row, line)
        except Problem:
            if more and len(text) <= _LONGEST:
                return
            raise
        separator = _after_blanks(text, end)
        if separator == len(text):
            return
        if text[separator] not in ",]":
            raise Problem(where, f"{_row(row, line, text, place)}: no comma after it", _MEND)
        place, row = separator + (text[separator] == ","), row + 1
        yield record, place


def _record(where: str, text: str, place: int, row: int, line: int) -> tuple[dict[str, Any], int]:
    try:
        record, end = _DECODER.raw_decode(text, place)
    except (ValueError, RecursionError) as error:  # also a key that stands twice, a number of thousands of digits
        said = error.msg if isinstance(error, json.JSONDecodeError) else first_line(error)
        raise Problem(where, f"{_row(row, line, text, place)}: not JSON ({said})", _MEND) from error
    if not isinstance(record, dict):
        raise Problem(where, f"{_row(row, line, text, place)}: not a record, but {json.dumps(record)[:40]}", _MEND)
    return record, end


def _row(row: int, line: int, text: str, place: int) -> str:
    """Name the row that begins at a place of a text whose first line is `line`."""
    before = text.count("\n", 0, _after_blanks(text, place))
    return f"row {row}, line {line + before}"


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        twice = next(key for place, (key, _) in enumerate(pairs) if key in dict(pairs[:place]))
        raise ValueError(f"the key {twice!r} stands twice")
    return record


_DECODER = json.JSONDecoder(object_pairs_hook=_single)


def _block(found: list[dict[str, Any]], done: int) -> _Block:
    names = dict.fromkeys(name for record in found for name in record)
    columns = {writable(name): as_arrow([record.get(name) for record in found]) for name in names}
    return _Block(columns, len(found), done)


def _after_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def _at(text: str, place: int) -> str:
    """Return the next character that is no blank, or nothing."""
    begins = _after_blanks(text, place)
    return text[begins : begins + 1]
