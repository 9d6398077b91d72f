"""What is the mean of the rows that a term of a fit chooses? Compiled: whatever was never chosen before is drawn here.

`picks.mean_slowly` and `one_row` are the same in plain words, number for number.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from genloss.compiled_draws import (
    BINOMIAL,
    binomial_number,
    gamma_number,
    normal_number,
    poisson_number,
    uniform_number,
)
from genloss.models.families.quadratic import LARGEST_DRAWN, LAWS
from genloss.simulation.families.one_row import FEW, MOST

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_POISSON, _GAMMA, _BINOMIAL, _NEGATIVE_BINOMIAL = (
    LAWS.index(name) for name in ("poisson", "gamma", "binomial", "negative_binomial")
)


@numba.njit(cache=True, nogil=True)
def means_of_chosen(
    states: NDArray[np.uintp],
    ends: Places,
    law: int,
    size: float,
    rows: Array,
    teachers: Array,
    inside: Array,
    batch: Places,
    pool: Places,
    weights: Array,
    rule: int,
) -> Array:
    """Return the weighted sum of the rows that a term chooses, (replicates,), and draw what is new among them.

    states, ends: of the generators of blocks, and where the replicates of each end. law, size: of one row. rows:
    (replicates, all rows); those that are not drawn are no numbers. teachers, inside: means by which each batch's rows
    are drawn, (batches, replicates), as they are and moved from the ends. batch: of each row. pool: numbers of the rows
    to choose from. weights: of the chosen rows. rule: 0 all of the pool, 1 without replacement, 2 with.
    """
    take, sums = weights.size, np.zeros(rows.shape[0])
    taken = np.zeros(pool.size, dtype=np.bool_)
    chosen, new, drawn = np.arange(take), np.empty(take + 1, dtype=np.int64), np.empty(take)
    r = 0
    for b in range(states.size):
        while r < ends[b]:
            if rule == 1:
                _choose_distinct(states[b], chosen, taken)
            elif rule == 2:
                for i in range(take):
                    chosen[i] = int(uniform_number(states[b]) * pool.size)
            count = 0
            for i in range(take):
                number = pool[chosen[i]]
                value = rows[r, number]
                first = np.isnan(value)
                rows[r, number] = 0.0 if first else value  # a row that is chosen twice is new once
                new[count] = number  # written over by the next one, unless it is new: nothing to foresee
                count += first
            for i in range(count):
                drawn[i] = inside[batch[new[i]], r]
            _draw(states[b], law, size, drawn[:count])
            for i in range(count):
                teacher = teachers[batch[new[i]], r]
                rows[r, new[i]] = drawn[i] if teacher == inside[batch[new[i]], r] else teacher
            for i in range(take):
                sums[r] += weights[i] * rows[r, pool[chosen[i]]]
            r += 1
    return sums


@numba.njit(cache=True, nogil=True)
def _choose_distinct(state: int, chosen: Places, taken: NDArray[np.bool_]) -> None:
    """Choose places, every set of them with the same chance, by Floyd's algorithm. taken: all false, also afterwards.

    For last = pool - take, ..., pool - 1 one from 0 to last is proposed; where it is taken already `last` is.
    """
    take, pool = chosen.size, taken.size
    for i in range(take):
        last = pool - take + i
        place = int(uniform_number(state) * (last + 1))
        if taken[place]:
            place = last
        taken[place] = True
        chosen[i] = place
    for i in range(take):
        taken[chosen[i]] = False


@numba.njit(cache=True, nogil=True)
def _draw(state: int, law: int, size: float, means: Array) -> None:
    """Put a row in the place of its mean, for each."""
    count = means.size
    if law in (_GAMMA, _NEGATIVE_BINOMIAL):
        for i in range(count):
            means[i] = gamma_number(state, size, means[i] / size)
    if law in (_POISSON, _NEGATIVE_BINOMIAL):
        _draw_poisson(state, means)
    elif law == _BINOMIAL:
        known = np.zeros(BINOMIAL, dtype=np.int64)
        for i in range(count):
            means[i] = binomial_number(state, means[i] / size, int(size), known.ctypes.data)
    elif law != _GAMMA:
        for i in range(count):
            means[i] = means[i] + size * normal_number(state)


@numba.njit(cache=True, nogil=True)
def _draw_poisson(state: int, means: Array) -> None:
    small, large = _draw_small(state, means), False
    for i in range(means.size):
        mean = means[i]
        large = large or mean > LARGEST_DRAWN
        small[i] = small[i] if mean < FEW else poisson_number(state, min(mean, LARGEST_DRAWN))
    for i in range(means.size):
        normal = means[i] + np.sqrt(means[i]) * normal_number(state) if large else 0.0
        means[i] = normal if means[i] > LARGEST_DRAWN else small[i]


@numba.njit(cache=True, nogil=True)
def _draw_small(state: int, means: Array) -> Array:
    """Draw Poisson numbers of means below `FEW` by inversion: how many of the law's cumulative chances lie below u.

    All rows go one value further at a time, so that no row's loop ends where a processor did not expect it.
    """
    count = means.size
    uniform, chance, below, drawn = np.empty(count), np.empty(count), np.empty(count), np.zeros(count)
    for i in range(count):
        uniform[i] = uniform_number(state) if means[i] < FEW else 0.0
        chance[i] = math.exp(-means[i]) if means[i] < FEW else 1.0
        below[i] = chance[i]
    value, left = 0, count
    while left and value < MOST:
        value += 1
        left = 0
        for i in range(count):
            beyond = uniform[i] > below[i]
            drawn[i] += beyond
            left += beyond
            chance[i] *= means[i] / value
            below[i] += chance[i]
    return drawn
