"""What do ridge regressions on many random rows concentrate on? The effective ridge and its degrees of freedom."""

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import impossible
from genloss.theory.arguments import Array, checked_range, checked_spectrum
from genloss.theory.spectra import Nodes, Spectrum, nodes_of

__all__ = ["Array", "checked_range", "checked_spectrum", "degrees_of_freedom", "effective_ridge", "rows_left"]

_CHUNK = 4_000_000  # numbers in one temporary array: 32 MB


def degrees_of_freedom(spectrum: Spectrum, kappa: ArrayLike, *, order: int = 1) -> Array:
    r"""Return how many eigen-directions a ridge fit follows.

    .. math:: df_m(\kappa) = \sum_i \left( \frac{s_i}{s_i + \kappa} \right)^m

    spectrum: eigenvalues s of the covariance, shape (dim,), or `PowerLaw` or `Nodes`. kappa:
    effective ridge >= 0, any shape. order: m >= 1. Returns the shape of kappa. Status: definition.
    Source: arXiv 2402.07712, eq. (10). Checked by tests/unit/test_equivalents.py.

    >>> float(degrees_of_freedom([1.0, 1.0, 0.0], 1.0))
    1.0
    """
    values, multiplicity = _positive(nodes_of(spectrum))
    ridge = checked_range("kappa", kappa, lowest=0.0, meaning="an effective ridge >= 0")
    flat = ridge.reshape(-1)
    step = max(1, _CHUNK // values.size)
    parts = [
        ((values / (values + flat[i : i + step, None])) ** order) @ multiplicity for i in range(0, flat.size, step)
    ]
    return np.concatenate([*parts, np.empty(0)]).reshape(ridge.shape)


def rows_left(nodes: Nodes, *, rows: ArrayLike, kappa: ArrayLike) -> Array:
    r"""Return T - df_1(kappa), the rows that a fit leaves for its residuals, without cancellation.

    A direction with s above kappa counts as followed and gives back kappa / (s + kappa), one below
    counts as not followed and takes s / (s + kappa): the whole part of the sum stays exact.

    nodes: the spectrum. rows, kappa: broadcast; the result has their shape. Status: definition.
    Checked by tests/unit/test_theory_spectra.py in 60-digit decimals.
    """
    values, multiplicity = _positive(nodes)
    count, ridge = np.broadcast_arrays(np.asarray(rows, dtype=float), np.asarray(kappa, dtype=float))
    below = values < ridge[..., None]
    low, high = below @ multiplicity, ~below @ multiplicity
    followed = np.where(low < high, nodes.dim - low, high)
    part = np.where(below, -values, ridge[..., None]) / (values + ridge[..., None])
    return np.asarray(count - followed + part @ multiplicity)


def effective_ridge(spectrum: Spectrum, *, rows: ArrayLike, penalty: ArrayLike) -> Array:
    r"""Return the ridge that infinitely many rows would need to act like `rows` rows at `penalty`.

    The largest root of

    .. math:: \kappa - \lambda = \kappa \, df_1(\kappa) / T

    spectrum: eigenvalues s, shape (dim,), >= 0, or `PowerLaw` or `Nodes`. rows: T >= 1. penalty:
    lambda >= 0 in (1/T)|Xw - y|^2 + lambda |w|^2. rows and penalty broadcast; the result has their
    shape. penalty = 0 gives 0 where T is at least the number of positive eigenvalues, and the
    positive root of df_1 = T (the minimum-norm interpolator) where it is smaller.

    Status: definition, solved to 1e-10 relative, also at tiny penalties and T near dim.
    Source: arXiv 2402.07712, eq. (11); also arXiv 2405.00592. Checked by
    tests/unit/test_equivalents.py against brentq and the isotropic form, and by
    tests/unit/test_theory_spectra.py in 60-digit decimals.

    >>> round(float(effective_ridge([1.0] * 300, rows=600, penalty=0.5)), 6)
    0.707107
    """
    nodes = nodes_of(spectrum)
    count, ridge = np.broadcast_arrays(
        checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on"),
        checked_range("penalty", penalty, lowest=0.0, meaning="a ridge penalty >= 0"),
    )
    pairs, place = np.unique(np.stack([count.ravel(), ridge.ravel()]), axis=1, return_inverse=True)
    step = max(1, _CHUNK // nodes.values.size)
    solved = [_solve(nodes, pairs[0, i : i + step], pairs[1, i : i + step]) for i in range(0, pairs.shape[1], step)]
    return np.concatenate([*solved, np.empty(0)])[place.ravel()].reshape(count.shape)


def _positive(nodes: Nodes) -> tuple[Array, Array]:
    """Values and multiplicities of the nodes that count."""
    kept = (nodes.values > 0) & (nodes.multiplicity > 0)
    return nodes.values[kept], nodes.multiplicity[kept]


def _solve(nodes: Nodes, rows: Array, penalty: Array) -> Array:
    """Newton from the right on a convex function: every step stays right of the root."""
    values, multiplicity = _positive(nodes)
    kappa = np.where((penalty == 0) & (rows >= nodes.dim), 0.0, penalty + (multiplicity @ values) / rows)
    if kappa.size > 16:
        kappa = np.minimum(kappa, _start(nodes, rows, penalty, kappa.max(initial=1e-300)))
    open_ = kappa > 0
    for _ in range(500):
        if not open_.any():
            return kappa
        k, t, lam = kappa[open_], rows[open_], penalty[open_]
        slack = rows_left(nodes, rows=t, kappa=k)
        sum_ = values + k[:, None]
        slope = slack + k * ((values / sum_**2) @ multiplicity)  # t - df2
        move = (k * slack - lam * t) / np.maximum(slope, np.finfo(float).tiny)
        kappa[open_] = np.maximum(k - move, lam)
        open_[open_] = move > 1e-14 * k  # a move to the right is rounding: the root is reached
    impossible("the Newton iteration for the effective ridge did not converge")


def _start(nodes: Nodes, rows: Array, penalty: Array, top: float) -> Array:
    """Return the lowest point of one common grid that is right of each root: it spares most Newton steps."""
    grid = np.geomspace(nodes.values[nodes.values > 0].min() / 10, top, 64)
    followed = degrees_of_freedom(nodes, grid)
    right = grid * (1 - followed / rows[:, None]) - penalty[:, None] > 1e-9 * grid
    return np.where(right.any(axis=1), grid[right.argmax(axis=1)], np.inf)
