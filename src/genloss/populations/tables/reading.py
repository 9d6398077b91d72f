"""How does a user want a table read, and can it be read so?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genloss.errors import Problem, nearest
from genloss.populations.tables.column import WORDS, Column
from genloss.populations.tables.notes import Note, listed
from genloss.populations.tables.source import TableSource

_ALONE = (
    "give a column to predict and at least one to predict it from "
    "(CSV: with commas, tabs, semicolons or bars between values)"
)
MISSING = ("refuse", "drop", "mean")
ROLES = ("weights", "exposure", "id")
"""Settings that name a column which is no input: how many equal rows a row is, its exposure, which entity it is of."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is to be read.

    target: the column to predict. missing: what to do with missing entries: "refuse" them, "drop" their
    rows, or fill in the column's "mean" (for words their shares; rows without a target are dropped). drop: columns
    to leave out. categories: columns to read as words even where they hold numbers. levels: the
    most different words of a column. weights: the column that says how many equal rows a row is, whole numbers;
    the table is then that of the repeated rows. exposure: the column of exposures (> 0) of a count. id: the column
    that says of which entity (a firm, a patient) a row is; of these three, "" is none.
    """

    target: str
    missing: str = "refuse"
    drop: Sequence[str] = ()
    categories: Sequence[str] = ()
    levels: int = 50
    weights: str = ""
    exposure: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        if self.missing not in MISSING:
            raise Problem("missing", f"{self.missing!r} is not known", f"give one of {', '.join(MISSING)}")
        for name in ("drop", "categories"):
            if isinstance(given := getattr(self, name), str):
                object.__setattr__(self, name, (given,))
        if isinstance(self.levels, bool) or not isinstance(self.levels, int):
            raise Problem("levels", f"{self.levels!r}", "give a whole number")
        if self.levels < 2:
            raise Problem("levels", f"{self.levels} different words", "give at least 2")

    @property
    def roles(self) -> list[str]:
        """Columns that are no inputs."""
        return [name for name in (getattr(self, role) for role in ROLES) if name]


def wanted_columns(source: TableSource, reading: Reading) -> tuple[int, ...]:
    """Return the places of the columns to read, the target last."""
    if len(source.names) == 1:
        raise Problem(source.where, f"only the column {source.names[0]!r}", _ALONE)
    asked = {"target": [reading.target], "drop": reading.drop, "categories": reading.categories}
    asked |= {role: [getattr(reading, role)] for role in ROLES if getattr(reading, role)}
    for what, names in asked.items():
        for name in names:
            if name not in source.names:
                raise Problem(f"{source.where}: {what}", f"there is no column {name!r}", _nearest(name, source))
    if reading.target in {*reading.drop, *reading.categories}:
        raise Problem("target", f"{reading.target!r} is also left out or to be read as words", "name another target")
    used = [reading.target, *reading.drop, *reading.categories]
    for place, name in enumerate(reading.roles):
        if name in used + reading.roles[:place]:
            role = next(role for role in ROLES if getattr(reading, role) == name)
            raise Problem(role, f"{name!r} is named for something else, too", "name another column")
    aside = {*reading.drop, *reading.roles, reading.target}
    inputs = [place for place, name in enumerate(source.names) if name not in aside]
    if not inputs:
        raise Problem(source.where, f"every column but {reading.target!r} is left out", "leave out fewer")
    return (*inputs, source.names.index(reading.target))


def _nearest(asked: str, source: TableSource) -> str:
    """Say which column was probably meant, and some of them where none is near."""
    near = nearest(asked, list(source.names))
    return f"known here: {listed(list(source.names), 20)}" if near.startswith("known") else near


def column_of(name: str, reading: Reading) -> Column:
    """Make a column of which nothing is known but what the user says of it."""
    declared = name in reading.categories
    return Column(name, reading.levels, target=name == reading.target, declared=declared, kind=WORDS * declared)


def asked_notes(source: TableSource, reading: Reading) -> list[Note]:
    """Say what was left out as asked, and which numbers stand for the classes of the target."""
    notes = [Note(name, "left out, as asked") for name in reading.drop]
    classes = source.classes.get(reading.target, ())
    if classes:
        numbered = [f"{word!r} is {number}" for number, word in enumerate(classes)]
        notes.append(Note(reading.target, f"classes are taken as their numbers: {listed(numbered)}"))
    return notes
