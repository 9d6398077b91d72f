"""Isotropic inputs, a chain of least-squares fits, ridge predictors: no matrix is ever formed.

Golub-Kahan bidiagonalization of Gaussian X (rows x dim), started at the direction of w0, gives
X = U A V' with V e_1 along w0 and A (m x dim) upper bidiagonal, m = min(rows, dim):

    A_jj ~ chi(rows - j + 1),   A_j,j+1 ~ chi(dim - j),   all independent (Householder on Gaussians),

times the root of the eigenvalue. Only the first min(dim, rows + 1) directions of V matter: a fit has no
part in the others, nor has w0. There X'E = A'z * noise, and the chain of fits is w0 plus Gaussian
steps z * noise / chi(rows - dim + 1), isotropic and so Gaussian in the basis V as well. A fit to labels of w,
for each penalty, is

    A'y,   (A A' + penalty * rows) y = A V'w + noise * z,

a tridiagonal system of size m, solved for all penalties and generations together by `bidiagonal`.
"""

from __future__ import annotations

import numpy as np

from genloss.blocks import Streams, width
from genloss.errors import impossible
from genloss.metrics import Errors, LinearErrors
from genloss.models import LeastSquares, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation.linear import wishart
from genloss.simulation.task import Task
from genloss.workflows import chain

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


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
    if not isinstance(generator.model, LeastSquares | Ridge) or generator.penalized:
        return "the generator is not least squares"
    if generator.design != "fresh":
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
    directions = min(population.dim, predictor.rows + 1)
    taught = _teachers(task, population, directions, streams)
    scale, kept = np.sqrt(population.spectrum[0]), slice(task.replicates)
    from genloss.simulation.linear.bidiagonal import (
        error_lengths,  # compiled, which takes its time: only where it is used
    )

    lengths = error_lengths(
        scale * diagonal[kept],
        scale * above[kept],
        taught[kept],
        np.array(task.report),
        noise[kept],
        float(np.linalg.norm(population.coefficients)),
        np.array([model.penalty for model in predictor.models]) * predictor.rows,
    )
    flat = population.spectrum[:1]
    return [[LinearErrors(one[:, None], flat, population.noise) for one in of_model] for of_model in lengths]


def side_by_side(task: Task) -> int:
    """Return how many blocks of replicates are taken in one call: a draw is small beside the calls around it."""
    return width(float(task.block * task.population.dim * (task.fits + 1)))


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


def _teachers(task: Task, population: LinearGaussian, directions: int, streams: Streams) -> Array:
    """What labels generation 0, 1, ... in the basis V: (block, fits + 1, directions)."""
    taught = np.empty((task.block, task.fits + 1, directions))
    taught[:, 0] = 0.0
    taught[:, 0, 0] = np.linalg.norm(population.coefficients)
    scale = task.generator.noise / np.sqrt(population.spectrum[0])
    for g, batch in enumerate(chain(task.schedule)[: task.fits]):
        key = ("generator", *batch.key)
        normals = streams(*key, "noise").standard_normal((task.block, population.dim))
        chi = np.sqrt(streams(*key, "chi").chisquare(batch.rows - population.dim + 1, (task.block, 1)))
        step = np.multiply(normals[:, :directions], scale / chi, out=taught[:, g + 1])
        step += taught[:, g]
    return taught
