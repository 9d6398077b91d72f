"""Refit a family to its own rows as a workflow says: through sums of rows, or row by row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.families.quadratic import Quadratic
from genloss.workflows import TRUTH, Batch, Schedule, Use, term_shares
from genloss.workflows.checks import whole
from genloss.workflows.traits import MIXED_LAW, OVERLAP, SUBSAMPLE, WHOLE_BATCHES

Array = NDArray[np.float64]

__all__ = ["FamilyRuns", "run_rows", "run_sums"]

SUMS = WHOLE_BATCHES | {MIXED_LAW}
"""What can be simulated through sums of rows."""
ROWS = SUMS | {SUBSAMPLE, OVERLAP}
"""What can be simulated row by row."""
LARGEST = 250_000_000
"""Numbers kept at once: 2 GB."""


@dataclass(frozen=True)
class FamilyRuns:
    """estimates: fitted means, (fits, replicates), generation 0 first. ended: how many replicates have left the
    interior by each generation, (fits,): they stay, and count in every mean.
    """

    estimates: Array
    ended: NDArray[np.int64]

    def horizon(self, share: float = 0.0) -> int | None:
        """Return the last generation up to which at most this share of replicates has left the interior; None: all."""
        beyond = np.flatnonzero(self.ended > share * self.estimates.shape[1])
        return int(beyond[0]) - 1 if beyond.size else None


def run_sums(
    family: Quadratic, mean: float, schedule: Schedule, *, replicates: int, rng: np.random.Generator
) -> FamilyRuns:
    """Simulate through the mean of every batch: cost free of the rows. Whole batches, any shares of the loss.

    mean: of the truth. A batch of mixed law draws how many of its rows each origin has. Subsamples, filters and
    samplers are refused: `run_rows` takes subsamples.
    """
    checked_replicates(replicates)
    schedule.refuse_uncovered(SUMS, "leave it out; run_rows takes subsamples")
    truth = np.full(replicates, family.checked(mean))
    fits: list[Array] = []
    known: dict[int, Array] = {}
    before: dict[int, float] = {}
    for g in range(len(schedule.train)):
        for b in schedule.born[g]:
            known[b] = _mean_of(family, schedule.batches[b], truth, fits, rng)
        shares = schedule.shares(g)
        part = carried(before, shares)
        rest = shares if part is None else {b: share for b, share in shares.items() if b not in before}
        kept = np.zeros(replicates) if part is None else part * fits[-1]
        fits.append(sum((share * known[b] for b, share in rest.items()), kept))
        before = shares
    return _runs(family, fits)


def carried(before: dict[int, float], now: dict[int, float]) -> float | None:
    """Return the part of a fit's loss that is the whole loss of the fit before, its batches in the same proportions.

    None where there is no such part. So a fit that keeps all batches costs as much as one that has two.

    >>> carried({0: 0.5, 1: 0.5}, {0: 0.25, 1: 0.25, 2: 0.5}), carried({0: 1.0}, {1: 1.0})
    (0.5, None)
    """
    part = sum(now.get(b, 0.0) for b in before)
    alike = part > 0 and all(abs(now.get(b, 0.0) - part * share) < 1e-12 * part for b, share in before.items())
    return part if alike else None


def _mean_of(family: Quadratic, batch: Batch, truth: Array, fits: list[Array], rng: np.random.Generator) -> Array:
    if batch.origin is not None:
        return family.means(truth if batch.origin == TRUTH else fits[batch.origin], batch.rows, rng)
    counts = rng.multinomial(batch.rows, [share for _, share in batch.origins], size=truth.size).astype(float)
    total = np.zeros(truth.size)
    for (origin, _), rows in zip(batch.origins, counts.T, strict=True):
        some = rows > 0
        teacher = truth if origin == TRUTH else fits[origin]
        total[some] += rows[some] * family.means(teacher[some], rows[some], rng)
    return total / batch.rows


def run_rows(
    family: Quadratic, mean: float, schedule: Schedule, *, replicates: int, rng: np.random.Generator
) -> FamilyRuns:
    """Simulate row by row: the definition. Every workflow but filters and samplers, subsamples with both rules."""
    checked_replicates(replicates)
    schedule.refuse_uncovered(ROWS, "leave it out")
    held = replicates * sum(batch.rows for batch in schedule.batches)
    if held > LARGEST:
        raise Problem(
            "workflow", f"{held:,} rows to keep", "give fewer rows, replicates or generations, or use run_sums"
        )
    truth = np.full(replicates, family.checked(mean))
    fits: list[Array] = []
    rows: dict[int, Array] = {}
    for g, uses in enumerate(schedule.train):
        for b in schedule.born[g]:
            rows[b] = _rows_of(family, schedule.batches[b], truth, fits, rng)
        shares = term_shares([use.weight for use in uses], schedule.rows_used(g))
        means = [_term_mean(use, [rows[b] for b in use.batches], rng) for use in uses]
        fits.append(sum((share * part for share, part in zip(shares, means, strict=True)), np.zeros(replicates)))
    return _runs(family, fits)


def _rows_of(family: Quadratic, batch: Batch, truth: Array, fits: list[Array], rng: np.random.Generator) -> Array:
    laws = np.array([truth if origin == TRUTH else fits[origin] for origin, _ in batch.origins])
    chances = np.array([share for _, share in batch.origins])
    who = rng.choice(len(laws), size=(truth.size, batch.rows), p=chances / chances.sum())
    return family.means(laws[who, np.arange(truth.size)[:, None]], 1.0, rng)


def _term_mean(use: Use, batches: list[Array], rng: np.random.Generator) -> Array:
    if use.factors:
        parts = np.array(use.factors) / sum(use.factors)
        return np.asarray(sum(part * rows.mean(axis=1) for part, rows in zip(parts, batches, strict=True)))
    pool = np.concatenate(batches, axis=1)
    if use.take is not None and use.replace:
        pool = np.take_along_axis(pool, rng.integers(pool.shape[1], size=(len(pool), use.take)), axis=1)
    elif use.take is not None and use.take < pool.shape[1]:
        order = np.argpartition(rng.random(pool.shape), use.take - 1, axis=1)[:, : use.take]
        pool = np.take_along_axis(pool, order, axis=1)
    return np.asarray(pool.mean(axis=1))


def checked_replicates(replicates: int) -> int:
    """Return a number of replicates, or say that it is none."""
    return whole(replicates, "replicates", lowest=1, meaning="a whole number from 1 on")


def _runs(family: Quadratic, fits: list[Array]) -> FamilyRuns:
    estimates = np.array(fits)
    ended = np.logical_or.accumulate(family.at_the_end(estimates), axis=0).sum(axis=1)
    return FamilyRuns(estimates, ended)
