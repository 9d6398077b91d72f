"""What does a simulated chain of families leave behind, and what do its engines share?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from genloss.blocks import apart
from genloss.errors import Problem
from genloss.models.families import Family
from genloss.models.laws import LawFit
from genloss.workflows.checks import whole
from genloss.workflows.traits import FILTER, MIXED_LAW, OVERLAP, SUBSAMPLE, WHOLE_BATCHES

Array = NDArray[np.float64]
Truths = NDArray[np.bool_]
S = TypeVar("S")

SUMS = WHOLE_BATCHES | {MIXED_LAW}
"""What can be simulated through sums of rows."""
ROWS = SUMS | {SUBSAMPLE, OVERLAP}
"""What can be simulated row by row."""
FILTERED = ROWS | {FILTER}
"""What the definition simulates."""
LARGEST = 250_000_000
"""Numbers kept at once: 2 GB."""


@dataclass(frozen=True)
class Runs:
    """estimates: fitted means (fits, replicates) or parameters (fits, replicates, parameters), generation 0 first.

    ended: which replicates have left the interior by each generation, (fits, replicates): their estimate did not
    exist, and the last one that did stays; or it lies on the boundary. They count in every mean.
    """

    estimates: Array
    ended: Truths

    def horizon(self, share: float = 0.0) -> int | None:
        """Return the last generation in which at most this share of replicates has ended.

        None: it never has more within the generations asked; -1: already at generation 0.
        """
        beyond = np.flatnonzero(self.ended.mean(axis=1) > share)
        return int(beyond[0]) - 1 if beyond.size else None


def ended_so_far(ended: Truths, lines: int) -> Truths:
    """Return which replicates have ended by each fit, (fits, replicates), from those that end at each.

    lines: how many models take turns.

    >>> ended_so_far(np.array([[True], [False], [False], [False]]), 2).ravel().tolist()
    [True, False, True, False]
    """
    found = np.empty_like(ended)
    for line in range(lines):
        found[line::lines] = np.logical_or.accumulate(ended[line::lines], axis=0)
    return found


def runs_of(family: Family, fits: Iterable[LawFit], rng: np.random.Generator, lines: int = 1) -> Runs:
    """Gather fits; refuse a block of which no replicate has a first estimate.

    rng: by which they are drawn. lines: how many models take turns.
    """
    estimates: list[Array] = []
    ended: list[Truths] = []
    for fit in fits:
        if len(estimates) < lines and any(fit.ended[at].all() for at, _ in apart(rng, len(fit.ended))):
            raise Problem(
                f"{family.name}: generation 0",
                f"no replicate has an estimate: {family.missing}",
                f"give more real rows (at the very least {family.fewest}), or a less extreme truth",
            )
        estimates.append(fit.parameters)
        ended.append(fit.ended | ~family.inside(fit.parameters))
    return Runs(np.array(estimates), ended_so_far(np.array(ended), lines))


class Pools(Generic[S]):
    """Sums of batches by their shares of the loss, fit after fit.

    A part that is the whole pool of the fit before, in the same proportions, is not summed again, so that a fit that
    keeps all batches costs as much as one that has two: this is why it remembers.
    """

    def __init__(self, pooled: Callable[[Sequence[S], Sequence[float]], S]) -> None:
        self._pooled = pooled
        self._before: Mapping[int, float] = {}
        self._last: S

    def of(self, shares: Mapping[int, float], known: Mapping[int, S]) -> S:
        """Return the sum that a fit with these shares of batches sees."""
        part = carried(self._before, shares)
        rest = shares if part is None else {b: share for b, share in shares.items() if b not in self._before}
        parts, weights = [known[b] for b in rest], list(rest.values())
        if part is not None:
            parts, weights = [*parts, self._last], [*weights, part]
        self._last = self._pooled(parts, weights)
        self._before = shares
        return self._last


def carried(before: Mapping[int, float], now: Mapping[int, float]) -> float | None:
    """Return the weight that the whole training set of the fit before has in this fit, or None where it has none.

    before, now: shares of the loss by batch; batches of the fit before must stand in the same proportions.

    >>> carried({0: 0.5, 1: 0.5}, {0: 0.25, 1: 0.25, 2: 0.5}), carried({0: 1.0}, {1: 1.0})
    (0.5, None)
    """
    part = sum(now.get(b, 0.0) for b in before)
    alike = part > 0 and all(abs(now.get(b, 0.0) - part * share) < 1e-12 * part for b, share in before.items())
    return part if alike else None


def checked_replicates(replicates: int) -> int:
    """Return a number of replicates, or say that it is none."""
    return whole(replicates, "replicates", lowest=1, meaning="a whole number from 1 on")


def refuse_many_rows(numbers: int, faster: str) -> None:
    """Refuse what would not fit into memory. faster: the engine that needs no rows."""
    if numbers > LARGEST:
        mend = f"give fewer rows, replicates or generations, or use {faster}"
        raise Problem("workflow", f"{numbers:,} numbers to keep", mend)
