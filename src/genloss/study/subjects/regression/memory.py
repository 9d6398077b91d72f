"""Would a study fit into memory? Asked before any work is spent."""

from __future__ import annotations

from genloss.models import KernelRidge
from genloss.populations import LinearGaussian
from genloss.room import refuse_memory
from genloss.simulation.task import Task
from genloss.workflows.traits import REPLACE


def check_memory(task: Task, workers: int) -> None:
    """Refuse a task whose arrays would take too much; the reference engine has its own limit."""
    population = task.population
    if not isinstance(population, LinearGaussian):
        rows = max([batch.rows for batch in task.schedule.batches] + ([task.predictor.rows] if task.predictor else []))
        if any(isinstance(model, KernelRidge) for model in (task.generator.model, *_judged(task))):
            _refuse(16.0 * workers * rows**2, f"kernel matrices of {rows:,} rows", "rows")
        return
    dim = population.dim
    fits = (task.fits + 1) * dim * 8.0
    _refuse(
        fits * max(task.block * workers, 3), f"{task.fits} fits of {dim:,} features", "generations or population.dim"
    )
    if task.predictor is not None and task.schedule.uncovered(REPLACE) is None:
        judged = 16.0 * task.block * workers * dim * min(dim, task.predictor.rows)
        _refuse(
            judged, f"inputs of {min(dim, task.predictor.rows):,} x {dim:,} numbers", "population.dim or predictor.rows"
        )


def _judged(task: Task) -> tuple[object, ...]:
    return task.predictor.models if task.predictor is not None else ()


def _refuse(size: float, what: str, lower: str) -> None:
    refuse_memory("study", size, what, f"lower {lower}, or use fewer workers")
