"""The definition: draw the rows, label them by their origin, train on what the workflow says, repeat.

Slow and obvious. Any population, workflow and model; faster engines must give the same law.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from genloss.blocks import Streams
from genloss.errors import Problem
from genloss.metrics import Errors, PoolErrors
from genloss.models import KernelFit, Labeled, LinearFit, Predicts, ShiftedTruth
from genloss.populations import Draw, LinearGaussian, Population
from genloss.simulation import loop
from genloss.simulation.task import Task
from genloss.simulation.training import Array, Draws, Rows, Stored, check_size, label, of_models, training_set
from genloss.workflows import Batch, Use
from genloss.workflows.edits import places_in_data_set

JUDGED_ROWS = 2000
"""New inputs on which a fit is judged where its excess risk has no closed form."""


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model (of the predictor) and reported generation."""
    return run_on(task, _draws(task, streams))


def run_on(task: Task, draws: Draws) -> list[list[Errors]]:
    """Simulate the task on given draws."""
    fits = list(loop.generations(task.schedule, *_steps(task, draws), last=task.fits - 1)) if task.fits else []
    if task.predictor is None:
        return [[errors_of(task.population, fits[n], draws) for n in task.report]]
    rows, real = draws.rows(None), task.predictor.rows - task.predictor.synthetic_rows
    projection = draws.normal(("predictor", 0, "projection")) if task.predictor.features is not None else None
    if projection is not None:
        projection = projection / np.sqrt(projection.shape[1])  # (replicates, features, dim)
    mixed = of_models(task.population, rows, np.arange(task.predictor.rows) >= real)
    seen = {False: _projected(rows.draw.inputs, projection)}
    seen[True] = seen[False] if mixed is rows else _projected(mixed.draw.inputs, projection)
    targets = []
    for n in task.report:
        taught = mixed.labels(fits[n - 1]) if n else rows.labels(None)
        taught[:, :real] = rows.labels(None)[:, :real]
        targets.append(Labeled(seen[n > 0], taught))
    return [
        [errors_of(task.population, _unprojected(model.fit(labeled), projection), draws) for labeled in targets]
        for model in task.predictor.models
    ]


def _projected(inputs: Array, projection: Array | None) -> Array:
    """Return what a predictor sees of inputs."""
    return inputs if projection is None else inputs @ projection.mT


def _steps(task: Task, draws: Draws) -> tuple[loop.Draw[Predicts, Stored], loop.Fit[Stored, Predicts]]:
    """Return how a batch is drawn and labeled, and how a generation is fitted."""
    generator, first = task.generator, task.schedule.batches[0]
    shared: list[Stored] = []  # the first batch, where all fits have the same inputs
    on_kept = _kept_inputs(task, draws)

    def drawn(batch: Batch, fits: Sequence[Predicts]) -> Stored:
        rows = draws.rows(batch)
        if on_kept is not None:
            return label(batch, on_kept(batch, rows), fits, draws, task.population)
        if generator.design == "same" and batch is not first:
            rows = _on_the_same_inputs(rows, shared[0], batch)
        stored = label(batch, rows, fits, draws, task.population)
        if not shared:
            shared.append(stored)
        return stored

    def fitted(g: int, uses: Sequence[Use], stored: Mapping[int, Stored], fits: Sequence[Predicts]) -> Predicts:
        if isinstance(generator.model, ShiftedTruth):
            return generator.model.around(_truth(task.population), draws.normal(("generator", g, "shift")))
        return generator.at(g).fit(*training_set(task, g, uses, stored, draws, fits))

    return drawn, fitted


def _truth(population: Population) -> Array:
    if not isinstance(population, LinearGaussian):
        raise Problem(
            "generator.kind", "shifted_truth needs true coefficients", 'use [population] kind = "linear_gaussian"'
        )
    return population.coefficients


def _unprojected(fit: Predicts, projection: Array | None) -> Predicts:
    """Write a linear fit on projected inputs as one on the inputs."""
    if projection is None:
        return fit
    if not isinstance(fit, LinearFit):
        raise Problem(
            "predictor.features",
            "the model is not linear",
            "use ridge or least_squares, or leave predictor.features out",
        )
    return LinearFit((fit.coefficients[:, None] @ projection)[:, 0])


def _kept_inputs(task: Task, draws: Draws) -> Callable[[Batch, Rows], Rows] | None:
    """Return what puts a batch's noise on the inputs of the rows that it replaces; None: no inputs are kept so."""
    batches = task.schedule.batches
    if task.generator.design != "same" or all(batch.until is None for batch in batches):
        return None
    places = places_in_data_set(batches)
    first = [draws.rows(batch).draw for batch in batches if batch.birth == 0]
    inputs = np.concatenate([each.inputs for each in first], axis=1)
    clean = np.concatenate([each.clean for each in first], axis=1)
    if max(int(each.max()) for each in places) >= clean.shape[1]:
        mend = 'let a share of rows replace others, and no new rows join them, or use design = "fresh"'
        raise Problem("generator.design", '"same" inputs for a data set that grows', mend)
    where = {batch.key: place for batch, place in zip(batches, places, strict=True)}

    def put(batch: Batch, rows: Rows) -> Rows:
        at = where[batch.key]
        return Rows(Draw(inputs[:, at], clean[:, at]), rows.noise)

    return put


def _on_the_same_inputs(rows: Rows, first: Stored, batch: Batch) -> Rows:
    """Put a batch's noise on the inputs of the first batch."""
    if first.clean.shape[-1] != batch.rows:
        raise Problem(
            "generator.design",
            f'"same" inputs for batches of {first.clean.shape[-1]} and {batch.rows} rows',
            'give every batch the same number of rows, or design = "fresh"',
        )
    return Rows(Draw(first.rows.inputs, first.clean), rows.noise)


def errors_of(population: Population, fit: Predicts, draws: Draws) -> Errors:
    """Compare a fit with the truth: exactly where its form allows, else on new inputs."""
    if not isinstance(population, LinearGaussian):
        return population.errors(_everywhere(fit, population.inputs), _everywhere(fit, population.held_out))
    if isinstance(fit, LinearFit):
        return population.errors(fit.coefficients)
    judged = draws.judged()
    off = fit.predict(judged.inputs) - judged.clean
    return PoolErrors(off, off[:, :0], population.noise)


def _everywhere(fit: Predicts, inputs: Array) -> Array:
    """Predict the same inputs for every replicate."""
    replicates = fit.dual.shape[0] if isinstance(fit, KernelFit) else 1
    return fit.predict(np.broadcast_to(inputs, (replicates, *inputs.shape)))


def _draws(task: Task, streams: Streams) -> Draws:
    """Draw from streams; always for the whole block, so that the number of replicates changes no draw."""
    kept = slice(task.replicates)

    def rows_of(batch: Batch | None) -> Rows:
        judged = task.predictor
        if batch is None and judged is not None:
            return draw(("predictor", 0), judged.rows, judged.noise)
        if batch is None:
            raise Problem("predictor", "missing", "give a predictor")
        return draw(("generator", *batch.key), batch.rows, task.generator.noise)

    def draw(key: tuple[str | int, ...], rows: int, spread: float) -> Rows:
        check_size(task, rows)
        drawn = task.population.draw(rows, task.block, streams(*key, "inputs"))
        noise = spread * streams(*key, "noise").standard_normal((task.block, rows))
        return Rows(Draw(drawn.inputs[kept], drawn.clean[kept]), noise[kept])

    def uniform(key: tuple[str | int, ...], count: int) -> Array:
        return np.asarray(streams(*key).random((task.block, count))[kept])

    def normal(key: tuple[str | int, ...]) -> Array:
        features = task.predictor.features if task.predictor is not None and "projection" in key else None
        shape = (task.population.dim,) if features is None else (features, task.population.dim)
        return np.asarray(streams(*key).standard_normal((task.block, *shape))[kept])

    def judged() -> Draw:
        drawn = task.population.draw(JUDGED_ROWS, task.block, streams("judged", "inputs"))
        return Draw(drawn.inputs[kept], drawn.clean[kept])

    return Draws(rows_of, uniform, normal, judged)
