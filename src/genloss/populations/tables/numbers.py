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
from genloss.populations.tables.dialects import Dialect, recognized
from genloss.populations.tables.entries import changed, dialect_words, read_entries, tidy
from genloss.populations.tables.numerals import Asked, Fault, way_words

_SAMPLE = 100  # entries that are kept to judge later ones by
_POINTS = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}")


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
    dialect.
    """

    asked: Asked = field(default_factory=Asked)
    nothing: tuple[str, ...] = ()
    dialect: Dialect | None = None
    sample: tuple[str, ...] = ()
    zeros: str = ""
    changed: int = 0
    total: int = 0

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
        return numbers

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
            if still.any():  # a sign too many
                return None
        self._remember(text)
        self.changed += changed(raw)
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
            return [dialect_words(self.dialect, self.changed, self.total)]
        return [f"entries such as {self.zeros!r}, which begin with 0, are read as numbers"] if self.zeros else []

    @property
    def are_few_codes(self) -> bool:
        """Whether the entries seen are few different whole numbers, as codes are."""
        return not self.dialect and 2 < len(self.sample) <= _SAMPLE // 2 and all(map(str.isdecimal, self.sample))

    @property
    def could_be_thousands(self) -> bool:
        """Whether every entry seen is like 1.234: a decimal with three digits, or thousands."""
        return not self.dialect and bool(self.sample) and all(map(_POINTS.fullmatch, self.sample))


_ZEROS = re.compile(r"0\d+$")


class _Named(Protocol):
    name: str
    numbers: NumberReader


def refuse_points_beside_commas(columns: Sequence[_Named], where: str) -> None:
    """Refuse numbers like 1.234 in a file of decimal commas: there they are thousands, everywhere else decimals."""
    commas = next((column for column in columns if (d := column.numbers.dialect) and d.decimal == ","), None)
    points = next((column for column in columns if column.numbers.could_be_thousands), None)
    if commas and points and points.numbers.asked.sign is None:
        shown = points.numbers.sample[0]
        found = f"column {points.name!r} has points in numbers ({shown!r}), {commas.name!r} has decimal commas"
        comma = Setting("decimal", ",")
        mend = Advice(
            "say ", comma, " if the points part thousands; if they are decimals, write all columns in one way"
        )
        raise Problem(where, found, mend)
