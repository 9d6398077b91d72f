"""Is what a formula was given usable? If not, which argument is it, and in which regime does it fail?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem, shown

__all__ = [
    "Array",
    "Flags",
    "as_numbers",
    "checked_generation",
    "checked_one",
    "checked_range",
    "checked_spectrum",
    "guarded",
    "guarded_infinite",
    "is_edge",
    "per_generation",
    "refuse_edge",
    "refuse_far",
    "together",
]

Array = NDArray[np.float64]
Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

LARGEST = 1e100
"""No number beyond it, or nearer to 0 than one over it: its square is still a number, and so is that of its inverse."""
MOST_GENERATIONS = 1_000_000
"""The last generation of what is computed generation by generation."""

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


def guarded(function: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
    """Refuse an answer that is no finite number, with a `Problem`.

    A formula states its domain and refuses what is outside; this is the net below all of them. A part that may be
    undefined is nan in the fields of `UNDEFINED` alone.
    """
    return _caught(function, infinite=False)


def guarded_infinite(function: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
    """Do as `guarded`, for what may be infinite, as its docstring says."""
    return _caught(function, infinite=True)


def _caught(function: Callable[Parameters, Answer], *, infinite: bool) -> Callable[Parameters, Answer]:
    @wraps(function)
    def answer(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
        name = f"theory.{function.__module__.split('.')[-1]}.{function.__name__}"
        try:
            with np.errstate(all="ignore"):
                found = function(*args, **kwargs)
        except ArithmeticError as error:
            raise Problem(
                name, f"these arguments are too large or too small to compute with ({error})", _LESS
            ) from error
        if not _is_number(found, infinite):
            raise Problem(
                name, "these arguments are too large or too small to compute with: no finite number comes out", _LESS
            )
        return found

    return answer


_LESS = "give arguments nearer to 1, or to each other"
UNDEFINED = frozenset(
    {
        "bias_meets_noise",
        "limit",
        "power",
        "index",
        "training_residual",
        "left_out_residual",
        "effective_ridge",
        "first_order",
    }
)
"""Fields of answers that may hold no number."""


def _is_number(found: object, infinite: bool) -> bool:
    """Whether every number in an answer is one."""
    if isinstance(found, float | np.floating) or (isinstance(found, np.ndarray) and found.dtype.kind == "f"):
        return not np.isnan(found).any() if infinite else bool(np.isfinite(found).all())
    if isinstance(found, tuple | list):
        return all(_is_number(each, infinite) for each in found)
    if is_dataclass(found):
        parts = (field.name for field in fields(found) if field.name not in UNDEFINED)
        return all(_is_number(getattr(found, name), infinite) for name in parts)
    return True


def checked_spectrum(spectrum: ArrayLike, *, positive: bool = False) -> Array:
    """Return `spectrum` as a float array, or say what is wrong with it.

    positive: refuse zeros too. Formulas that take coefficients do; those that take the signal's
    power per direction accept zeros, where nothing is learned.
    """
    eigenvalues = np.atleast_1d(as_numbers("spectrum", spectrum, "the eigenvalues as one list of numbers"))
    if eigenvalues.ndim != 1 or eigenvalues.size == 0:
        raise Problem("spectrum", f"an array of shape {eigenvalues.shape}", "give the eigenvalues as one list")
    if eigenvalues.min() >= 1 / LARGEST and eigenvalues.max() <= LARGEST:  # as most are, which spares further looks
        return eigenvalues
    if not np.all(np.isfinite(eigenvalues)) or np.any(eigenvalues < 0) or not np.any(eigenvalues > 0):
        raise Problem(
            "spectrum", "negative, infinite or only zero eigenvalues", "give finite eigenvalues >= 0, one > 0"
        )
    refuse_far("spectrum", eigenvalues, "eigenvalues of a size from 1e-100 to 1e100, or 0")
    if positive and np.any(eigenvalues == 0):
        first = int(np.flatnonzero(eigenvalues == 0)[0])
        raise Problem(
            "spectrum",
            f"eigenvalue {first} is 0: coefficients are learned only along directions in which inputs vary",
            "give eigenvalues > 0, or leave the direction out and give its signal as noise",
        )
    return eigenvalues


def as_numbers(name: str, values: ArrayLike, meaning: str) -> Array:
    """Return `values` as floats, or say that they are not numbers."""
    try:
        return np.asarray(values, dtype=float)
    except OverflowError as error:
        raise Problem(name, f"{shown(values)} is beyond 1e308", f"give {meaning}") from error
    except (TypeError, ValueError) as error:
        raise Problem(name, f"not numbers ({error})", f"give {meaning}") from error


def together(**named: ArrayLike) -> list[Array]:
    """Broadcast arguments, or say which shapes do not go together."""
    try:
        return [np.asarray(array, dtype=float) for array in np.broadcast_arrays(*named.values())]
    except ValueError as error:
        shapes = ", ".join(f"{name} {np.shape(value)}" for name, value in named.items() if np.ndim(value))
        raise Problem(
            next(iter(named)), f"shapes that do not go together: {shapes}", "give numbers, or equal shapes"
        ) from error


def checked_range(
    name: str,
    values: ArrayLike,
    *,
    lowest: float,
    meaning: str,
    whole: bool = False,
    highest: float = np.inf,
    smallest: float = 1 / LARGEST,
) -> Array:
    """Return `values` as floats if all are finite and between `lowest` and `highest`, or say which is not.

    Whatever the ends, a number is 0, or from `smallest` to 1e100 in size.
    """
    array = as_numbers(name, values, meaning)
    bad = ~(np.isfinite(array) & (array >= lowest) & (array <= highest))
    if whole:
        bad |= array != np.floor(array)
    if np.any(bad):
        kind = "a whole number" if whole else "a number"
        limit = f">= {lowest:g}" if np.isinf(highest) else f"from {lowest:g} to {highest:g}"
        found = "None" if values is None else f"{array[bad].flat[0]:g}"
        raise Problem(name, f"{found} is not {kind} {limit}", f"give {meaning}")
    refuse_far(name, array, meaning, smallest)
    return array


def refuse_far(name: str, array: Array, meaning: str, smallest: float = 1 / LARGEST) -> None:
    """Refuse numbers whose squares are no numbers of a computer."""
    size = np.abs(array)
    far = (size > LARGEST) | ((size < smallest) & (size > 0))
    if np.any(far):
        one = float(array[far].flat[0])
        end = f"beyond {LARGEST:g}" if abs(one) > 1 else f"nearer to 0 than {1 / LARGEST:g}"
        raise Problem(name, f"{one:g} is {end}", f"give {meaning}")


def checked_one(name: str, value: ArrayLike, *, lowest: float, meaning: str, highest: float = np.inf) -> float:
    """Return `value` as one float in the range, or say what is wrong with it."""
    array = checked_range(name, value, lowest=lowest, highest=highest, meaning=meaning)
    if array.ndim:
        raise Problem(name, f"an array of shape {array.shape} where one number is needed", f"give {meaning}")
    return float(array)


def per_generation(
    name: str, values: ArrayLike, fits: int, *, lowest: float, meaning: str, whole: bool = False
) -> Array:
    """Return one value per generation, (fits,), from one number or a list that may be longer."""
    array = checked_range(name, values, lowest=lowest, meaning=meaning, whole=whole)
    if array.ndim > 1 or (array.ndim == 1 and array.size < fits):
        raise Problem(name, f"shape {array.shape} for {fits} generations", "give one number, or one per generation")
    return np.broadcast_to(array, (fits,)) if array.ndim == 0 else array[:fits]


def checked_generation(generation: ArrayLike, *, highest: float = MOST_GENERATIONS) -> NDArray[np.int64]:
    """Return `generation` as whole numbers from 0 to `highest`, or say which is not."""
    meaning = "a generation, 0 = fitted to real data only"
    checked_range("generation", generation, lowest=0, meaning=meaning, whole=True)
    meaning += f"; up to {highest:,.0f}"
    return checked_range("generation", generation, lowest=0, highest=highest, meaning=meaning).astype(np.int64)


def is_edge(rows: ArrayLike, dim: float, plain: ArrayLike) -> Flags:
    """Whether fits have no penalty, and as many rows as features, give or take one.

    There E(X'X)^-1 is infinite, and with it the expected risk: the peak of double descent.
    """
    return np.asarray(np.asarray(plain) & (np.abs(np.asarray(rows, dtype=float) - dim) <= 1))


def refuse_edge(name: str, rows: ArrayLike, dim: float, plain: ArrayLike) -> None:
    """Refuse fits whose expected risk is infinite: `is_edge`."""
    count, edge = np.asarray(rows, dtype=float), is_edge(rows, dim, plain)
    if edge.any():
        raise Problem(
            name,
            f"{count[edge].flat[0]:g} rows for {dim:g} features without a penalty: the expected risk is infinite",
            f"give a penalty > 0, at least {dim + 2:g} rows, or at most {dim - 2:g}",
        )
