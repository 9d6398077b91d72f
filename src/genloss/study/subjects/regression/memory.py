"""Would a study fit into memory? Asked before any work is spent."""

from __future__ import annotations

from genloss.models import KernelRidge, ShiftedTruth
from genloss.populations import LinearGaussian
from genloss.room import refuse_memory
from genloss.simulation.task import Task


def check_memory(task: Task, workers: int) -> None:
    """Refuse a task whose arrays would take too much; the reference engine has its own limit.

    workers: that simulate; 0: it is predicted alone, and no rows are drawn.
    """
    population = task.population
    if not isinstance(population, LinearGaussian):
        rows = max([batch.rows for batch in task.schedule.batches] + ([task.predictor.rows] if task.predictor else []))
        if any(isinstance(model, KernelRidge) for model in (task.generator.model, *_judged(task))):
            _refuse(16.0 * max(workers, 1) * rows**2, f"kernel matrices of {rows:,} rows", "rows", workers)
        return
    dim = population.dim
    fits = (task.fits + 1) * dim * 8.0
    _refuse(
        fits * max(task.block * workers, 3),
        f"{task.fits} fits of {dim:,} features",
        "generations or population.dim",
        workers,
    )
    if workers == 0:
        return
    rows, columns = _drawn(task), min(dim, _drawn(task))
    what = f"inputs of {columns:,} x {dim:,} numbers"
    _refuse(
        24.0 * task.block * workers * dim * columns, what, "population.dim or rows" if rows > dim else "rows", workers
    )
    if task.predictor is not None and task.predictor.features is not None:
        features = task.predictor.features
        what = f"projections of {dim:,} features to {features:,}"
        _refuse(16.0 * task.block * workers * dim * features, what, "population.dim or predictor.features", workers)


def _drawn(task: Task) -> int:
    """Rows of the largest set whose inputs, or a factor of them, an engine draws for all replicates of a block."""
    from genloss.simulation.engines import choose  # engines are loaded when something is simulated

    engine = choose(task).name
    if engine == "isotropic":
        return 0
    judged = task.predictor.rows if task.predictor is not None else 0
    if engine not in ("wishart", "tridiagonal", "nested"):  # what others keep of a batch has limits of its own
        return judged
    shifted = isinstance(task.generator.model, ShiftedTruth)
    born = [(batch.birth, batch.rows) for batch in task.schedule.batches if batch.birth < task.fits and not shifted]
    if engine != "nested" and task.generator.design != "same":  # fresh least squares need a number for each row
        born = [(g, rows) for g, rows in born if task.generator.penalty_at(g) or rows < task.population.dim]
    return max([judged, *(rows for _, rows in born)])


def _judged(task: Task) -> tuple[object, ...]:
    return task.predictor.models if task.predictor is not None else ()


def _refuse(size: float, what: str, lower: str, workers: int) -> None:
    refuse_memory("study", size, what, f"lower {lower}", workers)
