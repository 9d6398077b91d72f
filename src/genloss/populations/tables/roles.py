"""What do columns say that are no inputs? How many equal rows a row is, its exposure, and which entity it is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.populations.draw import Array
from genloss.populations.tables.column import NUMBERS, WORDS, Column
from genloss.populations.tables.notes import Note
from genloss.populations.tables.reading import ROLES, Reading, gap_words, number_reader
from genloss.populations.tables.source import TableSource

MOST_HELD, MOST_READ = 10_000_000, 200_000_000  # rows after every row is repeated: kept, and gone through for a sample
_MOST_ENTITIES = 10_000_000
_MOST_AT_ONCE = 1 << 16

WHOLE = "counts of equal rows are whole numbers"
SURVEY = (
    "round them if they count rows; weights of a survey (how many people a row stands for) are no counts: "
    "leave the column out, or draw rows by such weights first"
)
"""What to do with weights that are no counts."""


@dataclass(slots=True)
class RoleColumns:
    """The columns with a role while they are read, in the order of `reading.ROLES`.

    where: the file. roles: those that were asked for. places: of their columns in the file. rows: so far, after every
    row is repeated; read: before. empty: rows left out for a weight of 0; missing: for a missing entry.
    """

    where: str
    roles: tuple[str, ...]
    places: tuple[int, ...]
    columns: list[Column]
    refuse_missing: bool
    most: int
    rows: int = 0
    read: int = 0
    empty: int = 0
    missing: int = 0

    def expanded(
        self, beside: Array, numbers: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Return which of some rows there are, each as often as its weight says; and the file's numbers of these.

        beside: entries of the columns with a role, (rows, roles). At most 65,536 rows at a time.
        """
        self.read += len(beside)
        kept = self._present(beside, numbers)
        for place, role in enumerate(self.roles):
            _CHECKS[role](self, beside[kept, place], numbers[kept], self.columns[place].name)
        if "weights" not in self.roles:
            self.rows += kept.size
            yield kept, numbers[kept]
            return
        weights = beside[kept, self.roles.index("weights")].astype(np.int64)
        self.empty += int((weights == 0).sum())
        self.rows += int(weights.sum())
        if self.rows > self.most:
            name = self.columns[self.roles.index("weights")].name
            found = f"weights: column {name!r} adds up to more than {self.most:,} rows"
            raise Problem(self.where, found, SURVEY)
        ends = np.cumsum(weights)
        for first in range(0, int(weights.sum()), _MOST_AT_ONCE):
            at = np.arange(first, min(first + _MOST_AT_ONCE, int(ends[-1])))
            chosen = kept[np.searchsorted(ends, at, side="right")]
            yield chosen, numbers[chosen]

    def _present(self, beside: Array, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Places of rows whose roles are all there; refuse others, where asked to."""
        gaps = np.isnan(beside)
        lacking = np.asarray(gaps.any(axis=1))
        if lacking.any() and self.refuse_missing:
            row = int(np.argmax(lacking))
            place = int(np.argmax(gaps[row]))
            found = f"{self.roles[place]}: column {self.columns[place].name!r} is empty in row {numbers[row]}"
            raise Problem(self.where, found, "fill it in, or leave such rows out")
        self.missing += int(lacking.sum())
        return np.flatnonzero(~lacking)

    def part(self, role: str, beside: Array) -> Array | None:
        """Return what a role's column says of rows, or None where there is no such column."""
        return beside[:, self.roles.index(role)] if role in self.roles else None

    def column(self, role: str) -> Column | None:
        """Return the column of a role, or None where there is none."""
        return self.columns[self.roles.index(role)] if role in self.roles else None

    def notes(self) -> list[Note]:
        """Say what was done with the columns, once all rows are read."""
        return [
            Note(column.name, self._told(role, column)) for role, column in zip(self.roles, self.columns, strict=True)
        ]

    def _told(self, role: str, column: Column) -> str:
        lost = f"; {self.missing:,} rows left out, which have no entry in it or beside it" if self.missing else ""
        if role == "weights":
            none = f"; {self.empty:,} of them count 0 rows and are left out" if self.empty else ""
            return f"no input, but how many equal rows each row is: {self.read:,} rows are {self.rows:,}{none}{lost}"
        if role == "exposure":
            return f"no input, but the exposure of each row: a mean count is exposure x exp(linear predictor){lost}"
        return (
            f"no input, but what the rows are of: rows of each of its {len(column.levels):,} are drawn together{lost}"
        )


def role_columns(source: TableSource, reading: Reading, most: int) -> RoleColumns:
    """Find the columns that `reading` gives a role."""
    asked = [(role, str(getattr(reading, role))) for role in ROLES if getattr(reading, role)]
    numbers, gaps = number_reader(source, reading), gap_words(source, reading)
    columns = [
        Column(name, _MOST_ENTITIES, declared=True, gaps=gaps, kind=WORDS)
        if role == "id"
        else Column(name, _MOST_ENTITIES, numbers=replace(numbers), kind=NUMBERS)
        for role, name in asked
    ]
    return RoleColumns(
        source.where,
        tuple(role for role, _ in asked),
        tuple(source.names.index(name) for _, name in asked),
        columns,
        reading.missing == "refuse",
        most,
    )


def _check_weights(roles: RoleColumns, values: Array, numbers: NDArray[np.int64], name: str) -> None:
    for wrong, what, mend in (
        (values < 0, "less than 0", "give whole numbers from 0 on"),
        (values != np.round(values), f"no whole number, and {WHOLE}", SURVEY),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            found = f"weights: column {name!r} is {values[row]:g} in row {numbers[row]}, {what}"
            raise Problem(roles.where, found, mend)


def _check_exposure(roles: RoleColumns, values: Array, numbers: NDArray[np.int64], name: str) -> None:
    if (values <= 0).any():
        row = int(np.argmax(values <= 0))
        found = f"exposure: column {name!r} is {values[row]:g} in row {numbers[row]}"
        raise Problem(roles.where, found, "give exposures above 0 (months, person-years; not their logarithm)")


def _check_id(roles: RoleColumns, values: Array, numbers: NDArray[np.int64], name: str) -> None:
    del roles, values, numbers, name


_CHECKS = {"weights": _check_weights, "exposure": _check_exposure, "id": _check_id}
