"""Which batches does every fit of a schedule use, if whole and all rows alike? Said once for all numbers of rows."""

from __future__ import annotations

import numpy as np

from genloss.theory.reuse.columns import Pools
from genloss.workflows import TRUTH, Batch, Schedule
from genloss.workflows.traits import UNEVEN

__all__ = ["pools_of", "rows_of"]


def rows_of(schedule: Schedule, fits: int) -> tuple[float, ...] | None:
    """Return the expected rows of every batch and origin for the first fits; None where rows do not count alike."""
    if schedule.pattern is None or UNEVEN in schedule.traits:
        return None
    return tuple(batch.rows * chance for batch in schedule.batches if batch.birth < fits for _, chance in batch.origins)


def pools_of(schedule: Schedule, fits: int) -> Pools:
    """Return who uses which batch of one origin; a mixed law is one batch for each."""
    parts = [
        (b, origin, _scale(batch, origin))
        for b, batch in enumerate(schedule.batches)
        if batch.birth < fits
        for origin, _ in batch.origins
    ]
    used = [{b for use in uses for b in use.batches} for uses in schedule.train[:fits]]
    table = np.array([[b in batches for b, _, _ in parts] for batches in used], dtype=bool).reshape(fits, len(parts))
    return Pools(table, np.array([origin for _, origin, _ in parts]), np.array([scale for *_, scale in parts]))


def _scale(batch: Batch, origin: int) -> float:
    """The variance of the labels' noise over the generator's; a sampler changes what models draw, never the truth."""
    given = batch.sampler.given() if batch.sampler is not None and origin != TRUTH else {}
    return float(given.get("variance_scale", 1.0) * given.get("sampling_bias", 1.0))
