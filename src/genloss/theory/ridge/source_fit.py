"""What does one ridge fit to rows of unlike covariances concentrate on? One number for each source.

With n_b rows of covariance S_b and weight omega_b, ridge c = lambda T, and (theta, rho) = (c, 1), or (1, 0) for least
squares, or (0, 1) for an interpolator, the numbers chi_b (how far a row moves the prediction there) solve

    chi_b = tr S_b A^-1,   A = rho + sum_b n_b l_b S_b,   l_b = omega_b / (theta + omega_b chi_b).

The right side rises with every chi, and by less than in proportion: there is one solution. P_b = n_b l_b A^-1 S_b says
how much of the labels of source b is learned; rho A^-1 = 1 - sum_b P_b is what is not learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloss.errors import impossible
from genloss.theory.arguments import Array, refuse_edge
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.ridge.fit import finite_size_error, minimum_norm_factor
from genloss.theory.ridge.source_algebra import Algebra

__all__ = ["SourceFit", "source_fit"]

_STEPS = 500


@dataclass(frozen=True)
class SourceFit:
    """Deterministic equivalent of one fit to B sources.

    learned: P_b, one a source. missed: rho A^-1. inverse: A^-1. strength: n_b l_b^2, (B,). passes: n_b' l_b'^2
    tr S_b A^-1 S_b' A^-1, (B, B): what a unit of residual variance in b' adds to that in b. noise_factor: finite-size
    factor of the label noise. error: relative error that finite size may cause. least_squares: whether it is such.
    """

    learned: list[Array]
    missed: Array
    inverse: Array
    strength: Array
    passes: Array
    noise_factor: float
    error: float
    least_squares: bool

    def residuals(self, own: Array) -> Array:
        """Return the variance of a left-out row's residual by source, (B,), from what it is without other rows'."""
        return np.asarray(np.linalg.solve(np.eye(own.size) - self.passes, own))


def source_fit(
    algebra: Algebra,
    covariances: Sequence[Array],
    rows: Array,
    weights: Array,
    penalty: float,
    *,
    finite_size: bool,
    name: str,
) -> SourceFit:
    """Return the equivalent of minimizing (1/T) sum_i omega_i (y_i - x_i.w)^2 + penalty |w|^2, T all rows."""
    total, dim = float(rows[weights > 0].sum()), algebra.identity().shape[0]
    refuse_edge(name, total, dim, penalty == 0)
    least_squares, norm = penalty == 0 and total > dim, penalty == 0 and total < dim
    theta, rho = (1.0, 0.0) if least_squares else (0.0, 1.0) if norm else (penalty * float(rows.sum()), 1.0)
    even = finite_size and np.unique(weights[weights > 0]).size == 1
    counted = rows * (1 - 1 / total) if least_squares and even else rows  # T - d - 1 for T - d
    chi = _responses(algebra, covariances, counted, weights, theta, rho)
    each = _per_row(weights, theta, chi)
    inverse = algebra.inverse(_taught(algebra, covariances, counted * each, rho))
    along = [algebra.times(inverse, covariance) for covariance in covariances]
    shared = np.array([[algebra.trace(a, b) for b in along] for a in along])
    strength = counted * each**2
    passes = shared * strength
    slack = total * (1 - float(np.abs(np.linalg.eigvals(passes)).max()))
    factor = float(minimum_norm_factor(dim, np.array(total))) if norm and finite_size else 1.0
    learned = [n * part for n, part in zip(counted * each, along, strict=True)]
    error = float(finite_size_error(slack))
    return SourceFit(learned, rho * inverse, inverse, strength, passes, factor, error, bool(least_squares))


def _taught(algebra: Algebra, covariances: Sequence[Array], amounts: Array, rho: float) -> Array:
    """Return A: what all rows together teach, and the ridge."""
    return sum((n * s for n, s in zip(amounts, covariances, strict=True)), rho * algebra.identity())


def _per_row(weights: Array, theta: float, chi: Array) -> Array:
    """Return l of each source; 0 for rows without weight."""
    return np.where(weights > 0, weights / np.where(weights > 0, theta + weights * chi, 1.0), 0.0)


def _responses(
    algebra: Algebra, covariances: Sequence[Array], rows: Array, weights: Array, theta: float, rho: float
) -> Array:
    """Solve for chi by Newton in its logarithms; a step that does not help is halved."""
    logs = np.log(_start(algebra, covariances, rows, weights, theta, rho))
    off, slope = _gap(algebra, covariances, rows, weights, theta, rho, logs)
    for _ in range(_STEPS):
        size = np.abs(off).max()
        if size <= 1e-15:
            break
        step, found = -np.linalg.solve(np.eye(logs.size) - slope, off), None
        for _half in range(40):
            near = _gap(algebra, covariances, rows, weights, theta, rho, logs + step)
            if np.abs(near[0]).max() < size:
                found = near
                break
            step = step / 2
        if found is None:  # nothing left but rounding
            break
        logs, (off, slope) = logs + step, found
    if not np.abs(off).max() < 1e-9:
        impossible("the responses of a fit to sources of unlike covariances did not converge")
    return np.asarray(np.exp(logs))


def _gap(
    algebra: Algebra,
    covariances: Sequence[Array],
    rows: Array,
    weights: Array,
    theta: float,
    rho: float,
    logs: Array,
) -> tuple[Array, Array]:
    """Return log chi less the log of what it should be, (B,), and the slope of the latter, (B, B)."""
    chi = np.exp(logs)
    each = _per_row(weights, theta, chi)
    inverse = algebra.inverse(_taught(algebra, covariances, rows * each, rho))
    along = [algebra.times(inverse, covariance) for covariance in covariances]
    should = np.array([algebra.trace(inverse, covariance) for covariance in covariances])
    slope = np.array([[algebra.trace(a, b) for b in along] for a in along]) * rows * each**2 * chi / should[:, None]
    return logs - np.log(should), slope


def _start(
    algebra: Algebra, covariances: Sequence[Array], rows: Array, weights: Array, theta: float, rho: float
) -> Array:
    """Return the responses as if all rows had the mean covariance and the mean weight."""
    used = rows * (weights > 0)
    total, omega = float(used.sum()), float(used @ weights / used.sum())
    mean = _taught(algebra, covariances, used / total, 0.0)
    values = mean if mean.ndim == 1 else np.maximum(np.linalg.eigvalsh(mean), 0.0)
    if rho == 0.0:
        spare = max(total - values.size, 1e-3)
        inverse = algebra.inverse(mean)
        return np.array([algebra.trace(inverse, s) / (spare * omega) for s in covariances])
    kappa = float(effective_ridge(values, rows=max(total, 1.0), penalty=theta / (total * omega)))
    inverse = algebra.inverse(kappa * algebra.identity() + mean)
    return np.array([max(kappa * algebra.trace(inverse, s), 1e-300) for s in covariances])
