"""Kernel ridge regression on a finite pool: the kernel is computed once, then only indexed.

Gives the reference engine's numbers up to rounding, on the same draws.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from genloss.blocks import Streams
from genloss.errors import impossible
from genloss.metrics import Errors
from genloss.models import KernelRidge
from genloss.models.kernel.ridge import solving
from genloss.populations import Pool
from genloss.simulation.task import Task
from genloss.workflows import chain
from genloss.workflows.traits import REPLACE

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Index = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


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
        return [[_errors(pool, taught[:, n + 1]) for n in task.report]]
    chosen, noise = _rows(task, pool, streams, ("predictor", 0), task.predictor.rows, task.predictor.noise)
    by_model = []
    for judged in task.predictor.models:
        if not isinstance(judged, KernelRidge):
            impossible("the pool engine was given a predictor that is not kernel ridge")
        gram = _gram(pool, judged)
        fitted = np.stack(
            [_fit(gram, judged.penalty, chosen[r], taught[r, list(task.report)], noise[r]) for r in range(len(noise))]
        )
        by_model.append([_errors(pool, fitted[:, n]) for n in range(len(task.report))])
    return by_model


def _teachers(task: Task, pool: Pool, model: KernelRidge, streams: Streams) -> Array:
    """What labels every real row in generation 0, 1, ...: (replicates, fits + 1, pool and held-out rows)."""
    gram = _gram(pool, model)
    taught = np.empty((task.replicates, task.fits + 1, len(gram)))
    taught[:, 0] = np.concatenate([pool.clean, pool.held_out_clean])
    first: Index | None = None
    for g, batch in enumerate(chain(task.schedule)[: task.fits]):
        chosen, noise = _rows(task, pool, streams, ("generator", *batch.key), batch.rows, task.generator.noise)
        if task.generator.design == "same":
            chosen = first = chosen if first is None else first
        for r in range(task.replicates):
            taught[r, g + 1] = _fit(gram, task.generator.penalty_at(g), chosen[r], taught[r, g : g + 1], noise[r])[0]
    return taught


def _gram(pool: Pool, model: KernelRidge) -> Array:
    """Kernel between every real row (pool first, then held out) and the pool."""
    return _cached_gram(pool, replace(model, penalty=1.0))


@lru_cache(maxsize=4)
def _cached_gram(pool: Pool, model: KernelRidge) -> Array:
    return model.gram(np.concatenate([pool.inputs, pool.held_out]), pool.inputs)


def _rows(
    task: Task, pool: Pool, streams: Streams, key: tuple[str | int, ...], rows: int, spread: float
) -> tuple[Index, Array]:
    """Which pool rows each replicate trains on, and the noise in their labels."""
    chosen = pool.indices(rows, task.block, streams(*key, "inputs"))[: task.replicates]
    noise = spread * streams(*key, "noise").standard_normal((task.block, rows))[: task.replicates]
    return chosen, noise


def _fit(gram: Array, penalty: float, chosen: Index, teachers: Array, noise: Array) -> Array:
    """Fit the labels of each teacher (k, all rows) on the chosen rows; predictions (k, all rows)."""
    inner = gram[np.ix_(chosen, chosen)]
    inner[np.diag_indices_from(inner)] += penalty * chosen.size
    with solving(penalty):
        dual = cho_solve(cho_factor(inner, overwrite_a=True), (teachers[:, chosen] + noise).T)
    return np.asarray((gram[:, chosen] @ dual).T)


def _errors(pool: Pool, labels: Array) -> Errors:
    return pool.errors(labels[:, : pool.clean.size], labels[:, pool.clean.size :])
