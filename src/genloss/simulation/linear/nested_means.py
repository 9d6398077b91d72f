r"""Expected risk of fits to batches that are used again, given all inputs: label noise integrated exactly.

A fit is linear in the truth and in the noise of every batch. With all inputs given, its whitened error is

    delta_g = mean_g + sum_m R_gm E_m,        E[excess risk of g | inputs] = |mean_g|^2 + noise^2 sum_m |R_gm|^2,

and mean_g and the responses R_gm (dim x k_m) obey the normal equations of `nested` with one column for the
mean and k_m = min(rows, dim) columns for batch m. The mean over inputs is the expected excess risk, with less
variance than any sample of risks (Rao and Blackwell). It is not a draw of a risk: no quantiles. Cost per
replicate: O(K^2 dim^3) for K generations of one batch each.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import lapack

from genloss.blocks import Streams
from genloss.errors import impossible
from genloss.populations import LinearGaussian
from genloss.simulation.linear import nested
from genloss.simulation.linear.nested_steps import Step, steps_of
from genloss.simulation.task import Task
from genloss.workflows import TRUTH, Batch, Schedule

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def covers(task: Task) -> str | None:
    """Say why the noise of this task cannot be integrated, or None."""
    if task.predictor is not None:
        return "there is a predictor"
    found = nested.covers(task)
    if found or not isinstance(task.population, LinearGaussian):
        return found
    if any(batch.origin is None or batch.sampler is not None for batch in task.schedule.batches):
        return "rows pick their origin at random, or a sampler changes them"
    if any(step.rows for step in _steps(task, task.population)):
        return "a fit has few rows and no penalty to speak of"
    return None


def run(task: Task, streams: Streams) -> Array:
    """Expected excess risks given the inputs, (reported generations, replicates); inputs as `nested` draws them."""
    population = task.population
    if not isinstance(population, LinearGaussian):
        impossible("the integration was given a task that it does not cover")
    draw, drawn = nested.drawing(task, population.dim, streams), {}
    steps = _steps(task, population)
    for step in steps:
        for born in step.born:
            (part,) = draw(task.schedule.batches[born.batch])
            drawn[born.batch] = part.rows
    found = [
        given_inputs(task.schedule, steps, population, {b: rows[r] for b, rows in drawn.items()}, task.generator.noise)
        for r in range(task.replicates)
    ]
    return np.stack(found, axis=-1)[list(task.report)]


def given_inputs(
    schedule: Schedule, steps: Sequence[Step], population: LinearGaussian, rows: dict[int, Array], noise: float
) -> Array:
    """Expected excess risk of each fit, (fits,), given the whitened rows (k, dim) of each batch."""
    spectrum, dim = population.spectrum, population.dim
    pulled = population.coefficients / np.sqrt(spectrum)  # S^-1 times the whitened truth
    places = _places(steps, rows)
    width = 1 + sum(len(x) for x in rows.values())
    last_taught = {schedule.batches[born.batch].origin: g for g, step in enumerate(steps) for born in step.born}
    sums: dict[int, tuple[Array, Array]] = {}
    fits: dict[int, Array] = {}
    risks = np.empty(len(steps))
    for g, step in enumerate(steps):
        for born in step.born:
            if born.group is None:
                impossible("a batch is in no sum")
            if born.group not in sums:
                sums[born.group] = np.zeros((dim, dim)), np.zeros((dim, width))
            _add(sums[born.group], schedule.batches[born.batch], rows[born.batch], places[born.batch], fits, born.scale)
        wide = max((places[b].stop for b in places if schedule.batches[b].birth <= g), default=1)
        gram = sum(weight * sums[group][0] for group, weight in step.sums) + np.diag(step.shift / spectrum)
        right = sum(weight * sums[group][1][:, :wide] for group, weight in step.sums) + np.zeros((dim, wide))
        right[:, 0] -= step.shift * pulled
        _, fit, failed = lapack.dposv(gram, right)
        if failed:
            impossible(f"LAPACK dposv returned {failed}")
        risks[g] = np.square(fit[:, 0]).sum() + noise**2 * np.square(fit[:, 1:]).sum()
        fits[g] = fit
        fits = {h: kept for h, kept in fits.items() if last_taught.get(h, -1) > g}
        for group in step.groups_done:
            del sums[group]
    return risks


def _places(steps: Sequence[Step], rows: dict[int, Array]) -> dict[int, slice]:
    """Which columns hold the responses to each batch; column 0 is the mean."""
    places, start = {}, 1
    for born in (born for step in steps for born in step.born):
        places[born.batch] = slice(start, start + len(rows[born.batch]))
        start = places[born.batch].stop
    return places


def _add(
    sums: tuple[Array, Array], batch: Batch, rows: Array, place: slice, fits: dict[int, Array], scale: float
) -> None:
    """Add a batch: its Gram matrix, what its teacher hands on, and its own noise."""
    gram, moment = sums
    own = scale * (rows.T @ rows)
    gram += own
    moment[:, place] += scale * rows.T
    if batch.origin is not None and batch.origin != TRUTH:
        teacher = fits[batch.origin]
        moment[:, : teacher.shape[1]] += own @ teacher


def _steps(task: Task, population: LinearGaussian) -> tuple[Step, ...]:
    largest = float(population.spectrum.max())
    penalties = [task.generator.penalty_at(g) for g in range(task.fits)]
    return steps_of(task.schedule, penalties, population.dim, largest, 1)
