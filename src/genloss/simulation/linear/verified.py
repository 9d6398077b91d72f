"""Least squares on rows that a verifier keeps by the distance of their labels: two numbers a row, whatever dim is.

In coordinates where inputs are standard normal let e be the teacher's error beyond the verifier's, r = |e|. A label
lies r z + s u from the verifier's guess, z the input along e, u the noise: whether a row stays hangs on (z, u) alone,
and its inputs at right angles to e are as they were. Of m rows that stay, with A = sum z^2, C = sum z u and
b^2 = sum u^2 - C^2 / A, the fit is the teacher plus s times

    along e:            C / A - b |c| N(0, 1) / sqrt(A)
    at right angles:    b |c| in a direction drawn at random,
    |c|^2 = (1 + x / y) g / (q + g)^2,   g, q, x, y ~ chi^2 of dim - 1, m - dim, dim - 2, m - dim + 1 degrees

(regress on z first; then Gaussian inputs see a unit vector, whose least squares have this length). Exact for m >= dim;
with fewer the rows themselves are drawn.
"""

from __future__ import annotations

import numpy as np

from genloss.blocks import Streams
from genloss.errors import impossible
from genloss.metrics import Errors
from genloss.models import LeastSquares, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation.filters import filters_of
from genloss.simulation.task import Task
from genloss.simulation.terms import NothingKept
from genloss.simulation.verifying import noise_of
from genloss.workflows import TRUTH, Batch, chain
from genloss.workflows.traits import FILTER, REPLACE
from genloss.workflows.verifiers import acts_on

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    generator = task.generator
    if FILTER not in task.schedule.traits:
        return "no filter is there"
    if task.predictor is not None:
        return "there is a predictor"
    if not isinstance(task.population, LinearGaussian):
        return "the population is not linear_gaussian"
    if not isinstance(generator.model, LeastSquares | Ridge) or generator.penalized or generator.design != "fresh":
        return "the generator is not least squares on fresh inputs"
    left = task.schedule.uncovered(REPLACE | {FILTER})
    if left is not None:
        return left
    if any(chosen.kind != "distance" for _, chosen in filters_of(task.schedule)):
        return "a filter is not by distance"
    few = any(batch.rows < task.population.dim for batch in chain(task.schedule))
    return "a batch has fewer rows than features" if few else None


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors of the generator's fits by reported generation."""
    population = task.population
    if not isinstance(population, LinearGaussian):
        impossible("the verified engine was given a population without a spectrum")
    noise_of(task)
    errors = _errors(task, population, streams)
    root = np.sqrt(population.spectrum)
    return [[population.errors(population.coefficients + errors[n] / root) for n in task.report]]


def _errors(task: Task, population: LinearGaussian, streams: Streams) -> list[Array]:
    """Errors of all fits in coordinates where inputs are standard normal, (replicates, dim) each."""
    nothing = np.zeros((task.block, population.dim))
    direction = streams("verifier").standard_normal(nothing.shape)
    unit = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    fits: list[Array] = []
    for g, batch in enumerate(chain(task.schedule)[: task.fits]):
        teacher = nothing if batch.origin == TRUTH else fits[batch.origin or 0]
        (use,) = task.schedule.train[g]
        if use.filter is None or not acts_on(use.filter, batch):
            fits.append(teacher + _unfiltered(task, batch, population.dim, streams))
            continue
        guess = use.filter.verifier_error * task.generator.noise * unit if use.verifier is None else fits[use.verifier]
        fits.append(_filtered(task, population, g, batch, (teacher, guess), streams))
    return [fit[: task.replicates] for fit in fits]


def _unfiltered(task: Task, batch: Batch, dim: int, streams: Streams) -> Array:
    key = ("generator", *batch.key)
    normals = streams(*key, "noise").standard_normal((task.block, dim))
    chi = np.sqrt(streams(*key, "chi").chisquare(batch.rows - dim + 1, (task.block, 1)))
    return np.asarray(task.generator.noise * normals / chi)


def _filtered(
    task: Task, population: LinearGaussian, g: int, batch: Batch, errors: tuple[Array, Array], streams: Streams
) -> Array:
    """Fit the rows that stay. errors: of the teacher and of the verifier."""
    (teacher, guess), noise = errors, task.generator.noise
    beyond = teacher - guess
    far = np.linalg.norm(beyond, axis=-1, keepdims=True)
    along = np.where(far > 0, beyond / np.where(far > 0, far, 1.0), np.eye(population.dim)[0])
    key = ("generator", *batch.key)
    z, u = streams(*key, "pairs").standard_normal((2, task.block, batch.rows))
    chosen = task.schedule.train[g][0].filter
    if chosen is None or chosen.within is None:
        impossible("the verified engine was given no distance")
    kept = np.abs(far * z + noise * u) <= chosen.within * noise
    empty = np.flatnonzero(~kept[: task.replicates].any(axis=-1))
    if empty.size:
        raise NothingKept(g, int(empty[0]))
    step = _step(z, u, kept, along, streams, key)
    found = teacher + noise * step
    few = np.flatnonzero(kept.sum(axis=-1) < population.dim)
    rng = streams(*key, "few")
    for r in few:
        found[r] = _of_rows(population, along[r], z[r][kept[r]], noise * u[r][kept[r]], teacher[r], rng)
    return np.asarray(found)


def _step(z: Array, u: Array, kept: Array, along: Array, streams: Streams, key: tuple[str | int, ...]) -> Array:
    """Return the fit's error beyond the teacher's, in units of the noise; any number where too few rows stay."""
    block, dim = along.shape
    m = kept.sum(axis=-1)
    square, cross, total = ((kept * each).sum(axis=-1) for each in (z * z, z * u, u * u))
    square = np.where(square > 0, square, 1.0)
    beside = np.sqrt(np.maximum(total - cross**2 / square, 0.0)) * _length(m, dim, block, streams, key)
    across = streams(*key, "across").standard_normal((block, dim))
    across -= (across * along).sum(axis=-1, keepdims=True) * along
    size = np.linalg.norm(across, axis=-1, keepdims=True)
    across = across / np.where(size > 0, size, 1.0)
    turned = streams(*key, "turned").standard_normal(block)
    forward = cross / square - beside * turned / np.sqrt(square)
    return np.asarray(forward[:, None] * along + beside[:, None] * across)


def _length(m: Array, dim: int, block: int, streams: Streams, key: tuple[str | int, ...]) -> Array:
    """Draw |c|, (block,): the length of the least squares of a unit vector on m - 1 rows of dim - 1 normal inputs."""
    if dim == 1:
        return np.zeros(block)
    degrees = np.stack([np.full(block, dim - 1.0), m - dim, np.full(block, dim - 2.0), m - dim + 1.0])
    drawn = streams(*key, "chi").chisquare(np.maximum(degrees, 0.5))
    g, q, x, y = np.where(degrees > 0, drawn, 0.0)
    tail = np.divide(x, y, out=np.zeros(block), where=y > 0)
    return np.asarray(np.sqrt((1 + tail) * g) / (q + g))


def _of_rows(
    population: LinearGaussian, along: Array, z: Array, noise: Array, teacher: Array, rng: np.random.Generator
) -> Array:
    """Fit fewer rows than features: the solution of smallest norm, of inputs that are drawn."""
    inputs = rng.standard_normal((z.size, population.dim))
    inputs += (z - inputs @ along)[:, None] * along
    root = np.sqrt(population.spectrum)
    labels = inputs @ (teacher + root * population.coefficients) + noise
    return np.asarray(root * (np.linalg.pinv(inputs * root) @ labels - population.coefficients))
