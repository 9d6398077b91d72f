"""How much does a share of rows from a shifted truth cost, and why do more rows not remove it?

A share p2 of the rows is synthetic: its labels follow w2 = w1 + delta instead of the truth w1, with
E w1 w1' = Gamma, E delta delta' = Delta (diagonal in the eigenbasis), delta independent of w1. One
ridge fit sees both kinds; the test is on the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from genloss.theory.arguments import Array, checked_range, guarded, refuse_edge, together
from genloss.theory.ridge.equivalents import effective_ridge, rows_left, rows_left_at
from genloss.theory.ridge.fit import finite_size_error, minimum_norm_factor
from genloss.theory.ridge.spectra import Nodes, PowerLaw, Spectrum, nodes_of, values_on

__all__ = ["LowestFloor", "StrongRisk", "lowest_floor", "strong_collapse_risk"]


@dataclass(frozen=True, slots=True)
class StrongRisk:
    """Expected excess risk on the truth, averaged over w1 and delta; each of the arguments' shape.

    total = bias + variance + shift. bias, variance: what the same rows would give if all were real.
    shift: what the shift of the synthetic share adds. floor: the limit of total for ever more rows
    at the same penalty, share and features; shift_floor: the part of the floor that the shift causes
    (0 only where the share or the shift is 0). allowance: how far finite size may push the true mean
    from total. status: always "asymptotic".
    """

    total: Array
    bias: Array
    variance: Array
    shift: Array
    floor: Array
    shift_floor: Array
    allowance: Array
    status: str = "asymptotic"


@dataclass(frozen=True, slots=True)
class LowestFloor:
    """The least risk that any penalty reaches with infinitely many rows, and that penalty."""

    risk: float
    penalty: float


@dataclass(frozen=True, slots=True)
class _Equivalent:
    """What a fit on features learns of a direction (followed) and misses of it (missed), (nodes,)."""

    followed: Array
    missed: Array
    freedom: float  # degrees of freedom of order 2 in feature space
    slack: float  # rows - freedom


@guarded
def strong_collapse_risk(
    spectrum: Spectrum,
    signal_variance: ArrayLike | PowerLaw,
    shift_variance: ArrayLike | PowerLaw,
    *,
    noise: ArrayLike,
    rows: ArrayLike,
    synthetic_share: ArrayLike,
    penalty: ArrayLike,
    features: ArrayLike | None = None,
) -> StrongRisk:
    r"""Expected excess risk of ridge regression on real rows and rows of a shifted truth together.

    With n rows, p1 = 1 - p2, D = s / (s + kappa), u = df_2 / (n - df_2):

    .. math:: E = \frac{B(\Gamma) + \sigma^2 df_2 / n}{1 - df_2 / n}
        + p_2^2 A(\Delta) + u \, (p_2^2 B(\Delta) + p_1 p_2 \, tr \Delta S),

    A(V) = sum V s D^2 and B(V) = sum V s (1 - D)^2 on the inputs themselves. On `features` m random
    projections of them (iid Gaussian, variance 1/m; penalty on the m weights), kappa solves
    lambda = kappa (1 - df_1/m) (1 - df_1/n), and with g = (m - df_1) / (m - df_2)

    .. math:: A(V) = \sum V s D (1 - g (1 - D)), \quad B(V) = \sum V s (1 - D)(1 - g D),

    and df_1 - g (df_1 - df_2) stands for df_2. More features than all directions recover the first form.

    spectrum: eigenvalues s (dim,), > 0, or `PowerLaw` or `Nodes`. signal_variance, shift_variance:
    diagonals of Gamma and Delta >= 0, one number, (dim,), or `PowerLaw` (of variances). noise: standard deviation >= 0.
    rows: n >= 1. synthetic_share: p2 in [0, 1]. penalty: lambda >= 0. features: None, or m >= 1.
    The last five broadcast; the result has their shape. There is one fit: generation 0.

    Errors: `Problem` for values out of range, and without a penalty for rows within one of what can
    be fitted, min(features, dim). Status: asymptotic in dim, rows and features; without a penalty and
    with more rows than can be fitted, n - df_2 is the exact n - min(m, dim) - 1.
    Source: arXiv 2410.04840, theorems 1 and 2, derived anew in docs/theory/regression.md. Checked by
    tests/statistical/test_theory_strong.py and verification/theory_regression.py.

    >>> risk = strong_collapse_risk([1.0] * 1000, 0.001, 0.0005, noise=0.3, rows=[400, 4000, 10**9],
    ...                             synthetic_share=0.5, penalty=1e-6)
    >>> risk.shift.round(3).tolist()
    [0.133, 0.167, 0.125]
    """
    nodes, (gamma, delta) = values_on(spectrum, signal_variance=signal_variance, shift_variance=shift_variance)
    checked_range("signal_variance", gamma, lowest=0, meaning="variances >= 0 per direction")
    checked_range("shift_variance", delta, lowest=0, meaning="variances >= 0 per direction")
    sigma, n, p2, lam, m = together(
        noise=checked_range("noise", noise, lowest=0, meaning="a standard deviation >= 0"),
        rows=checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on"),
        synthetic_share=checked_range(
            "synthetic_share", synthetic_share, lowest=0, highest=1, meaning="a share from 0 to 1"
        ),
        penalty=checked_range("penalty", penalty, lowest=0, meaning="a ridge penalty >= 0"),
        features=np.inf
        if features is None
        else checked_range("features", features, lowest=1, meaning="a number from 1 on"),
    )
    signal, moved = (nodes.multiplicity * nodes.values * v for v in (gamma, delta))
    out = np.empty((6, n.size))
    for k, (s, t, share, ridge, width) in enumerate(zip(*(a.ravel() for a in (sigma, n, p2, lam, m)), strict=True)):
        fit = _equivalent(nodes, t, ridge, width)
        u = fit.freedom / fit.slack
        bias = (fit.missed @ signal) * (1 + u)
        mix = share**2 * (fit.missed @ moved) + share * (1 - share) * moved.sum()
        shift = share**2 * (fit.followed @ moved) + u * mix
        limit = _equivalent(nodes, np.inf, ridge, width)
        shift_floor = share**2 * (limit.followed @ moved)
        noisy = minimum_norm_factor(nodes.dim, t) if ridge == 0 and np.isinf(width) else 1.0
        out[:, k] = (
            bias,
            s**2 * u * noisy,
            shift,
            limit.missed @ signal + shift_floor,
            shift_floor,
            float(finite_size_error(fit.slack)),
        )
    bias, variance, shift, floor, shift_floor, relative = out.reshape(6, *n.shape)
    total = bias + variance + shift
    scarce = np.where(np.isinf(m), 0.0, 1 / m)
    return StrongRisk(
        total,
        bias,
        variance,
        shift,
        floor,
        shift_floor,
        total * (0.005 + relative + scarce) + 2 * bias * (relative + scarce),
    )


@guarded
def lowest_floor(
    spectrum: Spectrum,
    signal_variance: ArrayLike | PowerLaw,
    shift_variance: ArrayLike | PowerLaw,
    *,
    synthetic_share: float,
    features: float | None = None,
) -> LowestFloor:
    r"""Return the least excess risk that infinitely many rows reach, over all penalties.

    .. math:: \min_\lambda \; B(\Gamma) + p_2^2 A(\Delta) \quad (n = \infty)

    Arguments as in `strong_collapse_risk`. For isotropic inputs it is the Wiener value
    G M / (G + M), G = tr Gamma S, M = p2^2 tr Delta S. Status: asymptotic in dim.
    Source: docs/theory/regression.md. Checked by tests/statistical/test_theory_strong.py.

    >>> round(lowest_floor([1.0] * 100, 0.01, 0.005, synthetic_share=0.5).risk, 6)
    0.111111
    """
    top = float(nodes_of(spectrum).values.max())

    def floor(log_penalty: float) -> float:
        return float(
            strong_collapse_risk(
                spectrum,
                signal_variance,
                shift_variance,
                noise=0.0,
                rows=1e15,
                synthetic_share=synthetic_share,
                penalty=np.exp(log_penalty),
                features=features,
            ).floor
        )

    grid = np.log(top) + np.linspace(np.log(1e-12), np.log(1e6), 120)
    values = [floor(point) for point in grid]
    best = int(np.argmin(values))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(floor, bounds=(low, high), method="bounded", options={"xatol": 1e-10})
    return LowestFloor(float(found.fun), float(np.exp(found.x)))


def _equivalent(nodes: Nodes, rows: float, penalty: float, features: float) -> _Equivalent:
    """Return what a ridge fit on random features concentrates on; infinite features are the inputs themselves."""
    values, multiplicity = (np.ascontiguousarray(each, float) for each in (nodes.values, nodes.multiplicity))
    spectrum = _Spectrum(values.tobytes(), multiplicity.tobytes(), float(nodes.dim))
    return _remembered(spectrum, float(rows), float(penalty), float(features))


class _Spectrum(NamedTuple):
    """A spectrum by its bytes: generations of one chain, and a limit beside many rows, ask for the same fits."""

    values: bytes
    multiplicity: bytes
    dim: float


@lru_cache(maxsize=64)
def _remembered(spectrum: _Spectrum, rows: float, penalty: float, features: float) -> _Equivalent:
    nodes = Nodes(np.frombuffer(spectrum.values), np.frombuffer(spectrum.multiplicity), spectrum.dim)
    return _solved(nodes, rows, penalty, features)


def _solved(nodes: Nodes, rows: float, penalty: float, features: float) -> _Equivalent:
    limited = min(features, nodes.dim)
    refuse_edge("rows", rows, limited, penalty == 0)
    kappa = _feature_ridge(nodes, rows, penalty, features)
    shrink, rest = nodes.values / (nodes.values + kappa), kappa / (nodes.values + kappa)
    both = float((shrink * rest) @ nodes.multiplicity)
    ratio, short = 1.0, 0.0  # g and 1 - g
    if not np.isinf(features):
        left = _left(nodes, features, kappa, exhausted=penalty == 0 and features <= rows)
        if left + both > 0:
            ratio, short = left / (left + both), both / (left + both)
    freedom = float(shrink**2 @ nodes.multiplicity) + short * both
    if np.isinf(rows):
        slack = np.inf
    elif penalty == 0 and rows > limited:  # least squares: exact, given the features
        slack = rows - limited - 1
    else:
        slack = _left(nodes, rows, kappa, exhausted=penalty == 0 and rows <= features) + ratio * both
    return _Equivalent(shrink * (shrink + rest * short), rest * (rest + shrink * short), freedom, float(slack))


def _left(nodes: Nodes, count: float, kappa: float, *, exhausted: bool) -> float:
    """Return count - df1; exactly 0 where kappa is the root that makes it so."""
    return 0.0 if exhausted and count < nodes.dim else float(rows_left(nodes, rows=count, kappa=kappa))


def _feature_ridge(nodes: Nodes, rows: float, penalty: float, features: float) -> float:
    """Solve lambda = kappa (1 - df1 / m) (1 - df1 / n), increasing in kappa right of its zero."""
    few, many = sorted((float(rows), float(features)))
    if np.isinf(few):
        return penalty
    if np.isinf(many) or penalty == 0:
        return float(effective_ridge(nodes, rows=few, penalty=penalty))
    zero = float(effective_ridge(nodes, rows=few, penalty=0.0))

    from scipy.optimize import brentq

    left_of = rows_left_at(nodes)

    def excess(log_kappa: float) -> float:
        left = [each / count for each, count in zip(left_of((few, many), np.exp(log_kappa)), (few, many), strict=True)]
        return float(np.log(max(left[0], 1e-300)) + np.log(max(left[1], 1e-300)) + log_kappa - np.log(penalty))

    high = float(np.log(effective_ridge(nodes, rows=few, penalty=penalty)))
    low = max(np.log(penalty), np.log(zero) if zero > 0 else -np.inf) - 1e-12
    while excess(high) < 0:
        high += 1.0
    return float(np.exp(brentq(excess, low, high, xtol=1e-15, rtol=8.9e-16)))


def __dir__() -> list[str]:
    return sorted(__all__)
