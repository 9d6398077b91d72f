"""Refit shares of categories to counts that earlier fits drew, as a workflow says: counts only, never rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.blocks import apart
from genloss.simulation.families.runs import FILTERED, checked_replicates
from genloss.simulation.families.verified_counts import Verified, pool_of, refuse_filters, shares_of
from genloss.simulation.loop import generations
from genloss.workflows import TRUTH, Batch, Schedule, Use, term_shares

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

__all__ = ["category_run", "sampling_law"]


def category_run(
    truth: ArrayLike,
    schedule: Schedule,
    *,
    report: Sequence[int],
    replicates: int,
    rng: np.random.Generator,
    temperature: float = 1.0,
    top_p: float = 1.0,
) -> list[Array]:
    """Return the fitted shares of every reported generation, each (replicates, categories).

    Real rows come from the truth, (categories,); a fit's rows from its `sampling_law`. Rows of a mixed law are drawn
    from the mixture. Subsamples are drawn from the pool's counts, without replacement by the multivariate
    hypergeometric law; so are the rows that a filter keeps. Refused: samplers of an emission, and filters that look at
    more than a row's category (`verified_counts`). Cost: free of the rows.
    """
    law = np.broadcast_to(np.asarray(truth, dtype=float), (replicates, np.size(truth)))
    checked_replicates(replicates)
    schedule.refuse_uncovered(
        FILTERED, "leave it out; models of categories are sampled by the generator's temperature and top_p"
    )
    refuse_filters(law.shape[1], schedule)
    laws: list[Array] = []  # by which fits are sampled
    verified = Verified(schedule, law, laws, rng)
    asked: dict[int, Array] = {}
    pools: dict[int, tuple[Sequence[int], Counts]] = {}  # of each term in the fit before

    def drawn(batch: Batch, _fits: Sequence[Array]) -> Counts:
        return rng.multinomial(batch.rows, _normalized(_law_of(batch, law, laws)))

    def fitted(g: int, uses: Sequence[Use], counts: Mapping[int, Counts], fits: Sequence[Array]) -> Array:
        if any(use.filter is not None for use in uses):
            verified.forget(counts)
            kept = [[verified.of(b, use, counts[b], fits) for b in use.batches] for use in uses]
            left = [pool_of(use, each, g, rng) for use, each in zip(uses, kept, strict=True)]
            return shares_of(g, uses, [pool for pool, _ in left], np.array([rows for _, rows in left]))
        shares = term_shares([use.weight for use in uses], schedule.rows_used(g))
        parts = [share * _term(use, counts, rng, pools) for share, use in zip(shares, uses, strict=True)]
        return np.asarray(np.sum(parts, axis=0))

    for g, fit in enumerate(generations(schedule, drawn, fitted, last=max(report))):
        laws.append(sampling_law(fit, temperature=temperature, top_p=top_p))
        if g in report:
            asked[g] = fit
    return [asked[g] for g in report]


def sampling_law(shares: Array, *, temperature: float, top_p: float) -> Array:
    """Return what a fit is sampled by: shares to the power 1 / temperature, then the likeliest up to the mass top_p.

    shares: (..., categories). Categories at 0 stay there. The set is the smallest whose mass reaches top_p.

    >>> sampling_law(np.array([0.5, 0.3, 0.2]), temperature=1.0, top_p=0.6).round(3).tolist()
    [0.625, 0.375, 0.0]
    """
    if temperature != 1:
        with np.errstate(divide="ignore"):
            logs = np.log(shares) / temperature
        shares = np.exp(logs - logs.max(axis=-1, keepdims=True))
        shares = shares / shares.sum(axis=-1, keepdims=True)
    if top_p < 1:
        order = np.argsort(-shares, axis=-1, kind="stable")
        ranked = np.take_along_axis(shares, order, axis=-1)
        before = np.cumsum(ranked, axis=-1) - ranked
        kept = np.where(before < top_p - 1e-12, ranked, 0.0)
        shares = np.zeros_like(shares)
        np.put_along_axis(shares, order, kept, axis=-1)
        shares = shares / shares.sum(axis=-1, keepdims=True)
    return shares


def _law_of(batch: Batch, truth: Array, laws: Sequence[Array]) -> Array:
    parts = [part * (truth if origin == TRUTH else laws[origin]) for origin, part in batch.origins]
    return np.asarray(np.sum(parts, axis=0))


def _normalized(law: Array) -> Array:
    return np.asarray(law / law.sum(axis=-1, keepdims=True))


def _term(
    use: Use, counts: Mapping[int, Counts], rng: np.random.Generator, pools: dict[int, tuple[Sequence[int], Counts]]
) -> Array:
    """Shares of the categories in one term, (replicates, categories). pools: of the terms of the fit before."""
    if use.factors:
        parts = np.array(use.factors) / sum(use.factors)
        drawn = [counts[b] / counts[b].sum(axis=-1, keepdims=True) for b in use.batches]
        return np.asarray(np.sum([part * each for part, each in zip(parts, drawn, strict=True)], axis=0))
    pool = _pool(use, counts, pools.get(use.term))
    pools[use.term] = use.batches, pool
    size = int(pool[0].sum())
    if use.take is not None and use.replace:
        pool = rng.multinomial(use.take, pool / size)
    elif use.take is not None and use.take < size:
        pool = np.array(
            [
                some.multivariate_hypergeometric(each, use.take, method="marginals")
                for at, some in apart(rng, len(pool))
                for each in pool[at]
            ]
        )
    return np.asarray(pool / pool.sum(axis=-1, keepdims=True))


def _pool(use: Use, counts: Mapping[int, Counts], before: tuple[Sequence[int], Counts] | None) -> Counts:
    """Return the counts of a term's batches; a pool that is kept from the fit before is not counted again."""
    batches, start = use.batches, use.batches[0]
    if before is not None and isinstance(batches, range) and before[0][0] == start and len(before[0]) <= len(batches):
        old, pool = before
        if isinstance(old, range) or tuple(old) == tuple(batches[: len(old)]):
            return np.asarray(pool + np.sum([counts[b] for b in batches[len(old) :]], axis=0, dtype=np.int64))
    return np.asarray(np.sum([counts[b] for b in batches], axis=0))
