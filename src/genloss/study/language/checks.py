"""What is wrong with a value? Checks of single values, and of lists and tables made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from genloss.errors import shown

_LARGEST_WHOLE = 10**9
_LARGEST_NUMBER = 1e100  # its square is still a number

Check = Callable[[Any], str | None]
"""Say what is wrong with a value, or None."""


@dataclass(frozen=True, slots=True)
class Accepting:
    """A check that can say what it accepts.

    accepts: in words. choices: the words that it takes, where it takes no others. whole: whether it takes whole numbers
    alone.
    """

    check: Check
    accepts: str
    choices: tuple[str, ...] = ()
    whole: bool = False

    def __call__(self, value: Any) -> str | None:
        """Say what is wrong with a value, or None."""
        return self.check(value)


def accepting(accepts: str, *, choices: tuple[str, ...] = (), whole: bool = False) -> Callable[[Check], Accepting]:
    """Give a check the words for what it accepts."""
    return lambda check: Accepting(check, accepts, choices, whole)


def accepted(check: Check) -> str:
    """Return in words what a check accepts."""
    return check.accepts if isinstance(check, Accepting) else "what its meaning says"


def choices_of(check: Check) -> tuple[str, ...]:
    """Return the words that a check names, of several ways to write a value those of the first; none: it names none.

    >>> choices_of(one_of(word("isotropic"), number(0.0))), choices_of(number(0.0))
    (('isotropic',), ())
    """
    return check.choices if isinstance(check, Accepting) else ()


def is_whole(check: Check) -> bool:
    """Whether a check takes whole numbers alone, of several ways to write a value in the first.

    >>> is_whole(whole(1)), is_whole(number(1.0))
    (True, False)
    """
    return isinstance(check, Accepting) and check.whole


def brief(value: Any) -> str:
    """Write a value for a message about a study, the middle of a long one left out."""
    return shown(value, 80)


def whole(lowest: int, highest: int = _LARGEST_WHOLE) -> Check:
    """Accept a whole number from lowest to highest."""

    @accepting(
        f"a whole number, {lowest:,} to {highest:,}" if highest < _LARGEST_WHOLE else f"a whole number >= {lowest:,}",
        whole=True,
    )
    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"{brief(value)} is not a whole number"
        if not lowest <= value <= highest:
            return f"{brief(value)} is not between {lowest} and {highest:,}"
        return None

    return check


def number(lowest: float, highest: float = _LARGEST_NUMBER, *, above: bool = False) -> Check:
    """Accept a number from lowest (above it, if above) to highest."""

    @accepting(_range_words(lowest, highest, above=above))
    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{brief(value)} is not a number"
        if value != value or value < lowest or (above and value == lowest) or abs(value) == math.inf:
            least = f" {'>' if above else '>='} {lowest:g}" if lowest > -math.inf else " that is finite"
            return f"{brief(value)} is not a number{least}"
        return None if abs(value) <= highest else f"{brief(value)} is beyond {highest:g}"

    return check


def _range_words(lowest: float, highest: float, *, above: bool) -> str:
    """Say in words which numbers lie from lowest to highest."""
    least = "" if lowest == -math.inf else f" {'>' if above else '>='} {lowest:g}"
    most = "" if highest == _LARGEST_NUMBER else f" <= {highest:g}"
    return "a number" + (" and".join(part for part in (least, most) if part) or " that is finite")


def word(*choices: str) -> Check:
    """Accept one of the choices, or any text if there are none."""

    @accepting("one of " + ", ".join(f'"{choice}"' for choice in choices) if choices else "text", choices=choices)
    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return f"{brief(value)} is not text"
        return None if not choices or value in choices else f"{brief(value)} is not one of {', '.join(choices)}"

    return check


@accepting("true or false")
def flag(value: Any) -> str | None:
    """Accept true or false."""
    return None if isinstance(value, bool) else f"{brief(value)} is not true or false"


@accepting("a list of tables, as the workflow's rules have them")
def anything(_: Any) -> str | None:
    """Accept everything; the workflow's own rules are checked when it is read."""
    return None


def list_of(item: Check) -> Check:
    """Accept a list, not empty, of accepted items."""

    @accepting(f"a list, each {accepted(item)}")
    def check(value: Any) -> str | None:
        if not isinstance(value, list) or not value:
            return f"{brief(value)} is not a list with something in it"
        wrongs = ((place, item(inner)) for place, inner in enumerate(value))
        return next((f"entry {place}: {wrong}" for place, wrong in wrongs if wrong), None)

    return check


def one_of(*checks: Check) -> Check:
    """Accept what any of the checks accepts."""

    first = checks[0]

    @accepting("; or ".join(accepted(each) for each in checks), choices=choices_of(first), whole=is_whole(first))
    def check(value: Any) -> str | None:
        wrongs = [c(value) for c in checks]
        return None if None in wrongs else wrongs[_likeliest(value)]

    def _likeliest(value: Any) -> int:
        if isinstance(value, list):
            return next(
                (i for i, wrong in enumerate(c(value) for c in checks) if wrong and wrong.startswith("entry")), 0
            )
        return len(checks) - 1 if isinstance(value, dict) else 0

    return check


def table(**keys: Check) -> Check:
    """Accept a table with exactly one of the keys."""

    @accepting("; or ".join(f"{{{name} = {accepted(inner)}}}" for name, inner in keys.items()))
    def check(value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return f"{brief(value)} is not a table such as {{{next(iter(keys))} = ...}}"
        if len(value) != 1 or next(iter(value)) not in keys:
            return f"{brief(dict(value))} is not a table with one of: {', '.join(keys)}"
        name, inner = next(iter(value.items()))
        return keys[name](inner)

    return check


@accepting("{rows_power = a number <= 10, factor = a number > 0}")
def power_rule(value: Any) -> str | None:
    """Accept {rows_power = p}, with a factor if wanted."""
    if not isinstance(value, Mapping) or not {"rows_power"} <= set(value) <= {"rows_power", "factor"}:
        return f"{brief(value)} is not a table with rows_power, and factor if wanted"
    power, factor = number(-math.inf, 10.0)(value["rows_power"]), number(0.0, above=True)(value.get("factor", 1.0))
    return power or factor


def growth(**keys: Check) -> Check:
    """Accept a table with all of the keys."""

    @accepting("{" + ", ".join(f"{name} = {accepted(inner)}" for name, inner in keys.items()) + "}")
    def check(value: Any) -> str | None:
        if not isinstance(value, Mapping) or set(value) != set(keys):
            return f"{brief(value)} is not a table with {' and '.join(keys)}"
        return next((wrong for name, inner in keys.items() if (wrong := inner(value[name]))), None)

    return check
