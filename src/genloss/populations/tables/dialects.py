"""How are the numbers of a column written: with which digits, and with which signs and units around them?

A dialect is found from the different entries of a column. What could be read in two ways, or is written in several,
is a `Fault` that says which settings read it.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from genloss.doors import Advice, Mention, Setting
from genloss.populations.tables.numerals import WAYS, Asked, Fault, fits, way_of
from genloss.populations.tables.units import (
    DEBITS,
    HEMISPHERES,
    is_before,
    is_behind,
    is_currency,
    is_mark,
    is_open,
    is_scale,
    no_cents,
    one_unit,
    unit_of,
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A way of writing numbers.

    decimal: "." or ",". thousands: what stands between groups of digits, "" for nothing. before, behind: texts that
    may stand around a number and are taken off. A minus may stand in front, behind, or as parentheses around.
    """

    decimal: str = "."
    thousands: str = ""
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()


class Parts(NamedTuple):
    """An entry taken apart: what stands before the digits, the digits with what parts them, what stands behind."""

    before: str
    body: str
    behind: str

    def around(self, strip: Sequence[str]) -> list[str]:
        """Return what stands around the digits and is not to be taken off."""
        return [text for text in (self.before, self.behind) if text and text not in strip]


_BODY = re.compile(r"[.,]?\d(?:\d|[., '_](?=\d))*(?:[.,](?![-–—\d]))?(?:[eE][-+]?\d+(?!\w))?")
_PAIR = re.compile(
    r"[-+]?[\d.]*\d ?(?:[/:;x×±]|\+/-|, ) ?[-+]?[\d.]*\d|\d+ \d+/\d+|0[xX][0-9a-fA-F]+"
    r"|[-+]?[\d.,]*\d ?[(\[][^()\[\]]*\d[^()\[\]]*[)\]]|\d+ ?(?:ft|feet|'|°|d|hr?s?|min|m|lbs?|st) ?\d{1,2}(?:\.\d+)? ?"
    r"(?:in|inches|\"|''|'|h|hrs?|m|mins?|s|secs?|oz|lbs?)?"
    r"|[-+]?\d{1,3} ?° ?\d{1,2}(?:\.\d+)? ?'(?: ?\d{1,2}(?:\.\d+)? ?(?:\"|'')?)? ?[NSEWnsew]?"
)
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]+")


def tidied(text: str) -> str:
    """Return an entry in plain signs: one kind of blank, apostrophe and minus, digits 0 to 9, decimals for fractions.

    >>> tidied("\\u221212\\u202f345,5"), tidied("3\\u00be kg"), tidied("\\u00bd")
    ('-12 345,5', '3.75 kg', '0.5')
    """
    return text if text.isascii() else FRACTION.sub(_decimals, text.translate(_plain_signs())).strip()


FRACTION = re.compile("(\\d ?)?([\u00bc-\u00be\u2150-\u215e\u2189])")
"""A fraction that is one character, and the digit before it."""


def _decimals(found: re.Match[str]) -> str:
    whole, sign = found.groups()
    return f"{whole.strip() if whole else '0'}.{f'{unicodedata.numeric(sign):.12f}'.rstrip('0')[2:] or '0'}"


@lru_cache(maxsize=1)
def _plain_signs() -> dict[int, str]:
    found = {code: chr(code) for code in range(128, sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Nd"}
    digits = {code: str(unicodedata.decimal(character)) for code, character in found.items()}
    blanks, invisible = "\u00a0\u202f\u205f\u3000", "\u061c\u200b\u200e\u200f\u2060\ufeff"
    dashes = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
    signs = {blanks + "".join(map(chr, range(0x2000, 0x200B))): " ", "\u00b4\u02bc\u2019\u2032": "'", dashes: "-"}
    signs |= {"\u066b\uff0e": ".", "\u066c\uff0c": ",", "\u066a\uff05": "%", invisible: ""}
    signs |= {"\uff08": "(", "\uff09": ")", "\uff0b": "+", "\uff04": "$", "\uff1c": "<", "\uff1e": ">"}
    return digits | {ord(sign): plain for many, plain in signs.items() for sign in many}


def parts_of(entry: str, strip: Sequence[str] = ()) -> Parts | None:
    """Take a tidied entry apart, or return None where it is no number with a known text around it.

    >>> parts_of("-$1,234.50"), parts_of("18-24"), parts_of("red")
    (Parts(before='$', body='1,234.50', behind=''), None, None)
    """
    parts, apart = _split(entry, strip)
    if parts is None:
        return None
    known = parts.before in strip or is_before(parts.before) or is_open(parts.before)
    known &= parts.behind in strip or is_behind(parts.behind, apart=apart) or is_open(parts.behind)
    return parts if known else None


def _split(entry: str, strip: Sequence[str]) -> tuple[Parts | None, bool]:
    """Take an entry apart, signs taken off; and tell whether a blank stands before what is behind the digits."""
    found = _BODY.search(entry)
    if found is None:
        return None, False
    before, behind = entry[: found.start()].strip(), entry[found.end() :]
    if "(" in (before[:1], before[-1:]) and ")" in (behind.lstrip()[:1], behind[-1:]):
        before = before[1:] if before.startswith("(") else before[:-1].rstrip()
        behind = behind[:-1] if behind.endswith(")") else behind.lstrip()[1:]
    apart, behind = behind.startswith(" "), behind.strip()
    before = before if before in strip else _unsigned(before)
    if behind not in strip and not is_behind(behind):
        if behind.startswith("-") and is_behind(behind[1:].strip()):
            behind = behind[1:].strip()
        elif behind.endswith("-"):
            behind = behind[:-1].rstrip()
    return Parts(before, found.group(), behind), apart


def _unsigned(before: str) -> str:
    """Take a sign off what stands before the digits."""
    if before[:1] in ("-", "+"):
        return before[1:].lstrip()
    return before[:-1].rstrip() if before[-1:] in ("-", "+") and not is_open(before) else before


def is_number(entry: str) -> bool:
    """Tell an entry that is a number in some dialect.

    >>> [is_number(entry) for entry in ("1.5", "1,234,567", "12 %", "1.2.3", "red", "")]
    [True, True, True, False, False, False]
    """
    parts = parts_of(tidied(entry))
    return parts is not None and any(fits(parts.body, way) for way in WAYS)


def is_marked(entry: str) -> bool:
    """Tell a number with the sign of a note at it.

    >>> is_marked("5.2*"), is_marked("5.2 p"), is_marked("5.2"), is_marked("n/a")
    (True, True, False, False)
    """
    parts, apart = _split(tidied(entry), ())
    if parts is None or not any(fits(parts.body, way) for way in WAYS):
        return False
    around = parts.around(())
    return bool(around) and all(is_mark(text, apart=apart and text == parts.behind) for text in around)


def recognized(entries: Iterable[str], asked: Asked) -> Dialect | Fault | None:
    """Return the dialect of different tidied entries, all of which are numbers; None where one is a word.

    Errors are returned: a `Fault` where all are numbers to a reader, but in two ways, of several units, or bounds.

    >>> recognized(["$1,234.50", "$7"], Asked())
    Dialect(decimal='.', thousands=',', before=('$',), behind=())
    >>> recognized(["1,234", "7"], Asked()).found
    'has commas in numbers ({}), which may part thousands or be decimals'
    >>> recognized(["12 kg", "red"], Asked())
    """
    every = list(entries)
    found = {entry: parts for entry in every if (parts := parts_of(entry, asked.strip))}
    marked = _marked(every, asked.strip)
    if marked is not None:
        return marked
    if len(found) < len(every):
        if all(entry in found or _PAIR.fullmatch(entry) for entry in every):
            return _no_decimal(next(entry for entry in every if entry not in found))
        found = _of_one_text(every, asked.strip) or _of_some_texts(every, asked.strip)
        if not found:
            return None
    bounds = [entry for entry, parts in found.items() if any(map(is_open, parts.around(asked.strip)))]
    if 0 < len(bounds) < len(found):
        return _bound(bounds[0], [found[entry] for entry in bounds])
    if len({(found[entry].before, unit_of(found[entry].behind)) for entry in bounds}) > 1:
        return None  # bounds of two kinds name groups
    written = _several_units(found, asked) or _of_parts(found, asked)
    pairs = written is None and all(map(_PAIR.fullmatch, every))
    return _no_decimal(every[0]) if pairs else written


def _of_one_text(entries: list[str], strip: Sequence[str]) -> dict[str, Parts]:
    """Take entries apart that have one and the same text behind, whatever it is; empty where they have not.

    Before, signs may stand, but no letters: user1 and Q3 are names.
    """
    found: dict[str, Parts] = {}
    for entry in entries:
        parts, _ = _split(entry, strip)
        if parts is None or set(parts.behind) & _ALL_DIGITS or any(map(str.isalpha, parts.before)):
            return {}
        found[entry] = parts
        if len({(each.before, unit_of(each.behind)) for each in (parts, found[entries[0]])}) > 1:
            return {}
    return found if len(found) > 1 else {}


_ALL_DIGITS = set("0123456789")
_MOST_TEXTS = 4  # different ones behind numbers


def _of_some_texts(entries: list[str], strip: Sequence[str]) -> dict[str, Parts]:
    """Take decimals apart that have one of a few texts behind, 48.2°N and 16.4°S; empty where they have not."""
    found = {entry: parts for entry in entries if (parts := _split(entry, strip)[0])}
    texts = {parts.behind for parts in found.values()}
    if len(found) < len(entries) or len(texts) > _MOST_TEXTS or any(set(text) & _ALL_DIGITS for text in texts):
        return {}
    if any(parts.before and not is_before(parts.before) and parts.before not in strip for parts in found.values()):
        return {}
    bodies = [parts.body for parts in found.values()]
    decimals = sum(_DECIMALS.fullmatch(body) is not None for body in bodies)
    return found if 2 * decimals >= len(bodies) and all(any(fits(body, way) for way in WAYS) for body in bodies) else {}


_DECIMALS = re.compile(r".*\d[.,]\d+")


def _of_parts(found: Mapping[str, Parts], asked: Asked) -> Dialect | Fault | None:
    whole = {no_cents(parts.behind) for parts in found.values()} - {""}
    if asked.sign is None and len(whole) == 1:  # 1.000,- has a decimal comma
        asked = replace(asked, decimal=whole.pop())
    money = any(is_currency(unit_of(text)) for parts in found.values() for text in parts.around(asked.strip))
    way = way_of([parts.body for parts in found.values()], asked, money=money)
    if isinstance(way, Fault):
        entry = next(entry for entry, parts in found.items() if parts.body == way.entry)
        return Fault(entry, way.found, way.mend)
    if way is None:
        return None
    before = sorted({parts.before for parts in found.values()} - {""})
    behind = sorted({parts.behind for parts in found.values()} - {""})
    return Dialect(*way, tuple(before), tuple(behind))


def _no_decimal(entry: str) -> Fault:
    if _HEXADECIMAL.fullmatch(entry):
        return Fault(
            entry, Advice("holds hexadecimal numbers ({})"), Advice("write them as decimal numbers"), words=True
        )
    mend = Advice("write decimals, or a column for each number")
    return Fault(entry, Advice("holds fractions or pairs of numbers ({})"), mend, words=True)


_MOST_MARKS = 8  # different ones that a command is to take off


def _marked(entries: list[str], strip: Sequence[str]) -> Fault | None:
    """Name numbers with signs of notes behind or in front, 5*, 5.2 p, where all others are numbers alone."""
    marks: dict[str, str] = {}
    alone = letters = 0
    for entry in entries:
        parts, apart = _split(entry, strip)
        if parts is None or not any(fits(parts.body, way) for way in WAYS):
            return None
        around = [text for text in parts.around(strip) if text]
        alone += not around and bool(set(parts.body) & _DIGITS)
        for text in around:
            if not is_mark(text, apart=apart and text == parts.behind):
                return None
            letters += text.isalpha()
            marks.setdefault(text, entry)
    if not marks or (len(marks) == 1 and not alone) or (letters and 4 * alone < len(entries)):
        return None
    texts, entry = list(marks), next(iter(marks.values()))
    found = Advice(f"holds numbers with marks: {', '.join(map(repr, texts[:4]))} ({{}})")
    if len(texts) > _MOST_MARKS:
        return Fault(entry, found, Advice("take the marks off in the file"))
    return Fault(entry, found, Advice("say ", Setting("strip", texts), " to take the marks off"))


def _bound(entry: str, bounds: Sequence[Parts]) -> Fault:
    signs = dict.fromkeys(parts.before if is_open(parts.before) else parts.behind for parts in bounds)
    mend = Advice("write a number, or say ", Setting("strip", list(signs)), " to take the bound for the number")
    return Fault(entry, Advice("holds bounds among numbers ({})"), mend, words=True)


def _several_units(found: Mapping[str, Parts], asked: Asked) -> Fault | None:
    """Refuse numbers of several units, and of a unit here and none there, where the user does not say strip.

    A currency may be left out here and there, and a zero needs no unit.
    """
    for money in (True, False):
        texts = {
            entry: [text for text in parts.around(asked.strip) if is_currency(unit_of(text)) == money and unit_of(text)]
            for entry, parts in found.items()
            if (parts.before, parts.behind) != _QUOTED
        }
        written = list(dict.fromkeys(text for around in texts.values() for text in around))
        units = list(dict.fromkeys(map(unit_of, written)))
        if len(units) > 1:
            entry = next(entry for entry, around in texts.items() if units[1] in map(unit_of, around))
            told = Advice(f"holds numbers of several units: {', '.join(map(repr, units[:4]))} ({{}})")
            return Fault(entry, told, _of_units(written, money=money), words=not money)
        bare = next((entry for entry, around in texts.items() if not around and set(found[entry].body) & _DIGITS), None)
        if units and bare is not None and not money:
            told = Advice(f"holds numbers with {units[0]!r} and without ({{}})")
            if any(map(is_scale, written)):
                return Fault(bare, told, _WRITE_OUT)
            strip = Setting("strip", written)
            return Fault(bare, told, Advice("write all in one unit, or say ", strip, " if all are in it"))
    return None


_DIGITS = set("123456789")
_QUOTED = ('="', '"')  # what spreadsheets write around digits that are to stay text


_WRITE_OUT = Advice("write all in one unit, 1.5M and 20K as 1500000 and 20000")


def _of_units(written: list[str], *, money: bool) -> Advice:
    """Say what to do with several units: only where they are spellings of one, taking them off leaves what they say."""
    if {text.lower().lstrip("° ") for text in written} in HEMISPHERES:
        return Advice(f"write a minus instead of {' or '.join(map(repr, written))} south and west of 0")
    if {text.lower() for text in written} in DEBITS:
        return Advice(f"write a minus instead of {' or '.join(map(repr, written))} where money went out")
    if any(map(is_scale, written)):
        return _WRITE_OUT
    strip = Setting("strip", written)
    if one_unit(written):
        return Advice("say ", strip, " if they are one unit, or write all in one")
    what = "currency" if money else "unit"
    return Advice(f"convert all to one {what}, or say ", Mention(strip), " if the unit does not matter")
