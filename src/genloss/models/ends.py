"""Are the settings, the rows and the answers of a model numbers that a computer can hold?"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import numpy as np

from genloss.errors import Problem, is_from, shown
from genloss.models.protocol import Array
from genloss.models.roles import Labeled

LARGEST = 1e100
"""Of a setting; what is a number of theory is no larger."""

_LESS = "scale the rows: numbers of the size of 1 lose nothing"

Parameters = ParamSpec("Parameters")


def checked_setting(name: str, value: Any, mend: str, *, above: bool = False) -> None:
    """Refuse what is no number from 0 to `LARGEST`; above: 0 as well."""
    if not is_from(value, 0, LARGEST) or (above and not value > 0):
        raise Problem(name, f"{shown(value)} is not a number {'>' if above else '>='} 0, up to {LARGEST:g}", mend)


def checked_rows(data: Labeled, weights: Array | None) -> None:
    """Refuse labeled rows, or weights, that no fit can use."""
    for name, held in zip(("the inputs", "the targets"), data, strict=True):
        if not np.isfinite(held).all():
            raise Problem("data", f"{name} hold nan or infinity", "leave such rows out")
    checked_weights(weights)


def checked_weights(weights: Array | None) -> None:
    """Refuse weights that no fit can use."""
    if weights is not None and not (np.isfinite(weights).all() and np.min(weights, initial=0.0) >= 0):
        raise Problem("weights", "they hold a number below 0, nan or infinity", "give a number >= 0 for every row")


def in_numbers(answer: Callable[Parameters, Array]) -> Callable[Parameters, Array]:
    """Refuse, with a `Problem`, an array that holds what is no finite number, or that cannot be computed.

    The net below what is checked: finite rows may be so large, or so much alike, that their products are not.
    """

    @wraps(answer)
    def found(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Array:
        try:
            with np.errstate(all="ignore"):
                array = answer(*args, **kwargs)
        except (np.linalg.LinAlgError, ArithmeticError) as error:
            raise Problem("data", f"these rows cannot be computed with ({error})", _LESS) from error
        if not np.isfinite(array).all():
            raise Problem(
                "data", "these rows are too large or too small to compute with: no finite number comes out", _LESS
            )
        return array

    return found
