"""What do ridge regressions on many random rows concentrate on? The effective ridge and its degrees of freedom."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import impossible
from genloss.theory.arguments import Array, Flags, checked_range, guarded, together
from genloss.theory.ridge.spectra import Nodes, Spectrum, nodes_of

__all__ = ["degrees_of_freedom", "effective_ridge", "rows_left"]

_CHUNK = 40_000  # numbers in one temporary array: what stays in the cache of a core
_GRID = 256  # points of the grid on which Newton's starts are looked up


@guarded
def degrees_of_freedom(spectrum: Spectrum, kappa: ArrayLike, *, order: int = 1) -> Array:
    r"""Return how many eigen-directions a ridge fit follows.

    .. math:: df_m(\kappa) = \sum_i \left( \frac{s_i}{s_i + \kappa} \right)^m

    spectrum: eigenvalues s of the covariance, shape (dim,), or `PowerLaw` or `Nodes`. kappa:
    effective ridge >= 0, any shape. order: m >= 1. Returns the shape of kappa. Status: definition.
    Source: arXiv 2402.07712, eq. (10). Checked by tests/unit/test_equivalents.py.

    >>> float(degrees_of_freedom([1.0, 1.0, 0.0], 1.0))
    1.0
    """
    ridge = checked_range("kappa", kappa, lowest=0.0, smallest=0.0, meaning="an effective ridge >= 0")
    return followed(nodes_of(spectrum), ridge, order=order)


def followed(nodes: Nodes, kappa: ArrayLike, *, order: int = 1) -> Array:
    """Compute `degrees_of_freedom` at any ridge that a fit has."""
    ridge = np.asarray(kappa, dtype=float)
    values, multiplicity = _positive(nodes)
    flat = ridge.reshape(-1)
    step = max(1, _CHUNK // values.size)
    parts = [
        ((values / (values + flat[i : i + step, None])) ** order) @ multiplicity for i in range(0, flat.size, step)
    ]
    return np.concatenate([*parts, np.empty(0)]).reshape(ridge.shape)


@guarded
def rows_left(nodes: Nodes, *, rows: ArrayLike, kappa: ArrayLike) -> Array:
    r"""Return T - df_1(kappa), the rows that a fit leaves for its residuals, without cancellation.

    A direction with s above kappa counts as followed and gives back kappa / (s + kappa), one below
    counts as not followed and takes s / (s + kappa): the whole part of the sum stays exact.

    nodes: the spectrum. rows, kappa: broadcast; the result has their shape.
    Status: definition. Source: docs/theory/regression.md. Checked by
    tests/unit/test_theory_spectra.py in 60-digit decimals.
    """
    count, ridge = np.broadcast_arrays(np.asarray(rows, dtype=float), np.asarray(kappa, dtype=float))
    return np.asarray(_rows_left(_Sorted(nodes), count.reshape(-1), ridge.reshape(-1))[0].reshape(count.shape))


def rows_left_at(nodes: Nodes) -> Callable[[Sequence[float], float], list[float]]:
    """Return `rows_left` of several numbers of rows at one ridge, for one who asks again and again at other ridges.

    The same numbers to the last bit: the spectrum is sorted once, and df_1 of a ridge is computed once.
    """
    listed = _Sorted(nodes)

    def left(rows: Sequence[float], kappa: float) -> list[float]:
        part = np.where(listed.values < kappa, -listed.values, kappa) * (1 / (listed.values + kappa))
        inside = (part[None] @ listed.multiplicity)[0]
        below = int(np.searchsorted(listed.values, kappa))
        low, high = listed.lower[below], listed.upper[below]
        beyond = listed.dim - low if low < high else high
        return [float(inside + (count - beyond)) for count in rows]

    return left


@guarded
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
    count, ridge = together(
        rows=checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on"),
        penalty=checked_range("penalty", penalty, lowest=0.0, meaning="a ridge penalty >= 0"),
    )
    return _solve(nodes, count.ravel(), ridge.ravel()).reshape(count.shape)


def _positive(nodes: Nodes) -> tuple[Array, Array]:
    """Values and multiplicities of the nodes that count."""
    kept = (nodes.values > 0) & (nodes.multiplicity > 0)
    return nodes.values[kept], nodes.multiplicity[kept]


class _Sorted:
    """The nodes that count, descending, and what is needed to count those above any ridge."""

    def __init__(self, nodes: Nodes) -> None:
        values, multiplicity = _positive(nodes)
        order = np.argsort(values)
        self.values, self.multiplicity, self.dim = values[order], multiplicity[order], nodes.dim
        self.lower = np.append(0.0, np.cumsum(self.multiplicity))  # how many lie below the first k nodes
        self.upper = np.append(np.cumsum(self.multiplicity[::-1])[::-1], 0.0)


def _rows_left(nodes: _Sorted, rows: Array, kappa: Array) -> tuple[Array, Array]:
    """Compute `rows_left` and kappa times its slope, df_1 - df_2, both (points,)."""
    left, spread = np.empty(kappa.size), np.empty(kappa.size)
    step = max(1, _CHUNK // nodes.values.size)
    for i in range(0, kappa.size, step):
        k = kappa[i : i + step, None]
        inverse = 1 / (nodes.values + k)
        part = np.where(nodes.values < k, -nodes.values, k)
        part *= inverse
        left[i : i + step] = part @ nodes.multiplicity
        spread[i : i + step] = np.square(inverse, out=inverse) @ (nodes.values * nodes.multiplicity)
    below = np.searchsorted(nodes.values, kappa)
    low, high = nodes.lower[below], nodes.upper[below]
    left += rows - np.where(low < high, nodes.dim - low, high)
    return left, kappa * spread


def _solve(nodes: Nodes, rows: Array, penalty: Array) -> Array:
    """Newton from the right on a convex function: every step stays right of the root."""
    listed = _Sorted(nodes)
    kappa = np.where((penalty == 0) & (rows >= nodes.dim), 0.0, penalty + (listed.multiplicity @ listed.values) / rows)
    last = np.full(kappa.size, np.inf)
    if kappa.size > 64:
        kappa, last = _start(listed, rows, penalty, kappa)
    active = np.flatnonzero(kappa > 0)
    for _ in range(1500):  # at T = dim and a penalty of 1e-300 a step halves
        if not active.size:
            return kappa
        k, t, lam = kappa[active], rows[active], penalty[active]
        left, bend = _rows_left(listed, t, k)
        kappa[active], last[active], goes_on = newton_step(k, t, lam, left, bend, last[active])
        active = active[goes_on]
    impossible("the Newton iteration for the effective ridge did not converge")


def newton_step(
    kappa: Array, rows: Array, penalty: Array, left: Array, bend: Array, last: Array
) -> tuple[Array, Array, Flags]:
    """Take one step at each point: where it leads, how far it went, and whether another one is needed.

    left, bend: T - df_1 and df_1 - df_2 at kappa. last: how far the step before went. Moves shrink like squares, so
    that the error left after one is about move (move / last)^2; a move to the right is rounding: the root is reached.
    """
    # k - (k left - lam t)/(left + bend), with no difference: between eigenvalues far apart a step is all of k
    after = np.maximum((kappa * bend + penalty * rows) / np.maximum(left + bend, np.finfo(float).tiny), penalty)
    move = np.where(left + bend > 0, kappa - after, 0.0)
    shrinking = np.isfinite(last) & (move < 1e-3 * kappa)
    left_over = np.where(shrinking, move * np.square(move / last), move)
    goes_on = (move > 1e-14 * kappa) & (left_over > 1e-16 * kappa)
    return np.where(left + bend > 0, after, kappa), move, goes_on


def _start(nodes: _Sorted, rows: Array, penalty: Array, kappa: Array) -> tuple[Array, Array]:
    """Take the step of Newton from the lowest point of a grid that is right of each root: it spares most others.

    Returns where it leads and how far it went; where no point of the grid will do, kappa and infinity.
    """
    grid = np.geomspace(nodes.values[0] / 10, max(kappa.max(), nodes.values[0]), _GRID)
    left, bend = _rows_left(nodes, np.zeros(grid.size), grid)
    low, high = np.full(kappa.size, -1), np.full(kappa.size, _GRID - 1)
    while (high - low > 1).any():  # the function is negative left of the root, positive right of it
        middle = np.maximum((low + high) // 2, 0)
        right = grid[middle] * (rows + left[middle]) - penalty * rows > 1e-9 * grid[middle] * rows
        low, high = np.where(right, low, middle), np.where(right, middle, high)
    k = grid[high]
    slope = np.maximum(rows + left[high] + bend[high], np.finfo(float).tiny)
    after = np.maximum((k * bend[high] + penalty * rows) / slope, penalty)
    move = k - after
    usable = (move > 0) & (after > 0) & (k < kappa)
    return np.where(usable, after, kappa), np.where(usable, move, np.inf)


def __dir__() -> list[str]:
    return sorted(__all__)
