"""What does a metric look at? Fits beside the truth; leading axes are replicates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinearErrors:
    """Errors of linear fits, w - w0, in the eigenbasis of the inputs' covariance."""

    coefficients: Array  # (..., dim)
    spectrum: Array  # (dim,)
    noise: float  # standard deviation of the noise in a test label


@dataclass(frozen=True, slots=True)
class PoolErrors:
    """Errors of predictions, f(x) - truth(x), on every row of a finite population."""

    pool: Array  # (..., rows)
    held_out: Array  # (..., held-out rows), possibly no rows
    noise: float


@dataclass(frozen=True, slots=True)
class ExpectedErrors:
    """The expected excess risk of a fit over label noise, given all inputs; of the fit itself nothing is known."""

    excess_risk: Array  # (...)
    noise: float


@dataclass(frozen=True, slots=True)
class FamilyErrors:
    """Estimates of the parameters of a family, against the truth.

    standardized: their squared error in units of what a first fit has on average, for many rows. left: the variance
    of a row of the fit, over that of a row of the truth. ended: whether the fit has left the interior of the family.
    distance: squared Wasserstein distance of the fit from the truth over the truth's variance; Gaussians only.
    """

    standardized: Array  # (...)
    left: Array  # (...)
    ended: NDArray[np.bool_]  # (...)
    distance: Array | None = None  # (...)


@dataclass(frozen=True, slots=True)
class CategoricalErrors:
    """Fitted shares of categories, and the true ones."""

    shares: Array  # (..., categories)
    truth: Array  # (categories,)


@dataclass(frozen=True, slots=True)
class TextErrors:
    """What a language model makes of real text that no generation saw, and which words it still has."""

    perplexity: Array  # (...)
    distinct: Array  # (...)
    lost_mass: Array  # (...)
    lost_once: Array  # (...), share of the words that the first real text had once


Errors = LinearErrors | PoolErrors | ExpectedErrors
"""Errors of regressions."""
AnyErrors = Errors | FamilyErrors | CategoricalErrors | TextErrors
