"""Refit a family of quadratic variance to subsamples: which rows are chosen is drawn first, and only those are drawn.

A row's batch says from which fit it comes, and a fit is a weighted mean of rows; so a row that no fit has chosen yet
may be drawn when one first does. It is kept for later fits (docs/theory/workflows.md, section 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from genloss.block_draws import compiled
from genloss.blocks import apart
from genloss.models.families.prior import Prior
from genloss.models.families.quadratic import LAWS, Quadratic
from genloss.simulation.families.one_row import rows_one_by_one
from genloss.simulation.families.quadratic import pulled, runs_of_means
from genloss.simulation.families.runs import ROWS, Runs, checked_replicates, refuse_many_rows
from genloss.simulation.loop import generations
from genloss.workflows import TRUTH, Batch, Schedule, Use, term_shares

Array = NDArray[np.float64]
Places = NDArray[np.int64]

ALL, WITHOUT, WITH = range(3)
"""How a term chooses of its pool: all rows, some without replacement, some with."""

__all__ = ["run_picks"]


def run_picks(
    family: Quadratic,
    mean: float,
    schedule: Schedule,
    *,
    replicates: int,
    rng: np.random.Generator,
    prior: Prior | None = None,
) -> Runs:
    """Simulate through the rows that fits choose: all that `run_rows` does, in the same law by other random numbers.

    Cost: a uniform number for every row that a fit chooses, and one of the family's where none has chosen it before.
    prior: None for maximum likelihood. estimates: (fits, replicates).
    """
    checked_replicates(replicates)
    schedule.refuse_uncovered(ROWS, "leave it out")
    refuse_many_rows(replicates * sum(batch.rows for batch in schedule.batches), "run_sums")
    rows = _rows_of(family, schedule, replicates, family.checked(mean))
    numbers = count()

    def drawn(batch: Batch, fits: Sequence[Array]) -> None:
        _be_born(rows, schedule, next(numbers), batch, fits, rng)

    def fitted(g: int, uses: Sequence[Use], _kept: Mapping[int, None], fits: Sequence[Array]) -> Array:
        shares = term_shares([use.weight for use in uses], schedule.rows_used(g)).tolist()
        parts = [share * mean_of(rows, term_of(schedule, use), rng) for share, use in zip(shares, uses, strict=True)]
        pooled = np.asarray(np.sum(parts, axis=0))
        return pooled if prior is None else pulled(family, prior, pooled, schedule, fits)

    return runs_of_means(family, schedule, generations(schedule, drawn, fitted))


@dataclass(frozen=True)
class Rows:
    """All rows of a schedule, in one line; they are drawn when a fit first chooses them.

    values: (replicates, rows), no numbers where they are not drawn. batch: of each row. teachers: means by which the
    rows of a batch are drawn, (batches, replicates, the truth's last). inside: the same, some mean of the interior in
    the place of those at an end.
    """

    family: Quadratic
    values: Array
    batch: Places
    teachers: Array
    inside: Array


@dataclass(frozen=True)
class Term:
    """What a term of a fit asks for. pool: numbers of rows. weights: of those that are chosen. rule: how they are."""

    pool: Places
    weights: Array
    rule: int


def _rows_of(family: Quadratic, schedule: Schedule, replicates: int, mean: float) -> Rows:
    starts = _starts(schedule)
    values = np.full((replicates, starts[-1]), np.nan)
    teachers = np.full((starts.size - 1, replicates), mean)
    batch = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    return Rows(family, values, batch, teachers, family.inside(teachers))


def _starts(schedule: Schedule) -> Places:
    """Return where the rows of each batch begin in the line of all rows, and where the last ones end."""
    return np.cumsum([0, *(batch.rows for batch in schedule.batches)])


def _be_born(
    rows: Rows, schedule: Schedule, number: int, batch: Batch, fits: Sequence[Array], rng: np.random.Generator
) -> None:
    """Note by which mean the rows of a batch are drawn; those of a mixed law are drawn at once."""
    truth = rows.teachers[number].copy()
    teachers = [truth if origin == TRUTH else fits[origin] for origin, _ in batch.origins]
    rows.teachers[number] = teachers[0]
    rows.inside[number] = rows.family.inside(teachers[0])
    if len(teachers) > 1:
        chances, size = np.array([share for _, share in batch.origins]), (truth.size, batch.rows)
        who = rng.choice(chances.size, size=size, p=chances / chances.sum())
        means = np.take_along_axis(np.stack(teachers, axis=1), who, axis=1)
        first = _starts(schedule)[number]
        rows.values[:, first : first + batch.rows] = rows.family.means(means, 1.0, rng)


def term_of(schedule: Schedule, use: Use) -> Term:
    """Read a term."""
    starts, batches = _starts(schedule), np.asarray(use.batches)
    sizes = np.diff(starts)
    pool = np.concatenate([np.arange(starts[b], starts[b + 1]) for b in batches])
    if schedule.is_subsample(use):
        take = int(use.take or 0)
        return Term(pool, np.full(take, 1 / take), WITH if use.replace else WITHOUT)
    parts = np.array(use.factors) if use.factors and use.take is None else sizes[batches]
    return Term(pool, np.repeat(parts / parts.sum() / sizes[batches], sizes[batches]), ALL)


def mean_of(rows: Rows, term: Term, rng: np.random.Generator) -> Array:
    """Return the weighted mean of the rows that a term chooses, (replicates,), and draw what is new among them."""
    loops = compiled()
    if loops is None:
        return mean_slowly(rows, term, rng)
    from genloss.simulation.families.picking import means_of_chosen

    blocks = list(apart(rng, len(rows.values)))
    name, size = rows.family.row
    return np.asarray(
        means_of_chosen(
            loops.states_of([generator for _, generator in blocks]),
            np.array([at.stop for at, _ in blocks]),
            LAWS.index(name),
            size,
            rows.values,
            rows.teachers,
            rows.inside,
            rows.batch,
            term.pool,
            term.weights,
            term.rule,
        )
    )


def mean_slowly(rows: Rows, term: Term, rng: np.random.Generator) -> Array:
    """Return what `mean_of` does, replicate after replicate, row after row."""
    sums = np.zeros(len(rows.values))
    for at, generator in apart(rng, sums.size):
        for r in range(at.start, at.stop):
            chosen = term.pool[_places(term, generator)]
            new = list(dict.fromkeys(number for number in chosen.tolist() if np.isnan(rows.values[r, number])))
            rows.values[r, new] = _drawn(rows.family, rows.teachers[rows.batch[new], r], generator)
            for weight, value in zip(term.weights.tolist(), rows.values[r, chosen].tolist(), strict=True):
                sums[r] += weight * value
    return sums


def _drawn(family: Quadratic, means: Array, rng: np.random.Generator) -> Array:
    """Draw a row for each mean; at an end of the family rows do not vary."""
    drawn = rows_one_by_one(family, family.inside(means), rng)
    return np.where(family.at_the_end(means), means, drawn)


def _places(term: Term, rng: np.random.Generator) -> Places:
    """Return the places in the pool of the rows that a replicate chooses."""
    pool, take = term.pool.size, term.weights.size
    if term.rule == ALL:
        return np.arange(pool)
    uniform = rng.random(take)
    if term.rule == WITH:
        return (uniform * pool).astype(np.int64)
    places = list[int]()
    for last, number in zip(range(pool - take, pool), uniform.tolist(), strict=True):  # Floyd's algorithm
        proposed = int(number * (last + 1))
        places.append(last if proposed in places else proposed)
    return np.array(places)
