"""What do ridge fits of many settings do at once? Arrays whose last axis are settings, none touching another.

Every operation is on one setting alone, and every sum goes through its terms in their order: a setting's numbers are
the same to the last bit whichever others stand beside it. Equal to the formulas for one setting up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.errors import impossible
from genloss.theory.arguments import Array, Flags
from genloss.theory.ridge.equivalents import newton_step
from genloss.theory.ridge.fit import finite_size_error, minimum_norm_factor

__all__ = ["Curves", "Fits", "Signal", "added", "common_levels", "effective_ridges", "fits_of", "signal_of"]

_STEP = 2.0
_FEW_COLUMNS = 8  # up to which numpy is faster where it keeps all sums on the way
_TOGETHER = 100_000  # numbers in one temporary array


@dataclass(frozen=True, slots=True)
class Signal:
    """A spectrum above 0, equal eigenvalues joined: values ascend, multiplicity and power s w0^2, (nodes, 1) each."""

    values: Array
    multiplicity: Array
    power: Array

    @property
    def dim(self) -> float:
        """How many eigenvalues there are."""
        return float(self.multiplicity.sum())


@dataclass(frozen=True, slots=True)
class Fits:
    """As `PlainFit`: shrink, rest (nodes, settings), the others (settings,)."""

    shrink: Array
    rest: Array
    df2: Array
    slack: Array
    noise_factor: Array
    allowance: Array


@dataclass(frozen=True, slots=True)
class Curves:
    """Risk of many settings by generation, (generations, settings), with all noises left open.

    The risk is signal + generator x (the generator's noise)^2 + predictor x (the predictor's)^2, its allowance
    relative x risk + more, or 0 where exact.
    """

    signal: Array
    generator: Array
    predictor: Array
    relative: Array
    more: Array
    exact: Flags


def signal_of(spectrum: Array, power: Array) -> Signal:
    """Join equal eigenvalues. spectrum, power: (dim,), eigenvalues above 0."""
    values, place = np.unique(spectrum, return_inverse=True)
    multiplicity, joined = np.zeros(values.size), np.zeros(values.size)
    np.add.at(multiplicity, place, 1.0)
    np.add.at(joined, place, power)
    return Signal(values[:, None], multiplicity[:, None], joined[:, None])


def added(terms: Array) -> Array:
    """Sum over the first axis, in order: numpy adds by pairs where settings do not stand beside each other."""
    if terms.shape[-1] == 1 and 0 < terms.size < _FEW_COLUMNS * len(terms):
        return np.asarray(np.add.accumulate(terms, axis=0)[-1])
    if terms.shape[-1] == 1 and len(terms):
        one = np.ascontiguousarray(terms).reshape(len(terms), -1)
        return np.asarray(np.add.reduce(one, axis=0).reshape(terms.shape[1:]))
    return np.asarray(np.add.reduce(np.ascontiguousarray(terms), axis=0))


def effective_ridges(signal: Signal, rows: Array, penalty: Array) -> Array:
    """Return `effective_ridge` of each setting, (settings,): Newton from the right, each until it is there."""
    points, place = np.unique(rows + 1j * penalty, return_inverse=True)
    step = max(2, _TOGETHER // signal.values.size)
    parts = [_newton(signal, points.real[i : i + step], points.imag[i : i + step]) for i in range(0, points.size, step)]
    return np.asarray(np.concatenate([*parts, np.empty(0)])[place])


def _newton(signal: Signal, rows: Array, penalty: Array) -> Array:
    """Start where `equivalents._solve` does for few points, and take the same steps."""
    trace = added(signal.multiplicity * signal.values)
    kappa = np.where((penalty == 0) & (rows >= signal.dim), 0.0, penalty + trace / rows)
    last, active = np.full(kappa.size, np.inf), np.flatnonzero(kappa > 0)
    for _ in range(1500):
        if not active.size:
            return kappa
        k, t, lam = kappa[active], rows[active], penalty[active]
        left, bend = _rows_left(signal, t, k)
        kappa[active], last[active], goes_on = newton_step(k, t, lam, left, bend, last[active])
        active = active[goes_on]
    impossible("the Newton iteration for the effective ridges did not converge")


def common_levels(signal: Signal, share: Array, omega: Array, total: Array, penalty: Array) -> Array:
    """Return `fit.common_level` of each setting, nan where it refuses. share, omega: (batches, settings), 0 if unused.

    Halved on a logarithmic scale by roots, which have the same bits wherever they are taken.
    """
    weight = np.where(omega > 0, omega, 1.0)

    def excess(level: Array) -> Array:
        kappa = penalty / level
        left = _rows_left(signal, total, kappa)[0] / total
        followed = added(signal.values / (signal.values + kappa) * signal.multiplicity) / total
        return added(share * (left - level / weight) / np.maximum(level / weight + followed, 1e-300))

    high = added(share * omega) * (1 + 1e-9)
    low, nothing = high / _STEP, excess(high) > 0
    for _ in range(800):
        far = ~(excess(low) > 0)
        if not far.any():
            break
        high, low = np.where(far, low, high), np.where(far, low / _STEP, low)
    for _ in range(60):
        middle = np.sqrt(low) * np.sqrt(high)
        above = excess(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    level = np.where(nothing, added(share * omega) * (1 + 1e-9), np.sqrt(low) * np.sqrt(high))
    return np.where(nothing | (excess(low) > 0), level, np.nan)


def _rows_left(signal: Signal, rows: Array, kappa: Array) -> tuple[Array, Array]:
    """T - df_1 and df_1 - df_2 of each setting, without cancellation: see `equivalents.rows_left`."""
    s, inverse = signal.values, 1 / (signal.values + kappa)
    low = s < kappa
    below = added(np.where(low, signal.multiplicity, 0.0))
    above = added(np.where(low, 0.0, signal.multiplicity))
    left = added(np.where(low, -s, kappa) * inverse * signal.multiplicity)
    bend = kappa * added(np.square(inverse) * (s * signal.multiplicity))
    return left + (rows - np.where(below < above, signal.dim - below, above)), bend


def fits_of(signal: Signal, rows: Array, penalty: Array) -> Fits:
    """Return `plain_fit` of each setting, at finite size; none is at the edge of `refuse_edge`."""
    dim, plain = signal.dim, penalty == 0
    kappa = effective_ridges(signal, rows, penalty)
    below = signal.values + kappa
    shrink, rest = signal.values / below, kappa / below
    df2 = added(shrink**2 * signal.multiplicity)
    least_squares = plain & (rows > dim)
    ridge = penalty * rows / np.where(kappa > 0, kappa, 1) + added(shrink * rest * signal.multiplicity)
    slack = np.where(least_squares, rows - dim - 1, ridge)
    factor = np.where(plain & (rows < dim), minimum_norm_factor(dim, rows), 1.0)
    allowance = np.where(least_squares, 0.0, finite_size_error(slack))
    return Fits(shrink, rest, df2, slack, factor, allowance)
