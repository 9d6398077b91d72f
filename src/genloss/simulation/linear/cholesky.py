"""A few penalties on one Gaussian design, any spectrum: a Cholesky factorization for each, no reduction before it.

As in `tridiagonal`, with the pseudo-rows B' of `pseudo_rows`, labels B'w + z and mu = penalty * rows, the ridge fit is

    w + x,       (B B' + mu) x = B z - mu w               rows >= dim
    B y,         (B'B + mu) y = B'w + z                   rows < dim

which for up to four penalties costs less than the reduction to tridiagonal form and its rotation. It runs when it is
named: were it chosen by the number of penalties, a cell's last digits would hang on the cells beside it. Where mu is
tiny beside B B' the fit comes from an orthogonal factorization, as in `tridiagonal`. Labels are solved for 8
generations at a time, a generation's column hanging on its number alone: no bit of a fit depends on which penalties or
generations are asked for beside it.
Cost per replicate: m^3 / 3 for B B' and m^3 / 3 for each penalty, whatever rows is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy.linalg import blas, lapack

from genloss.blocks import Streams
from genloss.errors import impossible
from genloss.metrics import Errors
from genloss.populations import LinearGaussian
from genloss.simulation.linear import tridiagonal, wishart
from genloss.simulation.task import Task

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

_TOGETHER = 8


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    return tridiagonal.covers(task)


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model of the predictor and reported generation."""
    population = task.population
    if not isinstance(population, LinearGaussian):
        impossible("the Cholesky engine was given a task that it does not cover")
    solver = partial(fits, generations=task.report)
    return tridiagonal.judged(task, population, wishart.teachers(task, population, streams), streams, solver)


def fits(factor: Array, teachers: Array, shifts: Array, beyond: Array, generations: Sequence[int]) -> Array:
    """Fit labels of each teacher (k, dim) plus `beyond` at each shift penalty x rows: (shifts, k, dim).

    factor, beyond: as in `tridiagonal.fits`. generations: the number of each teacher, on which its column hangs.
    """
    eights, columns = np.divmod(np.array(generations), _TOGETHER)
    numbers, at = np.unique(eights, return_inverse=True)
    padded = np.zeros((numbers.size, _TOGETHER, teachers.shape[1]))
    noise = np.zeros((numbers.size, _TOGETHER, factor.shape[1]))
    padded[at, columns] = teachers
    noise[at, columns] = beyond if beyond.ndim == 1 else beyond.T
    return _in_eights(factor, padded, shifts, noise)[:, at, columns]


def _in_eights(factor: Array, teachers: Array, shifts: Array, noise: Array) -> Array:
    """Fit labels of teachers (eights, 8, dim) plus noise (eights, 8, m): (shifts, eights, 8, dim)."""
    easy = shifts > tridiagonal.SMALLEST * np.square(factor).sum()
    square = factor.shape[0] == factor.shape[1]
    found = np.empty((shifts.size, *teachers.shape))
    if easy.any():
        gram = tridiagonal.product_of_triangles(factor) if square else blas.dsyrk(1.0, factor.T, lower=1)
        right = [n @ factor.T if square else t @ factor + n for t, n in zip(teachers, noise, strict=True)]
        for p in np.flatnonzero(easy):
            lower = _factored(gram, shifts[p])
            for e, each in enumerate(right):
                if square:
                    change = _solved(lower, (each - shifts[p] * teachers[e])[:, ::-1])
                    found[p, e] = teachers[e] + change[:, ::-1]
                else:
                    found[p, e] = _solved(lower, each) @ factor.T
    for p in np.flatnonzero(~easy):
        for e, each in enumerate(noise):
            found[p, e] = tridiagonal.careful(factor, teachers[e], shifts[p], each.T)
    return found


def _factored(lower: Array, shift: float) -> Array:
    """Factor W + shift, W by its lower triangle in the order of Fortran."""
    shifted = lower.copy(order="F")
    shifted.T.reshape(-1)[:: len(shifted) + 1] += shift
    factor, failed = lapack.dpotrf(shifted, lower=1, overwrite_a=1, clean=0)
    if failed:
        impossible(f"LAPACK dpotrf returned {failed}")
    return np.asarray(factor)


def _solved(factor: Array, right: Array) -> Array:
    """Solve for rows of `right`."""
    return np.asarray(lapack.dpotrs(factor, right.T, lower=1)[0].T)
