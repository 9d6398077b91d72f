"""What is a table on disk while it is read? Named columns, and pieces of rows in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from genloss.errors import Problem
from genloss.populations.tables.notes import Note


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """Some rows in order.

    batch: a pyarrow record batch, the wanted columns in order. where: the file it is from.
    first_row: number of its first row in that file, from 1. done: how much of the source is read.
    """

    batch: Any
    where: str
    first_row: int
    done: int


Pieces = Callable[[tuple[int, ...]], Iterator[Piece]]
"""Read the columns at these places, from the first row on."""


@dataclass(frozen=True, eq=False, slots=True)
class TableSource:
    """A table that can be read from the start any number of times.

    where: the file or folder as the user named it. paths: all files, in order. names: of the columns.
    total: what `Piece.done` is at the end. notes: what is to be said of how it is read. classes: for a
    column whose numbers 0, 1, ... stand for words, the words. nothing: words that stand for nothing in this format.
    commas: whether its form says that decimals likely have commas.
    """

    where: str
    paths: tuple[Path, ...]
    names: tuple[str, ...]
    total: int
    pieces: Pieces
    notes: tuple[Note, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nothing: tuple[str, ...] = ()
    commas: bool = False


def gathered(pieces: Iterator[Piece], rows: int) -> Iterator[Piece]:
    """Join neighboring pieces of a file until they hold some rows: few rows of many columns are slow to work on.

    Pieces whose columns have other types are not joined: JSON has whole numbers here and others there.
    """
    waiting: list[Piece] = []
    for piece in pieces:
        if waiting and (
            piece.where != waiting[0].where
            or piece.batch.schema != waiting[0].batch.schema
            or sum(one.batch.num_rows for one in waiting) >= rows
        ):
            yield _joined(waiting)
            waiting = []
        waiting.append(piece)
    if waiting:
        yield _joined(waiting)


def _joined(pieces: list[Piece]) -> Piece:
    first, last = pieces[0], pieces[-1]
    filled = [piece.batch for piece in pieces if piece.batch.num_rows]
    if len(filled) < 2:
        return Piece(filled[0] if filled else first.batch, first.where, first.first_row, last.done)
    (batch,) = pa.Table.from_batches(filled).combine_chunks().to_batches()
    return Piece(batch, first.where, first.first_row, last.done)


def checked_names(names: tuple[str, ...], where: str) -> tuple[str, ...]:
    """Refuse columns without a name, and two columns of one name."""
    nameless = next((place for place, name in enumerate(names, start=1) if not name), None)
    if nameless:
        index = "; if it is an index that pandas wrote, save with index=False" if nameless == 1 else ""
        raise Problem(where, f"column {nameless} has no name", f"name every column{index}")
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise Problem(where, f"{twice!r} names two columns", "give each column its own name")
    return names


_UNREADABLE = (pa.ArrowException, OSError, ValueError, EOFError, MemoryError, OverflowError, KeyError, RuntimeError)


@contextmanager
def whole(
    where: str, form: str, mend: str = "save it again", errors: tuple[type[Exception], ...] = _UNREADABLE
) -> Iterator[None]:
    """Say of a file that a library cannot read that it is not whole. errors: what the library raises of it."""
    try:
        yield
    except Problem:
        raise
    except FileNotFoundError as error:
        raise Problem(where, "no such file", "give the path of a file that is there") from error
    except errors as error:
        raise Problem(where, f"not a whole {form} file ({first_line(error)})", mend) from error


def first_line(error: Exception) -> str:
    """Return the first line of what another library says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
