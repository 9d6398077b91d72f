r"""Since when do generations no longer come from the law of the reference, and how sure is that?

For each generation tau at which the law may have changed, R_tau(t) is the ratio of two probabilities of the counts of
generations tau, ..., t: under other laws, and under the urn that holds the reference and all generations before tau.
If nothing ever changed, R_tau(t) is a martingale of mean 1 from tau on, and 1 before. So is

.. math:: M_t = 1 - \sum_{\tau \le t} g_\tau + \sum_{\tau \le t} g_\tau R_\tau(t), \quad g_\tau = 1 / (\tau (\tau + 1)).

By Ville's inequality P(M_t >= 1 / alpha for any t) <= alpha: one may look after each generation, and stop at any time.
Stable generations become reference, those after a change add up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.audit.urn import log_ratio

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Others = Callable[[Array, int], Array]
"""Urns of other laws, (urns, K), given the balls of the urn and how many are drawn in the first generation after."""


@dataclass(frozen=True, eq=False)
class Process:
    """evidence (t,): M of each generation. changed (t, t): the part of M_t of a change at tau, in row t, column tau."""

    evidence: Array
    changed: Array

    def first_change(self, generation: int, mass: float = 0.95) -> tuple[int, tuple[int, ...]]:
        """Return the likeliest generation of the change, from 1, and the smallest set that holds `mass` of all."""
        parts = self.changed[generation - 1, :generation]
        if parts.sum() == 0:
            return generation, (generation,)
        order = np.argsort(-parts, kind="stable")
        within = np.cumsum(parts[order]) / parts.sum()
        held = order[: int(np.searchsorted(within, mass)) + 1]
        return int(order[0]) + 1, tuple(sorted(int(each) + 1 for each in held))


def process(balls: Counts, counts: Counts, others: Others, since: int = 0) -> Process:
    """Return the evidence against one law for all, of generations whose counts (t, K) fell into cells of these gaps.

    since: the generation up to which nothing is counted, as the stream was learned from these; 0: all are.

    >>> calm = process(np.array([50, 50]), np.array([[10, 10], [11, 9]]), lambda a, n: np.array([[20.0, 80.0]]))
    >>> bool(calm.evidence[-1] < 1)
    True
    """
    if since:
        return _later(process(balls, counts[since:], others), min(since, len(counts)), len(counts))
    many = len(counts)
    ratios = np.zeros((many, many))
    for tau in range(many):
        urn = balls + counts[:tau].sum(axis=0).astype(float)
        other = others(urn, int(counts[tau].sum()))
        ratios[tau:, tau] = log_ratio(np.cumsum(counts[tau:], axis=0), urn, other)
    prior = 1 / (np.arange(1, many + 1) * np.arange(2, many + 2))
    begun = np.tril(np.ones((many, many)))
    changed = begun * prior * np.exp(np.minimum(ratios, 700.0))
    return Process(1 - (begun @ prior) + changed.sum(axis=1), changed)


def _later(found: Process, since: int, many: int) -> Process:
    """Return a process that began after generation `since`, with evidence 1 before it."""
    changed = np.zeros((many, many))
    changed[since:, since:] = found.changed
    return Process(np.concatenate([np.ones(since), found.evidence]), changed)
