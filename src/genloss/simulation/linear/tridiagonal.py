"""Many penalties on one Gaussian design, any spectrum: reduce to tridiagonal once, then O(dim) per penalty.

The pseudo-rows B' are those of `pseudo_rows`: X'X = B B', and labels B'w + z, z what they have beyond the
teacher's. What replaces the eigenvectors is W = Q C Q' with C tridiagonal. With u = Q'w, c = Q'B z and
mu = penalty * rows, the ridge fit to labels of w is

    w + Q x,           (C + mu) x = c - mu u                                 rows >= dim, W = B B' (dim x dim)
    B Q x,             (C + mu) x = Q'(B'w + z)                              rows < dim,  W = B'B (rows x rows)

and Q is formed once and applied to one penalty at a time: a penalty's numbers must not depend, not in
their last bit, on which others are asked for beside it (a run that goes on where it was stopped asks
for some of them only).
Where mu is so small beside W that squaring B would cost digits, the fit comes from an orthogonal
factorization of B instead. Cost per replicate: one reduction and Q (8/3 m^3) and 2 m^2 per fit, whatever rows is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import blas, lapack, qr, solve_triangular

from genloss.blocks import Streams
from genloss.errors import impossible
from genloss.metrics import Errors
from genloss.populations import LinearGaussian
from genloss.simulation.linear import wishart
from genloss.simulation.linear.pseudo_rows import pseudo_rows
from genloss.simulation.task import Task

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

Solver = Callable[[Array, Array, Array, Array], Array]
"""As `fits`."""

SMALLEST = 1e-8
"""Penalty x rows, relative to the trace of B'B, from which the tridiagonal solves are used."""


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    return "there is no predictor" if task.predictor is None else wishart.chain_covers(task)


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model of the predictor and reported generation."""
    if not isinstance(task.population, LinearGaussian):
        impossible("the tridiagonal engine was given a population without a spectrum")
    return judged(task, task.population, wishart.teachers(task, task.population, streams), streams)


def judged(
    task: Task, population: LinearGaussian, teachers: Array, streams: Streams, solver: Solver | None = None
) -> list[list[Errors]]:
    """Fit the predictor to what teachers (replicates, fits + 1, dim) label: the truth, then the generator's fits.

    solver: `fits`, or another that is given what it is.
    """
    if task.predictor is None:
        impossible("there is no predictor to judge")
    taught = teachers[:, list(task.report)]
    shifts = np.array([model.penalty for model in task.predictor.models]) * task.predictor.rows
    fitted = np.empty((shifts.size, len(task.report), task.replicates, population.dim))
    solve = solver or fits
    for r, each in enumerate(pseudo_rows(task, population, task.predictor, taught, streams)):
        fitted[:, :, r] = each.unprojected(solve(each.factor, each.teachers, shifts, each.beyond))
    return [[population.errors(each) for each in of_model] for of_model in fitted]


def fits(factor: Array, teachers: Array, shifts: Array, beyond: Array) -> Array:
    """Fit labels of each teacher (k, dim) plus `beyond` at each shift penalty x rows: (shifts, k, dim).

    factor: B, (dim, m), X'X = B B'; m = min(rows, dim), lower triangular where m = dim. beyond: what the
    labels have beyond B'w, (m,) for all teachers or (m, k).
    """
    noise = beyond[:, None] if beyond.ndim == 1 else beyond
    fitted = np.empty((shifts.size, *teachers.shape))
    easy = shifts > SMALLEST * np.square(factor).sum()
    if factor.shape[1] < 3:
        easy[:] = False
    if easy.any():
        solve = _square if factor.shape[0] == factor.shape[1] else _short
        fitted[easy] = solve(factor, teachers, shifts[easy], noise)
    for p in np.flatnonzero(~easy):
        fitted[p] = careful(factor, teachers, shifts[p], noise)
    return fitted


def _square(factor: Array, teachers: Array, shifts: Array, noise: Array) -> Array:
    """Fit with at least dim rows, as a change of the teacher: nothing cancels at small shifts."""
    from genloss.simulation.linear.shifted import solutions  # compiled: only where it is used

    diagonal, off, turn = _tridiagonal(product_of_triangles(factor))
    u, c = turn.T @ teachers[:, ::-1].T, turn.T @ (factor @ noise)[::-1]
    solved = solutions(diagonal, off, np.ascontiguousarray(np.broadcast_to(c, u.shape)), -u, shifts)
    changes = [(turn @ each).T for each in solved]
    return np.asarray(teachers + np.stack(changes)[..., ::-1])


def _short(factor: Array, teachers: Array, shifts: Array, noise: Array) -> Array:
    """Fit with fewer rows than dim: the fit lies in the span of the rows."""
    from genloss.simulation.linear.shifted import solutions

    diagonal, off, turn = _tridiagonal(blas.dsyrk(1.0, factor.T, lower=1))
    turned, back = turn.T @ (factor.T @ teachers.T + noise), np.asfortranarray(factor @ turn)
    return np.stack([(back @ each).T for each in solutions(diagonal, off, turned, np.zeros_like(turned), shifts)])


def careful(factor: Array, teachers: Array, shift: float, noise: Array) -> Array:
    """Fit at a tiny shift or none, through R'R = B'B + shift without forming B'B: B R^-1 R'^-1 (B'w + z)."""
    dim, m = factor.shape
    if shift == 0 and m == dim:
        return np.asarray(teachers + solve_triangular(factor.T, noise, lower=False).T)
    tall = np.concatenate([factor, np.sqrt(shift) * np.eye(m)]) if shift else factor
    q, r = qr(tall, mode="economic")
    labels = factor.T @ teachers.T + noise
    return np.asarray((q[:dim] @ solve_triangular(r.T, labels, lower=True)).T)


def _tridiagonal(symmetric: Array) -> tuple[Array, Array, Array]:
    """Reduce W = Q C Q': the diagonals of C, and Q, stored by columns: faster in products with few columns."""
    size = len(symmetric)
    reduced, diagonal, off, tau, failed = lapack.dsytrd(symmetric, lower=1, lwork=32 * size, overwrite_a=1)
    if failed:
        impossible(f"LAPACK dsytrd returned {failed}")
    turn = np.eye(size, order="F")
    turn[1:, 1:], _, failed = lapack.dorgqr(np.asfortranarray(reduced[1:, :-1]), tau, lwork=64 * size)
    if failed:
        impossible(f"LAPACK dorgqr returned {failed}")
    return diagonal, off, turn


def product_of_triangles(factor: Array) -> Array:
    """Return the lower triangle of B B' for a lower triangular B, rows and columns in reverse order.

    Then B is upper triangular, and B B' is what LAPACK calls the product of a lower triangle, B', and its transpose.
    """
    product, failed = lapack.dlauum(np.ascontiguousarray(factor[::-1, ::-1]).T, lower=1, overwrite_c=1)
    if failed:
        impossible(f"LAPACK dlauum returned {failed}")
    return np.asarray(product)
