"""Which rows of a long file are looked at? So many of smallest hash, in the order of their hashes.

A hash is of the content of a row under a key, so the rows that are kept are a simple random sample whatever the order,
the shards and the chunks in which rows come, and a file that is sorted by class or by component is read in an order
that knows neither. Of equal rows each has its running number in its hash: a row that fills half of a file fills half of
the sample.

Where rows belong to entities, entities are sampled, by the hash of their name, and each gives one row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genloss.audit.hashes import STEP, folded, mixed, occurrences, row_hashes
from genloss.errors import Problem, nearest
from genloss.populations.own_rows import Columns

Hashes = NDArray[np.uint64]
Counts = NDArray[np.uint32]
Rows = Columns | list[str]
"""Rows of columns, or documents."""

MOST = 50_000
"""Rows of a generation that are looked at."""
_STEP = np.uint64(STEP)


@dataclass(frozen=True, eq=False)
class Sketched:
    """What is looked at. columns: the rows, in the order of their hashes (rows,). rows_seen: of all that were read.

    entities: how many different ones were read; None where every row is its own. digest: of the content of all rows,
    whatever their order and the key: two files with one digest hold the same rows.
    """

    columns: Rows
    hashes: Hashes
    rows_seen: int
    entities: int | None
    digest: str


def sketch(
    chunks: Iterable[Rows], key: int, most: int = MOST, ids: str | None = None, *, where: str = "rows"
) -> Sketched:
    """Read chunks of rows and keep at most so many, those of smallest hash.

    key: of seed and side, so that the samples of two sides are unrelated. ids: the column that names the entity of a
    row, which is left out of what is kept; None where every row is its own unit. where: names them. Memory: twice the
    rows kept, a chunk, and 8 bytes for every different row, 12 where some are equal. Status: exact; what is kept is a
    function of the rows and the key alone. Errors: `Problem` where no chunk comes, or none has the column.

    >>> from genloss.populations.own_rows import columns_of
    >>> rows = columns_of(np.arange(20.0).reshape(-1, 1))
    >>> whole, parts = sketch([rows], 1, 5), sketch([rows[np.arange(7, 20)], rows[np.arange(7)]], 1, 5)
    >>> whole.columns.numbers.ravel().tolist() == parts.columns.numbers.ravel().tolist()
    True
    """
    kept, met, under = _Smallest(most), _Met(), folded(key)
    seen, total, parity = 0, 0, 0
    for chunk in chunks:
        content = row_hashes(*_content(chunk), 0)
        seen += len(chunk)
        total, parity = (total + int(content.sum())) % (1 << 64), parity ^ int(np.bitwise_xor.reduce(content))
        if ids is None:
            units, rows = mixed(content + met.before(content) * _STEP ^ under), chunk
            kept.add(units, units, rows)
        else:
            entities, rows = _parted(chunk, ids)
            met.before(entities)
            kept.add(mixed(entities ^ under), mixed(row_hashes(*_content(rows), 0) ^ under), rows)
    columns, hashes = kept.result(where)
    different = None if ids is None else met.different
    return Sketched(columns, hashes, seen, different, f"{seen}-{total:016x}-{parity:016x}")


class _Smallest:
    """Rows of the smallest units, one for each: of one unit, the row of smallest rank. It changes as rows come.

    They stand in one place that grows to half more than is kept, so that memory is neither copied nor scattered.
    """

    def __init__(self, most: int) -> None:
        self._most, self._room = most, most + max(1, most // 2)
        self._units, self._ranks = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64)
        self._rows: Rows | None = None
        self._count, self._bar = 0, np.uint64(0xFFFFFFFFFFFFFFFF)

    def add(self, units: Hashes, ranks: Hashes, rows: Rows) -> None:
        """Hold what may be among the smallest."""
        if self._rows is None:
            self._rows = _like(rows, 0)
        places = np.flatnonzero(units <= self._bar)
        while len(places):
            self._grow(self._count + len(places))
            now, places = np.split(places, [len(self._units) - self._count])
            end = self._count + len(now)
            self._units[self._count : end], self._ranks[self._count : end] = units[now], ranks[now]
            _put(self._rows, self._count, rows, now)
            self._count = end
            if end == self._room:
                self._settle(self._room)
                places = places[units[places] <= self._bar]

    def result(self, where: str) -> tuple[Rows, Hashes]:
        """Return the rows and their units, smallest first."""
        if self._rows is None or not self._count:
            raise Problem(where, "no rows", "give rows, or leave this out")
        self._settle(0)
        return self._rows, self._units

    def _grow(self, needed: int) -> None:
        """Make room for so many rows, or for as many as are ever held."""
        if len(self._units) < min(needed, self._room):
            self._move(np.arange(self._count), min(self._room, max(needed, 2 * len(self._units))))

    def _settle(self, room: int) -> None:
        order = np.lexsort((self._ranks[: self._count], self._units[: self._count]))
        ordered = self._units[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = ordered[1:] != ordered[:-1]
        order = order[first][: self._most]
        self._move(order, max(room, len(order)))
        if len(order) == self._most:
            self._bar = self._units[len(order) - 1]

    def _move(self, places: NDArray[np.int64], room: int) -> None:
        """Keep the rows at these places, in a place for so many."""
        units, ranks, rows = np.empty(room, dtype=np.uint64), np.empty(room, dtype=np.uint64), _like(self._rows, room)
        units[: len(places)], ranks[: len(places)] = self._units[places], self._ranks[places]
        _put(rows, 0, self._rows, places)
        self._units, self._ranks, self._rows, self._count = units, ranks, rows, len(places)


class _Met:
    """How often was each hash met? Sorted levels, each a few times longer than the next, so that adding is cheap.

    Counts are None where all are 1.
    """

    def __init__(self) -> None:
        self._levels: list[tuple[Hashes, Counts | None]] = []

    @property
    def different(self) -> int:
        """How many different hashes were met."""
        while len(self._levels) > 1:
            self._merge()
        return len(self._levels[0][0]) if self._levels else 0

    def before(self, hashes: Hashes) -> Hashes:
        """Return for each hash how many of it came before, in earlier calls and here; and count it."""
        known, places, counts = np.unique(hashes, return_inverse=True, return_counts=True)
        earlier = np.zeros(len(known), dtype=np.uint64)
        for level, of_level in self._levels:
            place, hit = _found(level, known)
            earlier[hit] += 1 if of_level is None else of_level[place[hit]]
        self._levels.append((known, counts.astype(np.uint32) if len(known) < len(hashes) else None))
        while len(self._levels) > 1 and 4 * len(self._levels[-1][0]) >= len(self._levels[-2][0]):
            self._merge()
        here = occurrences(hashes) if len(known) < len(hashes) else np.zeros(len(hashes), dtype=np.uint64)
        return here + earlier[places]

    def _merge(self) -> None:
        new, more = self._levels.pop()
        old, counts = self._levels.pop()
        place, hit = _found(old, new)
        where = place[~hit]
        if counts is not None or more is not None or hit.any():
            counts = np.ones(len(old), dtype=np.uint32) if counts is None else counts
            more = np.ones(len(new), dtype=np.uint32) if more is None else more
            counts[place[hit]] += more[hit]
            counts = np.insert(counts, where, more[~hit])
        self._levels.append((np.insert(old, where, new[~hit]), counts))


def _found(level: Hashes, wanted: Hashes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return where sorted hashes belong in a sorted level, and whether they are there."""
    place = np.searchsorted(level, wanted)
    if not len(level):
        return place, np.zeros(len(wanted), dtype=bool)
    return place, level[np.minimum(place, len(level) - 1)] == wanted


def _content(rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    if isinstance(rows, Columns):
        return rows.numbers, rows.kinds
    words = np.empty((len(rows), 1), dtype=object)
    words[:, 0] = rows
    return np.empty((len(rows), 0)), words


def _like(rows: Rows | None, room: int) -> Rows:
    """Return a place for so many rows like these; that of documents grows by itself."""
    if not isinstance(rows, Columns):
        return []
    numbers = np.empty((room, rows.numbers.shape[1]))
    return replace(rows, numbers=numbers, kinds=np.empty((room, rows.kinds.shape[1]), dtype=object))


def _put(held: Rows | None, begin: int, rows: Rows | None, places: NDArray[np.int64]) -> None:
    """Write rows at these places after the first `begin` rows that are held."""
    if isinstance(held, Columns) and isinstance(rows, Columns):
        end = begin + len(places)
        held.numbers[begin:end], held.kinds[begin:end] = rows.numbers[places], rows.kinds[places]
    elif isinstance(held, list) and isinstance(rows, list):
        held[begin:] = [rows[place] for place in places.tolist()]


def _parted(rows: Rows, name: str) -> tuple[Hashes, Rows]:
    """Return the hash of the entity of each row, and the rows without that column."""
    known = [*rows.names, *rows.kind_names] if isinstance(rows, Columns) else []
    if not isinstance(rows, Columns) or name not in known:
        raise Problem("id", f"no column {name!r}", nearest(name, known) if known else "documents have no columns")
    of_numbers = np.array([each == name for each in rows.names], dtype=bool)
    of_kinds = np.array([each == name for each in rows.kind_names], dtype=bool)
    entities = row_hashes(rows.numbers[:, of_numbers], rows.kinds[:, of_kinds], 0)
    left = replace(
        rows,
        names=tuple(each for each in rows.names if each != name),
        kind_names=tuple(each for each in rows.kind_names if each != name),
        numbers=rows.numbers[:, ~of_numbers],
        kinds=rows.kinds[:, ~of_kinds],
    )
    return entities, left
