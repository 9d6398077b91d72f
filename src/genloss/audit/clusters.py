r"""Do some real rows belong together, though no column says so? Their nearest neighbors are nearer than chance allows.

Around a row, where the density hardly changes within its m nearest neighbors, the k-th powers of their distances
d_1 < ... < d_m are uniform, k the dimension there. So the gaps

.. math:: g_i = i\, k\, \log(d_{i + 1} / d_i), \quad i < m,

are independent and exponential with mean 1, whatever the density (Rényi 1953). Gaps of far neighbors, i from j on, say
what k is; a gap of a near one has, beside their sum, a chance that needs no k:

.. math:: P(g_i > x \textstyle\sum_{l \ge j} g_l) = (1 + x)^{-(m - j)}.

Rows of one person lie together with a wide gap to all others, at i = rows of that person minus 1. A row is called near
where the smallest of the j - 1 chances, times their number, is below .001. Groups of m rows and more are no gap: they
are what tight regions look like.

Columns of few values, or with a value that many rows have, are left out: their ties say nothing. Where values are
rounded, a tied one is spread at random to halfway to the next values that are tied as often.

Status: exact where the density is constant around a row and rows are independent; else measured, see
docs/theory/audit-texts.md. Blind to rows of one person that differ as much as rows of others lie apart: in five columns
from a tenth of the deviation between persons on, in twenty from a third on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FURTHEST, FAR, LEAST_FAR = 40, 10, 3  # m; j
CHANCE = 1e-3
SUSPICIOUS = 0.05
"""Share of near rows from which on one should ask: fifty times what chance gives."""
_LEAST_ROWS, _LEAST_COLUMNS, _LEAST_VALUES, _MOST_TIED = 80, 2, 20, 0.05
_LOCAL = 8  # of all rows, at most one in so many is a neighbor: where rows follow a curve, far ones tell nothing
_AXES, _TREE = 16, 6
_MOST_COLUMNS = 64  # at random: rows that are near are near in some columns too
_LOOKED, _LEAST_LOOKED, _WORK, _ROOM = 2000, 60, 1e8, 4e6


@dataclass(frozen=True)
class Near:
    """rows: all of them. looked: at how many of them, at random. near: how many of these have a row too near.

    columns: by which they were compared, of which values vary enough.
    """

    rows: int
    looked: int
    near: int
    columns: tuple[str, ...]

    @property
    def share(self) -> float:
        """Of the rows that were looked at."""
        return self.near / self.looked

    @property
    def suspicious(self) -> bool:
        """Whether to ask which rows belong together."""
        return self.near >= 3 and self.share >= SUSPICIOUS

    def said(self) -> str:
        """Say how many rows are near."""
        about = "" if self.looked == self.rows else "about "
        many = round(self.share * self.rows)
        return f"{about}{many:,} of {self.rows:,} rows have a neighbor that is nearer than chance allows"


def near_rows(numbers: Array, names: tuple[str, ...], rng: np.random.Generator) -> Near | None:
    """Count rows of columns of finite numbers (n, columns) whose neighbors are too near; None where it cannot be told.

    >>> rng = np.random.default_rng(0)
    >>> persons = np.repeat(rng.normal(size=(200, 5)), 5, axis=0)
    >>> near_rows(persons + 0.03 * rng.normal(size=persons.shape), tuple("abcde"), rng).suspicious
    True
    >>> near_rows(rng.normal(size=(1000, 5)), tuple("abcde"), rng).suspicious
    False
    """
    rows = len(numbers)
    asked = np.sort(rng.permutation(numbers.shape[1])[:_MOST_COLUMNS]).tolist()
    told = [column for column in asked if rows >= _LEAST_ROWS and _is_told(numbers[:, column])]
    if len(told) < _LEAST_COLUMNS:
        return None
    places = _axes(np.column_stack([_in_its_unit(_spread(numbers[:, column], rng)) for column in told]))
    looked = min(rows, _LOOKED)
    if places.shape[1] > _TREE:
        looked = min(looked, max(_LEAST_LOOKED, int(_WORK / places.size)))
    chances = gap_chances(_distances(places, rng.permutation(rows)[:looked], min(FURTHEST, rows // _LOCAL)))
    return Near(rows, looked, int((chances < CHANCE).sum()), tuple(names[column] for column in told))


def gap_chances(distances: Array) -> Array:
    """Return for each row the chance of a gap between near neighbors as wide as its widest, (rows,).

    distances (rows, m): to the m nearest neighbors, in rising order.
    """
    furthest = distances.shape[1]
    far = min(FAR, max(LEAST_FAR, furthest // 2))
    weights = np.arange(1, furthest)
    gaps = weights * np.log(np.maximum(distances[:, 1:], 1e-300) / np.maximum(distances[:, :-1], 1e-300))
    beside = gaps[:, : far - 1] / np.maximum(gaps[:, far - 1 :].sum(axis=1, keepdims=True), 1e-300)
    chances = (1 + beside) ** -float(furthest - far)
    return np.asarray(np.minimum(1.0, (far - 1) * chances.min(axis=1)))


def _is_told(column: Array) -> bool:
    """Whether a column has many values, none of which many rows have."""
    counts = np.unique(column, return_counts=True)[1]
    return len(counts) >= _LEAST_VALUES and counts.max() <= _MOST_TIED * len(column)


def _spread(column: Array, rng: np.random.Generator) -> Array:
    """Spread tied values to halfway to the next values that are tied as often (to powers of two)."""
    values, place, counts = np.unique(column, return_inverse=True, return_counts=True)
    levels = np.log2(counts).astype(int)
    low, high = values.copy(), values.copy()
    for level in range(1, levels.max() + 1):
        alike = np.flatnonzero(levels >= level)
        if len(alike) < 2:
            continue
        ends = np.concatenate([[values[alike[0]]], (values[alike[1:]] + values[alike[:-1]]) / 2, [values[alike[-1]]]])
        own = levels[alike] == level
        low[alike[own]], high[alike[own]] = ends[:-1][own], ends[1:][own]
    return np.asarray(low[place] + (high - low)[place] * rng.random(len(column)))


def _in_its_unit(column: Array) -> Array:
    """Return a column in its own unit, with far values drawn nearer, so that neighbors stay neighbors."""
    low, middle, high = np.quantile(column, [0.25, 0.5, 0.75])
    return np.asarray(np.arcsinh(2 * (column - middle) / ((high - low) or column.std() or 1.0)))


def _axes(places: Array) -> Array:
    """Return places along the axes of largest variance, where there are many columns."""
    if places.shape[1] <= _AXES:
        return places
    vectors = np.linalg.eigh(np.cov(places.T))[1][:, ::-1]
    return np.asarray((places - places.mean(axis=0)) @ vectors[:, :_AXES])


def _distances(places: Array, looked: NDArray[np.int64], furthest: int) -> Array:
    """Return distances of these rows to their nearest others, (looked, furthest)."""
    from scipy.spatial import cKDTree
    from scipy.spatial.distance import cdist

    if places.shape[1] <= _TREE:
        return np.asarray(cKDTree(places).query(places[looked], k=furthest + 1)[0][:, 1:])
    step, found = max(1, int(_ROOM // len(places))), []
    for begin in range(0, len(looked), step):
        away = cdist(places[looked[begin : begin + step]], places)
        away.partition(furthest, axis=1)
        found.append(np.sort(away[:, : furthest + 1], axis=1)[:, 1:])
    return np.concatenate(found)
