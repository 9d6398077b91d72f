"""Into which cells do scores fall, that are cut at the order statistics of reference scores?

N reference scores, sorted, leave N + 1 gaps. A new score of the same law lies in each gap with the same probability
1 / (N + 1), whatever the law, if ties are broken at random: only the order of N + 1 exchangeable scores matters.
Neighboring gaps are joined to K cells, cell k of a_k gaps. Then counts of any number of new scores are those of draws
from a Polya urn of a_1, ..., a_K balls, see `urn`.

Ties: every score is a pair (score, a number of its own), and pairs are compared one after the other. The number has to
be drawn independently of the score and of which side it is on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

PER_CELL = 5
"""Reference scores that a cell has at least."""


@dataclass(frozen=True, eq=False)
class Cells:
    """K cells on the line. cuts (K - 1, 2): the scores that part them, and their numbers. gaps (K,): of each cell."""

    cuts: Array
    gaps: Counts

    def __post_init__(self) -> None:
        if self.cuts.shape != (len(self.gaps) - 1, 2):
            raise Problem("cells", f"{len(self.cuts)} cuts and {len(self.gaps)} cells", "give one cut fewer than cells")

    @property
    def count(self) -> int:
        """How many cells there are."""
        return len(self.gaps)

    def counts(self, scores: Array, numbers: Callable[[], Array]) -> Counts:
        """Count how many scores fall into each cell, (K,). numbers: makes one a score, by which ties are broken; it is
        called where there are ties."""
        at = self.cuts[:, 0]
        below, through = np.searchsorted(at, scores, "left"), np.searchsorted(at, scores, "right")
        tied = np.flatnonzero(through > below)
        if len(tied):
            own, left, right = numbers()[tied], below[tied], through[tied]
            for first in np.unique(left):
                here = left == first
                last = int(right[here][0])
                below[tied[here]] = first + np.searchsorted(self.cuts[first:last, 1], own[here], "left")
        return np.bincount(below, minlength=self.count)


def cells(reference: Array, numbers: Array, most: int) -> Cells:
    """Cut the line at order statistics of reference scores (N,) into `most` cells, or fewer where scores are few.

    numbers: one a score, by which ties are broken. The k-th cut is the score of rank round(k (N + 1) / K), so that
    cells have nearly as many gaps each. Errors: `Problem` for scores that are not finite, and for fewer than 2 cells.

    >>> found = cells(np.arange(19.0), np.zeros(19), 4)
    >>> found.gaps.tolist(), found.cuts[:, 0].tolist()
    ([5, 5, 5, 5], [4.0, 9.0, 14.0])
    """
    scores = np.asarray(reference, dtype=float)
    if not np.isfinite(scores).all():
        raise Problem("reference", "scores that are not finite", "give finite scores")
    there = min(most, (scores.size + 1) // PER_CELL)
    if there < 2:
        found = f"{scores.size} reference scores, where two cells want {2 * PER_CELL - 1}"
        raise Problem("reference", found, "give more real rows")
    order = np.lexsort((numbers, scores))
    ranks = np.round(np.arange(1, there) * (scores.size + 1) / there).astype(int)
    at = order[ranks - 1]
    gaps = np.diff(np.concatenate([[0], ranks, [scores.size + 1]]))
    return Cells(np.column_stack([scores[at], np.asarray(numbers, dtype=float)[at]]), gaps)


def tail_cells(reference: Array, numbers: Array, share: float) -> Cells:
    """Part the reference's highest scores, as near to `share` of them as there are, from all others: two cells.

    >>> tail_cells(np.arange(99.0), np.zeros(99), 0.05).gaps.tolist()
    [95, 5]
    """
    scores = np.asarray(reference, dtype=float)
    outside = max(1, round(share * (scores.size + 1)))
    if outside >= scores.size + 1:
        found = f"{share:g} of {scores.size} reference scores leaves none inside"
        raise Problem("reference", found, "give a smaller share, or more real rows")
    place = scores.size - outside
    score = np.partition(scores, place)[place]
    tied = np.flatnonzero(scores == score)
    among = np.argsort(np.asarray(numbers)[tied], kind="stable")
    at = tied[among[[place - int((scores < score).sum())]]]
    gaps = np.array([scores.size + 1 - outside, outside])
    return Cells(np.column_stack([scores[at], np.asarray(numbers, dtype=float)[at]]), gaps)
