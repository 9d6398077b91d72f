"""What does a metric look at? How far fits are from the truth; leading axes are replicates."""

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


Errors = LinearErrors | PoolErrors | ExpectedErrors
