r"""Where do shares of categories go under a workflow, if rows are so many that nothing is left to chance?

.. math:: x_g = \sum_b W_{gb} \sum_o \pi_{bo} \tau(x_o), \quad x_{truth} = p

W the share of batch b in the loss of generation g, pi the probabilities of its origins, tau how a fit is sampled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.theory.drift.ancestors import checked_probabilities
from genloss.theory.loops.closed_loop import sharpened
from genloss.workflows import TRUTH, Schedule

Array = NDArray[np.float64]


def mean_field(truth: ArrayLike, schedule: Schedule, *, temperature: float = 1.0, top_p: float = 1.0) -> Array:
    """Return the shares of every fit, (fits, categories), in the limit of many rows.

    truth: p, (categories,). temperature, top_p: how every fit is sampled, as in `theory.closed_loop.sharpened` and the
    smallest set of likeliest categories whose mass reaches top_p. Samplers and filters of the workflow are not read.
    Status: asymptotic, many rows at a fixed generation. Source: docs/theory/closed_loop.md.
    Checked by tests/statistical/test_categories.py.

    >>> from genloss.workflows import replace
    >>> mean_field([0.2, 0.8], replace(10).compile(1), temperature=0.5).round(4).tolist()
    [[0.2, 0.8], [0.0588, 0.9412]]
    """
    p = checked_probabilities(truth)
    fits: list[Array] = []
    sampled: list[Array] = []
    for g in range(len(schedule.train)):
        fit = np.zeros(p.size)
        for b, share in schedule.shares(g).items():
            for origin, part in schedule.batches[b].origins:
                fit += share * part * (p if origin == TRUTH else sampled[origin])
        fits.append(fit)
        sampled.append(_likeliest(sharpened(fit / fit.sum(), temperature), top_p))
    return np.array(fits)


def noise_left(schedule: Schedule, *, temperature: float) -> Array:
    r"""Bound what chance adds to each fit, (fits,): sum over fits of 1 / rows, times (1/T)^2 for every step since.

    .. math:: c_g = 1/n_g + \max(1, 1/T^2) \max_o c_o

    the largest over the origins o of its rows. In logarithms a step multiplies small differences by 1/T at most.
    Status: heuristic size of the finite-row effect, used as an allowance only. Source: own, to first order in chance.
    """
    gain = max(1.0, temperature**-2.0)
    left: list[float] = []
    for g in range(len(schedule.train)):
        batches = [schedule.batches[b] for b in schedule.shares(g)]
        older = [left[origin] for batch in batches for origin, _ in batch.origins if origin != TRUTH]
        left.append(1 / sum(batch.rows for batch in batches) + gain * max(older, default=0.0))
    return np.array(left)


def _likeliest(shares: Array, top_p: float) -> Array:
    if top_p >= 1:
        return shares
    order = np.argsort(-shares, kind="stable")
    count = int(np.searchsorted(np.cumsum(shares[order]), top_p - 1e-12)) + 1
    kept = np.zeros_like(shares)
    kept[order[:count]] = shares[order[:count]]
    return np.asarray(kept / kept.sum())
