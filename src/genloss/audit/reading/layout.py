"""Which columns are compared, and what stands where nothing stands? As the real rows say it; the same for all others.

A column of numbers in which real rows have gaps gets a column of words beside it that says whether there is an entry;
gaps themselves become the median of the real entries. So a change in what is missing is seen as what it is, and the
other columns of a row with a gap still count. Columns that number rows, or hold another word in almost every one, say
nothing of the law of rows and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.populations.own_rows import Columns
from genloss.populations.own_rows.columns import NO_ENTRY
from genloss.populations.tables.notes import Note
from genloss.populations.tables.row_names import is_id

GIVEN, GAP = "given", "missing"
_DIFFERENT, _LONG = 0.9, 40
_FEWEST = 20
"""Rows: of fewer, all entries differ by chance."""


@dataclass(frozen=True)
class Layout:
    """names, kind_names: columns that are compared. medians: of names, what fills gaps. gaps: names of numbers that
    have gaps in real rows, each with a column of words of its own. left: columns that are left out, and why."""

    names: tuple[str, ...]
    kind_names: tuple[str, ...]
    medians: tuple[float, ...]
    gaps: tuple[str, ...]
    left: Mapping[str, str]

    def of(self, rows: Columns) -> Columns:
        """Return rows as they are compared: every number finite."""
        chosen = [rows.names.index(name) for name in self.names]
        numbers = rows.numbers[:, chosen]
        missing = np.isnan(numbers)
        kinds = [rows.kinds[:, rows.kind_names.index(name)] for name in self.kind_names]
        kinds += [np.where(missing[:, self.names.index(name)], GAP, GIVEN).astype(object) for name in self.gaps]
        return Columns(
            self.names,
            np.where(missing, np.array(self.medians), numbers) if self.names else np.empty((len(rows), 0)),
            (*self.kind_names, *(f"{name} is missing" for name in self.gaps)),
            np.column_stack(kinds) if kinds else np.empty((len(rows), 0), dtype=object),
        )

    def notes(self, rows: Columns, *, real: bool = False) -> Iterator[Note]:
        """Say of rows where gaps were filled; of real ones also what is left out."""
        if real:
            yield from (Note(name, told) for name, told in self.left.items())
        for name in self.names:
            count = int(np.isnan(rows.numbers[:, rows.names.index(name)]).sum())
            if count and name in self.gaps:
                yield Note(name, f"{count:,} of {len(rows):,} entries are missing: filled with the median, and counted")
            elif count:
                told = (
                    f"{count:,} of {len(rows):,} entries are missing, and none of the real ones: filled with the median"
                )
                yield Note(name, told)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "names": list(self.names),
            "kind_names": list(self.kind_names),
            "medians": list(self.medians),
            "gaps": list(self.gaps),
            "left": dict(self.left),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again of plain data."""
        names, kinds, gaps = (tuple(map(str, data[key])) for key in ("names", "kind_names", "gaps"))
        return cls(names, kinds, tuple(map(float, data["medians"])), gaps, dict(data["left"]))


def layout_of(real: Columns, rows_seen: int | None = None, *, keep: Sequence[str] = (), where: str = "real") -> Layout:
    """Return how rows like these are compared. rows_seen: of which these are a sample. keep: columns to keep anyway.

    >>> rows = Columns(("x", "y"), np.array([[1.0, np.nan], [2.0, 5.0]]), (), np.empty((2, 0), dtype=object))
    >>> layout_of(rows).of(rows).numbers.tolist(), layout_of(rows).of(rows).kinds.tolist()
    ([[1.0, 5.0], [2.0, 5.0]], [['missing'], ['given']])
    """
    seen = len(real) if rows_seen is None else rows_seen
    left = dict[str, str]()
    for name, column in zip(real.names, real.numbers.T, strict=True):
        told = "" if name in keep else _of_numbers(name, column, seen)
        left |= {name: told} if told else {}
    for name, words in zip(real.kind_names, real.kinds.T, strict=True):
        told = "" if name in keep else _of_words(words)
        left |= {name: told} if told else {}
    names = tuple(name for name in real.names if name not in left)
    kinds = tuple(name for name in real.kind_names if name not in left)
    if not names and not kinds:
        _, told = next(iter(left.items()), ("", "no column"))
        keep_all = Advice("keep what says something of rows (", Setting("keep", [*left][:3]), ")")
        raise Problem(where, f"no column to compare: {told}", keep_all)
    held = real.numbers[:, [real.names.index(name) for name in names]]
    medians = tuple(float(np.nanmedian(column)) for column in held.T)
    gaps = tuple(name for name, column in zip(names, held.T, strict=True) if np.isnan(column).any())
    return Layout(names, kinds, medians, gaps, left)


def _of_numbers(name: str, column: NDArray[np.float64], seen: int) -> str:
    """Say why a column of numbers is left out, "" where it is not."""
    there = column[~np.isnan(column)]
    if not len(there):
        return "left out: nothing stands in it"
    if len(there) < len(column) or len(there) < _FEWEST or not np.array_equal(there, np.round(there)):
        return ""
    if len(np.unique(there)) < len(there):
        return ""
    counts = seen > len(there) and np.ptp(there) < 1.001 * seen
    return "left out: it numbers the rows" if counts or is_id(name, there, words=False) or _is_count(there) else ""


def _is_count(there: NDArray[np.float64]) -> bool:
    return bool(np.ptp(there) == len(there) - 1)


def _of_words(words: NDArray[np.object_]) -> str:
    there = words[words != NO_ENTRY]
    if not len(there):
        return "left out: nothing stands in it"
    if len(there) < _FEWEST:
        return ""
    different = len(set(there.tolist())) / len(there)
    long = np.mean([len(word) for word in there]) >= _LONG
    if long and different >= 0.5:
        return "left out: it holds texts"
    return "left out: almost every row has another word in it" if different >= _DIFFERENT else ""
