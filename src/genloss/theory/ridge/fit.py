"""What does one ridge fit do to the errors of the models that label its rows?

Write s_i for the eigenvalues of the inputs' covariance, w0 for the truth and theta_i = s_i w0_i^2 for
its power. A model w is described by its *error power* q_i = s_i E[(w_i - w0_i)^2] and its *loss of
gain* L_i = 1 - E[w_i] / w0_i. The theory follows errors, not weights, so nothing small is ever the
difference of two large numbers, and nothing is divided by an eigenvalue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, refuse_edge
from genloss.theory.ridge.equivalents import effective_ridge, followed, rows_left
from genloss.theory.ridge.spectra import Nodes

__all__ = [
    "PlainFit",
    "WeightedFit",
    "common_level",
    "finite_size_error",
    "minimum_norm_factor",
    "plain_fit",
    "weighted_fit",
]


@dataclass(frozen=True, slots=True)
class PlainFit:
    """Deterministic equivalent of a ridge fit to rows of one origin, for a batch of settings (...).

    kappa: effective ridge. shrink, rest: D = s / (s + kappa) and 1 - D, (..., nodes). df2: sum of
    D^2. slack: T - df2, or the exact T - dim - 1. noise_factor: finite-size factor of the
    label noise (minimum norm only). allowance: `finite_size_error`; 0 if exact.
    """

    kappa: Array
    shrink: Array
    rest: Array
    df2: Array
    slack: Array
    noise_factor: Array
    allowance: Array

    def seen(self, power: Array, noise: Array) -> Array:
        """Return the variance that the fit's residuals carry, over T - df2."""
        return np.asarray((noise**2 * self.noise_factor + (self.rest**2 * power).sum(axis=-1)) / self.slack)


def plain_fit(nodes: Nodes, rows: Array, penalty: Array, *, finite_size: bool, name: str) -> PlainFit:
    """Return the equivalent of one fit; rows and penalty of the same shape. name: of the rows, for errors."""
    dim, plain = nodes.dim, penalty == 0
    refuse_edge(name, rows, dim, plain)
    kappa = effective_ridge(nodes, rows=rows, penalty=penalty)
    shrink, rest = _shrink(nodes, kappa[..., None])
    df2 = shrink**2 @ nodes.multiplicity
    least_squares = plain & (rows > dim)
    # T - df2 = (T - df1) + (df1 - df2), and T - df1 = lambda T / kappa
    ridge = penalty * rows / np.where(kappa > 0, kappa, 1) + (shrink * rest) @ nodes.multiplicity
    slack = np.where(least_squares, rows - dim, ridge)
    noise_factor = np.ones_like(slack)
    if finite_size:
        slack = np.where(least_squares, rows - dim - 1, slack)
        noise_factor = np.where(plain & (rows < dim), minimum_norm_factor(nodes.dim, rows), noise_factor)
    return PlainFit(
        kappa,
        shrink,
        rest,
        df2,
        slack,
        noise_factor,
        np.where(finite_size & least_squares, 0.0, finite_size_error(slack)),
    )


def finite_size_error(slack: ArrayLike) -> Array:
    """Relative error that finite size may cause in one fit: 1 / (slack - 1), slack = T - df2; at most 10.

    Without a penalty the equivalent is low by just this, T - d for T - d - 1. A bias is off by up to three
    times as much: formulas add twice this times the bias. Status: an allowance, no formula.
    Source: docs/theory/regression.md. Checked by tests/statistical/test_allowance.py.
    """
    return np.asarray(1 / np.maximum(np.asarray(slack, dtype=float) - 1, 0.1))


def _shrink(nodes: Nodes, kappa: Array | float) -> tuple[Array, Array]:
    """D and 1 - D; directions in which inputs do not vary are never followed."""
    below = np.where(nodes.values > 0, nodes.values + kappa, 1.0)
    return nodes.values / below, np.where(nodes.values > 0, kappa / below, 1.0)


def minimum_norm_factor(dim: float, rows: Array) -> Array:
    """Return (d - T) / (d - T - 1), by which minimum-norm fits pass on more label noise than their equivalent says.

    Status: exact for isotropic inputs; for six other spectra within a few percent of drawn rows up to T = d - 2.
    1 for d or more rows. Source: docs/theory/regression.md. Checked by verification/theory_regression.py.
    """
    gap = dim - rows
    return np.where(gap > 1, gap / np.where(gap > 1, gap - 1, 1), 1.0)


@dataclass(frozen=True, slots=True)
class WeightedFit:
    """Deterministic equivalent of one ridge fit to several weighted blocks of rows.

    kappa: effective ridge. shrink, rest: D and 1 - D, (nodes,). effective: pi_b, the block's share
    in what is learned, summing to 1, (blocks,). lift: p_b r_b^2 / (T - df2 sum p r^2), what a unit
    of residual variance in block b adds to the error power along every direction, over D^2.
    noise_factor: as in `PlainFit`. exact: whether these are exact for one common origin.
    """

    kappa: float
    shrink: Array
    rest: Array
    effective: Array
    lift: Array
    noise_factor: float
    exact: bool


def weighted_fit(
    nodes: Nodes, rows: Array, weights: Array, penalty: float, *, finite_size: bool, name: str
) -> WeightedFit:
    r"""Return the equivalent of minimizing (1/T) sum_i omega_i (y_i - x_i.w)^2 + lambda |w|^2.

    With c = E of omega / (1 + omega q) over rows, q a row's leverage, and kappa = lambda / c:

    .. math:: 1 = \sum_b \frac{p_b \omega_b}{c + \omega_b df_1(\kappa)/T}, \quad
        r_b = \frac{\omega_b}{c + \omega_b df_1/T}, \quad \pi_b = p_b r_b, \quad p_b = n_b / T.

    rows, weights: (blocks,), weights >= 0, one > 0: both checked by the caller. T counts every row,
    weighted or not. Equal weights give r = 1 and the plain fit with penalty lambda / omega.
    """
    kept = weights > 0
    n, omega = rows[kept], weights[kept]
    total = n.sum()
    penalty = penalty * rows.sum() / total
    share = n / total
    if np.all(omega == omega[0]) or (penalty == 0 and total < nodes.dim):
        fit = plain_fit(nodes, np.array([total]), np.array([penalty / omega[0]]), finite_size=finite_size, name=name)
        kappa, shrink, rest, slack = float(fit.kappa[0]), fit.shrink[0], fit.rest[0], float(fit.slack[0])
        relative, factor, exact = np.ones(n.size), float(fit.noise_factor[0]), bool(fit.allowance[0] == 0)
    else:
        refuse_edge(name, total, nodes.dim, penalty == 0)
        level = common_level(nodes, total, share, omega, penalty)
        kappa = penalty / level
        shrink, rest = _shrink(nodes, kappa)
        relative = 1 / (level / omega + float(followed(nodes, kappa)) / total)
        # T - df2 sum p r^2, rewritten with 1 / r = c / omega + df1 / T so that nothing cancels
        slack = float((share * relative**2 * (total * level / omega + (shrink * rest) @ nodes.multiplicity)).sum())
        factor, exact = 1.0, False
    effective, lift = np.zeros(rows.size), np.zeros(rows.size)
    effective[kept], lift[kept] = share * relative, share * relative**2 / slack
    return WeightedFit(kappa, shrink, rest, effective, lift, factor, exact)


def common_level(nodes: Nodes, total: float, share: Array, omega: Array, penalty: float) -> float:
    """Return c, the mean over rows of omega / (1 + omega q), which a penalty or rows > dim make positive.

    Solves sum_b p_b (sigma - c / omega_b) / (1 + c / omega_b - sigma) = 0, sigma = 1 - df1 / T. The left
    side falls as c rises. It is the definition of c minus 1, free of cancellation.
    """

    from scipy.optimize import brentq  # half a second that plain fits need not wait for

    def excess(log_level: float) -> float:
        level = np.exp(log_level)
        left = float(rows_left(nodes, rows=total, kappa=penalty / level)) / total
        used = float(followed(nodes, penalty / level)) / total  # 1 - left, with its own digits
        return float((share * (left - level / omega) / np.maximum(level / omega + used, 1e-300)).sum())

    high = float(np.log((share * omega).sum())) + 1e-9
    low = high - 1.0
    if excess(high) > 0:  # by rounding: nothing is learned
        return float(np.exp(high))
    for _ in range(800):
        if excess(low) > 0:
            return float(np.exp(brentq(excess, low, high, xtol=1e-15, rtol=8.9e-16, maxiter=500)))
        low -= 1.0
    raise Problem(
        "weight",
        f"weights from {omega.min():g} to {omega.max():g} leave too few rows with weight for {nodes.dim:g} features",
        "give weights closer to each other, more rows, or a penalty > 0",
    )
