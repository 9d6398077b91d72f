"""What does one ridge fit on weighted rows do by itself? Compiled; imported when first needed.

The scalar equations of theory/reuse/solver.py, in loops: the effective ridge by Newton's steps from the right, and the
common level of rows that count unlike by halving.
"""

from __future__ import annotations

from math import exp, isfinite, lgamma, log, sqrt

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

entry = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
"""What Python calls. Sums may be reordered, in one way whatever stands beside a setting.

What is kept is renewed when the file of what Python calls changes, theory/reuse/compiled.py; not for others' sake.
"""
compiled = numba.njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
"""What compiled code alone calls: kept with it."""

_TINY = float(np.finfo(np.float64).tiny)


@compiled
def rows_left(values: Array, count: Array, dim: float, rows: float, kappa: float) -> tuple[float, float]:
    """T - df_1 and df_1 - df_2, without cancellation: see `equivalents.rows_left`."""
    left, bend, low = 0.0, 0.0, 0.0
    for i in range(values.size):
        s = values[i]
        inverse = 1 / (s + kappa)
        below = s < kappa
        left += (-s if below else kappa) * inverse * count[i]
        bend += inverse * inverse * s * count[i]
        low += count[i] if below else 0.0
    return left + (rows - (dim - low)), kappa * bend


@compiled
def followed(values: Array, count: Array, kappa: float) -> float:
    """Return how many directions a fit follows, df_1."""
    total = 0.0
    for i in range(values.size):
        total += values[i] / (values[i] + kappa) * count[i]
    return total


@compiled
def effective_ridge(values: Array, count: Array, dim: float, rows: float, penalty: float) -> float:
    """`equivalents.effective_ridge`, by the same steps; nan where they do not end."""
    if penalty == 0 and rows >= dim:
        return 0.0
    kappa: float = penalty + (count * values).sum() / rows
    last = np.inf
    for _ in range(1500):
        left, bend = rows_left(values, count, dim, rows, kappa)
        if not left + bend > 0:
            return kappa
        after = max((kappa * bend + penalty * rows) / max(left + bend, _TINY), penalty)
        move = kappa - after
        shrinking = isfinite(last) and move < 1e-3 * kappa
        left_over = move * (move / last) ** 2 if shrinking else move
        goes_on = move > 1e-14 * kappa and left_over > 1e-16 * kappa
        kappa, last = after, move
        if not goes_on:
            return kappa
    return float(np.nan)


@compiled
def common_level(
    values: Array, count: Array, dim: float, share: Array, omega: Array, total: float, penalty: float
) -> float:
    """`fit.common_level`, halved on a logarithmic scale; nan where it refuses. share, omega: of rows of one kind."""
    high: float = (share * omega).sum() * (1 + 1e-9)
    if _excess(values, count, dim, share, omega, total, penalty, high) > 0:  # by rounding: nothing is learned
        return high
    low = high / 2
    for _ in range(800):
        if _excess(values, count, dim, share, omega, total, penalty, low) > 0:
            break
        high, low = low, low / 2
    for _ in range(60):
        middle = sqrt(low) * sqrt(high)
        if _excess(values, count, dim, share, omega, total, penalty, middle) > 0:
            low = middle
        else:
            high = middle
    found = _excess(values, count, dim, share, omega, total, penalty, low) > 0
    return sqrt(low) * sqrt(high) if found else float(np.nan)


@compiled
def _excess(
    values: Array, count: Array, dim: float, share: Array, omega: Array, total: float, penalty: float, level: float
) -> float:
    kappa = penalty / level
    left = rows_left(values, count, dim, total, kappa)[0] / total
    used, found = followed(values, count, kappa) / total, 0.0
    for e in range(share.size):
        each = level / omega[e]
        found += share[e] * (left - each) / max(each + used, 1e-300)
    return found


@compiled
def own_response(
    values: Array, count: Array, dim: float, rows: Array, omega: Array, ridge: float
) -> tuple[float, float, float]:
    """Return theta, rho and chi_gg of a fit: `solver._own_response`, nan at the edge that this refuses.

    rows, omega: of rows of one kind.
    """
    total = rows.sum()
    if ridge == 0 and abs(total - dim) <= 1:
        return np.nan, np.nan, np.nan
    if ridge == 0 and total < dim:
        return 0.0, 1.0, effective_ridge(values, count, dim, total, 0.0) * total
    alike = True
    for e in range(omega.size):
        alike = alike and omega[e] == omega[0]
    if alike:
        kappa = effective_ridge(values, count, dim, total, ridge / (total * omega[0]))
        level = omega[0] * (total - dim) if ridge == 0 else ridge / kappa
    else:
        level = total * common_level(values, count, dim, rows / total, omega, total, ridge / total)
        kappa = ridge / level
    if ridge == 0:
        return 1.0, 0.0, dim / level
    return ridge, 1.0, kappa * followed(values, count, kappa)


@compiled
def times_drawn(sampled: float) -> int:
    """Return how many copies of a row are thought of, at most, where rows are drawn with replacement."""
    return int(np.ceil(sampled + 12 * sqrt(sampled) + 30)) - 1


@compiled
def chance_of(times: int, sampled: float) -> float:
    """Return the chance that a row is drawn so often with replacement."""
    return exp(times * log(sampled) - sampled - lgamma(times + 1.0))
