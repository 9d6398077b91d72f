"""Do the laws of inputs of several sources go together, and do they share their axes?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, as_numbers, refuse_far

__all__ = ["Inputs", "checked_inputs", "covariance_of"]


@dataclass(frozen=True)
class Inputs:
    """Second moments of all sources and of the test, all (dim,) or all (dim, dim).

    full: whether they are matrices. means: per fit, whether some source has a mean.
    """

    dim: int
    full: bool
    truth: Array
    covariances: list[list[Array]]
    means: list[bool]
    test: Array


def checked_inputs(
    coefficients: ArrayLike, fits: Sequence[Sequence[Any]], test_covariance: ArrayLike, test_mean: ArrayLike | None
) -> Inputs:
    """Return the second moments of everything, or say what does not go together."""
    truth = _finite("coefficients", as_numbers("coefficients", coefficients, "the true coefficients, one a feature"))
    if truth.ndim != 1 or truth.size == 0:
        raise Problem("coefficients", f"an array of shape {truth.shape}", "give one number a feature, as one list")
    dim = truth.size
    given = [
        [
            (
                covariance_of(f"fits[{f}][{b}].covariance", s.covariance, dim),
                mean_of(f"fits[{f}][{b}].mean", s.mean, dim),
            )
            for b, s in enumerate(sources)
        ]
        for f, sources in enumerate(fits)
    ]
    test = covariance_of("test_covariance", test_covariance, dim), mean_of("test_mean", test_mean, dim)
    every = [*(pair for pairs in given for pair in pairs), test]
    full = any(covariance.ndim == 2 or mean is not None for covariance, mean in every)
    moments = [[_moment(covariance, mean, full) for covariance, mean in pairs] for pairs in given]
    means = [any(mean is not None for _, mean in pairs) for pairs in given]
    return Inputs(dim, full, truth, moments, means, _moment(*test, full))


def covariance_of(name: str, covariance: ArrayLike, dim: int) -> Array:
    """Return eigenvalues (dim,) or a covariance matrix (dim, dim), or say what is wrong with it."""
    found = _finite(name, as_numbers(name, covariance, "eigenvalues, one a feature, or a covariance matrix"))
    if found.shape not in ((dim,), (dim, dim)):
        raise Problem(
            name, f"shape {found.shape} for {dim} coefficients", f"give {dim} eigenvalues, or a {dim} x {dim} matrix"
        )
    if found.ndim == 1:
        if found.min() < 0 or found.max() <= 0:
            raise Problem(name, "negative or only zero eigenvalues", "give eigenvalues >= 0, one > 0")
        return found
    values = np.linalg.eigvalsh(found) if np.allclose(found, found.T, rtol=1e-9, atol=0) else np.array([-np.inf])
    if values[0] < -1e-9 * abs(values[-1]) or values[-1] <= 0:
        raise Problem(name, "a matrix that is not a covariance", "give a symmetric matrix without negative eigenvalues")
    return np.asarray((found + found.T) / 2)


def mean_of(name: str, mean: ArrayLike | None, dim: int) -> Array | None:
    """Return the mean of inputs, None where it is 0, or say what is wrong with it."""
    if mean is None:
        return None
    found = _finite(name, as_numbers(name, mean, "the mean of the inputs, one number a feature"))
    if found.shape != (dim,):
        raise Problem(name, f"shape {found.shape} for {dim} coefficients", f"give {dim} numbers")
    return found if found.any() else None


def _moment(covariance: Array, mean: Array | None, full: bool) -> Array:
    """Return the second moment of inputs."""
    if not full:
        return covariance
    matrix = np.diag(covariance) if covariance.ndim == 1 else covariance
    return matrix if mean is None else matrix + np.outer(mean, mean)


def _finite(name: str, numbers: Array) -> Array:
    """Refuse what is not finite, or too large or small to be squared."""
    if not np.isfinite(numbers).all():
        raise Problem(name, "numbers that are not finite", "give finite numbers")
    refuse_far(name, numbers, "numbers of a size from 1e-100 to 1e100, or 0")
    return numbers
