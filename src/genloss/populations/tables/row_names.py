"""Does a column only name its rows? An id says nothing of rows that are to come."""

from __future__ import annotations

import re

import numpy as np

from genloss.populations.draw import Array

_FEWEST = 8  # rows: of fewer, all entries differ by chance
_DEALT = 20  # rows: of fewer, small whole numbers cover a range by chance


def is_id(name: str, values: Array, *, words: bool) -> bool:
    """Whether a column names its rows: all words different, or all whole numbers different and called so.

    Whole numbers that are, in some order, c, c + 1, ..., c + n - 1 name rows whatever they are called, unless they
    count in the order of the rows, as time does, or are called a rank.
    """
    if len(values) < _FEWEST or np.isnan(values).any() or np.unique(values).size < len(values):
        return False
    if words:
        return True
    if not np.array_equal(values, np.round(values)):
        return False
    dealt = len(values) >= _DEALT and np.ptp(values) == len(values) - 1 and in_rows_order(values) == 0
    return bool(_ID.match(name)) or (dealt and not _RANK.search(name))


def in_rows_order(values: Array) -> int:
    """Return 1 where entries rise from row to row, -1 where they fall, else 0."""
    steps = np.diff(values)
    return int((steps > 0).all()) - int((steps < 0).all())


_ID = re.compile(
    r"^(id|ids|idx|index|row|rows|row[_ .]?(id|no|nr|num|number|index)|rownames?|obs|case|uuid|guid|unnamed: 0|level_0"
    r"|.*[_ .-](id|idx|uuid|guid)|(id|uuid|guid)[_ .-].*|(?-i:.*[a-z]I[Dd]))$",
    re.IGNORECASE,
)
_RANK = re.compile(r"rank|place|position|order|score|time|date|year|quarter|month|week|day|age", re.IGNORECASE)
