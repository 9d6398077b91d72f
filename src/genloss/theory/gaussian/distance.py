"""How far is the Gaussian fit of generation g from the truth, in squared Wasserstein-2 distance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from genloss.theory.arguments import Array, checked_generation, guarded
from genloss.theory.gaussian.chain import degrees_and_divisor, log_mean_deviation, mean_deviation_rest

__all__ = ["ChainMoments", "Distance", "chain_moments", "squared_distance"]


@dataclass(frozen=True, slots=True)
class Distance:
    """W2^2 between N(mu_g, sigma_g^2) and the truth, in units of sigma^2; each of the shape of `generation`.

    mean, variance: exact. first_order_mean = (3/2) S and first_order_variance = (5/2) S^2 with
    S = sum of 1/M_i: the limits for S -> 0 (asymptotic; the mean is off by about S/24 of itself with
    the unbiased divisor, by terms of order S with the other).
    """

    mean: Array
    variance: Array
    first_order_mean: Array
    first_order_variance: Array


@dataclass(frozen=True, slots=True)
class ChainMoments:
    """Joint moments of m = (mu_g - mu)/sigma and s = sigma_g/sigma after generations 0..g; first axis g.

    spread: E s^k, k = 0..4. mixed: E m^2 s^k, k = 0..2. fourth: E m^4. Status: exact.
    """

    spread: Array
    mixed: Array
    fourth: Array


@guarded
def squared_distance(*, rows: ArrayLike, generation: ArrayLike, divisor: str = "unbiased") -> Distance:
    r"""Mean and variance of W2^2 = (mu_g - mu)^2 + (sigma_g - sigma)^2, divided by sigma^2.

    With s = sigma_g / sigma, m = (mu_g - mu) / sigma and the moments of `chain_moments`,

    .. math:: E W_2^2 = E m^2 + E s^2 - 2 E s + 1

    which is sum 1/M_i + 2 (1 - prod c_4(M_i - 1)) with the unbiased divisor. To first order m and
    s - 1 are independent normals of variance S and S/2, hence the mean 3S/2 and the variance
    2 S^2 + 2 (S/2)^2 = (5/2) S^2. (A form of the variance with terms 3/M_i^2 and 4/(M_i M_j) is in
    circulation; simulation rejects it.)

    rows: M >= 2, one number or one per generation. generation: g >= 0, any shape.
    divisor: "unbiased" or "maximum_likelihood".
    Status: exact (mean, variance) and asymptotic (first order).
    Source: after the encyclopedia article "Model collapse" and 2305.17493; docs/theory/classical.md.
    Checked by tests/statistical/test_gaussian.py.

    >>> there = squared_distance(rows=100, generation=[0, 9])
    >>> there.mean.round(5).tolist(), there.first_order_mean.round(5).tolist()
    ([0.01504, 0.14987], [0.015, 0.15])
    """
    order = checked_generation(generation)
    nu, _ = degrees_and_divisor(rows, order, divisor)
    found = _about_the_truth(nu, divisor)[order]
    square, narrowed, fourth, both, bent = np.moveaxis(found, -1, 0)
    mean = square + narrowed
    total = np.cumsum(1 / (nu + 1))[order]
    return Distance(mean, fourth + 2 * both + bent - mean**2, 1.5 * total, 2.5 * total**2)


def _about_the_truth(nu: Array, divisor: str) -> Array:
    r"""Return E m^2, E d^2, E m^4, E m^2 d^2, E d^4 of every generation, (fits, 5), d = s - 1.

    Differences of the moments of s lose all digits where rows are many, so the recursion is that of d and of
    v = u - 1: d' = d + v (1 + d), m'^2 = m^2 + s^2 Z^2 / M. Terms are of the order of their sum.
    """
    found = np.empty((nu.size, 5))
    d1 = d2 = d3 = d4 = 0.0
    m, m1, m2, c = 0.0, 0.0, 0.0, 0.0  # E m^2, E m^2 d, E m^2 d^2, E m^4
    factors = _deviations(nu, divisor)
    for g, (rows, v1, v2, v3, v4) in enumerate(zip((nu + 1).tolist(), *factors.T.tolist(), strict=True)):
        s2 = 1 + 2 * d1 + d2
        s2d, s2d2 = d1 + 2 * d2 + d3, d2 + 2 * d3 + d4
        s4 = s2 + 2 * s2d + s2d2
        c += 6 * (m + 2 * m1 + m2) / rows + 3 * s4 / rows**2
        q0, q1, q2 = m + s2 / rows, m1 + s2d / rows, m2 + s2d2 / rows
        m, m1, m2 = q0, q1 + v1 * (q0 + q1), q2 + 2 * v1 * (q1 + q2) + v2 * (q0 + 2 * q1 + q2)
        d1, d2, d3, d4 = (
            d1 + v1 * (1 + d1),
            d2 + 2 * v1 * (d1 + d2) + v2 * s2,
            d3 + 3 * v1 * (d2 + d3) + 3 * v2 * s2d + v3 * (1 + 3 * d1 + 3 * d2 + d3),
            d4 + 4 * v1 * (d3 + d4) + 6 * v2 * s2d2 + 4 * v3 * (s2d + s2d2) + v4 * s4,
        )
        found[g] = m, d2, c, m2, d4
    return found


def _deviations(nu: Array, divisor: str) -> Array:
    r"""Return E v^k, k = 1..4, of v = sqrt(chi2/D) - 1, (fits, 4), each with all its digits.

    With e = c_4 - 1 and h = e + 1/(4 nu), which is of order 1/nu^2, and the unbiased divisor

    .. math:: e, \quad -2e, \quad 4h + e/\nu, \quad -8h - 4e/\nu

    and with the other divisor 1 + v is multiplied by sqrt(1 - 1/M), which only adds terms of one sign.
    """
    log = log_mean_deviation(nu)
    e = np.expm1(log)
    x = np.where(nu > 40, nu / 2, 20.0)
    orders = np.arange(2, 12)
    beyond = (log[:, None] ** orders) @ np.exp(-gammaln(orders + 1.0))  # e - log
    h = np.where(nu > 40, beyond + mean_deviation_rest(x), e + 1 / (4 * nu))
    v = np.stack([e, -2 * e, 4 * h + e / nu, -8 * h - 4 * e / nu], axis=1)
    if divisor == "unbiased":
        return np.asarray(v)
    root = np.sqrt(nu / (nu + 1))
    r = -1 / ((nu + 1) * (1 + root))
    w1, w2, w3, w4 = (root**k * v[:, k - 1] for k in (1, 2, 3, 4))
    parts = [
        r + w1,
        r**2 + 2 * r * w1 + w2,
        r**3 + 3 * r**2 * w1 + 3 * r * w2 + w3,
        r**4 + 4 * r**3 * w1 + 6 * r**2 * w2 + 4 * r * w3 + w4,
    ]
    return np.stack(parts, axis=1)


@guarded
def chain_moments(rows: ArrayLike, generation: ArrayLike, divisor: str) -> ChainMoments:
    r"""Joint moments of the fitted mean and standard deviation, by one linear step a generation.

    A fit to M rows of N(mu', s'^2) has mean mu' + s' Z / sqrt(M) and, independently (Cochran),
    standard deviation s' u with u^2 = chi2_{M-1} / D. With a_k = E s^k, b_k = E m^2 s^k, c = E m^4:

    .. math:: c' = c + 6 b_2 / M + 3 a_4 / M^2, \quad b_k' = (b_k + a_{k+2}/M) E u^k, \quad a_k' = a_k E u^k

    Returns every generation from 0 to the largest asked for. Status: exact.
    Source: docs/theory/classical.md. Checked by tests/unit/test_gaussian.py.

    >>> chain_moments(10, 1, "unbiased").mixed[:, 0].round(3).tolist()
    [0.1, 0.2]
    """
    order = checked_generation(generation)
    nu, scale = degrees_and_divisor(rows, order, divisor)
    k = np.arange(5)
    log = log_mean_deviation(nu)
    each = np.stack([0 * nu, log, 0 * nu, log + np.log1p(1 / nu), np.log1p(2 / nu)], axis=1)
    each -= np.multiply.outer(np.log1p((scale - nu) / nu), k / 2)
    factors, spread = np.exp(each), np.exp(np.cumsum(each, axis=0))
    before = np.vstack([np.ones(5), spread[:-1]])
    share = 1 / (nu + 1)
    mixed, fourth = np.empty((nu.size, 3)), np.empty(nu.size)
    b, c = np.zeros(3), 0.0
    for g, (w, a, u) in enumerate(zip(share, before, factors, strict=True)):
        c += 6 * b[2] * w + 3 * a[4] * w**2
        b = (b + a[2:] * w) * u[:3]
        mixed[g], fourth[g] = b, c
    return ChainMoments(spread, mixed, fourth)
