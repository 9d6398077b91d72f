"""Which position of the sliders does the address of a page name? Read strictly, and written in one way only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from genloss.errors import Problem, shown

LONGEST = 8_000
"""Characters of a query."""
_MOST_KEYS = 60
_LONGEST_VALUE = 200
_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+){0,3}\Z")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?\Z")
NAMED = ("preset", "case", "metric", "x")
GENERATIONS = "generations"


@dataclass(frozen=True, slots=True)
class State:
    """A position: a study of the shelf, what of it is shown, and the controls that were moved, as texts by key.

    preset, case, metric, x: "" where the first of its kind is meant.
    """

    preset: str = ""
    case: str = ""
    metric: str = ""
    x: str = ""
    moves: tuple[tuple[str, str], ...] = ()

    def query(self) -> str:
        """Write the position as the query of an address, its keys in the order of the alphabet.

        >>> State("accumulation", moves=(("workflow.rows", "300"),)).query()
        'preset=accumulation&workflow.rows=300'
        """
        named = [(name, getattr(self, name)) for name in NAMED]
        return urlencode(sorted([*((name, text) for name, text in named if text), *self.moves]))


def read_state(query: str, also: frozenset[str] = frozenset()) -> tuple[State, Mapping[str, str]]:
    """Read the query of an address. also: other keys that may stand in it; they come back beside the position.

    Errors: `Problem` for a query that is too long or not well formed, and for a key that stands twice.

    >>> read_state("preset=accumulation&workflow.rows=300")[0].moves
    (('workflow.rows', '300'),)
    """
    pairs = _pairs(query)
    given = dict(pairs)
    if len(given) < len(pairs):
        twice = next(key for key, _ in pairs if [name for name, _ in pairs].count(key) > 1)
        raise Problem(shown(twice, 60), "stands twice in the address", "give it once")
    named = {name: given.pop(name, "") for name in NAMED}
    beside = {key: given.pop(key) for key in also if key in given}
    for key in given:
        if not _KEY.match(key):
            raise Problem("address", f"{shown(key, 60)} is not a name of a control", "open the page without it")
    return State(**named, moves=tuple(sorted(given.items()))), beside


def _pairs(query: str) -> list[tuple[str, str]]:
    if len(query) > LONGEST:
        raise Problem("address", f"{len(query):,} characters", f"give at most {LONGEST:,}")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=_MOST_KEYS)
        text = "".join(key + value for key, value in pairs)
        text.encode("utf-8")
    except ValueError as error:
        raise Problem("address", "is not of the form key=value&key=value", "open the page without it") from error
    long = next((key for key, value in pairs if len(value) > _LONGEST_VALUE), None)
    if long is not None or any(not character.isprintable() for character in text) or "�" in text:
        raise Problem("address", "holds what is no value of a control", "open the page without it")
    return pairs


def number_of(text: str, where: str) -> float:
    """Return the number that a text writes. Errors: `Problem` for what is no number, and what is beyond all numbers."""
    value = float(text) if _NUMBER.match(text) and len(text) <= 40 else float("nan")
    if not abs(value) < 1e100:
        raise Problem(where, f"{shown(text, 40)} is not a number", "give a number such as 0.3")
    return value


def number_text(value: float) -> str:
    """Write a number in the shortest way that is read as the same number.

    >>> number_text(300.0), number_text(0.1), number_text(1e-06)
    ('300', '0.1', '1e-06')
    """
    text = repr(value)
    return text.removesuffix(".0")
