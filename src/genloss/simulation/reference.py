"""The definition: draw the rows, label them by the model before, fit, repeat. Slow and obvious."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genloss.errors import Problem
from genloss.metrics import Errors
from genloss.models import Fitted, KernelFit, LinearFit
from genloss.populations import Draw, LinearGaussian, Population
from genloss.simulation.task import Streams, Task
from genloss.workflows import TRUTH

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
_LARGEST = 200_000_000  # numbers in one block of inputs: 1.6 GB


@dataclass(frozen=True)
class Rows:
    """Inputs with clean real labels, and the noise that will be added to whatever label they get."""

    draw: Draw
    noise: Array

    def labels(self, teacher: Fitted | None) -> Array:
        """Label the rows by the truth (None) or by a fitted model, plus their noise."""
        clean = self.draw.clean if teacher is None else teacher.predict(self.draw.inputs)
        return clean + self.noise


DrawRows = Callable[[str, int, int], Rows]
"""Rows by role ("generator" or "predictor"), generation, and number of rows."""


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model (of the predictor) and reported generation."""
    return run_on(task, lambda role, generation, rows: _draw(task, streams, role, generation, rows))


def run_on(task: Task, draw: DrawRows) -> list[list[Errors]]:
    """Simulate the task on given rows."""
    fits: list[Fitted] = []
    same = draw("generator", 0, task.schedule.batches[0].rows) if task.generator.design == "same" else None
    batches: list[tuple[Array, Array]] = []
    for batch in task.schedule.batches[: task.fits]:
        rows = draw("generator", batch.birth, batch.rows)
        if same is not None:
            rows = Rows(same.draw, rows.noise)
        batches.append((rows.draw.inputs, rows.labels(None if batch.origin == TRUTH else fits[batch.origin])))
        chosen = [batches[i] for i in task.schedule.train[batch.birth]]
        inputs, targets = (
            np.concatenate(part, axis=axis) for part, axis in zip(zip(*chosen, strict=True), (-2, -1), strict=True)
        )
        fits.append(task.generator.model.fit(inputs, targets))
    if task.predictor is None:
        return [[errors_of(task.population, fits[n]) for n in task.report]]
    rows = draw("predictor", 0, task.predictor.rows)
    teachers: list[Fitted | None] = [None, *fits]
    return [
        [errors_of(task.population, model.fit(rows.draw.inputs, rows.labels(teachers[n]))) for n in task.report]
        for model in task.predictor.models
    ]


def errors_of(population: Population, fit: Fitted) -> Errors:
    """Compare a fit with the truth."""
    if isinstance(population, LinearGaussian):
        if not isinstance(fit, LinearFit):
            raise Problem("predictor.kind", "only linear models are judged on linear_gaussian", 'use kind = "ridge"')
        return population.errors(fit.coefficients)
    return population.errors(_everywhere(fit, population.inputs), _everywhere(fit, population.held_out))


def _everywhere(fit: Fitted, inputs: Array) -> Array:
    """Predict the same inputs for every replicate."""
    replicates = fit.dual.shape[0] if isinstance(fit, KernelFit) else 1
    return fit.predict(np.broadcast_to(inputs, (replicates, *inputs.shape)))


def _draw(task: Task, streams: Streams, role: str, generation: int, rows: int) -> Rows:
    if rows * task.block * task.population.dim > _LARGEST:
        raise Problem(
            "engine",
            f"the reference engine would hold {task.block} x {rows} x {task.population.dim} numbers at once",
            'use engine = "auto", or fewer rows',
        )
    draw = task.population.draw(rows, task.block, streams(role, generation, "inputs"))
    spread = task.generator.noise if role == "generator" or task.predictor is None else task.predictor.noise
    noise = spread * streams(role, generation, "noise").standard_normal((task.block, rows))
    kept = slice(task.replicates)
    return Rows(Draw(draw.inputs[kept], draw.clean[kept]), noise[kept])
