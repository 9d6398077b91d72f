"""Linear fits to subsamples of batches: which rows are taken is drawn first, and only taken rows are drawn.

A row is drawn and labeled when a fit first takes it (its origin was fitted before its birth), and kept for
later fits. A row taken several times by one fit is one row of that weight. In whitened coordinates, with
delta the error of a fit, rows x_i of weights omega_i, labels y_i less the truth's, shift = penalty x rows used,

    (sum_i omega_i x_i x_i' + shift S^-1) delta = sum_i omega_i y_i x_i - shift S^-1/2 w0.

Cost per generation and replicate: dim normals for every new row, rows x dim^2 for the Gram matrix, and
dim^3 / 3 for the fit; no pseudo-inverse, and no row that no fit takes.
"""

from collections.abc import Callable

import numpy as np
from scipy.linalg import blas

from genloss.errors import Problem, impossible
from genloss.metrics import Errors
from genloss.populations import LinearGaussian
from genloss.simulation import nested
from genloss.simulation.nested_plan import SMALLEST_PENALTY, SMALLEST_WEIGHT, is_subsample
from genloss.simulation.task import Streams, Task
from genloss.workflows import TRUTH, Schedule, Use, term_shares

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Places = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

Take = Callable[[int, Use, int], Places]
"""Places of the taken rows in a pool, given the generation, the term, and the rows of the pool."""
Drawing = Callable[[int, Places], tuple[Array, Array, Array]]
"""Whitened rows (n, dim), noise (n,), and uniform numbers (n,) that pick origins, for numbers of rows."""

LARGEST = 4e9  # bytes of rows kept at once


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    reason = nested.linear_reason(task)
    if reason:
        return reason
    filtered = (g for g, uses in enumerate(task.schedule.train) if any(use.filter is not None for use in uses))
    return next((f"generation {g} filters its rows" for g in filtered), None)


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model (of the predictor) and reported generation."""
    population = task.population
    if not isinstance(population, LinearGaussian):
        impossible("the engine for subsamples was given a population without a spectrum")
    _check_memory(task)
    penalty = task.generator.model.penalty
    errors = [
        errors_of_fits(task.schedule, task.fits, penalty, population, _taking(streams, r), _drawing(task, streams, r))
        for r in range(task.replicates)
    ]
    return nested.judged(task, population, np.stack(errors), streams)


def errors_of_fits(
    schedule: Schedule, fits: int, penalty: float, population: LinearGaussian, take: Take, draw: Drawing
) -> Array:
    """Fit every generation of one replicate; w - w0 of each fit, (fits, dim)."""
    root, dim = np.sqrt(population.spectrum), population.dim
    truth = root * population.coefficients
    errors = np.zeros((fits + 1, dim))  # whitened; the last is the truth's, as TRUTH is -1
    batch_rows = np.array([batch.rows for batch in schedule.batches])
    slot = np.full(batch_rows.sum(), -1)
    kept, labels, count = np.empty((0, dim)), np.empty(0), 0
    for g in range(fits):
        numbers, weights, used = _taken(schedule, g, batch_rows, take)
        new = numbers[slot[numbers] < 0]
        if new.size:
            slot[new] = np.arange(count, count + new.size)
            if count + new.size > labels.size:
                kept = np.concatenate([kept, np.empty((max(new.size, labels.size), dim))])
                labels = np.concatenate([labels, np.empty(len(kept) - labels.size)])
            rows, noise, uniform = draw(g, new)
            kept[slot[new]] = rows
            batches = np.searchsorted(np.cumsum(batch_rows), new, side="right")
            labels[slot[new]] = _labels(schedule, batches, rows, noise, uniform, errors, truth)
            count += new.size
        scale = np.sqrt(weights)
        rows, targets = kept[slot[numbers]] * scale[:, None], labels[slot[numbers]] * scale
        few = np.count_nonzero(weights >= SMALLEST_WEIGHT * weights.max()) < 2 * dim
        if few and penalty < SMALLEST_PENALTY * population.spectrum.max():
            errors[g] = nested.fit_one(rows, targets, penalty * used, root, truth)
        else:
            gram = blas.dsyrk(1.0, rows.T).T
            errors[g] = nested.fit_sums([(gram[None], (targets @ rows)[None], 1.0)], penalty * used, root, truth)[0]
    return errors[:-1] / root


def _taken(schedule: Schedule, generation: int, batch_rows: Places, take: Take) -> tuple[Places, Array, float]:
    """Numbers of the taken rows in all rows of the schedule, each once, their weights, and the rows used."""
    uses, used = schedule.train[generation], schedule.rows_used(generation)
    numbers, weights = [], []
    first = np.cumsum(batch_rows) - batch_rows
    for use, share in zip(uses, term_shares([use.weight for use in uses], used).tolist(), strict=True):
        batches = np.asarray(use.batches)
        sizes = batch_rows[batches]
        ends = np.cumsum(sizes)
        places = take(generation, use, int(ends[-1])) if is_subsample(schedule, use) else np.arange(ends[-1])
        which = np.searchsorted(ends, places, side="right")
        numbers.append(first[batches][which] + places - (ends - sizes)[which])
        factors = np.array(use.factors) if use.factors else None
        part = np.full(places.size, 1 / places.size) if factors is None else (factors / factors.sum() / sizes)[which]
        weights.append(share * used.sum() * part)
    each, inverse = np.unique(np.concatenate(numbers), return_inverse=True)
    weight = np.asarray(np.bincount(inverse, np.concatenate(weights)), dtype=float)
    return np.asarray(each[weight > 0], dtype=np.int64), weight[weight > 0], float(used.sum())


def _labels(
    schedule: Schedule, batches: Places, rows: Array, noise: Array, uniform: Array, errors: Array, truth: Array
) -> Array:
    """Labels of rows of these batches, less what the truth would say."""
    labels = np.empty(noise.size)
    for b in np.unique(batches).tolist():
        batch, mine = schedule.batches[b], batches == b
        bounds = np.cumsum([share for _, share in batch.origins])
        picked = np.searchsorted(bounds / bounds[-1], uniform[mine], side="right")
        origin = np.array([origin for origin, _ in batch.origins])[picked]
        gain, loudness = nested.distortion(batch)
        real = origin == TRUTH
        fitted = np.where(real, 0.0, 1.0)[:, None] * (gain * (truth + errors[origin]) - truth)
        labels[mine] = np.einsum("nd,nd->n", rows[mine], fitted) + np.where(real, 1.0, loudness) * noise[mine]
    return labels


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
