r"""Are later rows like the ones in hand, and can a linear model say anything about them?

Alike: the energy distance between both sets of inputs x and z, columns in units of their pooled deviation,

.. math:: 2 E|x - z| - E|x - x'| - E|z - z'|,

is 0 for one law alone. It is compared with what it is when all rows are shuffled. Beside it stands the number that a
linear forecast turns on: how far rows are from the center, where the unit is how these rows vary. With h the leverage
of a row, a fit without a penalty to the other rows has the variance h / (1 - h) there, in units of the noise, and h at
a later row. The ratio of the means says how much wider the inputs are.

Status: a permutation test, exact for rows that are independent (Szekely and Rizzo 2004). Checked by
tests/statistical/test_later_rows.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloss.advise.assumption import Assumption
from genloss.advise.forecasts.worlds.directions import Directions, directions
from genloss.advise.forecasts.worlds.protocol import Array, tested, untestable
from genloss.errors import Problem

__all__ = ["Distance", "alike", "counted", "distance", "energy_test", "reachable"]

_SHUFFLES = 999
_SAMPLE = 400  # rows of each kind that the test looks at
_RARE = 0.01  # chance below which rows are said to differ
_ERRORS = 3.3  # standard errors beyond which a ratio is not 1: a chance of a thousandth
_FAR, _SOME = 0.1, 0.02  # share of later rows farther out than any in hand: refused, and told
_IN_A_COLUMN = 0.05  # share of later rows beyond the range of one column: told
_FEW = 20  # rows below which a test misses most changes: rows are then not said to be alike
_SPAN = 1e-6
_COLUMNS = 4


@dataclass(frozen=True)
class Distance:
    """How much the noise of labels is felt on later rows, over how much on new rows like these: 1 for rows alike.

    ratio, error: of mean variances of a fit without a penalty, and its standard error. outside: the share of later
    rows farther from the center than any in hand.
    """

    ratio: float
    error: float
    outside: float

    @property
    def apart(self) -> bool:
        """Whether the ratio is not 1."""
        return abs(self.ratio - 1) > _ERRORS * self.error


def alike(rows: Array, later: Array, rng: np.random.Generator, *, used: bool) -> Assumption:
    """Test whether later rows are like these; a few can be found to differ, but not to be alike.

    used: whether the forecast is for the later rows then.
    """
    found, chance = distance(rows, later), energy_test(rows, later, rng)
    spread = f"{found.ratio:.3g}" + (f" ± {found.error:.2g}" if np.isfinite(found.error) else "")
    words = (
        f"if they were, they would be as far apart in {chance:.1%} of cases (a test with {_SHUFFLES} shuffles; below "
        f"{_RARE:.0%} they differ); noise of labels weighs {spread} times as much on the {counted(later)}"
    )
    less = "" if used else "; the forecast is still about rows like these: for later ones it is known of linear models"
    name, holds = "later rows are like these", chance >= _RARE and not found.apart
    count, whose = min((len(later), "later"), (len(rows), "given"))
    if holds and count < _FEW:
        few = f"{count} {whose} row{'s' * (count != 1)}: too few rows to tell, below {_FEW} most changes are missed; "
        return untestable(name, few + words + less)
    return tested(name, holds, words + less)


def counted(later: Array) -> str:
    """Return how many later rows there are, in words."""
    return f"{len(later):,} later row{'s' * (len(later) != 1)}"


def distance(rows: Array, later: Array) -> Distance:
    """Return how far later rows are from the center of these."""
    along = directions(rows, spare=2)
    own, theirs = ((1 + (along.turn(x) ** 2 / along.variances).sum(axis=1)) / len(rows) for x in (rows, later))
    left_out = own / np.maximum(1 - own, 1 / len(rows))
    ratio = float(theirs.mean() / left_out.mean())
    errors = [
        float(each.std(ddof=1) / np.sqrt(each.size) / each.mean()) for each in (theirs, left_out) if each.size > 1
    ]
    error = ratio * float(np.hypot(errors[0], errors[1])) if len(errors) == 2 else float("inf")
    return Distance(ratio, error, float((theirs > own.max() * (1 + _SPAN)).mean()))


def energy_test(rows: Array, later: Array, rng: np.random.Generator) -> float:
    """Return the share of shuffles in which both sets are at least as far apart, at least 1/1000."""
    from scipy.spatial.distance import cdist

    x, z = (each[np.sort(rng.choice(len(each), min(len(each), _SAMPLE), replace=False))] for each in (rows, later))
    both = np.concatenate([x, z])
    spread = both.std(axis=0)
    both = both[:, spread > 0] / spread[spread > 0]
    gaps = cdist(both, both)
    first = np.zeros((len(both), _SHUFFLES + 1))
    first[: len(x), 0] = 1
    for shuffle in range(1, _SHUFFLES + 1):
        first[rng.permutation(len(both))[: len(x)], shuffle] = 1
    apart = _energy(gaps, first, len(x), len(z))
    return float((apart >= apart[0] * (1 - 1e-12)).mean())


def _energy(gaps: Array, first: Array, count: int, others: int) -> Array:
    """Return the energy distance of every split, (splits,). first (rows, splits): 1 in one set, 0 in the other."""
    sums = gaps @ first
    within = (first * sums).sum(axis=0)
    touching = sums.sum(axis=0)
    beyond = gaps.sum() - 2 * touching + within
    return np.asarray(2 * (touching - within) / (count * others) - within / count**2 - beyond / others**2)


def reachable(rows: Array, later: Array, names: Sequence[str]) -> tuple[Array, Assumption]:
    """Return later rows along the directions of these, 1 first, (later rows, k + 1), and how many are far out.

    Looked at are the distance from the center, which sees combinations of columns, and the range of each column.
    Errors: `Problem` where a linear fit to these rows says nothing of later ones: a column, or a combination of
    columns, that does not vary here and does there; more than a tenth farther out than any row in hand.
    """
    along = directions(rows, spare=2)
    _refuse_new_directions(along, later, names)
    found = distance(rows, later)
    beyond = _beyond(rows, later)
    told = f"; beyond the range of a column: {_listed(beyond, names)}" if beyond.any() else ""
    if found.outside > _FAR:
        which = f"{found.outside:.0%} of them are" if len(later) > 1 else "the one row is"
        raise Problem(
            "later_rows",
            f"{which} farther from the center of the rows in hand than any of these{told}",
            "gather labels for some of them, or leave such rows out: these rows do not show whether the truth goes on "
            "as a line there",
        )
    words = (
        f"{found.outside:.1%} of {counted(later)} {'are' if len(later) > 1 else 'is'} farther from the center than any "
        f"of these (at most {_SOME:.0%} may be){told or '; beyond the range of a column: none'} (at most "
        f"{_IN_A_COLUMN:.0%} may be in any)"
    )
    holds = found.outside <= _SOME and float(beyond.max(initial=0.0)) <= _IN_A_COLUMN
    return np.column_stack([np.ones(len(later)), along.turn(later)]), tested(
        "later rows are within the range of these", holds, words
    )


def _refuse_new_directions(along: Directions, later: Array, names: Sequence[str]) -> None:
    """Refuse later rows that vary where these do not."""
    flat = np.flatnonzero(~np.isfinite(along.scale))
    moved = flat[np.abs(later[:, flat] - along.center[flat]).max(axis=0, initial=0.0) > _SPAN]
    if moved.size:
        found = f"{_named(names, int(moved[0]))} is the same in all rows in hand, and another number in later ones"
        raise Problem("later_rows", found, "leave the column out of both, or give rows in hand in which it varies")
    away = (later - along.center) / along.scale
    left = away - away @ along.basis @ along.basis.T
    if (np.abs(left).max(axis=1) > _SPAN * (1 + np.abs(away).max(axis=1))).any():
        at = int(np.argmax(np.abs(left).max(axis=0)))
        found = f"columns that determine each other in the rows in hand do not in later ones, {_named(names, at)} first"
        raise Problem("later_rows", found, "leave one of them out of both")


def _beyond(rows: Array, later: Array) -> Array:
    """Return the share of later rows beyond what the rows in hand hold, of every column."""
    low, high = rows.min(axis=0), rows.max(axis=0)
    margin = _SPAN * (high - low)
    return np.asarray(((later < low - margin) | (later > high + margin)).mean(axis=0))


def _listed(beyond: Array, names: Sequence[str]) -> str:
    """Say which columns later rows go beyond, those of most rows first."""
    first = [int(at) for at in np.argsort(-beyond, kind="stable") if beyond[at] > 0]
    told = [f"{_named(names, at)} in {beyond[at]:.1%}" for at in first[:_COLUMNS]]
    more = f" and {len(first) - _COLUMNS} more" if len(first) > _COLUMNS else ""
    return ", ".join(told) + more


def _named(names: Sequence[str], at: int) -> str:
    return f"column {names[at]!r}" if names else f"column {at}"
