"""Linear models on Gaussian inputs, exactly, without ever drawing a row: cost does not depend on rows.

Rows enter a linear fit only through X'X and X'E. With X'X = B B' they are drawn directly:

    B = S^(1/2) L,  L (dim x m), m = min(rows, dim), lower trapezoidal, L_jj^2 ~ chi^2(rows - j + 1),
    N(0, 1) below (Bartlett);   X'E = noise * B z,  z ~ N(0, I_m)   given B.

With the eigenvectors V and values e of B'B, F = B V and q = F'w + noise * z (z is turned by V, which
changes no law), the ridge fit to labels of w is F q / (e + penalty * rows) for every penalty at once.
Without a penalty and with at least dim rows it is w + S^(-1/2) L'^(-1) z * noise instead; a chain of
such fits on fresh inputs needs only chi variables: S^(-1/2) z * noise / chi(rows - dim + 1) each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_triangular

from genloss.blocks import Streams
from genloss.errors import impossible
from genloss.metrics import Errors
from genloss.models import LeastSquares, Ridge, ShiftedTruth
from genloss.populations import LinearGaussian
from genloss.simulation.task import Task
from genloss.workflows import chain
from genloss.workflows.traits import REPLACE

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Key = tuple[str | int, ...]


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    if task.predictor is not None and task.predictor.features is not None:
        return "the predictor sees random projections"
    if task.predictor is not None and task.predictor.synthetic_rows < task.predictor.rows:
        return "some of the predictor's rows are real"
    return chain_covers(task)


def chain_covers(task: Task) -> str | None:
    """Say why not all models are linear ones on Gaussian inputs under replace, or None."""
    if not isinstance(task.population, LinearGaussian):
        return "the population is not linear_gaussian"
    if not isinstance(task.generator.model, LeastSquares | Ridge | ShiftedTruth):
        return "the generator is not linear"
    if task.predictor and not all(isinstance(model, LeastSquares | Ridge) for model in task.predictor.models):
        return "a model is not linear"
    return task.schedule.uncovered(REPLACE)


@dataclass(frozen=True)
class Design:
    """The sufficient statistic of one set of inputs."""

    lower: Array  # L (dim, m)
    root: Array  # sqrt of the spectrum, (dim,)
    rows: int

    @cached_property
    def eigen(self) -> tuple[Array, Array]:
        """Eigenvalues (m,) of B'B and F = B V (dim, m)."""
        b = self.root[:, None] * self.lower
        values, vectors = np.linalg.eigh(b.T @ b)
        return np.maximum(values, 0.0), b @ vectors

    def fit(self, teachers: Array, penalties: Array, noise: Array) -> Array:
        """Fit labels of each teacher (k, dim) plus noise (m,) at each penalty: (penalties, k, dim)."""
        fitted = np.empty((penalties.size, *teachers.shape))
        for p, penalty in enumerate(penalties):
            if penalty == 0 and self.lower.shape[1] == self.root.size:
                fitted[p] = teachers + solve_triangular(self.lower.T, noise, lower=False) / self.root
            else:
                values, f = self.eigen
                fitted[p] = ((teachers @ f + noise) / (values + penalty * self.rows)) @ f.T
        return fitted


def draw_lower(rows: int, dim: int, count: int, streams: Streams, key: Key) -> Array:
    """Draw `count` Bartlett factors (count, dim, min(rows, dim))."""
    from genloss.simulation.linear.bartlett import triangles  # compiled: only where it is used

    m = min(rows, dim)
    below = m * (m - 1) // 2 + (dim - m) * m  # entries left of the diagonal
    normals = streams(*key, "normals").standard_normal((count, below))
    diagonal = np.sqrt(streams(*key, "chi").chisquare(rows - np.arange(m), (count, m)))
    return np.asarray(triangles(normals, diagonal, dim))


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model (of the predictor) and reported generation."""
    population = task.population
    if not isinstance(population, LinearGaussian):
        impossible("the Wishart engine was given a population without a spectrum")
    taught = teachers(task, population, streams)  # (replicates, fits + 1, dim)
    if task.predictor is None:
        return [[population.errors(taught[:, n + 1]) for n in task.report]]
    root, rows = np.sqrt(population.spectrum), task.predictor.rows
    penalties = np.array([model.penalty for model in task.predictor.models])
    lower = draw_lower(rows, population.dim, task.block, streams, ("predictor", 0))
    noise = task.predictor.noise * streams("predictor", 0, "noise").standard_normal((task.block, lower.shape[2]))
    fitted = np.stack(
        [
            Design(lower[r], root, rows).fit(taught[r, list(task.report)], penalties, noise[r])
            for r in range(task.replicates)
        ]
    )
    return [[population.errors(fitted[:, p, n]) for n in range(len(task.report))] for p in range(penalties.size)]


def teachers(task: Task, population: LinearGaussian, streams: Streams) -> Array:
    """What labels generation 0, 1, ...: the truth, then the generator's fits; (replicates, fits + 1, dim)."""
    taught = np.empty((task.replicates, task.fits + 1, population.dim))
    taught[:, 0] = population.coefficients
    designs: list[Design] | None = None
    for g, batch in enumerate(chain(task.schedule)[: task.fits]):
        if isinstance(task.generator.model, ShiftedTruth):
            normals = streams("generator", g, "shift").standard_normal((task.block, population.dim))
            taught[:, g + 1] = task.generator.model.around(population.coefficients, normals).coefficients[
                : task.replicates
            ]
            continue
        key, teacher = ("generator", *batch.key), taught[:, g]
        same = task.generator.design == "same"
        if task.generator.penalty_at(g) == 0 and batch.rows >= population.dim and not same:
            taught[:, g + 1] = teacher + _fresh_least_squares(task, population, batch.rows, key, streams)
            continue
        if designs is None or not same:
            lower = draw_lower(batch.rows, population.dim, task.block, streams, key)
            designs = [Design(factor, np.sqrt(population.spectrum), batch.rows) for factor in lower[: task.replicates]]
        m = min(batch.rows, population.dim)
        noise = task.generator.noise * streams(*key, "noise").standard_normal((task.block, m))
        penalty = np.array([task.generator.penalty_at(g)])
        for r, design in enumerate(designs):
            taught[r, g + 1] = design.fit(teacher[r : r + 1], penalty, noise[r])[0, 0]
    return taught


def _fresh_least_squares(task: Task, population: LinearGaussian, rows: int, key: Key, streams: Streams) -> Array:
    """Draw the error of least squares on fresh inputs: multivariate t, no design needed."""
    normals = streams(*key, "noise").standard_normal((task.block, population.dim))
    chi = np.sqrt(streams(*key, "chi").chisquare(rows - population.dim + 1, (task.block, 1)))
    error = task.generator.noise * normals / chi / np.sqrt(population.spectrum)
    return np.asarray(error[: task.replicates])
