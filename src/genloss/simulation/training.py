"""What exactly does a generation train on? Labels, verdicts of filters, subsamples, weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from genloss.errors import Problem
from genloss.models import Labeled, Predicts
from genloss.populations import Draw, LinearGaussian, Population
from genloss.simulation.layouts import Replicated
from genloss.simulation.task import Task
from genloss.simulation.terms import training_data
from genloss.simulation.verdicts import verdict as decided
from genloss.simulation.verifying import OfLabels
from genloss.workflows import TRUTH, Batch, Filter, Use
from genloss.workflows.verifiers import acts_on

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Chosen = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Places = np.ndarray[tuple[int, ...], np.dtype[np.intp]]
_LARGEST = 200_000_000  # numbers in one block of inputs: 1.6 GB


@dataclass(frozen=True)
class Rows:
    """Inputs with clean real labels, and the noise that will be added to whatever label they get."""

    draw: Draw
    noise: Array

    def labels(self, teacher: Predicts | None) -> Array:
        """Label the rows by the truth (None) or by a fitted model, plus their noise."""
        clean = self.draw.clean if teacher is None else teacher.predict(self.draw.inputs)
        return clean + self.noise


@dataclass(frozen=True)
class Draws:
    """All randomness of one block of replicates.

    rows: the inputs and noise of a batch (None: the predictor's). uniform: numbers in [0, 1) by
    name, (replicates, how many): who draws a row of a mixed law, verdicts of filters, subsamples.
    normal: standard normals by name: a labeler's shift (replicates, dim), a projection (replicates, features, dim).
    judged: new inputs, for fits whose excess risk has no closed form.
    """

    rows: Callable[[Batch | None], Rows]
    uniform: Callable[[tuple[str | int, ...], int], Array]
    normal: Callable[[tuple[str | int, ...]], Array]
    judged: Callable[[], Draw]


@dataclass(frozen=True)
class Stored:
    """A batch as it is kept: drawn once, labeled once, judged once. clean: the truth's labels, without noise."""

    rows: Labeled
    clean: Array
    synthetic: Chosen
    verdicts: dict[Filter, Chosen] = field(default_factory=dict)


def label(batch: Batch, rows: Rows, fits: Sequence[Predicts], draws: Draws, population: Population) -> Stored:
    """Label the rows of a batch by whoever draws them; rows that models draw may have inputs of their own."""
    drawn_by = _drawn_by(batch, rows, draws)
    rows = of_models(population, rows, np.array([origin != TRUTH for origin, _ in batch.origins])[drawn_by])
    clean = rows.draw.clean
    if batch.origin is not None:
        teacher = None if batch.origin == TRUTH else fits[batch.origin]
        synthetic = np.full(clean.shape, not batch.real)
        return Stored(Labeled(rows.draw.inputs, _sampled(batch, rows, teacher)), clean, synthetic)
    targets = np.empty(clean.shape)
    for i, (origin, _) in enumerate(batch.origins):
        taught = _sampled(batch, rows, None if origin == TRUTH else fits[origin])
        targets = np.where(drawn_by == i, taught, targets)
    synthetic = np.array([origin != TRUTH for origin, _ in batch.origins])[drawn_by]
    return Stored(Labeled(rows.draw.inputs, targets), clean, synthetic)


def _drawn_by(batch: Batch, rows: Rows, draws: Draws) -> Places:
    """Return the place among the origins of a batch of who draws each row, (..., rows)."""
    if batch.origin is not None:
        return np.zeros(rows.noise.shape[-1], dtype=np.intp)
    bounds = np.cumsum([probability for _, probability in batch.origins])
    uniform = draws.uniform(("origin", *batch.key), rows.noise.shape[-1])
    return np.searchsorted(bounds / bounds[-1], uniform, side="right")


def of_models(population: Population, rows: Rows, synthetic: Chosen) -> Rows:
    """Return the rows with the inputs that models' rows have, where the population says that they are others."""
    if not isinstance(population, LinearGaussian) or population.alike:
        return rows
    return Rows(population.with_synthetic(rows.draw, synthetic), rows.noise)


def _sampled(batch: Batch, rows: Rows, teacher: Predicts | None) -> Array:
    """Labels of one origin; a sampler changes what models draw, never the truth."""
    if batch.sampler is None or teacher is None:
        return rows.labels(teacher)
    given = batch.sampler.given()
    unknown = [key for key in given if key not in ("gain", "shift", "variance_scale", "sampling_bias")]
    if unknown:
        raise Problem(
            f"workflow.emit ({batch.tag}).sampler.{unknown[0]}",
            "the labels of a regression have no such setting",
            "use gain, shift, variance_scale or sampling_bias here",
        )
    scale = given.get("variance_scale", 1.0) * given.get("sampling_bias", 1.0)
    fitted = teacher.predict(rows.draw.inputs)
    return np.asarray(given.get("gain", 1.0) * fitted + given.get("shift", 0.0) + np.sqrt(scale) * rows.noise)


def training_set(
    task: Task,
    generation: int,
    uses: Sequence[Use],
    stored: Mapping[int, Stored],
    draws: Draws,
    fits: Sequence[Predicts] = (),
) -> tuple[Labeled, Array | None]:
    """Gather what the terms of a generation select, and each row's weight in the loss; None: all count alike.

    fits: those so far, of which a filter may ask one.
    """
    for use in uses:
        check_size(task, sum(task.schedule.batches[b].rows for b in use.batches))
    rows = {b: stored[b].rows for use in uses for b in use.batches}

    def kept(b: int, use: Use) -> Chosen | None:
        return verdict(task, stored[b], task.schedule.batches[b], use, draws, fits)

    return training_data(generation, uses, rows, Replicated(), draws.uniform, kept)


def verdict(
    task: Task, stored: Stored, batch: Batch, use: Use, draws: Draws, fits: Sequence[Predicts]
) -> Chosen | None:
    """Which rows a term's filter keeps, None: all; decided at the first asking and stored with the rows."""
    chosen = use.filter
    if chosen is None or not acts_on(chosen, batch):
        return None
    if chosen not in stored.verdicts:
        uniform = draws.uniform(("verdict", *batch.key), stored.rows.targets.shape[-1])
        acts = stored.synthetic if chosen.tag is None else np.full(stored.rows.targets.shape, True)
        fit = None if use.verifier is None else fits[use.verifier]
        scores = OfLabels(task, chosen, stored.rows, stored.clean, fit, draws.normal, uniform)
        stored.verdicts[chosen] = decided(chosen, scores, acts, uniform)
    return stored.verdicts[chosen]


def check_size(task: Task, rows: int) -> None:
    """Refuse what would not fit in memory."""
    if rows * task.block * task.population.dim > _LARGEST:
        raise Problem(
            "engine",
            f"the reference engine would hold {task.block} x {rows} x {task.population.dim} numbers at once",
            'use engine = "auto", or fewer rows',
        )
