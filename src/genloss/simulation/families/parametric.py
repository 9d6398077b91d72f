"""Refit a family of several parameters to its own rows as a workflow says: by statistics of batches, or row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.models.families import Family, Prior, Regression, Summarized, WithPrior
from genloss.models.laws import LawFit
from genloss.simulation.chain import law_chain
from genloss.simulation.families.runs import ROWS, Pools, Runs, checked_replicates, refuse_many_rows, runs_of
from genloss.simulation.loop import generations
from genloss.workflows import TRUTH, Batch, Schedule, Use
from genloss.workflows.traits import WHOLE_BATCHES

Array = NDArray[np.float64]

__all__ = ["run_family_rows", "run_summaries"]


def run_summaries(
    family: Summarized,
    truth: ArrayLike,
    schedule: Schedule,
    *,
    replicates: int,
    rng: np.random.Generator,
    prior: Prior | None = None,
) -> Runs:
    """Simulate through each batch's statistic. Whole batches of one origin, any shares of the loss.

    truth: parameters. prior: None for maximum likelihood. Errors: `Problem` for subsamples and mixed laws
    (`run_family_rows` takes them), filters and samplers, and where no replicate's estimate exists in generation 0;
    later losses are counted in `ended`.
    """
    checked_replicates(replicates)
    if isinstance(family, Regression):
        raise Problem("engine", f"{family.name} has no statistic of fixed size", "use run_family_rows")
    schedule.refuse_uncovered(WHOLE_BATCHES, "leave it out; run_family_rows takes subsamples and mixed laws")
    start, pools = _true_law(family, truth, replicates), Pools(family.pooled)
    first: list[Array] = []  # the statistic of generation 0

    def drawn(batch: Batch, fits: Sequence[LawFit]) -> Array:
        law = start if batch.origin == TRUTH else fits[batch.origin or 0]
        return family.draw_summary(law.parameters, batch.rows, rng)

    def fitted(g: int, _uses: Sequence[Use], known: Mapping[int, Array], fits: Sequence[LawFit]) -> LawFit:
        pooled, size = pools.of(schedule.shares(g), known), float(schedule.rows_used(g).sum())
        if prior is not None:
            first.extend([] if g else [pooled])
            pooled = prior.pull(family, pooled, size, first[0] if g else None)
            size += prior.rows if g or prior.parameters is not None else 0.0
        parameters, exists = family.solve(pooled, size)
        before = fits[-1] if fits else start
        going = ~before.ended
        return LawFit(family, parameters[going], ~exists[going]).after(before)

    return runs_of(family, generations(schedule, drawn, fitted), rng)


def run_family_rows(
    family: Family,
    truth: ArrayLike,
    schedule: Schedule,
    *,
    replicates: int,
    rng: np.random.Generator,
    prior: Prior | None = None,
) -> Runs:
    """Simulate row by row: the definition. Every workflow but filters and samplers, subsamples with both rules.

    Arguments and errors as in `run_summaries`.
    """
    checked_replicates(replicates)
    schedule.refuse_uncovered(ROWS, "leave it out")
    start = _true_law(family, truth, replicates)
    refuse_many_rows(
        replicates * start.parameters.shape[1] * sum(batch.rows for batch in schedule.batches), "run_summaries"
    )
    law: Any = family if prior is None else WithPrior(family, prior)  # type: ignore[arg-type]
    fits = law_chain(law, lambda batch: start.sample(batch.rows, rng), schedule, rng, truth=start)
    return runs_of(family, fits, rng)


def _true_law(family: Family, truth: ArrayLike, replicates: int) -> LawFit:
    given = family.checked(truth)
    return LawFit(family, np.broadcast_to(given, (replicates, given.size)), np.zeros(replicates, dtype=bool))
