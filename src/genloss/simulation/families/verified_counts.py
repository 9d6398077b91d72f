"""How many rows of each category does a filter keep? Counts only: rows of one category are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genloss.blocks import apart
from genloss.errors import Problem, impossible
from genloss.simulation.filters import filters_of, refuse_kinds
from genloss.simulation.terms import NothingKept, refuse_short
from genloss.simulation.verdicts import kept_of
from genloss.workflows import TRUTH, Batch, Filter, Schedule, Use, term_shares
from genloss.workflows.verifiers import acts_on, first_verdicts

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

_REASONS = {
    "distance": "categories have no distance from each other",
    "function": "rows of categories are counted, not held",
    "good_within": "categories have no distance from each other",
    "verifier_error": "a verifier of categories errs by keep_good and keep_bad, or is an earlier fit",
    "piece": "rows of categories are judged one by one",
}


def refuse_filters(categories: int, schedule: Schedule) -> None:
    """Refuse filters that counts of so many categories cannot be judged by."""
    refuse_kinds(schedule, _REASONS)
    for where, chosen in filters_of(schedule):
        if chosen.kind == "oracle" and not chosen.keep and not chosen.wrong:
            raise Problem(f"{where}.wrong", "missing", "give the numbers of the wrong categories, e.g. wrong = [3, 4]")
        if chosen.wrong and chosen.wrong[-1] > categories:
            found = f"{chosen.wrong[-1]}, and there are {categories} categories"
            raise Problem(f"{where}.wrong", found, f"give numbers from 1 to {categories}")
        if chosen.keep and len(chosen.keep) != categories:
            found = f"{len(chosen.keep)} probabilities for {categories} categories"
            raise Problem(f"{where}.keep", found, "give one for each")
    _refuse_two(schedule)


def _refuse_two(schedule: Schedule) -> None:
    """Refuse two filters of one batch: both would judge the same rows, which are not held."""
    by_batch: dict[int, Filter | None] = {}
    for each in first_verdicts(schedule.batches, schedule.train):
        if by_batch.setdefault(each.batch, each.use.filter) != each.use.filter:
            batch = schedule.batches[each.batch]
            found = f"another filter has judged the rows {batch.tag!r} of generation {batch.birth} already"
            raise Problem(f"workflow.train[{each.use.term}].filter", found, "give these rows one filter")


@dataclass
class Verified:
    """Counts that filters have kept, by batch: each is drawn once, and stored.

    truth: (replicates, categories). laws: by which fits are sampled, (replicates, categories) each.
    """

    schedule: Schedule
    truth: Array
    laws: Sequence[Array]
    rng: np.random.Generator
    stored: dict[int, Counts] = field(default_factory=dict)

    def forget(self, counts: Mapping[int, Counts]) -> None:
        """Drop what is kept of batches that are not there any more."""
        for b in [b for b in self.stored if b not in counts]:
            del self.stored[b]

    def of(self, b: int, use: Use, counts: Counts, fits: Sequence[Array]) -> Counts:
        """Return the kept counts of a batch for a term."""
        chosen, batch = use.filter, self.schedule.batches[b]
        if chosen is None or not acts_on(chosen, batch):
            return counts
        if b not in self.stored:
            judged = self._judged(chosen, batch, counts)
            law = self.truth if use.verifier is None else fits[use.verifier]
            self.stored[b] = counts - judged + kept_counts(chosen, judged, law, self.rng)
        return self.stored[b]

    def _judged(self, chosen: Filter, batch: Batch, counts: Counts) -> Counts:
        """Return how many rows of each category the filter acts on: all, or those of a mixed law that fits drew."""
        if chosen.tag is not None or batch.origin is not None:
            return counts
        real = sum(share for origin, share in batch.origins if origin == TRUTH) * self.truth
        made = [share * self.laws[origin] for origin, share in batch.origins if origin != TRUTH]
        if not made:
            return np.zeros_like(counts)
        synthetic = np.sum(made, axis=0)
        both = synthetic + real
        return self.rng.binomial(counts, np.divide(synthetic, both, out=np.zeros_like(both), where=both > 0))


def kept_counts(chosen: Filter, counts: Counts, law: Array, rng: np.random.Generator) -> Counts:
    """Return how many rows of each category stay, (replicates, categories). law: of the verifier."""
    if chosen.kind == "oracle":
        chances = np.asarray(chosen.keep, dtype=float)
        if not chosen.keep:
            chances = np.full(counts.shape[1], chosen.keep_good)
            chances[np.array(chosen.wrong) - 1] = chosen.keep_bad
        return rng.binomial(counts, np.broadcast_to(chances, counts.shape))
    if chosen.kind == "likelihood" and chosen.at_least is not None:
        with np.errstate(divide="ignore"):
            return np.where(np.log(law) >= chosen.at_least, counts, 0)
    if chosen.keep_share is None:
        impossible("a filter has no rule")
    return _best(counts, law, kept_of(chosen.keep_share, counts.sum(axis=-1)), rng)


def _best(counts: Counts, law: Array, wanted: Counts, rng: np.random.Generator) -> Counts:
    """Keep the likeliest rows, so many in each replicate; among categories that are alike by chance."""
    made = np.zeros_like(counts)
    scores = np.broadcast_to(law, counts.shape)
    for at, some in apart(rng, len(counts)):
        for r in range(at.start, at.stop):
            made[r] = _best_of_one(counts[r], scores[r], int(wanted[r]), some)
    return made


def _best_of_one(counts: Counts, scores: Array, wanted: int, rng: np.random.Generator) -> Counts:
    made = np.zeros_like(counts)
    held = counts > 0
    for score in np.unique(scores[held])[::-1]:
        alike = np.flatnonzero(held & (scores == score))
        there = int(counts[alike].sum())
        if there <= wanted:
            made[alike] = counts[alike]
        elif wanted:
            chosen = rng.multivariate_hypergeometric(counts[alike], wanted, method="marginals")
            made[alike] = chosen
        wanted -= min(there, wanted)
        if not wanted:
            break
    return made


def shares_of(generation: int, uses: Sequence[Use], pools: Sequence[Array | Counts], used: Array) -> Array:
    """Return the shares of categories of a fit, (replicates, categories). used: rows by term, (terms, replicates)."""
    shares = term_shares([use.weight for use in uses], used)
    empty = np.flatnonzero(shares.sum(axis=0) == 0)
    if empty.size:
        raise NothingKept(generation, int(empty[0]))
    parts = [share[:, None] * _normal(pool) for share, pool in zip(shares, pools, strict=True)]
    return np.asarray(np.sum(parts, axis=0))


def pool_of(use: Use, kept: Sequence[Counts], generation: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return what a term trains on of kept counts of its batches: weights of categories, and rows by replicate."""
    rows = np.array([each.sum(axis=-1) for each in kept])
    if use.factors:
        parts = [factor * _normal(each) for factor, each in zip(use.factors, kept, strict=True)]
        return np.asarray(np.sum(parts, axis=0)), rows.sum(axis=0).astype(float)
    pool, available = np.sum(kept, axis=0), rows.sum(axis=0)
    if use.take is None:
        return pool.astype(float), available.astype(float)
    if use.replace:
        return _with(pool, available, use.take, rng)
    refuse_short(use, available, generation)
    taken = np.minimum(available, use.take)
    drawn = [
        some.multivariate_hypergeometric(pool[r], int(taken[r]), method="marginals")
        for at, some in apart(rng, len(pool))
        for r in range(at.start, at.stop)
    ]
    return np.array(drawn, dtype=float), taken.astype(float)


def _with(pool: Counts, available: Counts, take: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw with replacement; a replicate without rows has none."""
    there = available > 0
    law = np.where(there[:, None], pool, 1) / np.where(there, available, pool.shape[1])[:, None]
    drawn = rng.multinomial(take, law) * there[:, None]
    return drawn.astype(float), take * there.astype(float)


def _normal(weights: Array | Counts) -> Array:
    total = weights.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(weights, total, out=np.zeros(weights.shape), where=total > 0))
