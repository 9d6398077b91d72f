"""Which loop is checked? Its model, the rows that are drawn in a generation, and who counts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem, shown
from genloss.theory.arguments import Array, as_numbers, checked_one, checked_spectrum
from genloss.workflows.checks import whole

__all__ = ["LeastSquaresLoop", "LocationLoop", "Loop", "RidgeLoop"]

_COUNTED = ("drawn", "kept")


@dataclass(frozen=True, slots=True)
class LocationLoop:
    """A normal law of known standard deviation, whose mean is fitted anew to each generation's rows.

    rows: n real rows of generation 0, and n synthetic ones in each later generation. counted: "drawn", n rows are drawn
    and fewer stay; "kept", rows are drawn until n stay. sd: of one row. Risk: the squared error of the mean.
    """

    rows: float
    sd: float = 1.0
    counted: str = "drawn"

    def __post_init__(self) -> None:
        checked_one("rows", self.rows, lowest=2, meaning="a number of rows from 2 on")
        _positive("sd", self.sd)
        _check_counted(self.counted)


@dataclass(frozen=True, slots=True)
class LeastSquaresLoop:
    """Least squares on fresh Gaussian inputs, refitted in each generation to labels of the fit before, plus noise.

    dim: number of features, with any covariance. rows, counted: as in `LocationLoop`; rows >= dim + 2. noise: standard
    deviation of a label. Risk: the excess risk, the expected squared error of x.w over inputs.
    """

    dim: int
    rows: float
    noise: float
    counted: str = "drawn"

    def __post_init__(self) -> None:
        whole(self.dim, "dim", lowest=1, meaning="a number of features from 1 on")
        checked_one("rows", self.rows, lowest=self.dim + 2, meaning="at least dim + 2 rows")
        _positive("noise", self.noise)
        _check_counted(self.counted)


@dataclass(frozen=True, slots=True)
class RidgeLoop:
    """Ridge regression on fresh Gaussian inputs, refitted in each generation to labels of the fit before, plus noise.

    spectrum: eigenvalues of the inputs' covariance, (dim,), > 0. coefficients: the truth in the eigenbasis, (dim,) or
    one number. rows, counted, noise: as in `LeastSquaresLoop`. penalty: lambda >= 0 in (1/T) |Xw - y|^2 + lambda |w|^2
    over the T rows that stay; 0 is least squares, and needs dim + 2 rows. Risk:
    the excess risk.
    """

    spectrum: ArrayLike
    coefficients: ArrayLike
    rows: float
    noise: float
    penalty: float
    counted: str = "drawn"

    def __post_init__(self) -> None:
        values = self.eigenvalues()
        truth = as_numbers("coefficients", self.coefficients, "one number, or one for each eigenvalue")
        if not np.all(np.isfinite(truth)) or truth.shape not in ((), values.shape):
            raise Problem(
                "coefficients",
                f"{shown(self.coefficients)} beside {values.size} eigenvalues",
                "give one number, or one for each",
            )
        checked_one("penalty", self.penalty, lowest=0, meaning="a ridge penalty >= 0")
        least = 1 if self.penalty > 0 else values.size + 2
        checked_one("rows", self.rows, lowest=least, meaning="rows from 1 on, without a penalty from dim + 2 on")
        _positive("noise", self.noise)
        _check_counted(self.counted)

    def eigenvalues(self) -> Array:
        """Return the spectrum, (dim,)."""
        return checked_spectrum(self.spectrum, positive=True)

    def power(self) -> Array:
        """Return what the truth has in each direction, s w0^2, (dim,)."""
        values = self.eigenvalues()
        return np.broadcast_to(values * np.asarray(self.coefficients, dtype=float) ** 2, values.shape)


Loop = LocationLoop | LeastSquaresLoop | RidgeLoop


def _positive(name: str, value: float) -> None:
    if checked_one(name, value, lowest=0, meaning="a standard deviation > 0") == 0:
        raise Problem(name, "0: then no row is far from any guess", "give a standard deviation > 0")


def _check_counted(counted: str) -> None:
    if counted not in _COUNTED:
        raise Problem("counted", f"{shown(counted)} is not known", 'give "drawn" or "kept"')
