"""Kernel ridge regression on a finite pool: the kernel is computed once, then only indexed.

Rows are drawn with replacement, so a pool row stands c times in a training set. Its c copies have one value f of
the fit and enter the squared residuals as c (mean label - f)^2 and a constant: with one row for each pool row u
that was drawn, K their kernel and C their counts, the fit is

    f = K(., u) a,     (K + penalty * rows * C^-1) a = mean labels,

of 936 unknowns on the average where 1,600 rows are drawn from 1,347. Gives the reference engine's numbers up to
rounding, on the same draws. Systems are solved for 8 generations at a time, and predictions made for all replicates
of a block, whichever of them are asked for: no bit of a fit depends on what stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from threading import Lock

import numpy as np
from scipy.linalg import lapack

from genloss.blocks import Streams
from genloss.errors import impossible
from genloss.grouping import grouped
from genloss.metrics import Errors
from genloss.models import KernelRidge
from genloss.models.kernel.ridge import solving
from genloss.populations import Pool
from genloss.simulation.task import Task
from genloss.workflows import chain
from genloss.workflows.traits import REPLACE

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Index = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

_TOGETHER = 8
"""Generations whose labels a predictor is solved for at a time; a generation's column hangs on its number alone."""

_COMPUTING = Lock()


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    if not isinstance(task.population, Pool):
        return "the population is not a finite pool"
    models = [task.generator.model, *(task.predictor.models if task.predictor else ())]
    if not all(isinstance(model, KernelRidge) for model in models):
        return "a model is not kernel_ridge"
    if task.predictor and (task.predictor.synthetic_rows < task.predictor.rows or task.predictor.features is not None):
        return "some of the predictor's rows are real, or it sees random projections"
    return task.schedule.uncovered(REPLACE)


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model (of the predictor) and reported generation."""
    pool, model = task.population, task.generator.model
    if not (isinstance(pool, Pool) and isinstance(model, KernelRidge)):
        impossible("the pool engine was given something else than kernel ridge on a pool")
    taught = _teachers(task, pool, model, streams)
    if task.predictor is None:
        return [[_errors(pool, taught[: task.replicates, n + 1]) for n in task.report]]
    chosen, noise = _rows(task, pool, streams, ("predictor", 0), task.predictor.rows, task.predictor.noise)
    by_model = []
    for judged in task.predictor.models:
        if not isinstance(judged, KernelRidge):
            impossible("the pool engine was given a predictor that is not kernel ridge")
        gram = _gram(pool, judged)
        dual = _duals(gram, judged.penalty, chosen, noise, taught, task.report, _TOGETHER)
        by_model.append([_errors(pool, _predicted(gram, each)[: task.replicates]) for each in dual])
    return by_model


def _teachers(task: Task, pool: Pool, model: KernelRidge, streams: Streams) -> Array:
    """What labels every real row in generation 0, 1, ...: (block, fits + 1, pool and held-out rows).

    Held-out rows are left out where a predictor is judged: it learns from rows of the pool.
    """
    gram = _gram(pool, model)
    clean = np.concatenate([pool.clean, pool.held_out_clean])
    if task.predictor is not None:
        gram, clean = gram[: pool.clean.size], pool.clean
    taught = np.empty((task.block, task.fits + 1, len(gram)))
    taught[:, 0] = clean
    first: Index | None = None
    for g, batch in enumerate(chain(task.schedule)[: task.fits]):
        chosen, noise = _rows(task, pool, streams, ("generator", *batch.key), batch.rows, task.generator.noise)
        if task.generator.design == "same":
            chosen = first = chosen if first is None else first
        (dual,) = _duals(gram, task.generator.penalty_at(g), chosen, noise, taught, (g,), 1)
        taught[:, g + 1] = _predicted(gram, dual)
    return taught


def _gram(pool: Pool, model: KernelRidge) -> Array:
    """Kernel between every real row (pool first, then held out) and the pool; threads do not compute it twice."""
    with _COMPUTING:
        return _cached_gram(pool, replace(model, penalty=1.0))


@lru_cache(maxsize=4)
def _cached_gram(pool: Pool, model: KernelRidge) -> Array:
    return model.gram(np.concatenate([pool.inputs, pool.held_out]), pool.inputs)


def _rows(
    task: Task, pool: Pool, streams: Streams, key: tuple[str | int, ...], rows: int, spread: float
) -> tuple[Index, Array]:
    """Which pool rows each of the task's replicates trains on, and the noise in their labels, drawn for the block."""
    chosen = pool.indices(rows, task.block, streams(*key, "inputs"))[: task.replicates]
    noise = spread * streams(*key, "noise").standard_normal((task.block, rows))[: task.replicates]
    return chosen, noise


def _duals(
    gram: Array, penalty: float, chosen: Index, noise: Array, taught: Array, generations: Sequence[int], together: int
) -> Array:
    """Fit the labels of some generations; coefficients of all pool rows, (generations, block, pool), 0 if not drawn.

    chosen, noise: (replicates, rows), of the first replicates of the block. taught: (block, fits + 1, real rows).
    together: how many generations are solved for at a time.
    """
    from genloss.simulation.linear.drawn_rows import upper_part  # compiled: only where it is used

    found = np.zeros((len(generations), len(taught), gram.shape[1]))
    for r, (places, off) in enumerate(zip(chosen, noise, strict=True)):
        counts = np.bincount(places, minlength=gram.shape[1])
        drawn = np.flatnonzero(counts)
        weight = counts[drawn]
        mean_noise = np.bincount(places, weights=off, minlength=gram.shape[1])[drawn] / weight
        with solving(penalty):
            factor = _factor(upper_part(gram, drawn, penalty * places.size / weight))
            for some in grouped(generations, lambda n: n // together).values():
                columns = [n % together for n in some]
                labels = np.zeros((together, drawn.size))
                labels[columns] = taught[r, some][:, drawn] + mean_noise
                dual = _solved(factor, labels)[columns]
                for n, each in zip(some, dual, strict=True):
                    found[generations.index(n), r, drawn] = each
    return found


def _factor(upper: Array) -> Array:
    """Return the Cholesky factor of a kernel matrix, of which the upper part is given, and lost."""
    factor, failed = lapack.dpotrf(upper.T, lower=1, overwrite_a=1, clean=0)
    if failed:
        raise np.linalg.LinAlgError("it is not positive definite")
    return np.asarray(factor)


def _solved(factor: Array, labels: Array) -> Array:
    """Solve for rows of labels, (columns, unknowns)."""
    found, _ = lapack.dpotrs(factor, labels.T, lower=1)
    if not np.isfinite(found).all():
        raise np.linalg.LinAlgError("it has no finite solution")
    return np.asarray(found.T)


def _predicted(gram: Array, dual: Array) -> Array:
    """Predict all rows of a kernel from coefficients (block, pool); (block, rows)."""
    return np.asarray(dual @ gram.T)


def _errors(pool: Pool, labels: Array) -> Errors:
    return pool.errors(labels[:, : pool.clean.size], labels[:, pool.clean.size :])
