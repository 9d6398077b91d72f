"""Refit a family of quadratic variance to its own rows as a workflow says: through sums of rows, or row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from genloss.blocks import apart
from genloss.code.trusted import NONE, Trusted
from genloss.models.families.prior import Prior, WithPrior
from genloss.models.families.protocol import weighted_mean
from genloss.models.families.quadratic import Quadratic
from genloss.models.laws import LawFit
from genloss.simulation.chain import law_chain
from genloss.simulation.families.judging import judge_of, refuse_filters
from genloss.simulation.families.runs import (
    FILTERED,
    SUMS,
    Pools,
    Runs,
    checked_replicates,
    ended_so_far,
    refuse_many_rows,
)
from genloss.simulation.loop import generations
from genloss.workflows import TRUTH, Batch, Schedule, Use

Array = NDArray[np.float64]

__all__ = ["run_rows", "run_sums"]


def run_sums(
    family: Quadratic,
    mean: float,
    schedule: Schedule,
    *,
    replicates: int,
    rng: np.random.Generator,
    prior: Prior | None = None,
) -> Runs:
    """Simulate through the mean of every batch: cost free of the rows. Whole batches, any shares of the loss.

    mean: of the truth. A batch of mixed law draws how many of its rows each origin has. Subsamples, filters and
    samplers are refused: `run_rows` takes subsamples. prior: None for maximum likelihood.
    estimates: (fits, replicates).
    """
    checked_replicates(replicates)
    schedule.refuse_uncovered(SUMS, "leave it out; run_rows takes subsamples")
    truth, pools = np.full(replicates, family.checked(mean)), Pools(weighted_mean)

    def drawn(batch: Batch, fits: Sequence[Array]) -> Array:
        return _mean_of(family, batch, truth, fits, rng)

    def fitted(g: int, _uses: Sequence[Use], known: Mapping[int, Array], fits: Sequence[Array]) -> Array:
        pooled = pools.of(schedule.shares(g), known)
        return pooled if prior is None else pulled(family, prior, pooled, schedule, fits)

    return runs_of_means(family, schedule, generations(schedule, drawn, fitted))


def run_rows(
    family: Quadratic,
    mean: float,
    schedule: Schedule,
    *,
    replicates: int,
    rng: np.random.Generator,
    trusted: Trusted = NONE,
    prior: Prior | None = None,
) -> Runs:
    """Simulate row by row: the definition. Every workflow but samplers, subsamples with both rules.

    trusted: code of filters that may be executed. prior: as in `run_sums`, but given: one at the first fit is refused.
    estimates: (fits, replicates).
    """
    checked_replicates(replicates)
    schedule.refuse_uncovered(FILTERED, "leave it out")
    refuse_filters(family, np.array([family.checked(mean)]), schedule)
    refuse_many_rows(replicates * sum(batch.rows for batch in schedule.batches), "run_sums")
    truth = LawFit(family, np.full((replicates, 1), family.checked(mean)), np.zeros(replicates, dtype=bool))
    law = family if prior is None else WithPrior(family, prior)
    judge = judge_of(family, np.array([family.checked(mean)]), trusted)
    fits = law_chain(law, lambda batch: truth.sample(batch.rows, rng), schedule, rng, judge=judge)
    return runs_of_means(family, schedule, (fit.parameters[:, 0] for fit in fits))


def pulled(family: Quadratic, prior: Prior, pooled: Array, schedule: Schedule, fits: Sequence[Array]) -> Array:
    """Return the means of the next fits, (replicates,), from those of their rows."""
    size = float(schedule.rows_used(len(fits)).sum())
    line = len(fits) % schedule.lines
    first = fits[line][:, None] if len(fits) > line else None
    return prior.pull(family, pooled[:, None], size, first)[:, 0]


def _mean_of(family: Quadratic, batch: Batch, truth: Array, fits: Sequence[Array], rng: np.random.Generator) -> Array:
    if batch.origin is not None:
        return family.means(truth if batch.origin == TRUTH else fits[batch.origin], batch.rows, rng)
    counts = rng.multinomial(batch.rows, [share for _, share in batch.origins], size=truth.size).astype(float)
    total = np.zeros(truth.size)
    for at, each in apart(rng, truth.size):  # a block draws for those of its replicates that have rows of an origin
        for (origin, _), rows in zip(batch.origins, counts[at].T, strict=True):
            some = rows > 0
            teacher = (truth if origin == TRUTH else fits[origin])[at]
            total[at][some] += rows[some] * family.means(teacher[some], rows[some], each)
    return total / batch.rows


def runs_of_means(family: Quadratic, schedule: Schedule, means: Iterable[Array]) -> Runs:
    """Gather the means of fits, (replicates,) each."""
    estimates = np.array(list(means))
    return Runs(estimates, ended_so_far(family.at_the_end(estimates), schedule.lines))
