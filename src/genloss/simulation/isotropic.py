"""Isotropic inputs, a chain of least-squares fits, ridge predictors: no matrix is ever formed.

Golub-Kahan bidiagonalization of Gaussian X (rows x dim), started at the direction of w0, gives
X = U A V' with V e_1 along w0 and A (m x dim) upper bidiagonal, m = min(rows, dim):

    A_jj ~ chi(rows - j + 1),   A_j,j+1 ~ chi(dim - j),   all independent (Householder on Gaussians),

times the root of the eigenvalue. Only the first min(dim, rows + 1) directions of V matter: a fit has no
part in the others, nor has w0. There X'E = A'z * noise, and the chain of fits is w0 plus Gaussian
steps z * noise / chi(rows - dim + 1), isotropic and so Gaussian in the basis V as well. A fit to labels of w,
for each penalty, is

    A'y,   (A A' + penalty * rows) y = A V'w + noise * z,

a tridiagonal system of size m, solved for all replicates, penalties and generations in one sweep.
"""

from threading import local

import numpy as np

from genloss.errors import impossible
from genloss.metrics import Errors, LinearErrors
from genloss.populations import LinearGaussian
from genloss.simulation import wishart
from genloss.simulation.task import Streams, Task
from genloss.workflows import chain

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

AT_ONCE = 600_000
"""Unknowns solved for in one sweep: 5 MB, and twice that in memory. It changes no number."""


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    if task.predictor is None:
        return "there is no predictor"
    reason = wishart.covers(task)
    if reason or not isinstance(task.population, LinearGaussian):
        return reason
    if np.ptp(task.population.spectrum) > 0:
        return "the spectrum is not flat"
    generator = task.generator
    if generator.model.penalty > 0 or generator.design != "fresh":
        return "the generator is not least squares on fresh inputs"
    if any(batch.rows < task.population.dim for batch in chain(task.schedule)):
        return "the generator has fewer rows than features"
    return None


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model of the predictor and reported generation.

    Each error is given on one axis that points along it: with a flat spectrum its length is all there is.
    """
    population, predictor = task.population, task.predictor
    if not isinstance(population, LinearGaussian) or predictor is None:
        impossible("the isotropic engine was given a task that it does not cover")
    diagonal, above = draw_bidiagonal(predictor.rows, population.dim, task.block, streams)
    noise = predictor.noise * streams("predictor", 0, "noise").standard_normal((task.block, diagonal.shape[1]))
    width = min(population.dim, predictor.rows + 1)
    taught = _teachers(task, population, width, streams)[:, list(task.report)]
    scale, kept = np.sqrt(population.spectrum[0]), slice(task.replicates)
    lengths = error_lengths(
        scale * diagonal[kept],
        scale * above[kept],
        taught[kept],
        noise[kept],
        float(np.linalg.norm(population.coefficients)),
        np.array([model.penalty for model in predictor.models]) * predictor.rows,
    )
    flat = population.spectrum[:1]
    return [[LinearErrors(one[:, None], flat, population.noise) for one in of_model] for of_model in lengths]


def draw_bidiagonal(rows: int, dim: int, count: int, streams: Streams) -> tuple[Array, Array]:
    """Draw `count` bidiagonal factors: the diagonal and what stands right of it, each (count, min(rows, dim)).

    With at least dim rows nothing stands right of the last diagonal entry: its 0 is there for the shape.
    """
    m = min(rows, dim)
    index = np.arange(1, m + 1)
    diagonal = np.sqrt(streams("predictor", 0, "chi").chisquare(rows - index + 1, (count, m)))
    above = np.zeros((count, m))
    left = m if m < dim else m - 1
    above[:, :left] = np.sqrt(streams("predictor", 0, "chi above").chisquare(dim - index[:left], (count, left)))
    return diagonal, above


def _teachers(task: Task, population: LinearGaussian, width: int, streams: Streams) -> Array:
    """What labels generation 0, 1, ... in the basis V: (block, fits + 1, width)."""
    steps = np.zeros((task.block, task.fits + 1, width))
    steps[:, 0, 0] = np.linalg.norm(population.coefficients)
    for g, batch in enumerate(chain(task.schedule)[: task.fits]):
        key = ("generator", *batch.key)
        normals = streams(*key, "noise").standard_normal((task.block, population.dim))[:, :width]
        chi = np.sqrt(streams(*key, "chi").chisquare(batch.rows - population.dim + 1, (task.block, 1)))
        steps[:, g + 1] = task.generator.noise * normals / chi / np.sqrt(population.spectrum[0])
    return np.asarray(np.cumsum(steps, axis=1))


def error_lengths(diagonal: Array, above: Array, teachers: Array, noise: Array, length: float, shifts: Array) -> Array:
    """Lengths |w - w0| of all fits, (shifts, k, replicates), in parts of bounded memory.

    diagonal, above, noise: (replicates, m). teachers: (replicates, k, width), in the basis in which
    w0 = length e_1; width = m, or m + 1 with fewer rows than dim. shifts: penalty x rows.
    """
    k = teachers.shape[1]
    taught = min(k, max(1, AT_ONCE // diagonal.size))
    judged = max(1, AT_ONCE // (diagonal.size * taught))
    found = np.empty((shifts.size, k, len(diagonal)))
    for p in range(0, shifts.size, judged):
        for n in range(0, k, taught):
            part = _lengths(diagonal, above, teachers[:, n : n + taught], noise, length, shifts[p : p + judged])
            found[p : p + judged, n : n + taught] = part
    return found


def _lengths(diagonal: Array, above: Array, teachers: Array, noise: Array, length: float, shifts: Array) -> Array:
    """Compute `error_lengths`, all at once.

    With h = diag(A) y and ratio = above / diagonal the system is symmetric with `ratio` off its diagonal
    and 1 + ratio^2 + shift / diagonal^2 on it, and the errors are h_1 - length, then h_i+1 + ratio_i h_i.
    """
    replicates, m = diagonal.shape
    k, width = teachers.shape[1:]
    systems = (m, k, shifts.size, replicates)
    wide = np.zeros((m + 1, k, replicates))  # a row of zeros where width = m
    wide[:width] = teachers.T
    ratio = (above / diagonal).T
    right = wide[:-1] + ratio[:, None] * wide[1:] + (noise / diagonal).T[:, None]
    solved, other, main, off = _workspace(systems, systems, (m, *systems[2:]), (m, *systems[2:]))
    np.divide(shifts[:, None], np.square(diagonal.T)[:, None], out=main)
    main += 1 + ratio[:, None] ** 2
    off[:] = ratio[:, None]
    solved[:] = right[:, :, None]
    flat, by_row = solved.reshape(m, -1), other.reshape(m, -1)
    _solve(main.reshape(m, -1), off.reshape(m, -1), flat, by_row)
    np.multiply(ratio[:, None, None], solved, out=other)  # what row i gives to the error in direction i + 1
    by_row[:-1] += flat[1:]
    total = np.einsum("ij,ij->j", by_row, by_row) + np.square(flat[0] - length)
    return np.moveaxis(np.sqrt(total).reshape(systems[1:]), 1, 0)


def _solve(main: Array, off: Array, right: Array, factor: Array) -> None:
    """Solve symmetric tridiagonal systems, all at once; `right` becomes the solutions.

    main, off: (m, systems), off[i] between i and i + 1. right, factor: (m, k * systems). All are
    overwritten. Elimination without pivoting, which is stable as the systems are positive definite.
    """
    m, systems = main.shape
    taken, part = np.square(off, out=factor[:, :systems]), np.empty(systems)
    for before, pivot, square in zip(main[:-1], main[1:], taken[:-1], strict=True):
        pivot -= np.divide(square, before, out=part)
    blocks, wide = (m, -1, systems), np.empty(right.shape[1])
    inverse = np.reciprocal(main, out=main)
    factor.reshape(blocks)[:] = np.multiply(off, inverse, out=off)[:, None]
    for times, before, row in zip(factor[:-1], right[:-1], right[1:], strict=True):
        row -= np.multiply(times, before, out=wide)
    right.reshape(blocks)[:] *= inverse[:, None]
    for times, row, after in zip(factor[-2::-1], right[-2::-1], right[:0:-1], strict=True):
        row -= np.multiply(times, after, out=wide)


_threads = local()


def _workspace(*shapes: tuple[int, ...]) -> list[Array]:
    """Arrays of these shapes with anything in them, in the same memory at every call of a thread.

    New memory comes from the system page by page, which takes longer than the arithmetic done on it.
    """
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    if getattr(_threads, "size", 0) < ends[-1]:
        _threads.size, _threads.memory = ends[-1], np.empty(ends[-1])
    parts = np.split(_threads.memory[: ends[-1]], ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
