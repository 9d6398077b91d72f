"""Which batches does every fit of a schedule use whole, with which weights? Said once for all numbers of rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from genloss.theory.arguments import Array, Flags
from genloss.theory.ridge.columns import added
from genloss.workflows import TRUTH, Batch, Schedule
from genloss.workflows.columns import MOST_TERMS, shares_of_columns
from genloss.workflows.traits import UNEVEN

__all__ = ["Pools", "is_even", "noise_scale", "pools_of", "rows_of"]

_LIKE_ONE = 1e-12  # weights so near to 1 are 1, as in `of_workflow`


@dataclass(frozen=True)
class Pools:
    """Who uses which batch of one origin; a mixed law is one batch for each.

    schedule: of the pattern. even: whether all rows of a fit count alike. batch, chance, origin, scale: (batches,), the
    batch of the schedule, the share of its rows, a fit or -1, and the variance of its label noise over the generator's.
    """

    schedule: Schedule
    fits: int
    even: bool
    batch: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    chance: Array
    origin: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    scale: Array

    @cached_property
    def uses(self) -> Flags:
        """Whether a fit uses a batch, (fits, batches)."""
        shares = [self.schedule.shares(g) for g in range(self.fits)]
        used = [[each.get(b, 0.0) > 0 for b in self.batch.tolist()] for each in shares]
        return np.array(used, dtype=bool).reshape(self.fits, self.batch.size)

    def shape_of(self, g: int) -> tuple[object, ...]:
        """Return what weights of fit g hang on beside rows: its terms, with batches counted from its first one."""
        first = min(b for use in self.schedule.train[g] for b in use.batches)
        return tuple(
            (use.weight, tuple(use.factors or ()), tuple(b - first for b in use.batches))
            for use in self.schedule.train[g]
        )

    def expected(self, rows: Array) -> Array:
        """Rows of every batch of one origin, (batches, settings). rows: of the schedule's batches."""
        return np.asarray(rows[self.batch] * self.chance[:, None])

    def totals(self, rows: Array) -> Array:
        """Rows of every fit, (fits, settings). rows: expected."""
        return np.array([added(np.where(used[:, None], rows, 0.0)) for used in self.uses]).reshape(-1, rows.shape[1])

    def weights(self, g: int, rows: Array) -> Array:
        """Weight per row in the loss of fit g, 0 where it is not used, (batches, settings). rows: expected."""
        used = np.where(self.uses[g][:, None], 1.0, 0.0) * np.ones(rows.shape[1])
        if self.even:
            return used
        whole = np.zeros((int(self.batch.max()) + 1, rows.shape[1]))
        whole[self.batch] = rows / self.chance[:, None]
        shares = np.zeros_like(whole)
        for b, share in shares_of_columns(self.schedule.train[g], whole):
            shares[b] += share
        weights = used * (shares / whole)[self.batch] * added(used * rows)
        return np.where(np.abs(weights - 1) <= _LIKE_ONE, 1.0, weights)


def rows_of(schedule: Schedule, fits: int) -> tuple[float, ...] | None:
    """Return the rows of the batches of the first fits; None where they are not followed in columns."""
    pattern = schedule.pattern
    if pattern is None or any(len(uses) > MOST_TERMS for uses in pattern.train):
        return None
    return tuple(float(batch.rows) for batch in schedule.batches if batch.birth < fits)


def pools_of(schedule: Schedule, fits: int) -> Pools:
    """Return who uses which batch, for the first fits of all schedules of a pattern that are even alike."""
    parts = [
        (b, chance, origin, noise_scale(batch, origin))
        for b, batch in enumerate(schedule.batches)
        if batch.birth < fits
        for origin, chance in batch.origins
    ]
    batch, chance, origin, scale = zip(*parts, strict=True) if parts else ((), (), (), ())
    whole = np.array(batch, dtype=np.int64), np.array(chance, dtype=float)
    return Pools(schedule, fits, is_even(schedule), *whole, np.array(origin, dtype=np.int64), np.array(scale))


def is_even(schedule: Schedule) -> bool:
    """Whether all rows of a fit count alike."""
    return UNEVEN not in schedule.traits


def noise_scale(batch: Batch, origin: int) -> float:
    """The variance of the labels' noise over the generator's; a sampler changes what models draw, never the truth."""
    given = batch.sampler.given() if batch.sampler is not None and origin != TRUTH else {}
    return float(given.get("variance_scale", 1.0) * given.get("sampling_bias", 1.0))
