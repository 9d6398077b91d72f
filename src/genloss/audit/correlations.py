r"""Do columns of numbers still go together as they did? Correlations of ranks, beside those of the real rows.

Ranks, so that heavy tails and units do not matter. Fisher's z of a correlation r of n rows, artanh r, has a standard
error of :math:`\sqrt{1.06 / (n - 3)}` (Fieller, Hartley and Pearson 1957; Status: an approximation, for |r| < .8), so
two are compared by their difference. Of many pairs, those are told whose chance passes Holm's rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]

MOST_COLUMNS = 64
"""Columns among which pairs are compared: the first."""
MOST_ROWS = 10_000
"""Rows that are ranked, the first: rows come in random order."""
_NEARLY_ONE = 0.999


@dataclass(frozen=True)
class Pair:
    """Two columns. real, made: their correlation among real rows and in a generation. error: of the difference of z."""

    one: str
    other: str
    real: float
    made: float
    error: float

    def said(self) -> str:
        """Say what became of it, with a 95 % interval of what it is now, the error of both sides in it."""
        low, high = (np.tanh(np.arctanh(_inside(self.made)) + side * 1.96 * self.error) for side in (-1, 1))
        return (
            f"{self.one} and {self.other} have a correlation of {self.made:.2f} (ranks; 95 % interval "
            f"{low:.2f} to {high:.2f}), in the real rows {self.real:.2f}"
        )


def correlations(rows: Array) -> Array:
    """Return correlations of ranks of columns (n, columns); 0 where a column does not vary."""
    if not rows.size:
        return np.empty((0, 0))
    ranks = np.column_stack([_ranks(column) for column in rows[:MOST_ROWS, :MOST_COLUMNS].T])
    centered = ranks - ranks.mean(axis=0)
    lengths = np.sqrt((centered**2).sum(axis=0))
    standard = centered / np.where(lengths > 0, lengths, 1.0)
    return np.asarray(standard.T @ standard)


def _ranks(column: Array) -> Array:
    """Return the mean rank of equal values, (n,)."""
    _, place, counts = np.unique(column, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place])


def changed(
    names: tuple[str, ...], real: Array, real_rows: int, made: Array, rows: int, alpha: float
) -> tuple[Pair, ...]:  # fmt: skip
    """Return the pairs whose correlation changed, surest first. alpha: the chance of telling any where none did.

    >>> rng = np.random.default_rng(0)
    >>> together = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 500)
    >>> found = changed(("a", "b"), correlations(together), 500, correlations(rng.normal(size=(500, 2))), 500, 0.05)
    >>> [(pair.one, pair.other, pair.made < 0.2) for pair in found]
    [('a', 'b', True)]
    """
    if min(real_rows, rows) < 10 or len(real) < 2:
        return ()
    real_rows, rows = min(real_rows, MOST_ROWS), min(rows, MOST_ROWS)
    error = float(np.sqrt(1.06 / (real_rows - 3) + 1.06 / (rows - 3)))
    places = np.column_stack(np.triu_indices(len(real), 1))
    away = np.arctanh(_inside(made)) - np.arctanh(_inside(real))
    chances = 2 * ndtr(-np.abs(away[places[:, 0], places[:, 1]]) / error)
    order = np.argsort(chances, kind="stable")
    told = np.cumprod(chances[order] <= alpha / np.arange(len(order), 0, -1)).astype(bool)
    pairs = ((int(i), int(j)) for i, j in places[order[told]])
    return tuple(Pair(names[i], names[j], float(real[i, j]), float(made[i, j]), error) for i, j in pairs)


def _inside(correlation: Array | float) -> Array:
    return np.asarray(np.clip(correlation, -_NEARLY_ONE, _NEARLY_ONE))
