"""How fast does the variance of a Gaussian fit shrink, when each fit sees only rows of the fit before?

One dimension, replace: generation 0 fits mean and variance to M_0 rows of N(mu, sigma^2), generation
g to M_g rows of the fit of generation g - 1. By Cochran's theorem

    sigma_g^2 = sigma^2 * product over i = 0..g of chi2_i / D_i,   chi2_i ~ chi-square with nu_i = M_i - 1,

independent, with divisor D_i = M_i - 1 ("unbiased") or M_i ("maximum_likelihood"). All laws below are
of this product, so they are exact at any size. Variances are in units of the true one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, log1p, loggamma, polygamma, psi

from genloss.errors import Problem
from genloss.theory.arguments import Array, as_numbers, checked_generation, per_generation

__all__ = [
    "DIVISORS",
    "LogVariance",
    "checked_rows",
    "degrees_and_divisor",
    "log_gamma_ratio",
    "log_variance",
    "variance_moment",
]

DIVISORS = ("unbiased", "maximum_likelihood")
_ROWS = "a number of rows from 2 on"


@dataclass(frozen=True, slots=True)
class LogVariance:
    """Mean and variance of log(sigma_g^2 / sigma^2), each of the shape of `generation`. Status: exact."""

    mean: Array
    variance: Array


def log_variance(*, rows: ArrayLike, generation: ArrayLike, divisor: str = "unbiased") -> LogVariance:
    r"""Mean and variance of the log of the fitted variance: what its typical path does.

    .. math:: E \log(\sigma_g^2/\sigma^2) = \sum_{i=0}^{g} \psi(\nu_i/2) - \log(D_i/2), \qquad
        Var = \sum_{i=0}^{g} \psi_1(\nu_i/2)

    with nu = M - 1. A step is about -1/nu (unbiased) or -2/nu (maximum likelihood), its variance
    about 2/nu; by the law of large numbers sigma_g^2 goes to 0 almost surely with either divisor,
    while its mean stays 1 with the unbiased one.

    rows: M >= 2, one number or one per generation. generation: g >= 0, any shape.
    Status: exact. Source: after Shumailov et al. 2305.17493, docs/theory/classical.md.
    Checked by tests/statistical/test_gaussian.py.

    >>> law = log_variance(rows=10, generation=[0, 9])
    >>> law.mean.round(4).tolist(), law.variance.round(4).tolist()
    ([-0.1152, -1.1521], [0.2487, 2.4873])
    """
    order = checked_generation(generation)
    nu, scale = degrees_and_divisor(rows, order, divisor)
    mean = np.cumsum(psi(nu / 2) - np.log(scale / 2))
    return LogVariance(mean[order], np.cumsum(polygamma(1, nu / 2))[order])


def variance_moment(power: float, *, rows: ArrayLike, generation: ArrayLike, divisor: str = "unbiased") -> Array:
    r"""Expectation of (sigma_g^2 / sigma^2)^power; power 1/2 is the expected standard deviation.

    .. math:: E (\sigma_g^2/\sigma^2)^s = \prod_{i=0}^{g} (2/D_i)^s \, \Gamma(\nu_i/2 + s) / \Gamma(\nu_i/2)

    power: s > -nu/2 for every nu. rows, generation, divisor: as in `log_variance`. With s = 1 it is 1
    (unbiased) or the product of 1 - 1/M_i; with s = 1/2 and Markov's inequality it gives a bound of
    the form of Suresh et al. 2412.17646: P(sigma_g > eps) <= E sigma_g / eps.

    Errors: `Problem` where the moment is infinite. Far from s = 0 the mean is carried by very rare
    runs: a simulated average needs many of them when g/M is large.
    Status: exact. Source: docs/theory/classical.md. Checked by tests/statistical/test_gaussian.py.

    >>> variance_moment(1.0, rows=10, generation=9, divisor="maximum_likelihood").round(6).item()
    0.348678
    """
    order = checked_generation(generation)
    nu, scale = degrees_and_divisor(rows, order, divisor)
    s = float(as_numbers("power", power, "one real number"))
    if not np.isfinite(s) or np.any(nu / 2 + s <= 0):
        raise Problem(
            "power",
            f"{s:g}: with {nu.min() + 1:g} rows the moment is infinite",
            f"give a power above {-nu.min() / 2:g}, or more rows",
        )
    moments: Array = np.exp(np.cumsum(log_gamma_ratio(nu / 2, s).real - s * np.log(scale / 2)))
    return moments[order]


def log_gamma_ratio(half: Array, power: ArrayLike) -> NDArray[np.complex128]:
    r"""Log Gamma(a + s)/Gamma(a) without the loss of digits of a difference of log gammas at large a.

    half: a > 0; power: s, real or complex, a + Re s > 0; shapes broadcast. Above 30 by Stirling's
    series, log Gamma(x) = (x - 1/2) log x - x + 1/(12x) - 1/(360x^3) + 1/(1260x^5) - 1/(1680x^7) + const.

    >>> bool(np.isclose(log_gamma_ratio(np.array(1e6), 1.0).real, np.log(1e6), rtol=1e-15, atol=0))
    True
    """
    a, s = np.broadcast_arrays(half, np.asarray(power, dtype=complex))
    large = (a > 30) & (a + s.real > 30)
    x = np.where(large, a, 31.0).astype(complex)
    y = np.where(large, a + s, 31.0)
    stirling = (y - 0.5) * log1p((y - x) / x) + (y - x) * (np.log(x) - 1) + _rest(y) - _rest(x)
    plain = loggamma(np.where(large, 1.0, a + s)) - gammaln(np.where(large, 1.0, a))
    return np.asarray(np.where(large, stirling, plain))


def _rest(x: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Stirling's series beyond its leading terms."""
    return np.asarray(1 / (12 * x) - 1 / (360 * x**3) + 1 / (1260 * x**5) - 1 / (1680 * x**7))


def checked_rows(rows: ArrayLike, generation: NDArray[np.int64]) -> Array:
    """Return M_0..M_g for the largest generation asked for, or say which is not a number of rows from 2 on."""
    return per_generation("rows", rows, int(generation.max(initial=0)) + 1, lowest=2, meaning=_ROWS, whole=True)


def degrees_and_divisor(rows: ArrayLike, generation: NDArray[np.int64], divisor: str) -> tuple[Array, Array]:
    """Return nu_i = M_i - 1 and D_i for i = 0..g, g the largest generation asked for."""
    if divisor not in DIVISORS:
        raise Problem("divisor", repr(divisor), "give unbiased (rows - 1) or maximum_likelihood (rows)")
    count = checked_rows(rows, generation)
    return count - 1, count - (divisor == "unbiased")
