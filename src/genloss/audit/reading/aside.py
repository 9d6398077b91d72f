"""Which columns say nothing of the law of rows? Those that number or name them, and those of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from genloss.audit.options import Options
from genloss.audit.sketch import Sketched
from genloss.populations.own_rows import Columns
from genloss.populations.own_rows.columns import NO_ENTRY
from genloss.populations.tables.row_names import is_id

_DIFFERENT, _LONG = 0.9, 40
_FEWEST = 20
"""Rows: of fewer, all entries differ by chance."""


def says_nothing(real: Columns, rows_seen: int | None = None, keep: Sequence[str] = ()) -> Mapping[str, str]:
    """Return columns of real rows to leave out, and why, in words for a note.

    rows_seen: of which these are a sample. keep: columns that are not to be looked at. A column of whole numbers that
    all differ and count the rows, or are called an id; words of which nine in ten differ; texts; nothing at all.

    >>> rows = Columns(("n",), np.arange(40.0)[:, None], ("w",), np.array([["a"], ["b"]] * 20, dtype=object))
    >>> says_nothing(rows)
    {'n': 'left out: it numbers the rows'}
    """
    seen = len(real) if rows_seen is None else rows_seen
    found = {name: _of_numbers(name, column, seen) for name, column in zip(real.names, real.numbers.T, strict=True)}
    found |= {name: _of_words(column) for name, column in zip(real.kind_names, real.kinds.T, strict=True)}
    return {name: f"left out: {why}" for name, why in found.items() if why and name not in keep}


def aside_of(options: Options, real: Sketched) -> Mapping[str, str]:
    """Return columns of real rows that an audit leaves out, and why."""
    if isinstance(real.columns, list):
        return {}
    return says_nothing(real.columns, real.rows_seen, [name for name in (options.slices, options.loss) if name])


def without_what_says_nothing(options: Options, real: Sketched) -> Options:
    """Return options that leave these columns out."""
    return replace(options, ignore=tuple(dict.fromkeys([*options.ignore, *aside_of(options, real)])))


def _of_numbers(name: str, column: NDArray[np.float64], seen: int) -> str:
    there = column[~np.isnan(column)]
    if not len(there):
        return "nothing stands in it"
    if len(there) < max(len(column), _FEWEST) or not np.array_equal(there, np.round(there)):
        return ""
    if len(np.unique(there)) < len(there):
        return ""
    counts = np.ptp(there) == len(there) - 1 if seen == len(there) else np.ptp(there) < 1.001 * seen
    return "it numbers the rows" if counts or is_id(name, there, words=False) else ""


def _of_words(words: NDArray[np.object_]) -> str:
    there = words[words != NO_ENTRY].tolist()
    if not there:
        return "nothing stands in it"
    different = len(set(there)) / len(there)
    if len(there) < _FEWEST or different < 0.5:
        return ""
    if sum(map(len, there)) >= _LONG * len(there):
        return "it holds texts"
    return "almost every row has another word in it" if different >= _DIFFERENT else ""
