"""In which order do generations come, by their names or by the entries of a column?"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PARTS = re.compile(r"(\d+)")
REAL = "real"


def in_order(names: Iterable[str]) -> list[str]:
    """Return names in their order: numbers by size, dates by time, others as a reader counts them.

    >>> in_order(["gen10", "gen2", "gen1"]), in_order(["10", "9.5", "-1"]), in_order(["2026-2-1", "2026-10-01"])
    (['gen1', 'gen2', 'gen10'], ['-1', '9.5', '10'], ['2026-2-1', '2026-10-01'])
    """
    every = list(names)
    if all(map(is_number, every)):
        return sorted(every, key=lambda name: (float(name), name))
    return sorted(every, key=_natural)


def _natural(name: str) -> tuple[list[tuple[int, int | str]], str]:
    parts = [(0, int(part)) if part.isdecimal() else (1, part.lower()) for part in _PARTS.split(name) if part]
    return parts, name


def is_number(name: str) -> bool:
    """Whether a name is a number."""
    try:
        return float(name) == float(name)
    except ValueError:
        return False


def real_among(names: Iterable[str]) -> str | None:
    """Return the name that stands for real rows: "real" in any letters, else 0, also as gen0; None for neither.

    >>> real_among(["1", "Real", "0"]), real_among(["0", "1"]), real_among(["gen_0", "gen_1"]), real_among(["1", "2"])
    ('Real', '0', 'gen_0', None)
    """
    every = list(names)
    for name in every:
        if name.lower() == REAL:
            return name
    plain = [name for name in every if is_number(name) and float(name) == 0]
    zeros = [name for name in every if [int(part) for part in _PARTS.findall(name)] == [0]]
    return next(iter([*plain, *zeros]), None)
