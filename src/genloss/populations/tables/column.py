"""What numbers do the entries of a column stand for? Numbers, truth values or words; the rest is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute, types

from genloss.doors import Advice, Mention, Setting
from genloss.errors import Problem
from genloss.populations.draw import Array
from genloss.populations.tables.dialects import is_marked, is_number, tidied
from genloss.populations.tables.entries import tidy
from genloss.populations.tables.looks import names_entities
from genloss.populations.tables.numbers import NumberReader, is_text, text_of
from genloss.populations.tables.numerals import Fault

NUMBERS, WORDS = "numbers", "words"
TRUTH = {"true", "false"}
_FALSE_TRUE = ("false", "true")

_CODES = re.compile(
    r"(^|[_ .-])(codes?|zip|zipcode|postcode|postal|cat|category|type|class|region|cluster)$", re.IGNORECASE
)
_LARGEST = 1e150
_FIELDS = 20  # of a record: more are rows that were written as keys
_EXACT = 2.0**53  # whole numbers beyond it are rounded
_DATE = re.compile(r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]\d|$)|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}( \d|$)|^\d{1,2}:\d\d")
NONE = "None"
"""A usual word for nothing that is also a usual word."""


@dataclass(slots=True)
class Column:
    """A column while it is read. It changes as rows come: its kind and its words are learnt from them.

    most: how many different words it may hold. declared: whether the user or the file says that it
    holds words, whatever they look like. numbers: how its entries are read as numbers. gaps: words that stand for
    nothing among words. kind: NUMBERS, WORDS, or "" before its first entry.
    levels: its words with their codes 0, 1, ... in the order of coming. places: where each first
    stood. rounded: whether a whole number was too long for 64-bit floats. nones: entries None that are kept as a word.
    gap: a word for nothing that is taken for a gap among words. truths: what 0 and 1 stand for, where truth values
    are a target.
    """

    name: str
    most: int
    target: bool = False
    declared: bool = False
    numbers: NumberReader = field(default_factory=NumberReader)
    gaps: tuple[str, ...] = ()
    kind: str = ""
    levels: dict[str, int] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    rounded: bool = False
    nones: int = 0
    gap: str = ""
    truths: tuple[str, ...] = ()

    def codes(self, array: Any, where: str, first_row: int) -> Array:
        """Return the entries of a piece as floats, (rows,): numbers, or codes of words; nan where missing."""
        place = _Place(where, self.name, first_row, self.target)
        self.declared |= types.is_dictionary(array.type) and not self.target
        plain = _plain(array, place)
        if self.declared or self.kind == WORDS:
            return self._words(plain, place)
        numbers = self._numbers(plain, place)
        if numbers is None:
            return self._words(plain, place)
        if not np.isnan(numbers).all():
            self.kind = NUMBERS
        elif not self.kind:
            self._settle_none(plain)
        self.rounded |= _is_rounded(plain, numbers)
        return _finite(numbers, place)

    def _numbers(self, plain: Any, place: _Place) -> Array | None:
        """Return the entries as numbers, or None where they are words."""
        numbers = self.numbers.read(plain)
        if isinstance(numbers, Fault):
            _refuse_dates([numbers.entry], place)
            raise place.fault(numbers, plain, self._different(plain))
        if numbers is None and self.target:
            numbers = _truths(text_of(plain, self.numbers.nothing))
            self.truths = self.truths if numbers is None else _FALSE_TRUE
        if numbers is None and (self.kind == NUMBERS or (self.target and not self._names_classes(plain))):
            many = self._different(plain) > self.most
            raise _no_number(text_of(plain, self.numbers.nothing), place, many=many)
        return numbers

    def _different(self, plain: Any) -> int:
        """Count the different entries of a piece; those of 1 row in 2 or more are taken for too many to be groups."""
        present = len(plain) - plain.null_count
        count = len(compute.unique(plain))
        return count if count <= self.most and 2 * count <= present else max(count, self.most + 1)

    def _names_classes(self, plain: Any) -> bool:
        """Whether the entries of a target are words: none is a number or a date."""
        words = [word for word in compute.unique(text_of(plain, self.numbers.nothing)).to_pylist() if word]
        return not any(is_number(word) or _DATE.match(word) for word in words)

    def _settle_none(self, plain: Any) -> None:
        """Let None stand for nothing, where a column holds nothing else at first."""
        if is_text(plain) and NONE in self.numbers.nothing and compute.any(compute.equal(plain, NONE)).as_py():
            self.gaps = (*self.gaps, NONE)

    def _words(self, plain: Any, place: _Place) -> Array:
        self.kind = WORDS
        text = text_of(plain, self.gaps)
        if text.null_count and not self.gap and is_text(plain):
            different = compute.unique(compute.utf8_trim_whitespace(plain)).to_pylist()
            self.gap = next((word for word in different if word and word in self.gaps), "")
        encoded = compute.dictionary_encode(text)
        words = encoded.dictionary.to_pylist()
        rows = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        if not self.levels and not self.declared:
            _refuse_dates(words, place)
        for number, word in enumerate(words):
            if word not in self.levels:
                self.levels[word] = len(self.levels)
                self.places.append(place.row(int(np.argmax(rows == number))))
            if word == NONE and NONE in self.numbers.nothing:
                self.nones += int((rows == number).sum())
        self._refuse_many(place.where)
        known = np.array([*(float(self.levels[word]) for word in words), np.nan])
        codes: Array = known[rows]
        return codes

    def _refuse_many(self, where: str) -> None:
        if len(self.levels) > self.most:
            self.refuse_mixed(where)
            if self.target:
                found = f"column {self.name!r}, the target, holds more than {self.most} different words"
                raise Problem(where, found, "name a target of numbers or of two words")
            found = f"column {self.name!r} holds more than {self.most} different words (up to {self.places[self.most]})"
            drop, more = Setting("drop", [self.name]), Setting("levels", 4 * self.most)
            mend = Advice("leave it out (", drop, "), group its rare words, or allow more (", more, ")")
            if names_entities(self.name):
                mend = Advice(mend, "; if it says what rows are of, say so (", Setting("id", self.name), ")")
            raise Problem(where, found, mend)

    def refuse_mixed(self, where: str) -> None:
        """Refuse a column of words most of which are numbers, unless it is declared to hold words."""
        odd = _odd(self.levels)
        if self.declared or self.kind != WORDS or not odd:
            return
        if 2 * len(odd) <= len(self.levels):
            first = f"{odd[0]!r} in {self.places[self.levels[odd[0]]]}"
            raise Problem(
                where,
                f"column {self.name!r} is not numeric ({first}, among numbers)",
                _mixed(self.name, odd, many=len(self.levels) > self.most),
            )

    @property
    def words(self) -> list[str]:
        """What is to be said of how its entries are read."""
        if self.kind == NUMBERS and self.numbers.zeros and not self.numbers.changed and not self.target:
            codes = Setting("categories", [self.name])
            return [Advice(*self.numbers.words, "; if they are codes, say ", codes)]
        if self.kind == NUMBERS and not self.target and _CODES.search(self.name) and self.numbers.are_few_codes:
            codes = Setting("categories", [self.name])
            return [Advice("its whole numbers are read as amounts; if they are codes, say ", codes)]
        if self.kind == NUMBERS:
            return self.numbers.words
        kept = f"{self.nones:,} entries None are kept as a word; ", Setting("missing_words", [NONE]), " makes them gaps"
        empty = f"entries {self.gap!r} are read as gaps; ", Setting("missing_words", [""]), " keeps them as a word"
        return [Advice(*told) for told, holds in ((kept, self.nones > 0), (empty, bool(self.gap))) if holds]


_FEW = 3  # different words that may stand for nothing


def _mixed(name: str, odd: list[str], *, many: bool = False) -> Advice:
    """Say what to do with different words among numbers: few may stand for nothing. many: more than groups are."""
    if len(odd) > _FEW and many:
        return Advice("empty the entries that are no numbers, or ", _left_out(name))
    groups = ("if the column names groups, say ", Setting("categories", [name]))
    if len(odd) > _FEW:
        return Advice(*groups, "; else empty the entries that are no numbers")
    letters = any(map(str.isalpha, "".join(odd))) and not many
    if letters:
        return Advice(*groups, "; ", *_gaps(odd)[:-1])
    return Advice(*_gaps(odd), "else ", _left_out(name)) if many else Advice(*_gaps(odd), *groups)


def _left_out(name: str) -> Advice:
    return Advice("leave it out (", Mention(Setting("drop", [name])), ")")


def _gaps(odd: list[str]) -> tuple[str | Setting, ...]:
    """Say how different words become gaps; a semicolon last."""
    stand = "stands" if len(odd) == 1 else "stand"
    zero = "if it is a zero, write 0; " if len(odd) == 1 and set(tidied(odd[0])) <= _DASHES else ""
    return f"if {' or '.join(map(repr, odd))} {stand} for a gap, say ", Setting("missing_words", odd), f"; {zero}"


_DASHES = set("-$€£¥ ")


def _odd(words: Iterable[str]) -> list[str]:
    """Return the words that are no numbers: those without digits, where all others are numbers with a mark."""
    odd = [word for word in words if not is_number(word)]
    bare = [word for word in odd if not any(map(str.isdigit, word))]
    return bare if bare and all(map(is_marked, set(odd) - set(bare))) else odd


@dataclass(frozen=True, slots=True)
class _Place:
    where: str
    column: str
    first_row: int
    target: bool

    @property
    def leave(self) -> Advice:
        """Say how to do without the column."""
        if self.target:
            return Advice("name another target")
        return Advice("leave it out (", Setting("drop", [self.column]), ")")

    def row(self, offset: int) -> str:
        return f"row {self.first_row + offset}"

    def problem(self, found: str, mend: str) -> Problem:
        return Problem(self.where, Advice(f"column {self.column!r}{', the target,' * self.target} ", found), mend)

    def fault(self, fault: Fault, plain: Any, different: int) -> Problem:
        """Say what stands against reading entries as numbers, and where one that shows it stands.

        different: entries, as `Column._different` counts them: groups have few.
        """
        text = text_of(plain, ())
        row = compute.index(tidy(text), fault.entry).as_py()
        shown = f"{text[row].as_py()!r} in {self.row(row)}" if row >= 0 else repr(fault.entry)
        found = Advice(*(part.replace("{}", shown) if isinstance(part, str) else part for part in fault.found.parts))
        return self.problem(found, fault.mend if self.target else self._mend(fault, different))

    def _mend(self, fault: Fault, different: int) -> Advice:
        groups = Setting("categories", [self.column])
        if fault.words and different <= _GROUPS:
            return Advice("if the column names groups, say ", groups, "; else ", fault.mend)
        if different <= _GROUPS:
            return Advice(fault.mend, "; if the column names groups, say ", Mention(groups))
        return fault.mend if fault.mend.settings() else Advice(fault.mend, ", or ", _left_out(self.column))


_GROUPS = 12  # different entries


def named(array: Any, words: tuple[str, ...]) -> Any:
    """Return the words that the numbers 0, 1, ... stand for; another number is missing. No words: the array itself."""
    if not words or not types.is_integer(array.type):
        return array
    known = compute.and_(compute.greater_equal(array, 0), compute.less(array, len(words)))
    places = compute.if_else(known, array, pa.scalar(None, array.type)).cast(pa.int32())
    return pa.DictionaryArray.from_arrays(places, pa.array(words, pa.string()))


def _plain(array: Any, place: _Place) -> Any:
    """Return an array of numbers, truth values or text; other types are refused."""
    kind = array.type
    if types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
        array = array.cast(pa.string()) if types.is_primitive(kind) and not types.is_temporal(kind) else array
    if types.is_temporal(array.type):
        raise place.problem(f"holds dates or times ({kind})", Advice(_DATES, ", or ", place.leave))
    if types.is_nested(array.type):
        mend = Advice("make a column of each of its parts, or ", place.leave)
        if types.is_struct(array.type) and array.type.num_fields > _FIELDS:
            mend = Advice('write one record for each row (pandas: to_json(orient="records", lines=True))')
        told = str(kind)
        raise place.problem(f"holds lists or records ({told if len(told) <= 60 else told[:57] + '...'})", mend)
    if types.is_null(array.type) or types.is_boolean(array.type) or types.is_decimal(array.type):
        return array
    if types.is_integer(array.type) or types.is_floating(array.type):
        return array
    if is_text(array):
        return array
    raise place.problem(f"is of the type {kind}", Advice("save it as numbers or text, or ", place.leave))


_DATES = "turn them into numbers, e.g. days since the first"


def _truths(text: Any) -> Array | None:
    """Return 1 and 0 for true and false, or None where an entry is neither."""
    try:
        found: Array = text.cast(pa.bool_()).cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return found


def _no_number(text: Any, place: _Place, *, many: bool) -> Problem:
    entries = [(row, word) for row, word in enumerate(text.to_pylist()) if word]
    wrong = set(_odd(word for _, word in entries))
    odd = [(row, word) for row, word in entries if word in wrong] or entries
    row, word = next((entry for entry in odd if entry[1].lower() not in TRUTH), odd[0])
    if _DATE.match(word):
        return place.problem(
            f"holds dates or times ({word!r} in {place.row(row)})", Advice(_DATES, ", or ", place.leave)
        )
    few = list(dict.fromkeys(word for _, word in odd))
    mend = _mixed(place.column, few, many=many)
    if place.target:
        gaps = _gaps(few) if 2 * len(odd) < len(entries) and len(few) <= _FEW else ()
        mend = Advice(*gaps, "write numbers alone, or two words alone; or name another target")
    return place.problem(f"is not numeric ({word!r} in {place.row(row)})", mend)


def _finite(numbers: NDArray[np.float64], place: _Place) -> Array:
    wrong = np.abs(numbers) > _LARGEST
    if wrong.any():
        row = int(np.argmax(wrong))
        found = "infinite" if np.isinf(numbers[row]) else f"{numbers[row]:g}, too large to be squared,"
        raise place.problem(f"is {found} in {place.row(row)}", "empty such entries, or leave their rows out")
    return numbers


def _is_rounded(plain: Any, numbers: NDArray[np.float64]) -> bool:
    large = np.flatnonzero(np.abs(numbers) >= _EXACT)
    if not large.size or types.is_floating(plain.type):
        return False
    return any(_whole(plain[int(row)].as_py()) for row in large[:100])


def _whole(entry: object) -> bool:
    return isinstance(entry, int) or not set(str(entry)) & {".", "e", "E"}


def _refuse_dates(words: list[str | None], place: _Place) -> None:
    if words and all(_DATE.match(word or "") for word in words if word):
        raise place.problem(f"holds dates or times ({words[0]!r})", Advice(_DATES, ", or ", place.leave))
