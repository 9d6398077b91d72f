"""Which workflows train every fit on rows drawn for that fit alone, and what does theory call their batches?"""

from __future__ import annotations

import numpy as np

from genloss.theory.ridge.mixture import Block
from genloss.theory.ridge.pools import noise_scale
from genloss.workflows import Schedule
from genloss.workflows.traits import MIXED_LAW, REUSE, WHOLE_BATCHES, sampler

COVERED = WHOLE_BATCHES - {REUSE} | {MIXED_LAW} | sampler("variance_scale", "sampling_bias")
_LARGEST = 250_000_000  # numbers in the cross moments of all fits: 2 GB


def fresh_reason(schedule: Schedule) -> str | None:
    """Say why some fit does not train on whole batches drawn for it alone, or None."""
    return schedule.uncovered(COVERED)


def blocks_of(schedule: Schedule, noise: float) -> list[list[Block]]:
    """Return the blocks of every fit, for `mixture_risk`; the schedule must be fresh.

    A mixed law is one block per origin with its expected number of rows. noise: standard deviation
    of the label noise.

    >>> from genloss.workflows import fresh_real
    >>> blocks_of(fresh_real(10, 30).compile(1), 0.5)[1]  # doctest: +NORMALIZE_WHITESPACE
    [Block(rows=10.0, origin=-1, noise=0.5, weight=1.0),
     Block(rows=30.0, origin=0, noise=0.5, weight=1.0)]
    """
    fits = []
    for g in range(len(schedule.train)):
        shares = schedule.shares(g)
        total = float(sum(schedule.batches[b].rows for b in shares))
        blocks = []
        for b, share in shares.items():
            batch = schedule.batches[b]
            weight = round(share * total / batch.rows, 12)
            for origin, probability in batch.origins:
                sd = noise * float(np.sqrt(noise_scale(batch, origin)))
                blocks.append(Block(batch.rows * probability, origin, sd, weight))
        fits.append(blocks)
    return fits


def fits_too_many(fits: int, dim: int) -> str | None:
    """Say that the cross moments of so many fits would not fit into memory, or None."""
    if (fits + 1) ** 2 * dim > _LARGEST:
        return f"the cross moments of {fits} fits in {dim} directions would take more than 2 GB"
    return None
