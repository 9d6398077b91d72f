"""What do ridge regressions on many random rows concentrate on? The effective ridge and its degrees of freedom."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem, impossible

Array = NDArray[np.float64]

_CHUNK = 4_000_000  # numbers in one temporary array: 32 MB


def checked_spectrum(spectrum: ArrayLike) -> Array:
    """Return `spectrum` as a float array, or say what is wrong with it."""
    eigenvalues = np.atleast_1d(np.asarray(spectrum, dtype=float))
    if eigenvalues.ndim != 1 or eigenvalues.size == 0:
        raise Problem("spectrum", f"an array of shape {eigenvalues.shape}", "give the eigenvalues as one list")
    if not np.all(np.isfinite(eigenvalues)) or np.any(eigenvalues < 0) or not np.any(eigenvalues > 0):
        raise Problem(
            "spectrum", "negative, infinite or only zero eigenvalues", "give finite eigenvalues >= 0, one > 0"
        )
    return eigenvalues


def checked_range(name: str, values: ArrayLike, *, lowest: float, meaning: str, whole: bool = False) -> Array:
    """Return `values` as floats if all are finite and at least `lowest`, or say which is not."""
    array = np.asarray(values, dtype=float)
    bad = ~(np.isfinite(array) & (array >= lowest))
    if whole:
        bad |= array != np.floor(array)
    if np.any(bad):
        kind = "a whole number" if whole else "a number"
        raise Problem(name, f"{array[bad].flat[0]:g} is not {kind} >= {lowest:g}", f"give {meaning}")
    return array


def degrees_of_freedom(spectrum: ArrayLike, kappa: ArrayLike, *, order: int = 1) -> Array:
    r"""Return how many eigen-directions a ridge fit follows.

    .. math:: df_m(\kappa) = \sum_i \left( \frac{s_i}{s_i + \kappa} \right)^m

    spectrum: eigenvalues s of the covariance, shape (dim,). kappa: effective ridge >= 0, any shape.
    order: m >= 1. Returns the shape of kappa. Status: definition.
    Source: arXiv 2402.07712, eq. (10). Checked by tests/unit/test_equivalents.py.

    >>> float(degrees_of_freedom([1.0, 1.0, 0.0], 1.0))
    1.0
    """
    eigenvalues = checked_spectrum(spectrum)
    ridge = checked_range("kappa", kappa, lowest=0.0, meaning="an effective ridge >= 0")
    positive = eigenvalues[eigenvalues > 0]
    flat = ridge.reshape(-1)
    step = max(1, _CHUNK // positive.size)
    parts = [
        ((positive / (positive + flat[i : i + step, None])) ** order).sum(axis=1) for i in range(0, flat.size, step)
    ]
    return np.concatenate([*parts, np.empty(0)]).reshape(ridge.shape)


def effective_ridge(spectrum: ArrayLike, *, rows: ArrayLike, penalty: ArrayLike) -> Array:
    r"""Return the ridge that infinitely many rows would need to act like `rows` rows at `penalty`.

    The largest root of

    .. math:: \kappa - \lambda = \kappa \, df_1(\kappa) / T

    spectrum: eigenvalues s, shape (dim,), >= 0. rows: T >= 1. penalty: lambda >= 0 in
    (1/T)|Xw - y|^2 + lambda |w|^2. rows and penalty broadcast; the result has their shape.
    penalty = 0 gives 0 where T is at least the number of positive eigenvalues, and the positive
    root of df_1 = T (the minimum-norm interpolator) where it is smaller.

    Status: definition, solved to 1e-10 relative. Source: arXiv 2402.07712, eq. (11); also
    arXiv 2405.00592. Checked by tests/unit/test_equivalents.py against brentq and the isotropic form.

    >>> round(float(effective_ridge([1.0] * 300, rows=600, penalty=0.5)), 6)
    0.707107
    """
    eigenvalues = checked_spectrum(spectrum)
    count, ridge = np.broadcast_arrays(
        checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on"),
        checked_range("penalty", penalty, lowest=0.0, meaning="a ridge penalty >= 0"),
    )
    positive = eigenvalues[eigenvalues > 0]
    pairs, place = np.unique(np.stack([count.ravel(), ridge.ravel()]), axis=1, return_inverse=True)
    step = max(1, _CHUNK // positive.size)
    solved = [_solve(positive, pairs[0, i : i + step], pairs[1, i : i + step]) for i in range(0, pairs.shape[1], step)]
    return np.concatenate([*solved, np.empty(0)])[place.ravel()].reshape(count.shape)


def _solve(positive: Array, rows: Array, penalty: Array) -> Array:
    """Newton from the right on a convex function: every step stays right of the root."""
    kappa = np.where((penalty == 0) & (rows >= positive.size), 0.0, penalty + positive.sum() / rows)
    open_ = kappa > 0
    for _ in range(500):
        if not open_.any():
            return kappa
        k, t, lam = kappa[open_], rows[open_], penalty[open_]
        shrink = positive / (positive + k[:, None])
        # t - df1, with df1 = dim - k * sum 1/(s + k) where most directions are followed: no cancellation
        slack = np.where(
            shrink.sum(axis=1) * 2 > positive.size,
            t - positive.size + k * (1.0 / (positive + k[:, None])).sum(axis=1),
            t - shrink.sum(axis=1),
        )
        slope = np.maximum(t - (shrink**2).sum(axis=1), np.finfo(float).tiny)
        move = (k * slack - lam * t) / slope
        kappa[open_] = np.maximum(k - move, lam)
        open_[open_] = move > 1e-14 * k  # a move to the right is rounding: the root is reached
    impossible("the Newton iteration for the effective ridge did not converge")
