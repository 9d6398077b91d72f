"""What law do the rows of a Gaussian chain have, when the fit that they come from is random too?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.theory.arguments import Array, as_numbers, checked_generation, checked_one, guarded
from genloss.theory.gaussian.chain import degrees_and_divisor, refuse_many_rows
from genloss.theory.gaussian.distance import chain_moments
from genloss.theory.gaussian.inversion import cumulative, density

__all__ = ["FirstRows", "RowMoments", "first_rows", "row_moments"]

_SMALL = 36.0  # mass outside the support is below exp(-36)


@dataclass(frozen=True, slots=True)
class RowMoments:
    """Central moments of one row drawn from the fit of generation g, over all runs; unit sigma^2, sigma^4."""

    variance: Array
    fourth: Array

    @property
    def excess_kurtosis(self) -> Array:
        """Fourth moment / variance^2 - 3; 0 for a Gaussian."""
        return self.fourth / self.variance**2 - 3


@guarded
def row_moments(*, rows: ArrayLike, generation: ArrayLike, divisor: str = "unbiased") -> RowMoments:
    r"""Variance and fourth central moment of a row X = mu_g + sigma_g Z, averaged over runs.

    .. math:: Var X = E m^2 + E s^2, \qquad E X^4 = E m^4 + 6 E m^2 s^2 + 3 E s^4

    With the unbiased divisor Var X = 1 + sum 1/M_i **grows**, although every single run collapses:
    the spread moves from within runs to between runs. After generation 0 the excess kurtosis is
    6 / ((M - 1) (1 + 1/M)^2).

    rows: M >= 2, one number or one per generation. generation: g >= 0, any shape: rows drawn from
    the fit of generation g. Status: exact. Source: after 2305.17493; docs/theory/classical.md.
    Checked by tests/statistical/test_gaussian.py.

    >>> law = row_moments(rows=10, generation=0)
    >>> round(law.variance.item(), 6), round(law.excess_kurtosis.item(), 6)
    (1.1, 0.550964)
    """
    order = checked_generation(generation)
    moments = chain_moments(rows, order, divisor)
    a, b = moments.spread[order], moments.mixed[order]
    return RowMoments(b[..., 0] + a[..., 2], moments.fourth[order] + 6 * b[..., 2] + 3 * a[..., 4])


@dataclass(frozen=True, slots=True)
class FirstRows:
    """Law of (X - mu)/sigma for a row X drawn from the fit of generation 0; made by `first_rows`."""

    rows: float
    divisor: float

    def cumulative(self, points: ArrayLike) -> Array:
        """P((X - mu)/sigma < x), any shape of x; absolute error below 1e-10."""
        x = as_numbers("points", points, "numbers, in units of the true standard deviation")
        return cumulative(x, self._log_characteristic, self._support())

    def density(self, points: ArrayLike) -> Array:
        """Density of (X - mu)/sigma, any shape of x; absolute error below 1e-10."""
        x = as_numbers("points", points, "numbers, in units of the true standard deviation")
        return density(x, self._log_characteristic, self._support())

    def _log_characteristic(self, t: Array) -> NDArray[np.complex128]:
        each = -(t**2) / (2 * self.rows) - (self.rows - 1) / 2 * np.log1p(t**2 / self.divisor)
        return each.astype(complex)

    def _support(self) -> tuple[float, float]:
        s = np.sqrt(self.divisor) * np.append(np.geomspace(1e-3, 0.99, 60), [0.999, 0.9999])
        log_moment = s**2 / (2 * self.rows) - (self.rows - 1) / 2 * np.log1p(-(s**2) / self.divisor)
        end = float(((log_moment + _SMALL) / s).min())
        return -end, end


@guarded
def first_rows(*, rows: float, divisor: str = "unbiased") -> FirstRows:
    r"""The law of the rows that generation 1 trains on: a normal plus a variance-gamma variable.

    .. math:: (X - \mu)/\sigma = Z/\sqrt{M} + \sqrt{S} Z', \quad S \sim Gamma(\nu/2, \text{rate } D/2),
        \quad E e^{itX} = e^{-t^2/(2M)} (1 + t^2/D)^{-\nu/2}

    Z, Z' standard normal, all independent; nu = M - 1, D = M - 1 (unbiased) or M. Rows of one run
    share mu_0 and sigma_0, so they are not independent of each other.

    rows: M from 2 to 10^6, one number. Status: exact. Source: docs/theory/classical.md.
    Checked by tests/unit/test_gaussian.py and tests/statistical/test_gaussian.py.

    >>> law = first_rows(rows=10)
    >>> law.cumulative([0.0, 2.0]).round(4).tolist()
    [0.5, 0.9701]
    """
    count = checked_one("rows", rows, lowest=2, meaning="a number of rows from 2 on")
    nu, scale = degrees_and_divisor(count, np.zeros(1, np.int64), divisor)
    refuse_many_rows(nu + 1)
    return FirstRows(count, float(scale[0]))
