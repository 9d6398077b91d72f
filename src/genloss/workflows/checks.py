"""Is a value of a workflow what its rule asks for? Small checks that name the place."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any

from genloss.errors import Problem, nearest

LARGEST = 10**9  # rows of one batch, and generations


def whole(value: Any, where: str, *, lowest: int, meaning: str) -> int:
    """Return a whole number from `lowest` on."""
    try:
        found = operator.index(value)
    except TypeError as error:
        raise Problem(where, f"{value!r} is not a whole number", f"give {meaning}") from error
    if isinstance(value, bool):
        raise Problem(where, f"{value!r} is not a whole number", f"give {meaning}")
    if not lowest <= found <= LARGEST:
        raise Problem(where, f"{found} is not between {lowest} and {LARGEST:,}", f"give {meaning}")
    return found


def number(
    value: Any, where: str, *, lowest: float, highest: float = math.inf, above: bool = False, meaning: str
) -> float:
    """Return a finite number from `lowest` (or above it) to `highest`."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Problem(where, f"{value!r} is not a number", f"give {meaning}") from error
    if isinstance(value, bool | str) or not math.isfinite(found):
        raise Problem(where, f"{value!r} is not a number", f"give {meaning}")
    if not lowest <= found <= highest or (above and found == lowest):
        limits = f"{'above' if above else 'at least'} {lowest:g}" + (
            f", at most {highest:g}" if highest < math.inf else ""
        )
        raise Problem(where, f"{value!r} is not {limits}", f"give {meaning}")
    return found


def flag(value: Any, where: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise Problem(where, f"{value!r} is not true or false", "give true or false")
    return value


def text(value: Any, where: str, meaning: str) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise Problem(where, f"{value!r} is not text", f"give {meaning}")
    return value


def table(value: Any, where: str, known: Sequence[str], example: str) -> dict[str, Any]:
    """Return a mapping with known keys only."""
    if not isinstance(value, Mapping):
        raise Problem(where, f"{value!r} is not a table", f"write {example}")
    for key in value:
        if key not in known:
            raise Problem(f"{where}.{key}", "unknown key", nearest(str(key), list(known)))
    return dict(value)


def listing(value: Any, where: str, meaning: str) -> list[Any]:
    """Return a list with something in it."""
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence) or not value:
        raise Problem(where, f"{value!r} is not a list with something in it", f"give {meaning}")
    return list(value)
