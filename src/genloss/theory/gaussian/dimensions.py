"""How fast does a Gaussian fit of several features lose volume, and how far is it from the truth?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import polygamma

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_generation, checked_one, checked_spectrum, guarded
from genloss.theory.gaussian.chain import LogVariance, checked_rows, degrees_and_divisor, psi_less_log

__all__ = ["DistanceOfFits", "log_determinant", "squared_distance_of_fits"]

_LARGEST = 125_000_000  # numbers in one table
HORIZON = 0.25
"""Largest dim * sum of 1/M for which the first-order distance is given."""


@guarded
def log_determinant(dim: float, *, rows: ArrayLike, generation: ArrayLike, divisor: str = "unbiased") -> LogVariance:
    r"""Mean and variance of log det(Sigma_g Sigma^-1), the log of the volume that is left.

    By Bartlett's decomposition a fit to M rows multiplies the determinant by independent
    chi-squares with nu, nu - 1, ..., nu - d + 1 degrees of freedom over D^d, nu = M - 1:

    .. math:: E = \sum_{i=0}^{g} \Big[ \sum_{j=0}^{d-1} \psi\Big(\frac{\nu_i - j}{2}\Big) - d \log \frac{D_i}{2} \Big],
        \qquad Var = \sum_{i=0}^{g} \sum_{j=0}^{d-1} \psi_1\Big(\frac{\nu_i - j}{2}\Big)

    To first order a step costs d (d + 1) / (2 nu) with the unbiased divisor: in many dimensions
    volume goes faster than in one, per dimension too.

    dim: d >= 1. rows: M >= d + 1, one number or one per generation. generation: g >= 0, any shape.
    Errors: `Problem` with M <= d: the fitted covariance is singular at once.
    Status: exact, for any true covariance. Source: docs/theory/classical.md.
    Checked by tests/statistical/test_gaussian_dimensions.py.

    >>> law = log_determinant(3, rows=20, generation=4)
    >>> law.mean.round(4).item(), law.variance.round(4).item()
    (-1.677, 1.7667)
    """
    d = checked_one("dim", dim, lowest=1, highest=1e6, meaning="a number of features from 1 to 10^6")
    order = checked_generation(generation)
    nu, scale = degrees_and_divisor(rows, order, divisor)
    if nu.min(initial=np.inf) < d:
        raise Problem(
            "rows",
            f"{nu.min() + 1:g} rows for {d:g} features: the fitted covariance is singular",
            f"give at least {d + 1:g} rows",
        )
    if nu.size * d > _LARGEST:
        found = f"{nu.size:,} fits in {d:,.0f} dimensions would take more than 2 GB"
        raise Problem("generation", found, "ask for fewer generations")
    halves = (nu[:, None] - np.arange(int(d))) / 2
    mean = np.cumsum((psi_less_log(halves) + np.log1p((2 * halves - scale[:, None]) / scale[:, None])).sum(axis=1))
    return LogVariance(mean[order], np.cumsum(polygamma(1, halves).sum(axis=1))[order])


@dataclass(frozen=True, slots=True)
class DistanceOfFits:
    """Expected W2^2 to first order, and how far the true mean may be from it; shape of `generation`."""

    mean: Array
    allowance: Array
    status: str = "asymptotic"


@guarded
def squared_distance_of_fits(spectrum: ArrayLike, *, rows: ArrayLike, generation: ArrayLike) -> DistanceOfFits:
    r"""Expected W2^2 between N(mu_g, Sigma_g) and the truth, to first order in S = sum of 1/M_i.

    With l the eigenvalues of the true covariance. The mean adds S tr Sigma. Sigma_g - Sigma has
    entries of variance S (l_i l_j + [i=j] l_i^2) in the eigenbasis, and the Bures distance is
    (1/2) sum over i, j of entry^2 / (l_i + l_j) to second order in them:

    .. math:: E W_2^2 \approx S \Big( \sum_i l_i + \frac12 \sum_{ij} \frac{l_i l_j + [i=j] l_i^2}{l_i + l_j} \Big)

    which is S sigma^2 d (d + 5) / 4 when all are sigma^2. Both divisors agree to this order.

    spectrum: (d,) eigenvalues > 0. rows: M >= 2, one number or one per generation. generation: g >= 0.
    Errors: `Problem` where d S > 0.25: beyond that generation the expansion says nothing.
    Status: asymptotic; allowance d S times the value. Source: docs/theory/classical.md.
    Checked by tests/statistical/test_gaussian_dimensions.py.

    >>> squared_distance_of_fits([1.0, 1.0], rows=1000, generation=[0, 9]).mean.round(5).tolist()
    [0.0035, 0.035]
    """
    eigenvalues = checked_spectrum(spectrum, positive=True)
    order = checked_generation(generation)
    total = np.cumsum(1 / checked_rows(rows, order))
    beyond = eigenvalues.size * total[order] > HORIZON
    if beyond.any():
        last = int(np.searchsorted(eigenvalues.size * total, HORIZON, side="right")) - 1
        found = f"{order[beyond].min()} is beyond the horizon: dim times the sum of 1/rows passes {HORIZON:g} there"
        mend = f"ask up to generation {last}" if last >= 0 else f"give over {4 * eigenvalues.size} rows"
        raise Problem("generation", found, mend)
    pairs = np.add.outer(eigenvalues, eigenvalues)
    least = np.minimum.outer(eigenvalues, eigenvalues)
    spread = (least * ((pairs - least) / pairs)).sum() + eigenvalues.sum() / 2
    mean = (eigenvalues.sum() + spread / 2) * total[order]
    return DistanceOfFits(mean, mean * eigenvalues.size * total[order])
