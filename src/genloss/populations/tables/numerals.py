"""In which ways can digits be written: which decimal sign, and what between thousands?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from genloss.doors import Advice, Setting

SEPARATORS = {",": "commas", ".": "points", " ": "blanks", "'": "apostrophes", "_": "underscores"}
"""What may stand between thousands, and its name."""

WAYS = (
    *((".", ""), (".", ","), (",", ""), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'")),
    *((".", "_"), (",", "_")),
)
"""Decimal sign and what parts thousands, the plainest first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user says of the numbers of a table: None where nothing is said. strip: texts to take off."""

    decimal: str | None = None
    thousands: str | None = None
    strip: tuple[str, ...] = ()

    @property
    def sign(self) -> str | None:
        """The decimal sign that follows from what is said."""
        return self.decimal or ("," if self.thousands == "." else "." if self.thousands == "," else None)

    @property
    def ways(self) -> list[tuple[str, str]]:
        """The ways that are left open."""
        return [
            (sign, between)
            for sign, between in WAYS
            if self.sign in (None, sign) and (not between or self.thousands in (None, between))
        ]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why entries that are numbers to a reader cannot be read.

    entry: one that shows it. found: what it is, with {} for the entry and its row. mend: what to do. words: whether
    it is likelier to be meant as words.
    """

    entry: str
    found: Advice
    mend: Advice
    words: bool = False


def body_pattern(decimal: str, thousands: str, *, end: bool = True) -> str:
    """Return the pattern of the digits of a number, for Python and for pyarrow. end: a decimal sign may stand last.

    Groups are of three digits, with commas also as in India (12,34,567); before an exponent there are none.
    """
    point, between = re.escape(decimal), re.escape(thousands)
    fraction = f"(?:{point}[0-9]{'*' if end else '+'})?"
    grouped = f"[1-9][0-9]{{0,2}}(?:{between}[0-9]{{3}})+{fraction}|" if thousands else ""
    if thousands == ",":
        grouped = f"[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}}{fraction}|{grouped}"
    return f"(?:{grouped}(?:[0-9]+{fraction}|{point}[0-9]+)(?:[eE][-+]?[0-9]+)?)"


@lru_cache(maxsize=32)
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    return re.compile(body_pattern(decimal, thousands))


def fits(body: str, way: tuple[str, str]) -> bool:
    """Tell digits that are written in a way.

    >>> fits("1,234", (".", ",")), fits("0,123", (".", ",")), fits("12,34,567.8", (".", ","))
    (True, False, True)
    """
    return _pattern(*way).fullmatch(body) is not None


def value_of(body: str, way: tuple[str, str]) -> float:
    """Return the number that digits stand for.

    >>> value_of("1.234,5", (",", "."))
    1234.5
    """
    decimal, thousands = way
    return float((body.replace(thousands, "") if thousands else body).replace(decimal, "."))


def way_of(bodies: list[str], asked: Asked, *, money: bool = False) -> tuple[str, str] | Fault | None:
    """Return the one way in which all digits can be read, what stands against it, or None where some are no number.

    money: prices seldom have three decimals, so that 1.200 is not surely 1.2.

    >>> way_of(["1,234", "1,234,567"], Asked()), way_of(["1,5", "2"], Asked()), way_of(["1.2.3"], Asked())
    (('.', ','), (',', ''), None)
    """
    ways = [way for way in asked.ways if all(fits(body, way) for body in bodies)]
    if not ways:
        return _no_way(bodies, asked)
    if ways[0] == (".", ""):  # numbers as they are written everywhere
        pointed = [body for body in bodies if "." in body]
        doubt = money and asked.sign is None and pointed and all(map(_THREE.fullmatch, pointed))
        return _ambiguous(pointed[0]) if doubt else ways[0]
    for other in ways[1:]:
        for body in bodies:
            if value_of(body, ways[0]) != value_of(body, other):
                return _ambiguous(body)
    return ways[0]


_THREE = re.compile(r"[1-9]\d{0,2}\.\d{3}")


def _ambiguous(body: str) -> Fault:
    sign = "," if "," in body else "."
    found = Advice(f"has {SEPARATORS[sign]} in numbers ({{}}), which may part thousands or be decimals")
    thousands, decimal = Setting("thousands", sign), Setting("decimal", sign)
    return Fault(body, found, Advice("say ", thousands, " if they part thousands, ", decimal, " if they are decimals"))


def _no_way(bodies: list[str], asked: Asked) -> Fault | None:
    """Name a number that the user's ways do not read, or two that no one way reads."""
    if not all(any(fits(body, way) for way in WAYS) for body in bodies):
        return None
    alone = next((body for body in bodies if not any(fits(body, way) for way in asked.ways)), None)
    if alone is not None:
        found = Advice("is not written with ", *_joined(_given(asked)), " ({})")
        return Fault(alone, found, Advice("what is said of signs holds for every column: write all in one way"))
    first = bodies[0]
    odd = next((body for body in bodies if not any(fits(body, way) and fits(first, way) for way in WAYS)), bodies[-1])
    found = Advice(f"mixes ways of writing numbers ({first!r}, {{}})")
    return Fault(odd, found, Advice("write all numbers of the column in one way"))


def _given(asked: Asked) -> list[Setting]:
    given = (("decimal", asked.decimal), ("thousands", asked.thousands))
    return [Setting(name, _NAMES.get(value, value)) for name, value in given if value]


_NAMES = {" ": "space", "'": "apostrophe", "_": "underscore"}


def _joined(settings: list[Setting]) -> list[str | Setting]:
    return [part for setting in settings for part in (" and ", setting)][1:]


def way_words(way: tuple[str, str]) -> Advice:
    """Say which settings read numbers so.

    >>> way_words((",", ".")), way_words((".", ","))
    ('decimal="," and thousands="."', 'thousands=","')
    """
    decimal, thousands = way
    settings = _given(Asked(decimal if decimal == "," or not thousands else None, thousands))
    return Advice(*_joined(settings))
