"""What does kernel ridge fit generation after generation, on more rows than can be decomposed?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import refuse_uncalled
from genloss.models.kernel.path import checked_inputs, checked_noise, checked_schedules, checked_truth
from genloss.models.kernel.products import Array, Workers
from genloss.models.kernel.ridge import KernelRidge
from genloss.models.kernel.solver import PreparedKernel, Progress, prepared


@dataclass(frozen=True, eq=False)
class Chains:
    """dual, fitted: (chains, generations, T, columns); fitted are predictions on the rows themselves.

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
    precision: str = "double",
    rng: np.random.Generator,
    progress: Progress | None = None,
    workers: Workers | None = None,
) -> Chains:
    r"""Fit every generation by its chain's penalty, as `KernelPath.chains` does, by conjugate gradients.

    .. math:: (K + \lambda_g T) a_g = y_g, \qquad y_{g+1} = K a_g + e_{g+1}, \qquad y_0 = truth + e_0

    truth: (T,) or (T, columns). noise: e, (generations, T, columns). penalties: (chains,), the same in every
    generation, or (chains, generations). The kernel and its preconditioner are made once. progress: called with
    (generations done, generations). The rest, and workers, as in `genloss.models.kernel.solver.solve`.
    Status: exact to the tolerance. Checked by tests/unit/test_kernel_chain.py.
    """
    refuse_uncalled("progress", progress)
    rows = checked_inputs(inputs)
    drawn = checked_noise(noise, len(rows))
    lambdas, first = checked_schedules(penalties, len(drawn)), checked_truth(truth, *drawn.shape[1:])
    with prepared(model, rows, landmarks=landmarks, held=held, precision=precision, rng=rng, workers=workers) as ready:
        return _fitted(ready, first, drawn, lambdas, tolerance=tolerance, most_steps=most_steps, progress=progress)


def _fitted(
    ready: PreparedKernel,
    truth: Array,
    noise: Array,
    lambdas: Array,
    *,
    tolerance: float,
    most_steps: int,
    progress: Progress | None,
) -> Chains:
    """Fit generation after generation; truth (T, columns), lambdas (chains, generations)."""
    count, rows, columns = noise.shape
    told = np.tile(truth, (1, len(lambdas)))
    dual, fitted = np.empty((2, len(lambdas), count, rows, columns))
    residuals, steps = np.empty(count), 0
    for g, new in enumerate(noise):
        targets, shift = told + np.tile(new, (1, len(lambdas))), np.repeat(lambdas[:, g] * rows, columns)
        answer = ready.solve(targets, shift, tolerance=tolerance, most_steps=most_steps, progress=None)
        told, residuals[g], steps = answer.fitted, answer.residual, steps + answer.steps
        for kept, each in ((dual, answer.found), (fitted, told)):
            kept[:, g] = each.reshape(rows, len(lambdas), -1).swapaxes(0, 1)
        if progress:
            progress(g + 1, count)
    return Chains(dual, fitted, residuals, steps, bool(residuals.max() <= tolerance))
