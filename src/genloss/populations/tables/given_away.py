"""Which columns of a table give its target away? Found by what they say of it in every row, whatever they are called.

A forecast of a model that is given the answer is no forecast: its noise is that of rounding. What is certain is told
from what is only seen: a column that determines the target, a column that puts its rows in order, one that parts them.
Every function here is one of arrays; `tables.read` and `genloss.forecast` both ask it, so both doors refuse the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import gammaln

from genloss.populations.draw import Array
from genloss.populations.tables.combination import combination
from genloss.populations.tables.digits import half_units

Strength = Literal["exact", "certain", "seen"]
EXACT: Final = "exact"
CERTAIN: Final = "certain"
SEEN: Final = "seen"

_FEWEST = 8  # rows: of fewer, only what is exact to the last digit is said
_STEPS, _STEPS_SEEN = 39, 24  # of target and column together; with R2 = .999 so many are in order once in 2000 tables
_RARE = 1e-6  # chance, over all columns, that one which says nothing looks as if it determined the target
_COARSE = 0.15  # of the target's deviation: rounding beyond it hides noise
_CLOSE = 1e-9  # of the target's deviation: what arithmetic leaves
_GAP = 5.0  # spacings: a wider gap parts groups that are there, not rows that somebody cut
_FEW = 5  # values of a target that are classes
_GROUPS = 20  # values of a column of numbers that stand for groups
_GLANCE = 500  # rows on which a column is first looked at
TIME = re.compile(r"^(t|time|date|year|yr|quarter|month|week|day|hour|minute|second|period|age|wave|trend)s?$", re.I)


@dataclass(frozen=True, eq=False, slots=True)
class Entries:
    """A column: its name as the user knows it, its entries (rows,), nan where missing; words: these are codes."""

    name: str
    values: Array
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """Columns that give the target away, in words, and how surely.

    strength: EXACT, no noise is left and no forecast can be made with them. CERTAIN, they determine the target or its
    order; a user may know better and keep them. SEEN, they part the rows by the target, which may be its nature.
    """

    columns: tuple[str, ...]
    words: str
    strength: Strength


def given_away(columns: Sequence[Entries], target: Array, coded: Sequence[Entries] = ()) -> list[Given]:
    """Find the columns that give a target (rows,) away, alone or, where none does so exactly, as a combination.

    coded: what a combination may have in place of columns of words: columns of 0 and 1, under the same names. A column
    is looked at in the rows in which it has an entry, at least half of them. Status: what is EXACT holds to the digits
    that are there; CERTAIN has a chance below 1e-6 for columns that say nothing.
    """
    found = [given for column in columns if (given := _alone(column, target, len(columns)))]
    if any(given.strength == EXACT for given in found):
        return found
    numbers = [*(column for column in columns if not column.words), *coded]
    together = combination([column.values for column in numbers], target)
    if together is None:
        return found
    names = tuple(dict.fromkeys(numbers[place].name for place in together.places))
    if len(names) == 1 and any(given.columns == names and given.strength != SEEN for given in found):
        return found
    said = f"column{'s' * (len(names) > 1)} {listed(names)} {_MAKE[len(names) > 1]} up the target in every row"
    said += "" if together.exact else ", to rounding"
    return [*found, Given(names, said, EXACT if together.exact else CERTAIN)]


_MAKE = ("makes", "together make")


def listed(names: tuple[str, ...], most: int = 8) -> str:
    """Name columns in a sentence.

    >>> listed(("a", "b", "c"))
    "'a', 'b' and 'c'"
    """
    if len(names) > most:
        return f"{', '.join(map(repr, names[:most]))} and {len(names) - most} more"
    return " and ".join(part for part in (", ".join(map(repr, names[:-1])), repr(names[-1])) if part)


def _alone(column: Entries, target: Array, trials: int) -> Given | None:
    there = ~np.isnan(column.values)
    x, y = column.values[there], target[there]
    if len(x) < max(4, len(target) / 2) or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return _of_words(column, x, y, trials) if column.words else _of_numbers(column.name, x, y, trials)


def _of_words(column: Entries, x: Array, y: Array, trials: int) -> Given | None:
    name, levels = column.name, np.unique(x)
    if len(levels) == 2 and np.unique(y).size == 2 and is_function(x, y):
        values = sorted((float(y[x == level][0]), column.words[int(level)]) for level in levels)
        said = ", ".join(f"{word!r} is {value:g}" for value, word in values)
        return Given((name,), f"column {name!r} says the same as the target in every row ({said})", EXACT)
    if determines(x, y, trials):
        return Given((name,), f"column {name!r} determines the target: each of its words goes with one value", EXACT)
    means = np.array([y[x == level].mean() for level in levels])
    return _bins(name, np.argsort(np.argsort(means)).astype(float)[np.searchsorted(levels, x)], y)


def _of_numbers(name: str, x: Array, y: Array, trials: int) -> Given | None:
    if len(x) > 2 * _GLANCE and not _may_give(x[:: len(x) // _GLANCE], y[:: len(x) // _GLANCE]):
        return None
    if np.unique(x).size == 2 and np.unique(y).size == 2 and is_function(x, y):
        if np.array_equal(x, y):
            return Given((name,), f"column {name!r} equals the target in every row", EXACT)
        said = ", ".join(f"{value:g} is {y[x == value][0]:g}" for value in np.unique(x))
        return Given((name,), f"column {name!r} says the same as the target in every row ({said})", EXACT)
    if line := same_line(x, y):
        return Given((name,), _in_units(name, line), EXACT if line.exact else CERTAIN)
    direction = in_order(x, y)
    if direction and is_count(x) and np.unique(y).size <= _FEW and _chance_of_order(y) * trials < _RARE:
        return Given((name,), f"column {name!r} numbers the rows, which are sorted by the target", CERTAIN)
    if direction:
        return _ordered(name, x, y, direction)
    if np.unique(x).size <= min(_GROUPS, len(x) / 4) and determines(x, y, trials):
        return Given((name,), f"column {name!r} determines the target: each of its values goes with one", CERTAIN)
    return None


def _may_give(x: Array, y: Array) -> bool:
    """Whether some rows leave it open that a column gives the target away: what holds in all rows holds in these."""
    if np.unique(x).size <= _GROUPS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return True
    return abs(float(np.corrcoef(x, y)[0, 1])) > 1 - _COARSE or in_order(x, y) != 0


def _in_units(name: str, line: Line) -> str:
    if (line.level, line.slope) == (0.0, 1.0):
        return f"column {name!r} equals the target in every row"
    level = "" if line.level == 0 else f"{line.level:.4g} {'+-'[line.slope < 0]} "
    slope = abs(line.slope) if level else line.slope
    return f"column {name!r} is the target in other units, in every row: target = {level}{slope:.4g} x column"


def _ordered(name: str, x: Array, y: Array, direction: int) -> Given | None:
    """Tell what is said of a column that puts the rows in the order of the target."""
    if np.unique(y).size == 2:
        return _parting(name, direction * x, y, direction)
    steps = _steps(x, y)
    for words, transform in TRANSFORMS.items():
        if _is_line_of(transform, x, y):
            of = words.format(repr(name))
            return Given((name,), f"the target is a linear function of {of}, in every row", CERTAIN)
    way = "the order" if direction > 0 else "the opposite order"
    if steps >= _STEPS_SEEN:
        strength: Strength = CERTAIN if steps >= _STEPS and not TIME.match(name) else SEEN
        counts = ", which counts the rows as a year does: both may follow time alone" if is_count(y) else ""
        return Given((name,), f"column {name!r} puts all rows in {way} of the target{counts}", strength)
    return _bins(name, direction * x, y)


def _parting(name: str, x: Array, y: Array, direction: int) -> Given | None:
    low, high = np.unique(y)
    ends = float(x[y == low].max()) * direction, float(x[y == high].min()) * direction
    if ends[0] == ends[1]:
        return None
    sides = (f"up to {ends[0]:.6g}", f"from {ends[1]:.6g} on")
    sides = sides if direction > 0 else (f"from {ends[0]:.6g} on", f"up to {ends[1]:.6g}")
    return Given((name,), f"column {name!r} alone parts the target: {low:g} {sides[0]}, {high:g} {sides[1]}", SEEN)


def _bins(name: str, x: Array, y: Array) -> Given | None:
    """Say whether a column of few values cuts the target into intervals that lie close to each other."""
    if len(x) < 30 or np.unique(y).size <= _FEW or in_order(x, y) <= 0:
        return None
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    cuts = np.flatnonzero(np.diff(x) > 0)
    if len(cuts) + 1 > len(x) / 5 or not all(_is_cut(y, int(cut)) for cut in cuts):
        return None
    return Given((name,), f"column {name!r} cuts the target at {y[cuts[0]]:.6g}" + ", ..." * (len(cuts) > 1), SEEN)


def _is_cut(y: Array, cut: int) -> bool:
    """Whether the gap behind a place of sorted entries is like those around it, not one between groups."""
    around = np.diff(y[max(0, cut - 10) : cut + 12])
    return bool(y[cut + 1] - y[cut] <= _GAP * max(float(np.mean(np.sort(around)[:-1])), 1e-300))


@dataclass(frozen=True, slots=True)
class Line:
    """A target that is level + slope x a column. exact: to what arithmetic leaves, not only to the digits written."""

    level: float
    slope: float
    exact: bool


def same_line(x: Array, y: Array, of_x: Array | None = None) -> Line | None:
    """Return the line on which all rows lie, to rounding: of arithmetic, or of the digits that are there.

    Digits count where they are many enough to show noise: their half units are within 15 % of the deviation of y, and
    what is left is no larger than they are, on average too, and fills them: whole numbers that are exact, as doses,
    leave a target's own noise, which is smaller. of_x: how far rounding may have moved each x.
    """
    if np.array_equal(x, y):
        return Line(0.0, 1.0, exact=True)
    spread, center = float(y.std()), float(x.mean())
    scale = float(np.abs(x - center).max())
    if not 0 < scale < np.inf or not spread > 0:
        return None
    away, middle = (x - center) / scale, float(y.mean())
    slope = float(away @ (y - middle) / (away @ away))
    left = np.abs(y - middle - slope * away)
    if float(np.sqrt(np.mean(left**2))) > _COARSE * spread:
        return None
    slope /= scale
    level = middle - slope * center
    if left.max() <= _CLOSE * spread:
        return Line(0.0 if abs(level) < _CLOSE * spread else level, slope, exact=True)
    parts = half_units(y), abs(slope) * (half_units(x) if of_x is None else of_x)
    wide, seen = sum(parts), float(np.mean(left**2))
    of_y, of_column = (float(np.mean(part**2)) / 3 for part in parts)  # mean squares that rounding leaves
    filled = seen >= 0.5 * of_column or seen <= 1.5 * of_y
    fits = bool((left <= 1.1 * wide).all()) and seen <= 1.5 * (of_y + of_column) and filled
    shown = len(x) >= _FEWEST and float(np.median(wide)) <= _COARSE * spread
    return Line(level, slope, exact=False) if fits and shown else None


TRANSFORMS: Mapping[str, np.ufunc] = {
    "the logarithm of column {}": np.log,
    "the exponential of column {}": np.exp,
    "the square root of column {}": np.sqrt,
    "the square of column {}": np.square,
    "one over column {}": np.reciprocal,
}
"""What people make of a target before they forget that they did."""


def _is_line_of(transform: np.ufunc, x: Array, y: Array) -> bool:
    if len(x) < _FEWEST:
        return False
    half = half_units(x)
    with np.errstate(all="ignore"):
        changed, above, below = (np.asarray(transform(each), dtype=float) for each in (x, x + half, x - half))
        moved = np.abs(above - below) / 2
    known = np.isfinite(changed).all() and np.isfinite(moved).all() and np.ptp(changed) > 0
    return bool(known) and same_line(changed, y, moved) is not None


def in_order(x: Array, y: Array) -> int:
    """Return 1 where no row with a larger x has a smaller y, -1 where none has a larger one, else 0."""
    few = slice(None, None, max(1, len(x) // _GLANCE))
    for direction in (1, -1):
        if _rises(direction * x[few], y[few]) and _rises(direction * x, y):
            return direction
    return 0


def _rises(x: Array, y: Array) -> bool:
    return bool((np.diff(y[np.lexsort((y, x))]) >= 0).all())


def _steps(x: Array, y: Array) -> int:
    """Count the places, in order, where both change."""
    order = np.lexsort((y, x))
    return int(((np.diff(x[order]) != 0) & (np.diff(y[order]) != 0)).sum())


def is_count(x: Array) -> bool:
    """Whether entries rise or fall by 1 from row to row, as the numbers of rows do."""
    steps = np.diff(x)
    return bool(np.abs(steps[0]) == 1 and (steps == steps[0]).all())


def _chance_of_order(y: Array) -> float:
    """Chance that rows dealt at random lie in the order of a target, up or down: 2 n_1! n_2! ... / n!."""
    counts = np.unique(y, return_counts=True)[1]
    return float(2 * np.exp(gammaln(counts + 1).sum() - gammaln(len(y) + 1)))


def is_function(x: Array, y: Array) -> bool:
    """Whether rows with one value of x have one value of y."""
    few = slice(None, None, max(1, len(x) // _GLANCE))
    return all(
        len(np.unique(np.column_stack([a, b]), axis=0)) == np.unique(a).size for a, b in ((x[few], y[few]), (x, y))
    )


def determines(x: Array, y: Array, trials: int) -> bool:
    r"""Whether y is a function of x that chance does not make: rows of one x agree because y follows from it.

    .. math:: \prod_j \sum_v f_v^{m_j}

    is the chance that values of y with shares f_v, dealt to groups of m_j rows, agree in each; times the columns tried.
    """
    if not is_function(x, y):
        return False
    groups = np.unique(x, return_counts=True)[1]
    shares = np.unique(y, return_counts=True)[1] / len(y)
    sizes, often = np.unique(groups, return_counts=True)
    with np.errstate(under="ignore"):
        chance = float((often * np.log([(shares**size).sum() for size in sizes])).sum())
    return bool(chance + np.log(max(trials, 1)) < np.log(_RARE))
