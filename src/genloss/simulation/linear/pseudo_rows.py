"""The predictor's rows as few pseudo-rows: what each replicate's fits need, whatever the number of rows.

Real and synthetic rows are two designs: X'X = B_r B_r' + B_s B_s' = F F' with F = [B_r B_s], and labels
F'w + noise z, z ~ N(0, I), follow the law of the rows' own as far as a linear fit sees them. Labels of
a teacher w on the synthetic part differ from those of the truth w0 by B_s'(w - w0). Where F has more
columns than rows, F = L O with orthonormal rows O: L in its place and O (...) for the labels change no
fit. Random projections P of the inputs turn F into P F and the fit v into P'v.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from genloss.blocks import Streams
from genloss.models import Predictor
from genloss.populations import LinearGaussian
from genloss.simulation.linear import wishart
from genloss.simulation.task import Task

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class PseudoRows:
    """One replicate: fits to labels factor'w + beyond, w a row of teachers, turned back by projection (or None).

    factor: (features, m), m <= features. teachers: (k, features). beyond: (m,) for all teachers or (m, k).
    """

    factor: Array
    teachers: Array
    beyond: Array
    projection: Array | None

    def unprojected(self, fitted: Array) -> Array:
        """Write fits (..., features) as coefficients of the inputs (..., dim)."""
        return fitted if self.projection is None else np.asarray(fitted @ self.projection)


def pseudo_rows(
    task: Task, population: LinearGaussian, predictor: Predictor, teachers: Array, streams: Streams
) -> Iterator[PseudoRows]:
    """Draw the predictor's rows; teachers: (replicates, k, dim). Yields what each replicate's fits need."""
    key: wishart.Key = ("predictor", 0)
    root = np.sqrt(population.spectrum)[:, None]
    synthetic = predictor.synthetic_rows
    parts: list[tuple[wishart.Key, int]] = [(key, predictor.rows)]
    if synthetic < predictor.rows:
        named = (((*key, "real"), predictor.rows - synthetic), ((*key, "synthetic"), synthetic))
        parts = [(name, rows) for name, rows in named if rows]
    factors = [wishart.draw_lower(rows, population.dim, task.block, streams, name) for name, rows in parts]
    spread = streams(*key, "noise").standard_normal((task.block, sum(f.shape[2] for f in factors)))
    projections = None
    if predictor.features is not None:
        shape = (task.block, predictor.features, population.dim)
        projections = streams(*key, "projection").standard_normal(shape) / np.sqrt(predictor.features)
    for r in range(task.replicates):
        drawn = [root * factor[r] for factor in factors]
        noise, taught = predictor.noise * spread[r], teachers[r]
        if synthetic == predictor.rows and projections is None:
            yield PseudoRows(drawn[0], taught, noise, None)
            continue
        factor = np.concatenate(drawn, axis=1)
        off = np.zeros((factor.shape[1], len(taught)))
        if synthetic:
            off[-drawn[-1].shape[1] :] = drawn[-1].T @ (taught - population.coefficients).T
        beyond = noise[:, None] + off
        if projections is None:
            yield PseudoRows(*_narrowed(factor, np.broadcast_to(population.coefficients, taught.shape), beyond), None)
            continue
        labels = beyond + (factor.T @ population.coefficients)[:, None]
        projected = projections[r] @ factor
        yield PseudoRows(*_narrowed(projected, np.zeros((len(taught), len(projected))), labels), projections[r])


def _narrowed(factor: Array, teachers: Array, beyond: Array) -> tuple[Array, Array, Array]:
    """Return the same fits' factor with no more columns than rows, lower triangular if it was wider."""
    if factor.shape[1] <= factor.shape[0]:
        return factor, teachers, beyond
    q, upper = qr(factor.T, mode="economic")
    return upper.T, teachers, q.T @ beyond
