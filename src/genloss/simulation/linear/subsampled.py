"""Linear fits to subsamples of batches: which rows are taken is drawn first, and only taken rows are drawn.

A row is drawn and labeled when a fit first takes it (its origin was fitted before its birth), and kept for
later fits. A row taken several times by one fit is one row of that weight. In whitened coordinates, with
delta the error of a fit, rows x_i of weights omega_i, labels y_i less the truth's, shift = penalty x rows used,

    (sum_i omega_i x_i x_i' + shift S^-1) delta = sum_i omega_i y_i x_i - shift S^-1/2 w0.

Cost per generation and replicate: dim normals for every new row, rows x dim^2 for the Gram matrix, and
dim^3 / 3 for the fit; no pseudo-inverse, and no row that no fit takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas

from genloss.blocks import Streams
from genloss.errors import Problem, impossible
from genloss.metrics import Errors
from genloss.populations import LinearGaussian
from genloss.simulation.linear import nested
from genloss.simulation.linear.nested_steps import SMALLEST_PENALTY, SMALLEST_WEIGHT
from genloss.simulation.task import Task
from genloss.workflows import TRUTH, Schedule, Use, term_shares
from genloss.workflows.traits import OVERLAP, SUBSAMPLE

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Places = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

Take = Callable[[int, Use, int], Places]
"""Places of the taken rows in a pool, given the generation, the term, and the rows of the pool."""
Drawing = Callable[[int, Places], tuple[Array, Array, Array]]
"""Whitened rows (n, dim), noise (n,), and uniform numbers (n,) that pick origins, for numbers of rows."""

COVERED = nested.COVERED | {SUBSAMPLE, OVERLAP}
LARGEST = 4e9  # bytes of rows kept at once
FEWEST = 16  # features; below, the definition's whole blocks are as quick as one replicate after another


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    reason = nested.linear_reason(task)
    if reason:
        return reason
    if task.population.dim < FEWEST:
        return f"with fewer than {FEWEST} features the definition is as quick"
    return task.schedule.uncovered(COVERED)


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model (of the predictor) and reported generation."""
    population = task.population
    if not isinstance(population, LinearGaussian):
        impossible("the engine for subsamples was given a population without a spectrum")
    _check_memory(task)
    penalties = [task.generator.penalty_at(g) for g in range(task.fits)]
    numbering = row_numbers(task.schedule, task.fits)
    errors = [
        errors_of_fits(task.schedule, numbering, penalties, population, _taking(streams, r), _drawing(task, streams, r))
        for r in range(task.replicates)
    ]
    return nested.judged(task, population, np.stack(errors), streams)


@dataclass(frozen=True)
class TermRows:
    """The rows that one term of a generation takes from.

    use: None where all rows are taken. ends: where batches end in the pool. first: the number of each batch's first
    row in all rows of the schedule, less its place in the pool. weights: of a row, by batch, times the
    rows taken where there is a subsample.
    """

    use: Use | None
    ends: Places
    first: Places
    weights: Array


@dataclass(frozen=True)
class RowNumbers:
    """What every fit asks of the schedule: where batches end among all rows, and how each batch is labeled."""

    ends: Places
    terms: tuple[tuple[TermRows, ...], ...]
    used: Array
    origin: Places  # of a batch, or MIXED
    gain: Array
    loudness: Array


MIXED = -2


def row_numbers(schedule: Schedule, fits: int) -> RowNumbers:
    """Tabulate a schedule for its first fits."""
    rows = np.array([batch.rows for batch in schedule.batches])
    ends = np.cumsum(rows)
    terms, used = [], np.array([schedule.rows_used(g).sum() for g in range(fits)])
    for g in range(fits):
        shares = term_shares([use.weight for use in schedule.train[g]], schedule.rows_used(g)) * used[g]
        terms.append(
            tuple(_term_rows(schedule, use, float(s), rows) for use, s in zip(schedule.train[g], shares, strict=True))
        )
    origin = [MIXED if batch.origin is None else batch.origin for batch in schedule.batches]
    gain, loudness = np.array([nested.distortion(batch) for batch in schedule.batches]).T
    return RowNumbers(ends, tuple(terms), used, np.array(origin), gain, loudness)


def _term_rows(schedule: Schedule, use: Use, share: float, rows: Places) -> TermRows:
    batches = np.asarray(use.batches)
    sizes = rows[batches]
    ends = np.cumsum(sizes)
    first = (np.cumsum(rows) - rows)[batches] - (ends - sizes)
    if schedule.is_subsample(use):
        return TermRows(use, ends, first, np.full(sizes.size, share / (use.take or 1)))
    factors = np.array(use.factors) if use.factors else sizes
    return TermRows(None, ends, first, share * factors / factors.sum() / sizes)


def errors_of_fits(
    schedule: Schedule,
    numbering: RowNumbers,
    penalties: Sequence[float],
    population: LinearGaussian,
    take: Take,
    draw: Drawing,
) -> Array:
    """Fit every generation of one replicate; w - w0 of each fit, (fits, dim)."""
    root, dim, fits = np.sqrt(population.spectrum), population.dim, len(numbering.terms)
    truth = root * population.coefficients
    errors = np.zeros((fits + 1, dim))  # whitened; the last is the truth's, as TRUTH is -1
    slot = np.full(numbering.ends[-1], -1)
    kept, labels, count = np.empty((0, dim)), np.empty(0), 0
    for g, terms in enumerate(numbering.terms):
        numbers, weights = _taken(g, terms, take)
        new = numbers[slot[numbers] < 0]
        if new.size:
            slot[new] = np.arange(count, count + new.size)
            if count + new.size > labels.size:
                kept = np.concatenate([kept, np.empty((max(new.size, labels.size), dim))])
                labels = np.concatenate([labels, np.empty(len(kept) - labels.size)])
            rows, noise, uniform = draw(g, new)
            here = slice(count, count + new.size)
            kept[here] = rows
            labels[here] = _labels(schedule, numbering, new, rows, noise, uniform, errors, truth)
            count = here.stop
        places, scale = slot[numbers], np.sqrt(weights)
        rows, targets = kept[places], labels[places] * scale
        rows *= scale[:, None]
        few = np.count_nonzero(weights >= SMALLEST_WEIGHT * weights.max()) < 2 * dim
        shift = penalties[g] * numbering.used[g]
        if few and penalties[g] < SMALLEST_PENALTY * population.spectrum.max():
            errors[g] = nested.fit_one(rows, targets, shift, root, truth)
        else:
            gram = blas.dsyrk(1.0, rows.T).T
            errors[g] = nested.fit_sums([(gram[None], (targets @ rows)[None], 1.0)], shift, root, truth)[0]
    return errors[:-1] / root


def _taken(generation: int, terms: Sequence[TermRows], take: Take) -> tuple[Places, Array]:
    """Numbers of the taken rows in all rows of the schedule, each once, and their weights."""
    numbers, weights = [], []
    for term in terms:
        places = np.arange(term.ends[-1]) if term.use is None else take(generation, term.use, int(term.ends[-1]))
        which = np.searchsorted(term.ends, places, side="right")
        numbers.append(term.first[which] + places)
        weights.append(term.weights[which])
    each, inverse = np.unique(np.concatenate(numbers), return_inverse=True)
    weight = np.asarray(np.bincount(inverse, np.concatenate(weights)), dtype=float)
    counts = weight > 0
    return (each, weight) if counts.all() else (each[counts], weight[counts])


def _labels(
    schedule: Schedule,
    numbering: RowNumbers,
    numbers: Places,
    rows: Array,
    noise: Array,
    uniform: Array,
    errors: Array,
    truth: Array,
) -> Array:
    """Labels of rows, less what the truth would say."""
    batches = np.searchsorted(numbering.ends, numbers, side="right")
    origin = numbering.origin[batches]
    for b in np.unique(batches[origin == MIXED]).tolist():
        mine, origins = batches == b, schedule.batches[b].origins
        bounds = np.cumsum([share for _, share in origins])
        picked = np.searchsorted(bounds / bounds[-1], uniform[mine], side="right")
        origin[mine] = np.array([each for each, _ in origins])[picked]
    real = origin == TRUTH
    gain = np.where(real, 1.0, numbering.gain[batches])
    fitted = errors[origin]
    if np.any(gain != 1):
        fitted = gain[:, None] * (truth + fitted) - truth
    return np.asarray(np.einsum("nd,nd->n", rows, fitted) + np.where(real, 1.0, numbering.loudness[batches]) * noise)


def _taking(streams: Streams, replicate: int) -> Take:
    """Draw subsamples; a subsample of a replicate has a stream of its own."""

    def take(generation: int, use: Use, pool: int) -> Places:
        rng, count = streams("take", generation, use.term, "places", replicate), int(use.take or 0)
        if use.replace:
            return rng.integers(pool, size=count)
        return np.asarray(rng.choice(pool, count, replace=False, shuffle=False))

    return take


def _drawing(task: Task, streams: Streams, replicate: int) -> Drawing:
    """Draw the rows that a generation is the first to take; those of a replicate have a stream of their own."""

    def draw(generation: int, numbers: Places) -> tuple[Array, Array, Array]:
        rng = streams("generator", generation, "rows", replicate)
        noise, uniform = task.generator.noise * rng.standard_normal(numbers.size), rng.random(numbers.size)
        return rng.standard_normal((numbers.size, task.population.dim)), noise, uniform

    return draw


def _check_memory(task: Task) -> None:
    """Refuse what would not fit in memory."""
    taken = sum(task.schedule.rows_used(g).sum() for g in range(task.fits))
    drawn = sum(batch.rows for batch in task.schedule.batches)
    size = 16.0 * task.population.dim * min(taken, drawn) + 8.0 * drawn
    if size > LARGEST:
        raise Problem(
            "engine",
            f"the engine for subsamples would keep {size / 1e9:.1f} GB of rows at once",
            "take fewer rows, or use fewer generations",
        )
