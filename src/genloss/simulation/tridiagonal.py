"""Many penalties on one Gaussian design, any spectrum: reduce to tridiagonal once, then O(dim) per penalty.

The draws are those of `wishart`: X'X = B B' with B = S^(1/2) L, and X'E = noise * B z. What replaces
the eigenvectors is W = Q C Q' with C tridiagonal. With u = Q'w, c = Q'(noise * B z) and
mu = penalty * rows, the ridge fit to labels of w is

    w + Q x,           (C + mu) x = c - mu u                                 rows >= dim, W = B B' (dim x dim)
    B Q x,             (C + mu) x = Q'(B'w + noise * z)                      rows < dim,  W = B'B (rows x rows)

and Q is applied as the reflectors that LAPACK's sytrd leaves, one penalty at a time: a penalty's numbers
must not depend, not in their last bit, on which others are asked for beside it (a run that goes on where
it was stopped asks for some of them only).
Where mu is so small beside W that squaring B would cost digits, the fit comes from an orthogonal
factorization of B instead. Cost per replicate: one reduction (4/3 m^3) and 4 m^2 per fit, whatever rows is.
"""

from collections.abc import Callable

import numpy as np
from scipy.linalg import lapack, qr, solve_triangular

from genloss.errors import impossible
from genloss.metrics import Errors
from genloss.populations import LinearGaussian
from genloss.simulation import wishart
from genloss.simulation.task import Streams, Task

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

SMALLEST = 1e-8
"""Penalty x rows, relative to the trace of B'B, from which the tridiagonal solves are used."""


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    return "there is no predictor" if task.predictor is None else wishart.covers(task)


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model of the predictor and reported generation."""
    if not isinstance(task.population, LinearGaussian):
        impossible("the tridiagonal engine was given a population without a spectrum")
    return judged(task, task.population, wishart.teachers(task, task.population, streams), streams)


def judged(task: Task, population: LinearGaussian, teachers: Array, streams: Streams) -> list[list[Errors]]:
    """Fit the predictor to what teachers (replicates, fits + 1, dim) label: the truth, then the generator's fits."""
    if task.predictor is None:
        impossible("there is no predictor to judge")
    taught = teachers[:, list(task.report)]
    root, rows = np.sqrt(population.spectrum), task.predictor.rows
    penalties = np.array([model.penalty for model in task.predictor.models])
    lower = wishart.draw_lower(rows, population.dim, task.block, streams, ("predictor", 0))
    noise = task.predictor.noise * streams("predictor", 0, "noise").standard_normal((task.block, lower.shape[2]))
    fitted = np.empty((penalties.size, len(task.report), task.replicates, population.dim))
    for r in range(task.replicates):
        fitted[:, :, r] = fits(root[:, None] * lower[r], taught[r], penalties * rows, noise[r])
    return [[population.errors(each) for each in of_model] for of_model in fitted]


def fits(factor: Array, teachers: Array, shifts: Array, noise: Array) -> Array:
    """Fit labels of each teacher (k, dim) plus noise (m,) at each shift penalty x rows: (shifts, k, dim).

    factor: B, (dim, m), X'X = B B'; m = min(rows, dim).
    """
    fitted = np.empty((shifts.size, *teachers.shape))
    easy = shifts > SMALLEST * np.square(factor).sum()
    if factor.shape[1] < 3:
        easy[:] = False
    if easy.any():
        solve = _square if factor.shape[0] == factor.shape[1] else _short
        fitted[easy] = solve(factor, teachers, shifts[easy], noise)
    for p in np.flatnonzero(~easy):
        fitted[p] = _careful(factor, teachers, shifts[p], noise)
    return fitted


def _square(factor: Array, teachers: Array, shifts: Array, noise: Array) -> Array:
    """Fit with at least dim rows, as a change of the teacher: nothing cancels at small shifts."""
    diagonal, off, rotate = _tridiagonal(factor @ factor.T)
    turned = rotate(np.column_stack([teachers.T, factor @ noise]), "T")
    u, c = turned[:, :-1], turned[:, -1:]
    changes = [rotate(_solve(diagonal + shift, off, c - shift * u), "N").T for shift in shifts]
    return np.asarray(teachers + np.stack(changes))


def _short(factor: Array, teachers: Array, shifts: Array, noise: Array) -> Array:
    """Fit with fewer rows than dim: the fit lies in the span of the rows."""
    diagonal, off, rotate = _tridiagonal(factor.T @ factor)
    turned = rotate(factor.T @ teachers.T + noise[:, None], "T")
    return np.stack([(factor @ rotate(_solve(diagonal + shift, off, turned), "N")).T for shift in shifts])


def _careful(factor: Array, teachers: Array, shift: float, noise: Array) -> Array:
    """Fit at a tiny shift or none, through R'R = B'B + shift without forming B'B: B R^-1 R'^-1 (B'w + z)."""
    dim, m = factor.shape
    if shift == 0 and m == dim:
        return np.asarray(teachers + solve_triangular(factor.T, noise, lower=False))
    tall = np.concatenate([factor, np.sqrt(shift) * np.eye(m)]) if shift else factor
    q, r = qr(tall, mode="economic")
    labels = factor.T @ teachers.T + noise[:, None]
    return np.asarray((q[:dim] @ solve_triangular(r.T, labels, lower=True)).T)


def _tridiagonal(symmetric: Array) -> tuple[Array, Array, Callable[[Array, str], Array]]:
    """Reduce W = Q C Q': the diagonals of C, and what multiplies columns by Q ("N") or Q' ("T")."""
    size = len(symmetric)
    work = int(lapack.dsytrd_lwork(size, lower=1)[0])
    reduced, diagonal, off, tau, failed = lapack.dsytrd(symmetric, lower=1, lwork=work)
    if failed:
        impossible(f"LAPACK dsytrd returned {failed}")
    reflectors = np.asfortranarray(reduced[1:, :-1])

    def rotate(columns: Array, transposed: str) -> Array:
        turned = np.empty_like(columns)
        turned[0] = columns[0]
        turned[1:], _, wrong = lapack.dormqr(
            "L", transposed, reflectors, tau, columns[1:], 65 * (columns.shape[1] + 64)
        )
        if wrong:
            impossible(f"LAPACK dormqr returned {wrong}")
        return turned

    return diagonal, off, rotate


def _solve(diagonal: Array, off: Array, right: Array) -> Array:
    """Solve a positive definite tridiagonal system for several right-hand sides (m, k)."""
    *_, solved, failed = lapack.dptsv(diagonal, off, right)
    if failed:
        impossible(f"LAPACK dptsv returned {failed}")
    return np.asarray(solved)
