"""Which numbers does a target stand for that a function was given as text? Those of a file's column of such entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.populations.draw import Array
from genloss.populations.missing import is_missing
from genloss.populations.tables.classes import check_classes, class_notes, one_of, target_numbers
from genloss.populations.tables.column import WORDS, Column
from genloss.populations.tables.notes import Note
from genloss.populations.tables.numbers import NumberReader, point_words
from genloss.populations.tables.reading import Reading
from genloss.populations.tables.values import as_arrow


@dataclass(frozen=True, eq=False, slots=True)
class GivenTarget:
    """A target of text that was read. column: how; numbers: (rows,), nan where missing."""

    column: Column
    numbers: Array

    @property
    def classes(self) -> bool:
        """Whether its entries are words, of which 0 and 1 stand for two."""
        return self.column.kind == WORDS or bool(self.column.truths)

    @property
    def notes(self) -> list[Note]:
        """Say how it was read."""
        name, points = self.column.name, point_words([self.column])
        words = [*self.column.words, *points.values()]
        return [*class_notes(self.column), *(Note(name, said) for said in words)]

    def of(self, target: Any, where: str) -> Array:
        """Read other rows alike. Errors: `Problem` for words that these rows do not hold."""
        known, one = len(self.column.levels), one_of(self.column)
        codes = self.column.codes(as_arrow(_entries(target)), where, 0)
        if len(self.column.levels) > known:
            found = f"{list(self.column.levels)[known]!r}, which no label of y is"
            raise Problem(where, found, "leave such rows out, or give y rows that have it")
        return codes if one is None else np.asarray((codes == one) + 0.0)


def is_text(target: Any) -> bool:
    """Whether a target (rows,) holds text: strings, or a data frame's categories of such."""
    values = np.asarray(target)
    return values.ndim == 1 and values.dtype.kind in "OUT" and any(isinstance(each, str) for each in values.tolist())


def given_target(target: Any, name: str, reading: Reading) -> GivenTarget:
    """Read a target of text. reading: its levels, decimal, thousands, strip. Errors: `Problem` at y."""
    column = Column(name, reading.levels, target=True, numbers=NumberReader(reading.asked))
    codes = column.codes(as_arrow(_entries(target)), "y", 0)
    check_classes(column, "y")
    return GivenTarget(column, target_numbers(column, np.where(np.isnan(codes), -1.0, codes)) + 0.0 * codes)


def _entries(target: Any) -> list[Any]:
    """Return entries as Python has them, None where missing."""
    entries = np.asarray(target, dtype=object).tolist()
    plain = [each.item() if isinstance(each, np.generic) else each for each in entries]
    return [None if is_missing(each) else each for each in plain]
