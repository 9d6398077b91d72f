"""How is one body of rows read? In chunks of numbers and words, or of documents; never all of it at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import types

from genloss.audit.reading.coded import NOTHING, WORDS, Coder, WordsAfterNumbers, kind_of
from genloss.audit.reading.opening import raw_of
from genloss.audit.reading.raw import Batch, Raw
from genloss.audit.sketch import MOST, Rows, Sketched, sketch
from genloss.doors import Advice, Setting
from genloss.errors import Problem, nearest
from genloss.populations.own_rows import Columns
from genloss.populations.tables.notes import Note, listed

SIZE = 1 << 14
"""Rows of a chunk."""


@dataclass(frozen=True, eq=False)
class Source:
    """Rows that can be read from the start any number of times.

    where: as the user named it. columns: what each holds, numbers, days or words, in order; {} for documents.
    rows: how many, None where only reading tells. text: the column whose entries are documents, "" for rows. firm:
    whether columns are those of rows with which these are compared. only: a column and an entry of it that rows have.
    """

    where: str
    columns: Mapping[str, str]
    rows: int | None
    raw: Raw
    called: Mapping[str, str]
    text: str = ""
    firm: bool = False
    only: tuple[str, str] | None = None
    notes: tuple[Note, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Name all columns."""
        return tuple(self.columns)

    def chunks(self, size: int = SIZE) -> Iterator[Rows]:
        """Read chunks of at most so many rows: numbers with nan where nothing stands, and words; or documents."""
        coder = Coder(self.raw, self.columns, firm=self.firm)
        names = (self.text,) if self.text else self.names
        own = tuple(self.called.get(name, name) for name in names)
        asked = (*own, self.only[0]) if self.only and self.only[0] not in own else own
        for batch in self.raw.batches(asked):
            for first in range(0, batch.rows, size):
                part = Batch(tuple(c.slice(first, size) for c in batch.columns), batch.where, batch.first_row + first)
                yield from self._chunk(coder, names, part, asked)

    def _chunk(self, coder: Coder, names: tuple[str, ...], batch: Batch, asked: tuple[str, ...]) -> Iterator[Rows]:
        if self.only:
            entries = coder.words(self.only[0], batch.columns[asked.index(self.only[0])])
            places = np.flatnonzero(entries == self.only[1])
            batch = Batch(tuple(c.take(places) for c in batch.columns), batch.where, batch.first_row)
        if not batch.rows:
            return
        if self.text:
            column = batch.columns[0]
            column = column.dictionary_decode() if types.is_dictionary(column.type) else column
            yield [text for text in column.to_pylist() if text is not None]
            return
        yield _coded(coder, names, batch)

    def sketched(self, key: int, most: int = MOST, ids: str | None = None) -> tuple[Source, Sketched]:
        """Return what is looked at, and the source with what its columns turned out to hold. See `sketch`."""
        source = self
        while True:
            try:
                found = sketch(source.chunks(), key, most, ids, where=source.where)
                pa.default_memory_pool().release_unused()
                return source, found
            except WordsAfterNumbers as other:
                source = replace(source, columns={**source.columns, other.name: WORDS})


def opened(
    path: str | Path, *, like: Source | None = None, text: str | None = None, ignore: Sequence[str] = ()
) -> Source:
    """Open what is at a path: a file of any format that is read, a folder of shards, a saved data set, text files.

    like: the rows with which these are compared: columns are taken by their names in its order, more are left out and
    noted, and each must hold what it holds there. text: the column whose entries are documents. ignore: columns to
    leave out. Errors: `Problem` for what cannot be read, for columns that are not there or hold something else.
    """
    return opened_raw(raw_of(Path(path)), like=like, text=text, ignore=ignore)


def opened_raw(raw: Raw, *, like: Source | None = None, text: str | None = None, ignore: Sequence[str] = ()) -> Source:
    """Open what `raw_of` found. See `opened`."""
    if text is None and raw.documents and raw.documents not in ignore:
        text = raw.documents
    if text is not None:
        _check_named(raw, [text], "text")
        return Source(raw.where, {}, raw.rows, raw, {}, text, notes=raw.notes)
    if like is not None:
        return _like(raw, like)
    _check_named(raw, ignore, "ignore")
    names = [name for name in raw.names if name not in ignore]
    if not names:
        raise Problem(raw.where, "every column is left out", "leave out fewer")
    columns, aside = _held(raw, names)
    left = [Note(name, told) for name, told in aside.items()]
    return Source(raw.where, columns, raw.rows, raw, {}, notes=(*raw.notes, *left))


def _held(raw: Raw, names: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what columns hold by their first entries, and columns that hold neither numbers nor words."""
    known = {name: WORDS if name in raw.classes else kind_of(kind) for name, kind in raw.types.items() if name in names}
    coder, aside = Coder(raw, {name: kind for name, kind in known.items() if kind}, firm=False), dict[str, str]()
    open_ones = dict.fromkeys(name for name in names if name not in coder.kinds)
    read = tuple(open_ones)
    for batch in raw.batches(read) if read else ():
        held = dict(zip(read, batch.columns, strict=True))
        for name in [*open_ones]:
            if types.is_nested(held[name].type) or types.is_binary(held[name].type):
                aside[name] = "left out: it holds lists, records or bytes"
            else:
                coder.numbers(name, held[name], batch)
            if name in aside or coder.kinds.get(name, NOTHING):
                del open_ones[name]
        if not open_ones:
            break
    if aside and len(aside) == len(names):
        mend = "make columns of numbers or words of them; of images, compute features and save them with numpy.save"
        raise Problem(raw.where, "no column of numbers or words: all hold lists, records or bytes", mend)
    aside |= dict.fromkeys(open_ones, "left out: nothing stands in it")
    return {name: coder.kinds[name] for name in names if name not in aside}, aside


def _like(raw: Raw, like: Source) -> Source:
    """Open rows with the columns of others."""
    if like.text:
        found = f"a table without a column {like.text!r}, and {like.where} holds documents"
        if like.text in raw.names or len(raw.names) == 1:
            return Source(raw.where, {}, raw.rows, raw, {}, like.text if like.text in raw.names else raw.names[0])
        raise Problem(raw.where, found, Advice("say which column holds them (", Setting("text"), ")"))
    called, notes = dict[str, str](), list(raw.notes)
    by_order = raw.unnamed != like.raw.unnamed or not {*raw.names} & {*like.names}
    if by_order and len(raw.names) == len(like.raw.names) and (raw.unnamed or like.raw.unnamed):
        called = dict(zip(like.raw.names, raw.names, strict=True))
        notes.append(Note("", f"columns have no names, and are taken in the order of {like.where}"))
    known = [called.get(name, name) for name in like.names]
    missing = [name for name in known if name not in raw.names]
    if missing or (raw.unnamed and like.raw.unnamed and len(raw.names) != len(like.raw.names)):
        raise _lacking(raw, like, missing)
    extra = [name for name in raw.names if name not in known and name not in like.raw.names]
    if extra:
        notes.append(Note("", f"columns that {like.where} has not are left out: {listed(extra)}"))
    return Source(raw.where, like.columns, raw.rows, raw, called, firm=True, notes=tuple(notes))


def _lacking(raw: Raw, like: Source, missing: list[str]) -> Problem:
    if raw.unnamed or like.raw.unnamed:
        found = f"{len(raw.names)} columns, and {like.where} has {len(like.raw.names)}"
        return Problem(raw.where, found, "give rows of the same columns")
    several = "s" if len(missing) > 1 else ""
    leave = Advice("or leave it out of both (", Setting("ignore", missing), ")")
    near = nearest(missing[0], list(raw.names))
    mend = Advice(near if near.startswith("did") else f"it has {listed(list(raw.names))}", "; ", leave)
    return Problem(raw.where, f"no column{several} {', '.join(map(repr, missing[:5]))}, as {like.where} has", mend)


def _check_named(raw: Raw, names: Sequence[str], setting: str) -> None:
    for name in names:
        if name not in raw.names:
            raise Problem(
                Advice(f"{raw.where}: ", Setting(setting)),
                f"there is no column {name!r}",
                nearest(name, list(raw.names)) if len(raw.names) < 50 else f"it has {listed(list(raw.names))}",
            )


def _coded(coder: Coder, names: tuple[str, ...], batch: Batch) -> Columns:
    numbers, kinds = dict[str, np.ndarray](), dict[str, np.ndarray]()
    for name, column in zip(names, batch.columns, strict=False):
        found = coder.numbers(name, column, batch)
        if found is None:
            kinds[name] = coder.words(name, column)
        else:
            numbers[name] = found
    return Columns(
        tuple(numbers),
        np.column_stack([*numbers.values()]) if numbers else np.empty((batch.rows, 0)),
        tuple(kinds),
        np.column_stack([*kinds.values()]) if kinds else np.empty((batch.rows, 0), dtype=object),
    )
