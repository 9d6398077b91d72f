"""Which share of the loss has each batch of a fit, for many numbers of rows at once? Schedules of one pattern, last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genloss.workflows.parts import Use
from genloss.workflows.term import term_shares

Array = NDArray[np.float64]

MOST_TERMS = 7
"""Terms of a fit up to which numpy adds in their order, whatever stands beside a column."""


def shares_of_columns(uses: Sequence[Use], rows: Array) -> list[tuple[int, Array]]:
    """Return (batch, its share in a term) for every batch of every term that is used whole; rows: (batches, columns).

    >>> from genloss.workflows import fixed_real
    >>> shares = shares_of_columns(fixed_real(10, 30).compile(1).train[1], np.array([[10.0, 40.0], [30.0, 40.0]]))
    >>> [(batch, share.tolist()) for batch, share in shares]
    [(0, [0.25, 0.5]), (1, [0.75, 0.5])]
    """
    used = [_added(rows, use.batches) for use in uses]
    by_term = term_shares([use.weight for use in uses], np.array(used)) if len(uses) > 1 else np.ones((1, 1))
    shares = []
    for use, pool, share in zip(uses, used, by_term, strict=True):
        total = sum(use.factors)
        for place, b in enumerate(use.batches):
            shares.append((b, share * use.factors[place] / total if use.factors else share * rows[b] / pool))
    return shares


def _added(rows: Array, batches: Sequence[int]) -> Array:
    total = np.zeros(rows.shape[1])
    for b in batches:
        total += rows[b]
    return total
