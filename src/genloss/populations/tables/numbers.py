"""Which numbers are the entries of a column that comes in pieces, and what is to be said of how they are written?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute, types

from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.populations.tables.dialects import FRACTION, Dialect, recognized
from genloss.populations.tables.entries import changed, dialect_words, read_entries, tidy
from genloss.populations.tables.numerals import Asked, Fault, way_words

_SAMPLE = 100  # entries that are kept to judge later ones by
_POINTS = r"^[-+]?([1-9][0-9]{0,2}\.[0-9]{3}|[0-9]{1,3})$"


def is_text(array: Any) -> bool:
    """Tell an array of text."""
    kind = array.type
    return bool(types.is_string(kind) or types.is_large_string(kind) or kind == pa.string_view())


def text_of(array: Any, nothing: Sequence[str]) -> Any:
    """Return entries as text without blanks around it; empty text and words for nothing are missing."""
    if types.is_floating(array.type):
        array = compute.if_else(compute.is_nan(array), pa.scalar(None, array.type), array)
    text = compute.utf8_trim_whitespace(array.cast(pa.string()))
    return compute.if_else(compute.is_in(text, pa.array(["", *nothing])), pa.scalar(None, pa.string()), text)


def cast(array: Any) -> NDArray[np.float64] | None:
    """Return plain numbers, nan where missing, or None where an entry is none."""
    try:
        numbers = array.cast(pa.float64(), safe=False)
    except pa.ArrowInvalid:
        return None
    found: NDArray[np.float64] = numbers.to_numpy(zero_copy_only=False)
    return found


@dataclass(slots=True)
class NumberReader:
    """Reads a column's entries as numbers. It changes as rows come: the dialect is learnt from them.

    asked: what the user says of numbers. nothing: words for nothing. dialect: None while all are plain numbers.
    sample: different entries seen first, () before the first or where they came as numbers. zeros: one that begins
    with a zero before other digits. changed, total: entries that were no plain numbers, of all since there is a
    dialect. fraction: an entry such as 3¾, "" where there is none. parentheses: whether some stood for a minus.
    points: an entry like 1.234 where all are like it or whole numbers below 1000; "" before the first, None where
    others are there. decimals: whether a point that can only be a decimal sign is there. wholes: whether a
    number without a point is.
    """

    asked: Asked = field(default_factory=Asked)
    nothing: tuple[str, ...] = ()
    dialect: Dialect | None = None
    sample: tuple[str, ...] = ()
    zeros: str = ""
    changed: int = 0
    total: int = 0
    fraction: str = ""
    parentheses: bool = False
    points: str | None = ""
    decimals: bool = False
    wholes: bool = False

    def read(self, array: Any) -> NDArray[np.float64] | Fault | None:
        """Return numbers, nan where missing; None where an entry is a word; what stands against reading them."""
        if not is_text(array):
            return cast(array)
        plain = self.dialect is None and self.asked.sign != ","
        numbers = cast(array) if plain else None
        if numbers is None:  # only now, for it takes as long as reading the numbers
            array = text_of(array, self.nothing)
            numbers = cast(array) if plain else None
        if numbers is None:
            return self._written(array)
        self._remember(array)
        self._look_at_points(array)
        return numbers

    def _look_at_points(self, array: Any) -> None:
        """Keep whether every point may part thousands."""
        if self.decimals:
            return
        odd = array.filter(compute.invert(compute.match_substring_regex(array, _POINTS)))
        if len(odd):
            self.points = None
            self.decimals = bool(compute.any(compute.match_substring(odd, ".")).as_py())
        elif self.points == "":
            there = array.filter(compute.match_substring(array, "."))
            self.points = next((entry for entry in there[:1].to_pylist() if entry), "").strip()
        self.wholes = self.wholes or compute.any(compute.invert(compute.match_substring(array, "."))).as_py() is True

    def _written(self, raw: Any) -> NDArray[np.float64] | Fault | None:
        """Read entries that are not all plain numbers."""
        text = tidy(raw)
        there = compute.is_valid(text).to_numpy(zero_copy_only=False)
        if not there.any():
            return np.full(len(text), np.nan)
        numbers = read_entries(text, self.dialect) if self.dialect else np.full(len(text), np.nan)
        odd = np.isnan(numbers) & there
        if odd.any():
            found = self._learnt(compute.unique(text.filter(pa.array(odd))).to_pylist())
            if not isinstance(found, Dialect):
                return found
            self.dialect = found
            numbers = read_entries(text, found)
            still = np.isnan(numbers) & there
            if still.any():
                return Fault(
                    text[int(np.argmax(still))].as_py(),
                    Advice("holds numbers with two signs ({})"),
                    Advice("write one minus, or parentheses"),
                )
        self._remember(text)
        self.changed += changed(raw)
        self.fraction = self.fraction or _first_fraction(raw)
        self.parentheses = self.parentheses or bool(compute.any(compute.match_substring(text, "(")).as_py())
        self.total += int(there.sum())
        return numbers

    def _learnt(self, entries: list[str]) -> Dialect | Fault | None:
        """Return the dialect of entries and of what was seen before, which must mean what it meant."""
        found = recognized(dict.fromkeys([*self.sample, *entries]), self.asked)
        if not isinstance(found, Dialect) or not self.sample:
            return found
        seen = pa.array(self.sample)
        before = read_entries(seen, self.dialect) if self.dialect else cast(seen)
        same = np.array_equal(before, read_entries(seen, found), equal_nan=True) if before is not None else False
        if same and (self.dialect or found.decimal == "."):
            old = self.dialect or found
            both = ({*old.before, *found.before}, {*old.behind, *found.behind})
            return Dialect(found.decimal, found.thousands, *(tuple(sorted(texts)) for texts in both))
        mend = Advice("say ", way_words((found.decimal, found.thousands)), ", so that all rows are read so")
        entry = next((entry for entry in entries if cast(pa.array([entry])) is None), entries[0])
        return Fault(entry, Advice("is written in another way than in the rows before ({})"), mend)

    def _remember(self, array: Any) -> None:
        if not self.sample:
            entries = compute.unique(array.slice(0, 50 * _SAMPLE)).drop_null().to_pylist()
            self.sample = tuple(entry.strip() for entry in entries[:_SAMPLE] if entry.strip())
            self.zeros = next((entry for entry in self.sample if _ZEROS.match(entry)), "")

    @property
    def words(self) -> list[str]:
        """What is to be said of how the numbers are written."""
        if self.dialect and self.changed:
            return [dialect_words(self.dialect, self.changed, self.total, self.fraction, parentheses=self.parentheses)]
        return [f"entries such as {self.zeros!r}, which begin with 0, are read as numbers"] if self.zeros else []

    @property
    def are_few_codes(self) -> bool:
        """Whether the entries seen are few different whole numbers, as codes are."""
        return not self.dialect and 2 < len(self.sample) <= _SAMPLE // 2 and all(map(str.isdecimal, self.sample))

    @property
    def could_be_thousands(self) -> bool:
        """Whether every entry is like 1.234, a decimal with three digits, or thousands, or whole and below 1000."""
        return not self.dialect and bool(self.points)


_ZEROS = re.compile(r"0\d+$")


def _first_fraction(text: Any) -> str:
    """Return the first entry that has a fraction of one character, "" where none has."""
    there = compute.filter(text, compute.match_substring_regex(text, FRACTION.pattern))
    return str(there[0].as_py()) if len(there) else ""


class _Named(Protocol):
    name: str
    numbers: NumberReader


def refuse_points_beside_commas(columns: Sequence[_Named], where: str) -> None:
    """Refuse numbers like 1.234 in a file of decimal commas: there they are thousands, everywhere else decimals."""
    commas = next((column for column in columns if (d := column.numbers.dialect) and d.decimal == ","), None)
    points = next((column for column in columns if column.numbers.could_be_thousands), None)
    if commas and points and points.numbers.asked.sign is None:
        shown = points.numbers.points
        found = f"column {points.name!r} has points in numbers ({shown!r}), {commas.name!r} has decimal commas"
        comma = Setting("decimal", ",")
        mend = Advice(
            "say ", comma, " if the points part thousands; if they are decimals, write all columns in one way"
        )
        raise Problem(where, found, mend)


def point_words(columns: Sequence[_Named]) -> dict[str, str]:
    """Say of columns whose points may part thousands that they were read as decimals, by name.

    A setting that reads them as thousands is named where no other column has points that are decimals; where one has,
    numbers all of three decimals are such, too.
    """
    either = [column for column in columns if column.numbers.could_be_thousands and column.numbers.asked.sign is None]
    decimals = any(column.numbers.decimals for column in columns)
    found = dict[str, str]()
    for column in either:
        if decimals and not column.numbers.wholes:
            continue
        told = f"points are read as decimal signs ({column.numbers.points!r}); if they part thousands, "
        say = Advice("say ", Setting("thousands", ".")) if not decimals else Advice("write it without them")
        found[column.name] = Advice(told, say)
    return found


def likely(columns: Sequence[_Named], *, commas: bool) -> tuple[Setting, ...]:
    """Return which of two settings for a sign likely holds, by the columns that say it, else by the table's form.

    commas: whether decimals likely have commas, as where semicolons part values.
    """
    dialects = [column.numbers.dialect for column in columns if column.numbers.dialect]
    points = any(column.numbers.decimals for column in columns) or any(d.thousands == "," for d in dialects)
    if any(dialect.decimal == "," for dialect in dialects) or (commas and not points):
        return Setting("decimal", ","), Setting("thousands", ".")
    return (Setting("thousands", ","), Setting("decimal", ".")) if points else ()
