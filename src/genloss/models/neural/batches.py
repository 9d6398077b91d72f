"""Which rows are in a minibatch? All in turn, or drawn by their weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def only_unequal(weights: Array | None) -> Array | None:
    """Return weights; None where all are equal, for rows in turn and rows drawn alike differ.

    >>> only_unequal(np.ones(3)) is None
    True
    """
    return None if weights is None or np.allclose(weights, weights[0], rtol=1e-12, atol=0) else weights


def batches(
    rows: int, size: int, steps: int, rng: np.random.Generator, weights: Array | None = None
) -> Iterator[Places]:
    """Yield the places of `steps` minibatches of `size` rows.

    weights: the probability of a row to enter is its weight over the sum, with replacement. None, or equal weights: all
    rows in random order, each once before any a second time; a minibatch may end one round and begin the next.

    >>> [places.tolist() for places in batches(3, 2, 3, np.random.default_rng(0))]
    [[2, 0], [1, 2], [1, 0]]
    """
    unequal = only_unequal(weights)
    if unequal is not None:
        chances = unequal / unequal.sum()
        for _ in range(steps):
            yield rng.choice(rows, size=size, p=chances)
        return
    left: Places = np.empty(0, dtype=np.int64)
    for _ in range(steps):
        while left.size < size:
            left = np.concatenate([left, rng.permutation(rows)])
        yield left[:size]
        left = left[size:]
