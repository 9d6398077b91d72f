"""How much of what a generation trains on comes from real rows, and through how many models?"""

from __future__ import annotations

import numpy as np

from genloss.workflows.parts import TRUTH
from genloss.workflows.schedule import Array, Schedule


def origin_shares(schedule: Schedule) -> Array:
    """Return the expected share of each generation's loss by origin, (fits, fits + 1).

    Column 0 is the truth, column h + 1 the fit of generation h; every row sums to 1.
    """
    fits = len(schedule.train)
    shares = np.zeros((fits, fits + 1))
    for g in range(fits):
        for position, share in schedule.shares(g).items():
            for origin, probability in schedule.batches[position].origins:
                shares[g, origin - TRUTH] += share * probability
    return shares


def descent(schedule: Schedule) -> Array:
    """Return the expected share of each training set that passed through m models, (fits, fits + 1).

    m = 0 is drawn from the truth directly; m = 1 is drawn from a model trained on real rows only,
    and so on. Every row sums to 1.

    >>> from genloss.workflows.named import accumulate
    >>> descent(accumulate(100).compile(2))[2].round(6).tolist()
    [0.333333, 0.5, 0.166667, 0.0]
    """
    shares = origin_shares(schedule)
    depths = np.zeros_like(shares)
    for g, by_origin in enumerate(shares):
        depths[g, 0] = by_origin[0]
        depths[g, 1:] += by_origin[1 : g + 1] @ depths[:g, :-1]
    return depths
