"""Which numbers can no fit be made of? Missing, infinite, and those whose squares leave the computer's range."""

from __future__ import annotations

from typing import Any

import numpy as np

from genloss.errors import Problem

LARGEST, SMALLEST = 1e70, 1e-70
"""Of a number in size, and of the largest label unless all are 0: fourth powers stay within 1e-308 to 1e308."""


def refuse_unusable(**values: Any) -> None:
    """Refuse tables and columns, by name, that hold NaN, infinity or sizes beyond 1e70, and say where the first is.

    What is not a table of real numbers passes: whoever reads it next says what is wrong with it. Errors: `Problem`.

    >>> refuse_unusable(X=[[1.0, 2.0], [3.0, float("nan")]])
    Traceback (most recent call last):
        ...
    genloss.errors.Problem: X: NaN in row 1, column 1 (counted from 0)
      mend: leave such rows out, or fill them in before
    """
    for name, given in values.items():
        numbers = _numbers(given)
        if numbers is None:
            continue
        bad = np.argwhere(~(np.abs(numbers) <= LARGEST))
        if len(bad):
            raise _problem(name, float(numbers[tuple(bad[0])]), bad[0].tolist())
        size = float(np.abs(numbers).max(initial=0.0))
        if name == "y" and 0 < size < SMALLEST:
            raise Problem(name, f"no label is larger than {size:.3g} in size: {_LEAVES}", _UNITS)


_LEAVES = "squared errors of such numbers leave the range of the computer's numbers"
_UNITS = f"give other units, so that sizes are between {SMALLEST:g} and {LARGEST:g}"


def _numbers(given: Any) -> Any:
    """Return an array of real numbers, or None where it is none."""
    try:
        values = np.asarray(given)
        return None if given is None or values.dtype.kind == "c" else values.astype(float)
    except (TypeError, ValueError, OverflowError):
        return None


def _problem(name: str, value: float, place: list[int]) -> Problem:
    where = "" if not place else f" in row {place[0]}" + "".join(f", column {column}" for column in place[1:2])
    counted = f"{where} (counted from 0)" if place else ""
    if np.isnan(value):
        return Problem(name, f"NaN{counted}", "leave such rows out, or fill them in before")
    if np.isinf(value):
        return Problem(name, f"infinity ({value:g}){counted}", "leave such rows out, or mend them before")
    return Problem(name, f"{value:.3g}{counted}: {_LEAVES}", _UNITS)
