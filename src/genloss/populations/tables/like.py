"""What inputs does a further file hold, read as the columns of a table before it were? No target is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.populations.draw import Array
from genloss.populations.tables.choices import Choices
from genloss.populations.tables.column import Column
from genloss.populations.tables.features import Features
from genloss.populations.tables.formats import open_source
from genloss.populations.tables.notes import listed
from genloss.populations.tables.pieces import codes_of
from genloss.populations.tables.roles import MOST_HELD, RoleColumns
from genloss.populations.tables.source import TableSource

__all__ = ["Coding", "rows_like"]

_LISTED = 8


@dataclass(frozen=True, eq=False)
class Coding:
    """How the columns of a file became inputs.

    columns: as they were read, the target last. weights: the column that says how many equal rows a row is, or None.
    """

    features: Features
    columns: list[Column]
    weights: Column | None = None

    @property
    def used(self) -> list[int]:
        """The places of columns that became inputs, in order."""
        return sorted({each.column for each in self.features.features})


def rows_like(path: Path, coding: Coding, *, missing: str) -> Array:
    """Return the inputs (rows, features) of a file that has the columns of an earlier one; others are not looked at.

    Where a column of the earlier file said how many equal rows a row is, it does here, and must be there, too.
    missing: "refuse" gaps, "drop" their rows, or fill in the "mean" of the earlier file. Errors: `Problem` for columns
    that are not there, for words that the earlier file does not hold, for gaps, and for a file without rows.
    """
    source = open_source(path)
    places = _places(source, coding)
    columns = [coding.columns[at] for at in coding.used]
    known = [len(column.levels) for column in columns]
    choices, weights = Choices(source.where, columns, settled=True), _weights(source, coding, missing)
    read = codes_of(source, (*places, *weights.places), [*columns, *weights.columns], choices, None)
    parts = [codes[at, : len(columns)] for codes, rows in read for at, _ in _counted(weights, codes, rows)]
    _refuse_new_words(source, columns, known)
    codes = np.full((sum(map(len, parts)), len(coding.columns)), np.nan)
    if parts:
        codes[:, coding.used] = np.concatenate(parts)
    return coding.features.inputs(_without_gaps(source, coding, codes, missing))


def _places(source: TableSource, coding: Coding) -> tuple[int, ...]:
    """Return where the columns stand, or say which are missing."""
    names = [coding.columns[at].name for at in coding.used]
    absent = [name for name in names if name not in source.names]
    if absent:
        found = f"there is no column {listed([repr(name) for name in absent], _LISTED)}"
        drop = Setting("drop", (absent[0],))
        there = f"; its columns: {listed(list(source.names), _LISTED)}"
        raise Problem(source.where, found, Advice("add it, or leave it out of both files: ", drop, there))
    return tuple(source.names.index(name) for name in names)


def _weights(source: TableSource, coding: Coding, missing: str) -> RoleColumns:
    """Return the column that says how many equal rows a row is, if the earlier file had one."""
    column = coding.weights
    if column is None:
        return RoleColumns(source.where, (), (), [], missing == "refuse", MOST_HELD)
    if column.name not in source.names:
        found = f"there is no column {column.name!r}, which says how many equal rows a row is"
        raise Problem(source.where, found, "add it: 1 for a row that stands for itself")
    place = source.names.index(column.name)
    return RoleColumns(source.where, ("weights",), (place,), [column], missing == "refuse", MOST_HELD)


def _counted(weights: RoleColumns, codes: Array, rows: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], object]]:
    """Return which of some rows there are, each as often as it counts."""
    return weights.expanded(codes[:, codes.shape[1] - len(weights.columns) :], rows)


def _refuse_new_words(source: TableSource, columns: list[Column], known: list[int]) -> None:
    """Refuse words of which the earlier file says nothing."""
    for column, count in zip(columns, known, strict=True):
        if len(column.levels) > count:
            found = f"column {column.name!r} holds {list(column.levels)[count]!r}, which no row of the first file holds"
            raise Problem(source.where, found, "leave such rows out: nothing is known of their labels")


def _without_gaps(source: TableSource, coding: Coding, codes: Array, missing: str) -> Array:
    """Return rows whose entries are all there, or are to be filled in."""
    gaps = np.isnan(codes[:, coding.used])
    if missing == "refuse" and gaps.any():
        names = [f"{coding.columns[at].name} ({n:,})" for at, n in zip(coding.used, gaps.sum(axis=0), strict=True) if n]
        found = f"missing entries in {int(gaps.any(axis=1).sum()):,} of {len(codes):,} rows: {listed(names, _LISTED)}"
        drop, mean = Setting("missing", "drop"), Setting("missing", "mean")
        raise Problem(source.where, found, Advice("fill them in; or say ", drop, " or ", mean))
    kept = codes[~gaps.any(axis=1)] if missing == "drop" else codes
    if not len(kept):
        raise Problem(source.where, "no rows that can be used", "give at least one row of inputs")
    return kept
