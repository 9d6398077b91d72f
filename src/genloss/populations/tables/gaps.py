"""Which rows can be used although entries are missing, and when is a table refused for them?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.populations.draw import Array
from genloss.populations.tables.column import Column
from genloss.populations.tables.notes import Note, listed
from genloss.populations.tables.reading import Reading

LEAST_ROWS = 4


class Gaps:
    """Counts missing entries while rows go by, and says which rows can be used."""

    def __init__(self, columns: list[Column], reading: Reading) -> None:
        self._columns = columns
        self._missing = reading.missing
        self._entries = np.zeros(len(columns), dtype=np.int64)
        self._rows = 0
        self.read = 0

    @property
    def refused(self) -> bool:
        """Whether the table will be refused for what is missing."""
        return self._missing == "refuse" and self._rows > 0

    def usable(self, codes: Array) -> NDArray[np.bool_]:
        """Return which rows can be used, (rows,)."""
        gaps = np.isnan(codes)
        self.read += len(codes)
        self._entries += gaps.sum(axis=0)
        self._rows += int(gaps.any(axis=1).sum())
        unusable = gaps[:, -1] if self._missing == "mean" else np.logical_or.reduce(gaps, axis=1)
        return np.logical_not(unusable)

    def refusal(self, where: str) -> Problem | None:
        """Return what is to be said of missing entries, where they are refused."""
        if not self.refused:
            return None
        drop, mean = Setting("missing", "drop"), Setting("missing", "mean")
        found = f"missing entries in {self._rows:,} of {self.read:,} rows: {self._told()}"
        mend = Advice("fill them in; or say ", drop, " to leave such rows out, ", mean, " to fill in means")
        word = next((column.gap for column in self._columns if column.gap), "")
        kept = Advice(mend, ", ", Setting("missing_words", [""]), f" to keep {word!r} as a word")
        return Problem(where, found, kept if word else mend)

    def check_rows(self, where: str, rows: int) -> None:
        """Refuse too few rows."""
        if rows < LEAST_ROWS:
            counted = self._told()
            lost = f" of {self.read} without missing entries; missing: {counted}" if counted else ""
            filled = Advice("say ", Setting("missing", "mean"), ", or drop the emptiest columns")
            raise Problem(where, f"{rows} rows{lost}", filled if counted else f"give at least {LEAST_ROWS} rows")

    def _told(self) -> str:
        return listed([f"{column.name!r} ({count:,})" for column, count in self._counted()])

    def notes(self, rows: int) -> list[Note]:
        """Say which rows were left out."""
        if rows == self.read:
            return []
        if self._missing == "mean":
            return [Note(self._columns[-1].name, f"{self.read - rows:,} rows left out, which have no target")]
        return [
            Note("", f"{self.read - rows:,} of {self.read:,} rows left out, with missing entries in {self._told()}")
        ]

    def _counted(self) -> list[tuple[Column, int]]:
        """Columns with missing entries and how many, the emptiest first."""
        found = [(column, int(count)) for column, count in zip(self._columns, self._entries, strict=True) if count]
        return sorted(found, key=lambda pair: -pair[1])
