"""How far is the Gaussian fit of generation g from the truth, in squared Wasserstein-2 distance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.theory.arguments import Array, checked_generation
from genloss.theory.gaussian.chain import degrees_and_divisor, log_gamma_ratio

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
    moments = chain_moments(rows, order, divisor)
    a, b = moments.spread[order], moments.mixed[order]
    mean = b[..., 0] + a[..., 2] - 2 * a[..., 1] + 1
    alone = a[..., 4] - 4 * a[..., 3] + 6 * a[..., 2] - 4 * a[..., 1] + 1
    cross = b[..., 2] - 2 * b[..., 1] + b[..., 0]
    square = moments.fourth[order] + 2 * cross + alone
    nu, _ = degrees_and_divisor(rows, order, divisor)
    total = np.cumsum(1 / (nu + 1))[order]
    return Distance(mean, square - mean**2, 1.5 * total, 2.5 * total**2)


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
    factors = np.exp(log_gamma_ratio(nu[:, None] / 2, k / 2).real - k / 2 * np.log(scale[:, None] / 2))
    spread: Array = np.multiply.accumulate(factors, axis=0)
    before = np.vstack([np.ones(5), spread[:-1]])
    share = 1 / (nu + 1)
    mixed, fourth = np.empty((nu.size, 3)), np.empty(nu.size)
    b, c = np.zeros(3), 0.0
    for g, (w, a, u) in enumerate(zip(share, before, factors, strict=True)):
        c += 6 * b[2] * w + 3 * a[4] * w**2
        b = (b + a[2:] * w) * u[:3]
        mixed[g], fourth[g] = b, c
    return ChainMoments(spread, mixed, fourth)
