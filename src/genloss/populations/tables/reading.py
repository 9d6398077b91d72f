"""How does a user want a table read, and can it be read so?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genloss.doors import Advice, Setting
from genloss.errors import Problem, nearest
from genloss.populations.tables.column import NONE, WORDS, Column
from genloss.populations.tables.dialects import tidied
from genloss.populations.tables.notes import Note, listed
from genloss.populations.tables.numbers import NumberReader
from genloss.populations.tables.numerals import Asked
from genloss.populations.tables.source import TableSource

_ALONE = (
    "give a column to predict and at least one to predict it from "
    "(CSV: with commas, tabs, semicolons or bars between values)"
)
MISSING = ("refuse", "drop", "mean")
THOUSANDS = {sign: sign for sign in (",", ".", " ", "'", "_")} | {"space": " ", "apostrophe": "'", "underscore": "_"}
"""What may be said to stand between thousands, and the sign itself."""
MOST_INPUTS = 10_000
"""Columns that are inputs: their second moments, and what a fit does with these, grow with the square and the cube."""
ROLES = ("weights", "exposure", "id")
"""Settings that name a column which is no input: how many equal rows a row is, its exposure, which entity it is of."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is to be read.

    target: the column to predict. missing: what to do with missing entries: "refuse" them, "drop" their
    rows, or fill in the column's "mean" (for words their shares; rows without a target are dropped). drop: columns
    to leave out. keep: columns to keep although they seem to name rows, or to give the target away. categories: columns
    to read as words even where they hold numbers. levels: the most different words of a column.
    decimal: the decimal sign, "." or ",". thousands: what stands between thousands, ",", ".", "space",
    "apostrophe" or "underscore".
    strip: texts to take off around numbers. None: what the entries themselves say. missing_words: words that stand for
    nothing, besides an empty entry and, among numbers, the usual ones; None: the usual ones (NA, NaN, null, ...), among
    words without None.
    weights: the column that says how many equal rows a row is, whole numbers; the table is then that of the repeated
    rows. exposure: the column of exposures (> 0) of a count. id: the column that says of which entity (a firm, a
    patient) a row is; of these three, "" is none.
    """

    target: str
    missing: str = "refuse"
    drop: Sequence[str] = ()
    keep: Sequence[str] = ()
    categories: Sequence[str] = ()
    levels: int = 50
    decimal: str | None = None
    thousands: str | None = None
    strip: Sequence[str] = ()
    missing_words: Sequence[str] | None = None
    weights: str = ""
    exposure: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        if self.missing not in MISSING:
            raise Problem(
                Advice(Setting("missing")), f"{self.missing!r} is not known", f"give one of {', '.join(MISSING)}"
            )
        for name in ("drop", "keep", "categories", "strip", "missing_words"):
            if isinstance(given := getattr(self, name), str):
                object.__setattr__(self, name, (given,))
        if isinstance(self.levels, bool) or not isinstance(self.levels, int):
            raise Problem("levels", f"{self.levels!r}", "give a whole number")
        if self.levels < 2:
            raise Problem("levels", f"{self.levels} different words", "give at least 2")
        self._check_numbers()

    def _check_numbers(self) -> None:
        if self.decimal not in (None, ".", ","):
            raise Problem("decimal", f"{self.decimal!r} is not known", 'give "." or ","')
        if self.thousands is not None and self.thousands not in THOUSANDS:
            raise Problem(
                Advice(Setting("thousands")), f"{self.thousands!r} is not known", f"give one of {', '.join(THOUSANDS)}"
            )
        if self.decimal is not None and self.decimal == self.thousands:
            raise Problem(
                Advice(Setting("thousands")), f"{self.thousands!r} is also the decimal sign", "give two signs"
            )

    @property
    def asked(self) -> Asked:
        """What is said of numbers."""
        thousands = THOUSANDS[self.thousands] if self.thousands else None
        return Asked(self.decimal, thousands, tuple(tidied(text).strip() for text in self.strip))

    @property
    def roles(self) -> list[str]:
        """Columns that are no inputs."""
        return [name for name in (getattr(self, role) for role in ROLES) if name]


def wanted_columns(source: TableSource, reading: Reading) -> tuple[int, ...]:
    """Return the places of the columns to read, the target last."""
    if len(source.names) == 1:
        raise Problem(source.where, f"only the column {source.names[0]!r}", _ALONE)
    asked = {"target": [reading.target], "drop": reading.drop, "keep": reading.keep, "categories": reading.categories}
    asked |= {role: [getattr(reading, role)] for role in ROLES if getattr(reading, role)}
    for what, names in asked.items():
        for name in names:
            if name not in source.names:
                where = Advice(f"{source.where}: ", Setting(what))
                raise Problem(where, f"there is no column {name!r}", _nearest(name, source))
    if reading.target in {*reading.drop, *reading.categories}:
        found = f"{reading.target!r} is also left out or to be read as words"
        raise Problem("target", found, "name another target")
    used = [reading.target, *reading.drop, *reading.categories]
    for place, name in enumerate(reading.roles):
        if name in used + reading.roles[:place]:
            role = next(role for role in ROLES if getattr(reading, role) == name)
            raise Problem(role, f"{name!r} has another role already", "name another column")
    aside = {*reading.drop, *reading.roles, reading.target}
    inputs = [place for place, name in enumerate(source.names) if name not in aside]
    if not inputs:
        raise Problem(source.where, f"every column but {reading.target!r} is left out", "leave out fewer")
    if len(inputs) > MOST_INPUTS:
        found = f"{len(inputs):,} columns to learn from, where at most {MOST_INPUTS:,} are read"
        raise Problem(source.where, found, "save a table with fewer columns: those that matter, or sums of alike ones")
    return (*inputs, source.names.index(reading.target))


def _nearest(asked: str, source: TableSource) -> str:
    """Say which column was probably meant, and some of them where none is near."""
    near = nearest(asked, list(source.names))
    return f"known here: {listed(list(source.names), 20)}" if near.startswith("known") else near


def column_of(name: str, source: TableSource, reading: Reading) -> Column:
    """Make a column of which nothing is known but what the user says of it."""
    declared = name in reading.categories
    return Column(
        name,
        reading.levels,
        target=name == reading.target,
        declared=declared,
        numbers=number_reader(source, reading),
        gaps=gap_words(source, reading),
        kind=WORDS * declared,
    )


def number_reader(source: TableSource, reading: Reading) -> NumberReader:
    """Make the reader of a column's numbers: any usual word for nothing is a gap among them."""
    return NumberReader(reading.asked, (*source.nothing, *(reading.missing_words or ())))


def gap_words(source: TableSource, reading: Reading) -> tuple[str, ...]:
    """Return what stands for nothing among words: what the user says, or all usual words but None."""
    given = reading.missing_words
    return tuple(word for word in source.nothing if word != NONE) if given is None else tuple(given)


def asked_notes(source: TableSource, reading: Reading) -> list[Note]:
    """Say what was left out as asked, and which numbers stand for the classes of the target."""
    notes = [Note(name, "left out, as asked") for name in reading.drop]
    classes = source.classes.get(reading.target, ())
    if classes:
        numbered = [f"{word!r} is {number}" for number, word in enumerate(classes)]
        notes.append(Note(reading.target, f"classes are taken as their numbers: {listed(numbered)}"))
    return notes
