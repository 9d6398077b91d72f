"""Which column, or which combination of columns, tells the labels apart, so that a likelihood has no maximum?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

__all__ = ["Separation", "separations"]

_LARGEST = 1e5  # of a coefficient of standardized columns, where the mean margin is 1
_USED = 1e-6  # of the largest
_CONSTANT = 1e-13
_LISTED = 6
_ENOUGH = 2000  # rows that are asked first


@dataclass(frozen=True, slots=True)
class Separation:
    """What tells labels apart. columns: their places, one or more. complete: it tells every row's label.

    sentence: the same in words, with the columns' names and the rule where one column does it alone.
    """

    columns: tuple[int, ...]
    complete: bool
    sentence: str


def separations(
    kind: str,
    x: Array,
    y: Array,
    *,
    names: Sequence[str] = (),
    target: str = "the label",
    labels: tuple[str, str] = ("0", "1"),
) -> tuple[Separation, ...]:
    """Return every column that tells labels apart alone; if none does, a smallest combination; () if none does either.

    Logistic: some c has no one below and no zero above it, or the other way round, and not all rows lie on it. Poisson:
    the column is constant where counts are above 0, and zeros lie beside that value on one side alone. Combinations:
    the same of a weighted sum of columns, found by a linear program; columns are taken out as long as it still parts.

    kind: "logistic", labels 0 and 1; or "poisson", counts. x (rows, columns), y (rows,). names: of the columns. target:
    of the label; labels: what 0 and 1 stand for.
    Status: exact, to 1e-7 of the columns' deviations. Checked by tests/unit/test_separation.py.

    >>> x = np.array([[2400.0, 1.0], [2490.0, 3.0], [2520.0, 2.0], [3000.0, 0.0]])
    >>> print(separations("logistic", x, np.array([1, 1, 0, 0]), names=["grams", "age"], target="low")[0].sentence)
    column 'grams' alone: low is 1 where grams <= 2500, and 0 elsewhere
    """
    words = _Words(tuple(names) or tuple(f"X[:, {j}]" for j in range(x.shape[1])), target, labels)
    single = _by_threshold if kind == "logistic" else _by_value
    alone = [single(x[:, j], y, j, words) for j in range(x.shape[1])]
    found = tuple(each for each in alone if each is not None)
    return found or _together(kind, x, y, words)


@dataclass(frozen=True, slots=True)
class _Words:
    names: tuple[str, ...]
    target: str
    labels: tuple[str, str]

    def alone(self, column: int, rule: str) -> str:
        return f"column {self.names[column]!r} alone: {self.target} is {rule}"


def _by_threshold(column: Array, y: Array, place: int, words: _Words) -> Separation | None:
    """Whether no one lies above some value and no zero below it, or the other way round."""
    for below in (1, 0):
        found = _parted(column[y == below], column[y != below], below, place, words)
        if found is not None:
            return found
    return None


def _parted(low: Array, high: Array, below: int, place: int, words: _Words) -> Separation | None:
    """Whether `low`, the values of the rows labeled `below`, lie under `high`, those of the others, or touch them."""
    name, (zero, one) = words.names[place], words.labels
    most, least = float(low.max()), float(high.min())
    if most < least:
        where = f"{'<=' if below else '>'} {_between(most, least)}" if (most, least) != (0, 1) else f"is {1 - below}"
        rule = f"{one} where {name} {where}, and {zero} elsewhere"
        return Separation((place,), True, words.alone(place, rule))
    under, over = bool(low.min() < most), bool(high.max() > least)
    if most > least or not (under or over):
        return None
    told = [(below, "<", under), (1 - below, ">", over)]
    sides = _sides_of(np.concatenate([low, high]), most)
    rule = ", and ".join(f"{words.labels[label]} wherever {name} {sides[sign]}" for label, sign, some in told if some)
    return Separation((place,), False, words.alone(place, rule))


def _sides_of(values: Array, at: float) -> dict[str, str]:
    """Say what lies below a value and above it; of 0 and 1 the other one."""
    if np.isin(values, (0, 1)).all():
        return {"<": "is 0", ">": "is 1"}
    return {"<": f"< {at:.10g}", ">": f"> {at:.10g}"}


def _between(low: float, high: float) -> str:
    """Write the shortest decimal number v, low <= v < high.

    >>> _between(2462.0, 2520.0), _between(0.0, 1.0), _between(-0.31, -0.29)
    ('2500', '0', '-0.3')
    """
    top = np.floor(np.log10(max(abs(low), abs(high))))
    for digits in range(17):
        step = 10.0 ** (top - digits)
        told = f"{np.ceil(low / step) * step + 0.0:.15g}"
        if low <= float(told) < high:
            return told
    return f"{low:.17g}"


def _by_value(column: Array, y: Array, place: int, words: _Words) -> Separation | None:
    """Whether counts above 0 share one value of the column, and zeros lie on one side of it."""
    counted, zeros = column[y > 0], column[y == 0]
    value = float(counted[0])
    if not (counted == value).all() or not zeros.size or not (zeros != value).any():
        return None
    if (zeros >= value).all() or (zeros <= value).all():
        sign = ">" if (zeros >= value).all() else "<"
        rule = f"0 wherever {words.names[place]} {_sides_of(column, value)[sign]}"
        return Separation((place,), bool((zeros != value).all()), words.alone(place, rule))
    return None


def _together(kind: str, x: Array, y: Array, words: _Words) -> tuple[Separation, ...]:
    """Find a combination, and take columns out of it as long as it still parts."""
    deviation = x.std(axis=0)
    varied = np.flatnonzero(deviation > _CONSTANT * np.abs(x).max(axis=0, initial=1e-300))
    z = np.zeros_like(x)
    z[:, varied] = (x[:, varied] - x[:, varied].mean(axis=0)) / deviation[varied]
    slopes = _direction(kind, z[:, varied], y)
    if slopes is None:
        return ()
    order = np.argsort(np.abs(slopes))  # the least first
    columns = varied[order[np.abs(slopes[order]) > _USED * np.abs(slopes).max(initial=0.0)]].tolist()
    for column in list(columns):
        fewer = [j for j in columns if j != column]
        if fewer and _direction(kind, z[:, fewer], y) is not None:
            columns = fewer
    columns.sort()
    complete = _direction(kind, z[:, columns], y, each=1.0) is not None
    return (Separation(tuple(columns), complete, _combined(columns, complete, words)),)


def _combined(columns: list[int], complete: bool, words: _Words) -> str:
    names = [repr(words.names[j]) for j in columns]
    shown = names if len(names) <= _LISTED else [*names[: _LISTED - 1], f"{len(names) - _LISTED + 1} more"]
    listed = ", ".join(shown[:-1]) + f" and {shown[-1]}"
    rows = "every row" if complete else "some rows"
    return f"columns {listed} together: a weighted sum of them tells what {words.target} is in {rows}"


def _direction(kind: str, z: Array, y: Array, each: float = 0.0) -> Array | None:
    """Return the smallest slopes, with an intercept, along which no row's likelihood falls and the mean gain is 1.

    each: what every row gains at least. Many rows: a part of them is asked first, for if it has none they have none.
    """
    rising, still = _sides(kind, np.column_stack([np.ones(len(z)), z]), y)
    step = len(z) // _ENOUGH
    if step > 1 and len(rising) > step and _least(rising[::step], still[::step], each) is None:
        return None
    return _least(rising, still, each)


def _sides(kind: str, ones: Array, y: Array) -> tuple[Array, Array]:
    """Return rows times b that may not be below 0, and that must be 0."""
    if kind == "logistic":
        return (2 * y - 1)[:, None] * ones, ones[:0]
    return -ones[y == 0], ones[y > 0]


def _least(rising: Array, still: Array, each: float) -> Array | None:
    """Minimize the sum of |slopes|, both parts of a slope being variables; None where it cannot be done."""
    if not len(rising):
        return None
    from scipy.optimize import linprog

    up, level = (np.column_stack([rows, -rows[:, 1:]]) for rows in (rising, still))
    slopes = rising.shape[1] - 1
    solved = linprog(
        np.append(0.0, np.ones(2 * slopes)),
        A_ub=np.vstack([-up, -up.mean(axis=0)]),
        b_ub=np.append(np.full(len(up), -each), -1.0),
        A_eq=level if len(level) else None,
        b_eq=np.zeros(len(level)) if len(level) else None,
        bounds=[(None, None), *[(0.0, _LARGEST)] * (2 * slopes)],
        method="highs",
    )
    return np.asarray(solved.x[1 : slopes + 1] - solved.x[slopes + 1 :]) if solved.status == 0 else None
