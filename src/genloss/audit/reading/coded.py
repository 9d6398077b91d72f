"""What do the entries of a column stand for, while rows come? Numbers, dates as days, or words; by one rule for all.

A column of numbers or dates by its type is one; text is numbers where every entry is one, days where every entry is a
date, else words; truth values, categories and class labels are words. What is missing is nan among numbers and a kind
of its own among words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute, types

from genloss.audit.reading.raw import Batch, Raw
from genloss.doors import Advice, Setting
from genloss.errors import Problem, clipped
from genloss.populations.own_rows.columns import NO_ENTRY
from genloss.populations.tables.column import named
from genloss.populations.tables.numbers import NumberReader, cast, is_text, text_of
from genloss.populations.tables.numerals import Fault

NUMBERS, DAYS, WORDS, NOTHING = "numbers", "days", "words", ""
"""What a column holds; NOTHING before its first entry."""
_DAY = 86_400e6  # microseconds
_NONE = "None"
_FEW = 0.1
"""Share of a column's entries: fewer that are no numbers are faults in a column of numbers, more make it words."""


class WordsAfterNumbers(Problem):
    """A column that seemed to hold numbers, or days, and holds words. Read it again with `name` as words."""

    def __init__(self, where: str, name: str, entry: str, row: int) -> None:
        found = f"column {name!r} holds numbers at first, and {clipped(entry, 40)!r} in row {row}"
        super().__init__(where, found, "write one kind of entries in a column")
        self.name = name


class Coder:
    """Turns batches into numbers and words. It changes as rows come: what a column holds is learnt from its entries.

    kinds: what columns hold, by name. firm: whether that is said by the rows with which these are compared.
    """

    def __init__(self, raw: Raw, kinds: Mapping[str, str], *, firm: bool) -> None:
        self._raw, self._firm = raw, firm
        self.kinds = dict(kinds)
        self._readers: dict[str, NumberReader] = {}
        self._numbers_met: dict[str, int] = {}

    def numbers(self, name: str, array: Any, batch: Batch) -> NDArray[np.float64] | None:
        """Return the entries of a column as numbers, nan where missing; None where it holds words."""
        kind, plain = self.kinds.get(name, NOTHING), named(array, self._raw.classes.get(name, ()))
        if types.is_null(plain.type):
            return None if kind == WORDS else np.full(len(plain), np.nan)
        if types.is_boolean(plain.type) and kind == NUMBERS:
            return cast(plain.cast(pa.int8()))
        if _is_words(plain.type):
            self._as_words(name, plain, batch)
            return None
        if not is_text(plain):
            return self._typed(name, plain, batch)
        return None if kind == WORDS else self._of_text(name, plain, batch)

    def words(self, name: str, array: Any) -> NDArray[np.object_]:
        """Return the entries of a column as words, each missing one as a kind of its own."""
        plain = named(array, self._raw.classes.get(name, ()))
        plain = plain.dictionary_decode() if types.is_dictionary(plain.type) else plain
        nothing = [word for word in self._raw.nothing if word != _NONE]
        text = text_of(plain, nothing) if not types.is_null(plain.type) else pa.nulls(len(plain), pa.string())
        lower = compute.utf8_lower(text)
        truth = compute.is_in(lower, pa.array(["true", "false"]))
        found: NDArray[np.object_] = (
            compute.if_else(truth, lower, text).fill_null(NO_ENTRY).to_numpy(zero_copy_only=False).astype(object)
        )
        return found

    def _as_words(self, name: str, plain: Any, batch: Batch) -> None:
        if self.kinds.get(name, NOTHING) in (NUMBERS, DAYS):
            raise self._other(name, batch, "words", "numbers")
        if plain.null_count < len(plain) or types.is_dictionary(plain.type):
            self.kinds[name] = WORDS

    def _typed(self, name: str, plain: Any, batch: Batch) -> NDArray[np.float64] | None:
        """Read numbers or dates by their type."""
        kind = self.kinds.get(name, NOTHING)
        new = kind_of(plain.type)
        found = _days(plain) if new == DAYS else cast(plain) if new == NUMBERS else None
        if found is None:
            mend = Advice("turn it into numbers or words, or leave it out (", Setting("ignore", [name]), ")")
            raise Problem(batch.where, f"column {name!r} holds entries of type {plain.type!s:.60}", mend)
        if kind == WORDS and self._raw.loose:
            return None
        if kind in (WORDS, DAYS, NUMBERS) and kind != new:
            raise self._other(name, batch, *(_SAID[each] for each in (new, kind)))
        if not np.isnan(found).all():
            self.kinds[name] = new
        return _finite(found)

    def _of_text(self, name: str, plain: Any, batch: Batch) -> NDArray[np.float64] | None:
        kind = self.kinds.get(name, NOTHING)
        reader = self._readers.setdefault(name, NumberReader(nothing=self._raw.nothing))
        found = reader.read(plain) if kind == NUMBERS else None
        if isinstance(found, np.ndarray):
            return self._of_numbers(name, found)
        text = text_of(plain, self._raw.nothing)
        if text.null_count == len(text):
            return np.full(len(text), np.nan)
        days = _dates(text) if kind in (DAYS, NOTHING) else None
        if days is not None:
            self.kinds[name] = DAYS
            return days
        found = reader.read(plain) if kind == NOTHING else found
        if isinstance(found, np.ndarray):
            return self._of_numbers(name, found)
        if isinstance(found, Fault) and kind != DAYS and not found.words:
            told = f"column {name!r} holds numbers that can be read in two ways ({found.entry!r})"
            leave = Setting("ignore", [name])
            raise Problem(batch.where, told, Advice("write them with a point alone, or leave it out (", leave, ")"))
        self._refuse_odd(name, text, batch)
        self.kinds[name] = WORDS
        return None

    def _of_numbers(self, name: str, found: NDArray[np.float64]) -> NDArray[np.float64]:
        finite = _finite(found)
        there = len(finite) - int(np.isnan(finite).sum())
        if there:
            self.kinds[name] = NUMBERS
        self._numbers_met[name] = self._numbers_met.get(name, 0) + there
        return finite

    def _refuse_odd(self, name: str, text: Any, batch: Batch) -> None:
        """Refuse words among numbers: in rows that have something to be compared with, and where they are few."""
        entries = text.to_pylist()
        there = [row for row, entry in enumerate(entries) if entry is not None]
        kind, met = self.kinds.get(name, NOTHING), self._numbers_met.get(name, 0)
        odd = [row for row in there if kind != DAYS and not _is_number(entries[row])] or there
        entry, row = entries[odd[0]], batch.first_row + odd[0]
        numbers = met + len(entries) - text.null_count - len(odd)
        if len(odd) <= _FEW * (numbers + len(odd)) and kind != DAYS:
            empty = "empty such entries, or leave the column out ("
            raise Problem(
                batch.where,
                f"column {name!r} holds numbers, and {clipped(entry, 40)!r} in row {row}",
                Advice(empty, Setting("ignore", [name]), ")"),
            )
        if self._firm and kind in (NUMBERS, DAYS):
            raise self._other(name, batch, f"words ({clipped(entry, 40)!r} in row {row})", _SAID[kind])
        if kind in (NUMBERS, DAYS):
            raise WordsAfterNumbers(batch.where, name, entry, row)

    def _other(self, name: str, batch: Batch, here: str, there: str) -> Problem:
        beside = " in the real rows" if self._firm else " in rows before"
        found = f"column {name!r} holds {here}, and {there}{beside}"
        return Problem(batch.where, found, Advice("save it alike, or leave it out (", Setting("ignore", [name]), ")"))


def kind_of(kind: Any) -> str:
    """Return what a column holds by its type; NOTHING where only its entries tell."""
    if _is_words(kind):
        return WORDS
    if types.is_date(kind) or types.is_timestamp(kind):
        return DAYS
    return NUMBERS if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) else NOTHING


_SAID = {NUMBERS: "numbers", DAYS: "dates", WORDS: "words"}


def _is_words(kind: Any) -> bool:
    """Whether entries are words by their type: categories, also of numbers, and truth values."""
    return bool(types.is_dictionary(kind) or types.is_boolean(kind))


def _is_number(entry: str) -> bool:
    try:
        float(entry)
    except ValueError:
        return False
    return True


def _finite(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers with nan for what is not finite."""
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _days(array: Any) -> NDArray[np.float64]:
    """Return dates and times as days since 1970."""
    moments = array.cast(pa.timestamp("us"), safe=False).cast(pa.int64()).cast(pa.float64(), safe=False)
    found: NDArray[np.float64] = moments.to_numpy(zero_copy_only=False) / _DAY
    return found


def _dates(text: Any) -> NDArray[np.float64] | None:
    """Return text of dates such as 2026-01-31, with or without a time, as days; None for other text."""
    first = next((entry for entry in text.slice(0, 1000).to_pylist() if entry), None) or ""
    if len(first) < 8 or first[4:5] != "-":
        return None
    try:
        return _days(text.cast(pa.timestamp("us")))
    except pa.ArrowInvalid:
        return None
