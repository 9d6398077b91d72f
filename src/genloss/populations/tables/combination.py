"""Are some columns together the target, in every row? A sum, a difference, any linear combination with a constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloss.populations.draw import Array
from genloss.populations.tables.digits import half_units

_CLOSE = 1e-9  # of the target's deviation: what arithmetic leaves
_CONSTANT = 1e-13  # of a column's mean
_FINE = 0.01  # of the target's deviation: coarser digits hide noise
_COARSE = 0.15  # of the target's deviation, for digits that leave just what rounding leaves, in many rows
_MANY = 30  # rows beyond the columns
_GLANCE = 500  # rows on which columns are first looked at, besides two for each
_MOST = 2000  # columns
_TRIED = 200  # columns that may be left out of the combination
_Z = 4.5  # standard errors that a fit to rounded numbers may be off
_ROOM = 1.2  # times the mean square that rounding leaves
SPARE = 6  # rows beyond the columns


@dataclass(frozen=True, slots=True)
class Combination:
    """Places of columns that are the target together. exact: to what arithmetic leaves, not only to the digits."""

    places: tuple[int, ...]
    exact: bool


def combination(columns: Sequence[Array], target: Array) -> Combination | None:
    """Return columns whose combination with a constant is the target in every row, None where there are none.

    To rounding, of arithmetic or of the digits of all, which must be within 1 % of the target's deviation; or within
    15 % in 30 rows more than columns, where what is left is no larger on average than rounding leaves. Columns that
    are not needed are left out one by one, those with the smallest part first. Rows with gaps do not count.
    """
    if not columns or len(columns) > _MOST:
        return None
    whole = np.flatnonzero(~np.logical_or.reduce([np.isnan(column) for column in columns]))
    y = target[whole]
    if len(y) < len(columns) + 1 + SPARE or not y.std() > 0:
        return None
    few = np.linspace(0, len(y) - 1, min(len(y), 2 * len(columns) + _GLANCE)).astype(int)
    glance = np.column_stack([column[whole[few]] for column in columns])
    if not y[few].std() > 0 or _made(glance, y[few]) is None:
        return None
    made = _made(np.column_stack([column[whole] for column in columns]), y)
    return None if made is None else Combination(_needed(glance, y[few], made.parts), made.exact)


def _needed(x: Array, y: Array, parts: Array) -> tuple[int, ...]:
    kept = np.flatnonzero(parts > _CLOSE).tolist()
    for place in np.argsort(parts)[:_TRIED].tolist():
        fewer = [other for other in kept if other != place]
        if len(fewer) < len(kept) and fewer and _made(x[:, fewer], y) is not None:
            kept = fewer
    return tuple(kept)


@dataclass(frozen=True, eq=False, slots=True)
class _Made:
    """How large a part each column has, over the deviation of the target; exact as in `Combination`."""

    parts: Array
    exact: bool


def _made(x: Array, y: Array) -> _Made | None:
    spread, deviation, center = float(y.std()), x.std(axis=0), x.mean(axis=0)
    scale = np.where(deviation > _CONSTANT * np.abs(center), deviation, np.inf)
    away = (x - center) / scale
    slopes = np.linalg.lstsq(away, y - y.mean(), rcond=1e-10)[0]
    left, parts = np.abs(y - y.mean() - away @ slopes), np.abs(slopes) / max(spread, 1e-300)
    if left.max() <= _CLOSE * spread:
        return _Made(parts, exact=True)
    if not spread > 0 or left.max() > _COARSE * spread:
        return None
    moved = [abs(slope) * half_units(column) for slope, column in zip(slopes / scale, x.T, strict=True)]
    wide = half_units(y), *moved
    if left.max() <= _FINE * spread:
        return _Made(parts, exact=False) if (left <= 1.1 * sum(wide)).all() else None
    return _Made(parts, exact=False) if _is_rounding(left, away, wide) else None


def _is_rounding(left: Array, away: Array, wide: Sequence[Array]) -> bool:
    """Whether what a fit to many rows leaves (rows,) is what rounding leaves, each number by up to its half unit."""
    spare = len(left) - away.shape[1] - 1
    wide = [np.minimum(each, np.median(each)) for each in wide]  # a few round numbers are not rounded more coarsely
    rounding = sum(float(np.mean(each**2)) / 3 for each in wide)
    if spare < _MANY or float((left**2).sum()) > _ROOM * rounding * spare:
        return False
    basis = np.linalg.qr(np.column_stack([np.ones(len(left)), away]))[0]
    of_fit = _Z * np.sqrt(rounding * (basis**2).sum(axis=1))
    return bool((left <= 1.01 * sum(wide) + of_fit).all())
