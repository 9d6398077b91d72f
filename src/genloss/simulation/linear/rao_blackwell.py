r"""Expected risk given the predictor's inputs: label noise and the whole chain of generators integrated exactly.

For a chain of least-squares fits on fresh inputs, rows_m >= dim + 2, the error of fit n - 1 has mean 0 and
covariance c_n S^-1 with c_n = noise0^2 sum_m<n 1 / (rows_m - dim - 1) (the inverse Wishart mean). Given the
predictor's X'X = U diag(e) U', a_i = e_i / (e_i + penalty rows), G = U'SU and H = U'S^-1 U,

    E[excess risk | X] = |U a U'w0 - w0|_S^2 + noise^2 sum_i G_ii e_i / (e_i + penalty rows)^2
                         + c_n sum_ij a_i G_ij H_ij a_j.

Its mean over inputs is the expected excess risk, with less variance than any sample of risks (Rao and
Blackwell). It is not a draw of a risk: no quantiles. The standard error of the mean over replicates is that
of any independent sample.
"""

from __future__ import annotations

import numpy as np

from genloss.blocks import Streams
from genloss.errors import impossible
from genloss.models import ShiftedTruth
from genloss.populations import LinearGaussian
from genloss.simulation.linear import wishart
from genloss.simulation.task import Task
from genloss.workflows import chain

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def covers(task: Task) -> str | None:
    """Say why the noise of this task cannot be integrated, or None."""
    if task.predictor is None:
        return "there is no predictor"
    reason = wishart.covers(task)
    if reason:
        return reason
    if isinstance(task.generator.model, ShiftedTruth):
        return "the generator is not fitted"
    if task.generator.penalized or task.generator.design != "fresh":
        return "the generator is not least squares on fresh inputs"
    if any(batch.rows < task.population.dim + 2 for batch in chain(task.schedule)):
        return "the generator has fewer than dim + 2 rows"
    return None


def run(task: Task, streams: Streams) -> Array:
    """Expected excess risks given the predictor's inputs: (models, reported generations, replicates).

    The inputs are those that the Wishart and tridiagonal engines draw from the same streams.
    """
    population, predictor = task.population, task.predictor
    if not isinstance(population, LinearGaussian) or predictor is None:
        impossible("the integration was given a task that it does not cover")
    steps = [task.generator.noise**2 / (batch.rows - population.dim - 1) for batch in chain(task.schedule)]
    inherited = np.cumsum([0.0, *steps])[list(task.report)]
    shifts = np.array([model.penalty for model in predictor.models]) * predictor.rows
    lower = wishart.draw_lower(predictor.rows, population.dim, task.block, streams, ("predictor", 0))
    root = np.sqrt(population.spectrum)[:, None]
    risks = [given_inputs(root * each, population, shifts, predictor.noise) for each in lower[: task.replicates]]
    fixed, slope = (np.stack(part, axis=-1) for part in zip(*risks, strict=True))
    return np.asarray(fixed[:, None] + inherited[:, None] * slope[:, None])


def given_inputs(factor: Array, population: LinearGaussian, shifts: Array, noise: float) -> tuple[Array, Array]:
    """Return, for each shift penalty x rows, the risk of generation 0 and what inherits a unit of c_n.

    factor: B, (dim, m), X'X = B B'.
    """
    vectors, singular, _ = np.linalg.svd(factor, full_matrices=False)
    values, spectrum, truth = singular**2, population.spectrum, population.coefficients
    weighted = vectors.T @ (spectrum[:, None] * vectors)  # G
    inverse = vectors.T @ (vectors / spectrum[:, None])  # H
    kept = values / (values + shifts[:, None])  # (shifts, m)
    bias = (kept * (vectors.T @ truth)) @ vectors.T - truth
    spread = (kept**2 / values) @ np.diag(weighted)
    return (bias**2) @ spectrum + noise**2 * spread, np.einsum("pi,ij,pj->p", kept, weighted * inverse, kept)
