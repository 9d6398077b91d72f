r"""How many rows of a generation are copies: of real rows, and of each other? A line of its own, which decides nothing.

Real rows that the generation could have learned by heart are the targets; other real rows, that are none of them, say
how many copies there are if nothing is learned by heart: k of their N rows are equal to a target. Given the targets,
each row of the same law is a copy with one probability, so that of n rows

.. math:: P(j) = \binom{n}{j} \frac{B(j + k + 1/2,\; n - j + N - k + 1/2)}{B(k + 1/2,\; N - k + 1/2)}

are copies, with the luck of both sides in it (Status: the Beta-binomial law under Jeffreys' prior, an approximation).

Rows that repeat an earlier row of their own side are counted among as many rows of both sides. Leaving out a row
changes their number by one if it has a twin, so that the variance is at most :math:`m s (1 - s)`, s the share of m rows
with a twin (Efron and Stein 1981; Status: bound, with s as it was found).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_LEVEL = 0.95


@dataclass(frozen=True)
class Copies:
    """rows: of the generation; anywhere: those equal to any real row; copied: to a target. likely: how many of as many
    real rows would be, low to high: a 95 % interval. chance: that so many or more would be."""

    rows: int
    anywhere: int
    copied: int
    likely: float
    low: int
    high: int
    chance: float

    @property
    def too_many(self) -> bool:
        """Whether it is more than real rows show by luck, in one of a thousand."""
        return self.chance < 1e-3

    def said(self) -> str:
        """Say it beside real rows."""
        what = f"{self.anywhere:,} of {self.rows:,} rows are exact copies of real rows"
        expected = f"{self.likely:,.3g} are expected as in the other half (95 % interval {self.low:,} to {self.high:,})"
        return f"{what}; {self.copied:,} of one half of these, where {expected}"


@dataclass(frozen=True)
class Repeats:
    """rows: that were compared of each side. made, real: rows that repeat an earlier one of their side. error: standard
    error of the difference, at most. all_rows, all_made: of the whole generation."""

    rows: int
    made: int
    real: int
    error: float
    all_rows: int
    all_made: int

    @property
    def too_many(self) -> bool:
        """Whether they differ by more than luck, 4.5 standard errors."""
        return self.made - self.real > 4.5 * self.error

    def said(self) -> str:
        """Say it beside real rows."""
        what = f"{self.all_made:,} of {self.all_rows:,} rows repeat an earlier row of their generation"
        beside = f"{self.real:,} of real ones, give or take {2 * self.error:,.2g}"
        return f"{what}; among {self.rows:,} rows it is {self.made:,}, and {beside}"


def copies(made: Hashes, targets: Hashes, others: Hashes) -> Copies:
    """Count rows of a generation that are equal to a target. others: real rows that are no targets. All: row hashes.

    >>> rows = np.arange(100, dtype=np.uint64)
    >>> found = copies(np.arange(40, 60, dtype=np.uint64), rows[:50], rows[50:])
    >>> found.anywhere, found.copied, found.high, found.too_many
    (20, 10, 2, True)
    """
    from scipy.stats import betabinom

    copied, known = (int(np.isin(each, targets).sum()) for each in (made, others))
    anywhere = int((np.isin(made, targets) | np.isin(made, others)).sum())
    law = betabinom(len(made), known + 0.5, len(others) - known + 0.5)
    low, high = (int(law.ppf(p)) for p in (0.5 - _LEVEL / 2, 0.5 + _LEVEL / 2)) if len(made) else (0, 0)
    likely = len(made) * known / len(others) if len(others) else float("nan")
    return Copies(len(made), anywhere, copied, likely, low, high, float(law.sf(copied - 1)) if copied else 1.0)


def repeats(made: Hashes, real: Hashes) -> Repeats:
    """Count rows that repeat an earlier one, among as many of each side. made, real: hashes of rows in random order.

    >>> found = repeats(np.array([1, 1, 1, 2], dtype=np.uint64), np.arange(9, dtype=np.uint64))
    >>> found.rows, found.made, found.real
    (4, 2, 0)
    """
    rows = min(len(made), len(real))
    (repeated, twins), (real_repeated, real_twins) = (_repeated(each[:rows]) for each in (made, real))
    spread = sum(twin * (1 - twin / rows) for twin in (twins, real_twins)) if rows else 0.0
    return Repeats(rows, repeated, real_repeated, float(np.sqrt(spread + 1)), len(made), _repeated(made)[0])


def given_twice(digests: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the places of rows that were given before, each with the first place of the same rows.

    digests: of the rows of the reference and of each generation, whatever their order.

    >>> given_twice(["a", "b", "a"])
    [(0, 2)]
    """
    first: dict[Hashable, int] = {}
    return [(first[each], place) for place, each in enumerate(digests) if first.setdefault(each, place) != place]


def _repeated(hashes: Hashes) -> tuple[int, int]:
    """Return how many rows repeat an earlier one, and how many have a twin."""
    counts = np.unique(hashes, return_counts=True)[1]
    return int(len(hashes) - len(counts)), int(counts[counts > 1].sum())
