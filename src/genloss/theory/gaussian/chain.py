"""How fast does the variance of a Gaussian fit shrink, when each fit sees only rows of the fit before?

One dimension, replace: generation 0 fits mean and variance to M_0 rows of N(mu, sigma^2), generation
g to M_g rows of the fit of generation g - 1. By Cochran's theorem

    sigma_g^2 = sigma^2 * product over i = 0..g of chi2_i / D_i,   chi2_i ~ chi-square with nu_i = M_i - 1,

independent, with divisor D_i = M_i - 1 ("unbiased") or M_i ("maximum_likelihood"). All laws below are
of this product, so they are exact at any size. Variances are in units of the true one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, log1p, loggamma, polygamma, psi

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_generation, checked_one, guarded, per_generation

__all__ = [
    "DIVISORS",
    "LogVariance",
    "checked_rows",
    "degrees_and_divisor",
    "log_gamma_ratio",
    "log_mean_deviation",
    "log_moment",
    "log_variance",
    "mean_deviation_rest",
    "psi_less_log",
    "refuse_many_rows",
    "variance_moment",
]

DIVISORS = ("unbiased", "maximum_likelihood")
_ROWS = "a number of rows from 2 on"
MOST_ROWS = 1e6
"""Most rows for which a law is inverted from its characteristic function."""


@dataclass(frozen=True, slots=True)
class LogVariance:
    """Mean and variance of log(sigma_g^2 / sigma^2), each of the shape of `generation`. Status: exact."""

    mean: Array
    variance: Array


@guarded
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
    mean = np.cumsum(psi_less_log(nu / 2) - np.log1p((scale - nu) / nu))
    return LogVariance(mean[order], np.cumsum(polygamma(1, nu / 2))[order])


@guarded
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
    s = checked_one("power", power, lowest=-1e6, highest=1e6, meaning="one real number, -1e6 to 1e6")
    if np.any(nu / 2 + s <= 0):
        raise Problem(
            "power",
            f"{s:g}: with {nu.min() + 1:g} rows the moment is infinite",
            f"give a power above {-nu.min() / 2:g}, or more rows",
        )
    each = log_moment(nu / 2, s) - s * np.log1p((scale - nu) / nu)
    moments: Array = np.exp(np.cumsum(each))
    return moments[order]


def log_moment(half: Array, power: float) -> Array:
    r"""Log Gamma(a + s)/Gamma(a) - s log a, by Stirling's series without its leading terms where a is large.

    half: a > 0; power: s, real, a + s > 0. With t = s/a it is a ((1 + t) log(1 + t) - t) - log(1 + t)/2 + small terms.
    """
    large = (half > 30) & (half + power > 30)
    a = np.where(large, half, 31.0)
    t = np.where(large, power / a, 0.0)
    orders = np.arange(2, 22)
    series = (t[..., None] ** orders) @ ((-1.0) ** orders / (orders * (orders - 1)))
    bent = np.where(np.abs(t) < 0.1, series, (1 + t) * np.log1p(t) - t)
    stirling = a * bent - np.log1p(t) / 2 + _rest(a + a * t) - _rest(a)
    below = np.where(large, 1.0, half)
    plain = gammaln(np.where(large, 1.0, half + power)) - gammaln(below) - power * np.log(below)
    return np.asarray(np.where(large, stirling, plain))


def log_mean_deviation(nu: Array) -> Array:
    """Log of c_4(nu) = E sqrt(chi2/nu), which is about -1/(4 nu): `log_moment` at 1/2, by its series in 1/nu."""
    x = np.where(nu > 40, nu / 2, 20.0)
    return np.asarray(np.where(nu > 40, -1 / (8 * x) + mean_deviation_rest(x), log_moment(np.minimum(nu, 40) / 2, 0.5)))


def mean_deviation_rest(x: Array) -> Array:
    """Terms of log c_4 beyond -1/(8 x), x = nu/2."""
    y = x**-2.0
    return np.asarray((1 / 192 - y * (1 / 640 - y * (17 / 14336 - y * (31 / 18432 - y * 691 / 180224)))) * y / x)


def psi_less_log(x: Array) -> Array:
    """Digamma less the logarithm, which is about -1/(2 x)."""
    y = np.where(x > 15, x, 15.0) ** -2.0
    tail = 1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132 - y * 691 / 32760))))
    return np.asarray(np.where(x > 15, -np.sqrt(y) / 2 - y * tail, psi(x) - np.log(x)))


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


def _rest(x: NDArray[Any]) -> NDArray[Any]:
    """Stirling's series beyond its leading terms."""
    return np.asarray(1 / (12 * x) - 1 / (360 * x**3) + 1 / (1260 * x**5) - 1 / (1680 * x**7))


def refuse_many_rows(count: Array) -> None:
    """Refuse rows from which a characteristic function has lost its digits: a phase of rows^.5 log rows turns."""
    if count.max() > MOST_ROWS:
        mend = f"give at most {MOST_ROWS:,.0f}; with so many a normal law with the moments of log_variance is as good"
        raise Problem("rows", f"{count.max():g} rows: the law is told up to {MOST_ROWS:,.0f}", mend)


def checked_rows(rows: ArrayLike, generation: NDArray[np.int64]) -> Array:
    """Return M_0..M_g for the largest generation asked for, or say which is not a number of rows from 2 on."""
    return per_generation("rows", rows, int(generation.max(initial=0)) + 1, lowest=2, meaning=_ROWS, whole=True)


def degrees_and_divisor(rows: ArrayLike, generation: NDArray[np.int64], divisor: str) -> tuple[Array, Array]:
    """Return nu_i = M_i - 1 and D_i for i = 0..g, g the largest generation asked for."""
    if divisor not in DIVISORS:
        raise Problem("divisor", repr(divisor), "give unbiased (rows - 1) or maximum_likelihood (rows)")
    count = checked_rows(rows, generation)
    return count - 1, count - (divisor == "unbiased")
