"""What does kernel ridge fit generation after generation, on more rows than can be decomposed?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.models.kernel_path import checked_noise, checked_penalties
from genloss.models.kernel_ridge import KernelRidge
from genloss.models.kernel_solver import Array, Progress, prepare


@dataclass(frozen=True, eq=False)
class Chains:
    """dual, fitted: (penalties, generations, T, columns); fitted are predictions on the rows themselves.

    residuals: (generations,), the largest |y - (K + penalty T) a| / |y| of each, computed anew. Fits shrink, so
    predictions of generation g on the rows are off by at most the sum of |r| over generations 0..g.
    steps: of conjugate gradients, over all generations. converged: whether every residual is within the tolerance.
    """

    dual: Array
    fitted: Array
    residuals: Array
    steps: int
    converged: bool


def chains(
    model: KernelRidge,
    inputs: ArrayLike,
    truth: ArrayLike,
    noise: ArrayLike,
    penalties: ArrayLike,
    *,
    tolerance: float = 1e-8,
    landmarks: int = 1000,
    most_steps: int = 500,
    held: bool | None = None,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Chains:
    r"""Fit every generation with each penalty on its own chain, as `KernelPath.chains` does, by conjugate gradients.

    .. math:: (K + \lambda T) a_g = y_g, \qquad y_{g+1} = K a_g + e_{g+1}, \qquad y_0 = truth + e_0

    truth: (T,) or (T, columns). noise: e, (generations, T, columns). The kernel and its preconditioner are made
    once. progress: called with (generations done, generations). The rest as in `kernel_solver.solve`.
    Status: exact to the tolerance. Checked by tests/unit/test_kernel_chain.py.
    """
    lambdas = np.array(checked_penalties(penalties))
    ready = prepare(model, inputs, landmarks=landmarks, held=held, rng=rng)
    drawn, rows = checked_noise(noise, len(ready.rows)), len(ready.rows)
    told = _start(truth, lambdas.size, drawn)
    shift = np.repeat(lambdas * rows, drawn.shape[2])
    dual, fitted = np.empty((2, lambdas.size, len(drawn), rows, drawn.shape[2]))
    residuals, steps = np.empty(len(drawn)), 0
    for g, new in enumerate(drawn):
        targets = told + np.tile(new, (1, lambdas.size))
        found, residuals[g], used = ready.solve(
            targets, shift, tolerance=tolerance, most_steps=most_steps, progress=None
        )
        told, steps = ready.times(found), steps + used
        for kept, columns in ((dual, found), (fitted, told)):
            kept[:, g] = columns.reshape(rows, lambdas.size, -1).swapaxes(0, 1)
        if progress:
            progress(g + 1, len(drawn))
    return Chains(dual, fitted, residuals, steps, bool(residuals.max() <= tolerance))


def _start(truth: ArrayLike, penalties: int, noise: Array) -> Array:
    """Return the truth beside itself for every penalty and column, (T, penalties x columns)."""
    given = np.asarray(truth, dtype=float)
    shape = noise.shape[1:]
    if given.shape not in (shape[:1], shape) or not np.isfinite(given).all():
        raise Problem("truth", f"shape {given.shape}", f"give {shape[0]} finite numbers, or {shape[1]} columns of them")
    columns = np.broadcast_to(given[:, None] if given.ndim == 1 else given, shape)
    return np.tile(columns, (1, penalties))
