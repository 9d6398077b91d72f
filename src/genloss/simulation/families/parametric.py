"""Refit a family of several parameters to its own rows as a workflow says: by statistics of batches, or row by row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.models.families import Family, Regression, Summarized
from genloss.simulation.families.quadratic import LARGEST, ROWS, carried, checked_replicates
from genloss.workflows import TRUTH, Batch, Schedule, Use, term_shares
from genloss.workflows.traits import WHOLE_BATCHES

Array = NDArray[np.float64]
Truths = NDArray[np.bool_]

__all__ = ["ParametricRuns", "run_family_rows", "run_summaries"]


@dataclass(frozen=True)
class ParametricRuns:
    """estimates: fitted parameters, (fits, replicates, parameters), generation 0 first.

    ended: which replicates have left the interior by each generation, (fits, replicates): their estimate did not
    exist, and the last one that did stays; or it lies on the boundary. They count in every mean.
    """

    estimates: Array
    ended: Truths

    def horizon(self, share: float = 0.0) -> int | None:
        """Return the last generation up to which at most this share of replicates has ended; None: all."""
        beyond = np.flatnonzero(self.ended.mean(axis=1) > share)
        return int(beyond[0]) - 1 if beyond.size else None


def run_summaries(
    family: Summarized, truth: ArrayLike, schedule: Schedule, *, replicates: int, rng: np.random.Generator
) -> ParametricRuns:
    """Simulate through each batch's statistic. Whole batches of one origin, any shares of the loss.

    truth: parameters. Errors: `Problem` for subsamples and mixed laws (`run_family_rows` takes them), filters and
    samplers, and where no replicate's estimate exists in generation 0; later losses are counted in `ended`.
    """
    checked_replicates(replicates)
    if isinstance(family, Regression):
        raise Problem("engine", f"{family.name} has no statistic of fixed size", "use run_family_rows")
    schedule.refuse_uncovered(WHOLE_BATCHES, "leave it out; run_family_rows takes subsamples and mixed laws")
    chain = _Chain(family, truth, replicates)
    known: dict[int, Array] = {}
    before: dict[int, float] = {}
    pooled = np.empty(0)
    for g in range(len(schedule.train)):
        for b in schedule.born[g]:
            batch = schedule.batches[b]
            known[b] = family.draw_summary(chain.law(batch.origin), batch.rows, rng)
        shares = schedule.shares(g)
        part = carried(before, shares)
        rest = shares if part is None else {b: share for b, share in shares.items() if b not in before}
        parts = [known[b] for b in rest] + ([] if part is None else [pooled])
        pooled = family.pooled(parts, [*rest.values(), *([] if part is None else [part])])
        before = shares
        chain.add(*family.solve(pooled, float(schedule.rows_used(g).sum())))
    return chain.runs()


def run_family_rows(
    family: Family, truth: ArrayLike, schedule: Schedule, *, replicates: int, rng: np.random.Generator
) -> ParametricRuns:
    """Simulate row by row: the definition. Every workflow but filters and samplers, subsamples with both rules.

    Arguments and errors as in `run_summaries`.
    """
    checked_replicates(replicates)
    schedule.refuse_uncovered(ROWS, "leave it out")
    chain = _Chain(family, truth, replicates)
    held = replicates * chain.truth.shape[1] * sum(batch.rows for batch in schedule.batches)
    if held > LARGEST:
        mend = "give fewer rows, replicates or generations, or use run_summaries"
        raise Problem("workflow", f"{held:,} numbers to keep", mend)
    rows: dict[int, Array] = {}
    for g, uses in enumerate(schedule.train):
        for b in schedule.born[g]:
            rows[b] = _drawn(family, schedule.batches[b], chain, rng)
        used = schedule.rows_used(g)
        shares = term_shares([use.weight for use in uses], used)
        terms = [_term(use, [rows[b] for b in use.batches], rng) for use in uses]
        pool = np.concatenate([part for part, _ in terms], axis=1)
        weights = np.concatenate([share * within for share, (_, within) in zip(shares, terms, strict=True)])
        chain.add(*family.fit(pool, weights, float(used.sum())))
    return chain.runs()


class _Chain:
    """The fits so far; a replicate whose estimate does not exist keeps its last one and is marked for good."""

    def __init__(self, family: Family, truth: ArrayLike, replicates: int) -> None:
        given = family.checked(truth)
        self.family = family
        self.truth = np.broadcast_to(given, (replicates, given.size))
        self.fits: list[Array] = []
        self.ended: list[Truths] = []
        self.stays = np.zeros(replicates, dtype=bool)

    def law(self, origin: int | None) -> Array:
        """Parameters of who draws."""
        return self.truth if origin in (TRUTH, None) else self.fits[int(origin or 0)]

    def add(self, parameters: Array, exists: Truths) -> None:
        """Keep a fit, or the last one where there is none."""
        self.stays = self.stays | ~exists
        if self.stays.all() and not self.fits:
            raise Problem(
                f"{self.family.name}: generation 0",
                f"no replicate has an estimate: {self.family.missing}",
                f"give more real rows (at the very least {self.family.fewest}), or a less extreme truth",
            )
        before = self.fits[-1] if self.fits else self.truth
        kept = np.where(self.stays[:, None], before, parameters)
        gone = self.stays | ~self.family.inside(kept)
        self.fits.append(kept)
        self.ended.append(gone | self.ended[-1] if self.ended else gone)

    def runs(self) -> ParametricRuns:
        """Return all fits."""
        return ParametricRuns(np.array(self.fits), np.array(self.ended))


def _drawn(family: Family, batch: Batch, chain: _Chain, rng: np.random.Generator) -> Array:
    """Draw the rows of a batch; each row of a mixed law has its own origin."""
    if batch.origin is not None:
        return family.draw(chain.law(batch.origin), batch.rows, rng)
    chances = np.array([share for _, share in batch.origins])
    who = rng.choice(chances.size, size=(len(chain.truth), batch.rows), p=chances / chances.sum())
    drawn = [family.draw(chain.law(origin), batch.rows, rng) for origin, _ in batch.origins]
    return np.asarray(np.take_along_axis(np.array(drawn), who[None, ..., None], axis=0)[0])


def _term(use: Use, batches: Sequence[Array], rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows of a term and their weights within it, which add up to 1."""
    pool = np.concatenate(batches, axis=1)
    size = pool.shape[1]
    if use.factors:
        parts = np.array(use.factors) / sum(use.factors)
        return pool, np.concatenate(
            [np.full(b.shape[1], part / b.shape[1]) for part, b in zip(parts, batches, strict=True)]
        )
    if use.take is not None and use.replace:
        pool = np.take_along_axis(pool, rng.integers(size, size=(len(pool), use.take))[..., None], axis=1)
    elif use.take is not None and use.take < size:
        order = np.argpartition(rng.random(pool.shape[:2]), use.take - 1, axis=1)[:, : use.take]
        pool = np.take_along_axis(pool, order[..., None], axis=1)
    return pool, np.full(pool.shape[1], 1 / pool.shape[1])
