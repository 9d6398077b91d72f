"""Refit a family of several parameters to its own rows as a workflow says: by statistics of batches, or row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.code.trusted import NONE, Trusted
from genloss.errors import Problem
from genloss.models.families import Family, Prior, Regression, Summarized, WithPrior
from genloss.models.laws import LawFit
from genloss.simulation.chain import law_chain
from genloss.simulation.families.judging import judge_of, refuse_filters
from genloss.simulation.families.runs import FILTERED, Pools, Runs, checked_replicates, refuse_many_rows, runs_of
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
    first: dict[int, Array] = {}  # the statistic of generation 0, by lineage

    def drawn(batch: Batch, fits: Sequence[LawFit]) -> Array:
        law = start if batch.origin == TRUTH else fits[batch.origin or 0]
        return family.draw_summary(law.parameters, batch.rows, rng)

    def fitted(g: int, _uses: Sequence[Use], known: Mapping[int, Array], fits: Sequence[LawFit]) -> LawFit:
        pooled, size = pools.of(schedule.shares(g), known), float(schedule.rows_used(g).sum())
        earlier, line = schedule.before(g), g % schedule.lines
        if prior is not None:
            first.setdefault(line, pooled)
            pooled = prior.pull(family, pooled, size, None if earlier is None else first[line])
            size += 0.0 if earlier is None and prior.parameters is None else prior.rows
        parameters, exists = family.solve(pooled, size)
        before = start if earlier is None else fits[earlier]
        going = ~before.ended
        return LawFit(family, parameters[going], ~exists[going]).after(before)

    return runs_of(family, generations(schedule, drawn, fitted), rng, schedule.lines)


def run_family_rows(
    family: Family,
    truth: ArrayLike,
    schedule: Schedule,
    *,
    replicates: int,
    rng: np.random.Generator,
    trusted: Trusted = NONE,
    prior: Prior | None = None,
) -> Runs:
    """Simulate row by row: the definition. Every workflow but samplers, subsamples with both rules.

    Arguments and errors as in `run_summaries`; a prior at the first fit is refused. trusted: code of filters that may
    be executed.
    """
    checked_replicates(replicates)
    schedule.refuse_uncovered(FILTERED, "leave it out")
    refuse_filters(family, family.checked(truth), schedule)
    start = _true_law(family, truth, replicates)
    refuse_many_rows(
        replicates * start.parameters.shape[1] * sum(batch.rows for batch in schedule.batches), "run_summaries"
    )
    law: Any = family if prior is None else WithPrior(family, prior)  # type: ignore[arg-type]
    judge = judge_of(family, family.checked(truth), trusted)
    fits = law_chain(law, lambda batch: start.sample(batch.rows, rng), schedule, rng, truth=start, judge=judge)
    return runs_of(family, fits, rng, schedule.lines)


def _true_law(family: Family, truth: ArrayLike, replicates: int) -> LawFit:
    given = family.checked(truth)
    return LawFit(family, np.broadcast_to(given, (replicates, given.size)), np.zeros(replicates, dtype=bool))
