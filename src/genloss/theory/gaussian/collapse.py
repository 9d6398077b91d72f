"""How likely has a Gaussian chain collapsed by generation g, and when is it expected to?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, polygamma, psi

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_generation, checked_one, checked_range, guarded
from genloss.theory.gaussian.chain import degrees_and_divisor, log_gamma_ratio, psi_less_log, refuse_many_rows
from genloss.theory.gaussian.inversion import cumulative

__all__ = ["expected_collapse", "variance_below"]

_SMALL = 36.0  # mass outside the support is below exp(-36)


@guarded
def variance_below(threshold: ArrayLike, *, rows: ArrayLike, generation: ArrayLike, divisor: str = "unbiased") -> Array:
    r"""Probability that the fitted variance of generation g is below `threshold` times the true one.

    log(sigma_g^2 / sigma^2) has the characteristic function (nu = M - 1, D the divisor)

    .. math:: \phi(t) = \prod_{i=0}^{g} (2/D_i)^{it} \, \Gamma(\nu_i/2 + it) / \Gamma(\nu_i/2)

    and Gil-Pelaez's formula inverts it.

    threshold: > 0, and generation: g >= 0, of shapes that broadcast; the result has that shape.
    rows: M from 2 to 10^6, one number or one per generation. divisor: "unbiased" or "maximum_likelihood".
    Status: exact, to an absolute error of 1e-10. Source: docs/theory/classical.md.
    Checked by tests/unit/test_gaussian.py and tests/statistical/test_gaussian.py.

    >>> variance_below(0.1, rows=10, generation=[0, 9, 99]).round(4).tolist()
    [0.0004, 0.2288, 0.9692]
    """
    level = checked_range("threshold", threshold, lowest=0, meaning="a share of the true variance above 0")
    if np.any(level == 0):
        raise Problem("threshold", "0: the variance is never below it", "give a share of the true variance above 0")
    order = checked_generation(generation)
    shape = np.broadcast_shapes(level.shape, order.shape)
    result = np.empty(shape)
    x, g = np.broadcast_to(np.log(level), shape), np.broadcast_to(order, shape)
    for one in np.unique(g):
        nu, scale = degrees_and_divisor(rows, np.atleast_1d(one).astype(np.int64), divisor)
        refuse_many_rows(nu + 1)
        law = _Product(nu, scale)
        result[g == one] = cumulative(x[g == one], law.log_characteristic, law.support())
    return result


class _Product:
    """The law of log prod chi2_i / D_i; equal factors are counted, not repeated."""

    def __init__(self, nu: Array, scale: Array) -> None:
        self.half, self.times = np.unique(nu / 2, return_counts=True)
        self.shift = float(np.log(scale / 2).sum())

    def log_moment(self, power: float) -> float:
        """Log E exp(power X), for power > -min nu/2."""
        return float(self.times @ log_gamma_ratio(self.half, power).real - power * self.shift)

    def log_characteristic(self, t: Array) -> NDArray[np.complex128]:
        """Log E exp(itX)."""
        each = log_gamma_ratio(self.half, 1j * t[:, None])
        return np.asarray(each @ self.times - 1j * t * self.shift)

    def support(self) -> tuple[float, float]:
        """Ends outside which the mass is below exp(-36), by Chernoff's bound over a range of powers."""
        powers = np.geomspace(1e-4, 1, 60)
        below = [(-s, self.log_moment(-s)) for s in powers * self.half[0] * 0.999]
        above = [(s, self.log_moment(s)) for s in powers * 4 * self.half[0] + powers**2 * 40]
        return max((m + _SMALL) / s for s, m in below), min((m + _SMALL) / s for s, m in above)


@guarded
def expected_collapse(threshold: ArrayLike, *, rows: float, divisor: str = "unbiased") -> Array:
    r"""Expected first generation whose fitted variance is below `threshold` times the true one.

    -log(sigma_g^2/sigma^2) is a random walk with steps X of mean kappa and variance s^2. Wald's
    identity gives kappa E(fits) = log(1/threshold) + overshoot, and the overshoot tends to

    .. math:: \rho = \frac{s^2 + 3 \kappa^2}{4\kappa} - \frac{1}{\pi} \int_0^\infty t^{-2}
        \log \frac{|1 - f(t)| \sqrt{1 + \kappa^2 t^2}}{\kappa t} \, dt, \quad f(t) = E e^{itX},

    so the generation is (log(1/threshold) + rho)/kappa - 1. To first order in 1/M,
    rho = .5826 s + s skewness/6 + kappa/4 (Siegmund).

    threshold: below 1, any shape. rows: M from 2 to 10^6, the same in every generation.
    Errors: `Problem` where log(1/threshold) is below 3 s: the overshoot has not settled there, and
    the chain crosses within the first steps.
    Status: asymptotic in log(1/threshold)/s, with an exponentially small rest; allowance .2 %.
    Source: Spitzer's identity with the sum over n done under the integral, docs/theory/classical.md.
    Checked by tests/statistical/test_gaussian.py and tests/unit/test_gaussian.py.

    >>> expected_collapse([0.1, 0.01], rows=20).round(2).tolist()
    [46.21, 89.21]
    """
    level = checked_range("threshold", threshold, lowest=0, highest=1, meaning="a share of the true variance below 1")
    count = checked_one("rows", rows, lowest=2, meaning="a number of rows from 2 on")
    nu, scale = degrees_and_divisor(count, np.zeros(1, np.int64), divisor)
    refuse_many_rows(nu + 1)
    half, kappa = nu[0] / 2, float(np.log1p((scale[0] - nu[0]) / nu[0]) - psi_less_log(nu / 2)[0])
    spread = float(np.sqrt(polygamma(1, half)))
    if np.any(level > np.exp(-3 * spread)) or np.any(level == 0):
        raise Problem(
            "threshold",
            f"{level.max():g} with {count:g} rows: the formula holds from 0 up to {np.exp(-3 * spread):.3g}",
            "give a lower threshold above 0, or more rows; variance_below is exact everywhere",
        )
    overshoot = (spread**2 + 3 * kappa**2) / (4 * kappa) - _spitzer(half, kappa)
    return np.asarray((np.log(1 / level) + overshoot) / kappa - 1)


def _spitzer(half: float, kappa: float) -> float:
    """Return the integral in `expected_collapse`, by Gauss-Legendre panels over log frequency."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    edges = np.arange(-9.0, np.log(half + 1) + 38, 1.0)
    u = (edges[:-1, None] + (nodes + 1) / 2).ravel()
    inside = float(np.tile(weights / 2, edges.size - 1) @ (np.exp(-u) * _log_ratio(np.exp(u), half, kappa)))
    first = np.exp(edges[:1])
    return (inside + float((_log_ratio(first, half, kappa) / first)[0])) / np.pi


def _log_ratio(t: Array, half: float, kappa: float) -> Array:
    """Log of |1 - f(t)| sqrt(1 + kappa^2 t^2) / (kappa t), which is of order t^2 at 0."""
    orders = np.arange(2, 30)
    cumulants = (-1.0) ** orders * polygamma(orders - 1, half) / np.exp(gammaln(orders + 1))
    small = np.minimum(t, half / 10)  # there the cumulant series has more digits than the gamma function
    series = 1j * kappa * small + ((1j * small[:, None]) ** orders) @ cumulants
    exact = log_gamma_ratio(np.array(half), -1j * t) + 1j * t * (kappa + psi(half))
    log_f = np.where(t < half / 10, series, exact)
    return np.asarray(np.log(np.abs(np.expm1(log_f)) / (kappa * t)) + np.log1p((kappa * t) ** 2) / 2)
