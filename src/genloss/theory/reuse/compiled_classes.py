"""Which batches are used alike, so that what one row of them does need be known once? Compiled.

Batches that the same fits use with the same weights, from the first fit that uses the later one on, are one *class*.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genloss.theory.reuse.compiled_fit import Array, Index, compiled

Flags = NDArray[np.bool_]


class Uses(NamedTuple):
    """How fits use batches: weight in the loss, how often each row, with replacement or not; (K, B) each."""

    weights: Array
    sampled: Array
    replaced: Flags


class Classes(NamedTuple):
    """C classes of B batches for K fits.

    member: of a batch, (B,), -1 if it is never used. birth: the place, among the fits of its class, of the first that
    uses the batch, (B,). first: the batch that is used first, (C,). place: of a fit among those of a class, or -1,
    (C, K). fits: of all classes, one after the other from `begin` on; square: the same for squares of their numbers.
    """

    member: Index
    birth: Index
    first: Index
    place: Index
    fits: Index
    begin: Index
    square: Index


@compiled
def classes_of(uses: Uses) -> Classes:
    """Put batches into classes, in their order."""
    count, batches = uses.weights.shape
    born = np.full(batches, -1)
    member, birth = np.full(batches, -1), np.full(batches, -1)
    first = np.empty(batches, dtype=np.int64)
    found = 0
    for b in range(batches):
        for g in range(count):
            if _is_used(uses, g, b):
                born[b] = g
                break
        if born[b] < 0:
            continue
        for c in range(found):
            if born[first[c]] <= born[b] and _alike(uses, born[b], first[c], b):
                member[b] = c
                break
        if member[b] < 0:
            member[b], first[found] = found, b
            found += 1
    place, fits = np.full((found, count), -1), np.empty(found * count, dtype=np.int64)
    begin, square = np.zeros(found + 1, dtype=np.int64), np.zeros(found + 1, dtype=np.int64)
    for c in range(found):
        size = 0
        for g in range(count):
            if _is_used(uses, g, first[c]):
                place[c, g], fits[begin[c] + size] = size, g
                size += 1
        begin[c + 1], square[c + 1] = begin[c] + size, square[c] + size * size
    for b in range(batches):
        if member[b] >= 0:
            birth[b] = place[member[b], born[b]]
    return Classes(member, birth, first[:found], place, fits, begin, square)


@compiled
def _is_used(uses: Uses, g: int, b: int) -> bool:
    return bool(uses.weights[g, b] * uses.sampled[g, b] > 0)


@compiled
def _alike(uses: Uses, start: int, one: int, other: int) -> bool:
    for g in range(start, uses.weights.shape[0]):
        used = _is_used(uses, g, one)
        if used != _is_used(uses, g, other):
            return False
        if used and (
            uses.weights[g, one] != uses.weights[g, other]
            or uses.sampled[g, one] != uses.sampled[g, other]
            or uses.replaced[g, one] != uses.replaced[g, other]
        ):
            return False
    return True
