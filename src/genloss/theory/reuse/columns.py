"""How much do many chains of ridge fits lose when fits train again on rows that earlier fits have seen?

The recursion of theory/reuse/solver.py where every fit uses its batches whole, for settings in columns
(theory/ridge/columns.py) whose schedules differ in their numbers of rows alone. Then l does not scatter. Of J, the
residuals that a fit moves, only rows that both fits use count; T, the labels, is 1 less the one origin of a batch. All
is linear in the squares of noises: Q and D are followed for the signal, and for one unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.theory.arguments import Array
from genloss.theory.ridge.columns import Curves, Signal, added, common_levels, effective_ridges
from genloss.theory.ridge.fit import finite_size_error
from genloss.theory.ridge.pools import Pools
from genloss.theory.ridge.replace_columns import Teachers

__all__ = ["reuse_chains"]


class _Chains:
    """What is known of all chains so far; fits, batches, nodes and settings are K, B, N, C."""

    def __init__(self, signal: Signal, pools: Pools, rows: Array) -> None:
        count, batches, settings = pools.uses.shape[0], *rows.shape
        square, nodes = (count, count, settings), signal.values.size
        self.signal, self.pools, self.rows = signal, pools, rows
        self.L, self.L_T = (np.zeros((count, count, batches, settings)) for _ in range(2))
        self.s_A = np.zeros((count, count, nodes, settings))
        self.A_rho = np.zeros((count, nodes, settings))
        self.Q, self.D = np.zeros((2, *square)), np.zeros((2, *square))
        self.own_power = np.zeros((2, count, nodes, settings))
        self.drift, self.own_error, self.own_bias = (np.zeros((count, settings)) for _ in range(3))
        self.kept = np.zeros((batches, settings))

    def fill(self, g: int, penalty: Array) -> None:
        """Add fit g. penalty: (settings,)."""
        alone = self._alone(g, penalty)
        row = self._respond(g, alone)
        for part in (0, 1):
            self._moments(g, alone, row, part)
        self._allow(g, alone)

    def _alone(self, g: int, penalty: Array) -> _Alone:
        """Solve the scalar equation of fit g on weighted rows."""
        s, dim = self.signal.values, self.signal.dim
        omega = self.pools.weights(g, self.rows)
        used = np.where(omega > 0, self.rows, 0.0)
        total = added(used)
        plain = penalty == 0
        few = plain & (total < dim)
        kappa, level = self._levels(omega, used, total, penalty)
        followed = added(s / (s + kappa) * self.signal.multiplicity)
        least = plain & ~few
        theta = np.where(least, 1.0, penalty * total)
        rho = np.where(least, 0.0, 1.0)
        chi = np.where(few, kappa * total, np.where(least, dim / level, kappa * followed))
        below_omega = theta + omega * chi
        ell, left = omega / below_omega, theta / below_omega
        weight = used * ell
        M = added(weight)
        below = rho + s * M
        s_A = s / below
        ignored = added(self.signal.multiplicity * s_A * rho / below)
        slack = added(weight * (left + ell * ignored)) / M
        return _Alone(rho, ell, M, s_A, slack, weight, rho / below)

    def _levels(self, omega: Array, used: Array, total: Array, penalty: Array) -> tuple[Array, Array]:
        """Return the effective ridge, and what one row weighs beside the others, times the rows."""
        plain = penalty == 0
        kappa = effective_ridges(self.signal, total, penalty)
        level = np.where(plain, total - self.signal.dim, penalty * total / np.where(plain, 1.0, kappa))
        uneven = ((omega > 0) & (omega != 1.0)).any(axis=0) & ~(plain & (total < self.signal.dim))
        if uneven.any():
            found = common_levels(
                self.signal, used[:, uneven] / total[uneven], omega[:, uneven], total[uneven], penalty[uneven]
            )
            level[uneven] = total[uneven] * found
            kappa[uneven] = penalty[uneven] / found
        return kappa, level

    def _respond(self, g: int, alone: _Alone) -> _Row:
        """Fill row g of s A, A rho, L and L T, from row g of chi and M, which are one triangular system."""
        s, count, origin = self.signal.values, self.signal.multiplicity, self.pools.origin
        taught = np.zeros((g, alone.M.size))
        labeled = [b for b in range(origin.size) if self.pools.uses[g, b] and 0 <= origin[b] < g]
        for b in labeled:
            taught[origin[b]] -= alone.weight[b]
        to_D = np.zeros((g, g, alone.M.size))
        for b in np.flatnonzero(self.pools.uses[g]).tolist():
            to_D += self.L_T[:g, :g, b] * alone.weight[b]
        to_Q = np.zeros_like(to_D)
        for i in range(s.size):
            to_Q += self.s_A[:g, :g, i] * (count[i] * alone.s_A[i])
        x, y = np.zeros_like(taught), np.zeros_like(taught)
        for h in range(g - 1, -1, -1):
            first = taught[h] - added(x[h + 1 :] * to_D[h + 1 :, h])
            other = -added(y[h + 1 :] * to_Q[h + 1 :, h])
            y[h] = (first - to_D[h, h] * other) / (1 - to_D[h, h] * to_Q[h, h])
            x[h] = other - y[h] * to_Q[h, h]
        J = np.zeros((g, *self.rows.shape))
        for k in range(g):
            J[: k + 1] -= x[k] * self.L[k, : k + 1]
        J[:, ~self.pools.uses[g]] = 0.0
        J_T = J.copy()
        for b in labeled:
            J_T[origin[b], b] -= 1 + added(J[origin[b] + 1 :, b])
        self.L[g, :g], self.L_T[g, :g] = alone.ell * J, alone.ell * J_T
        self.L[g, g] = self.L_T[g, g] = alone.ell
        learned = np.zeros(self.A_rho.shape[1:])
        for k in range(g):
            self.s_A[g, : k + 1] -= y[k] * self.s_A[k, : k + 1]
            learned += y[k] * self.A_rho[k]
        self.s_A[g, :g] *= alone.s_A
        self.s_A[g, g] = alone.s_A
        self.A_rho[g] = np.where(alone.rho > 0, alone.rho - s * learned, -learned) / np.where(
            alone.rho > 0, alone.rho + s * alone.M, alone.M
        )
        return _Row(J, J_T, to_D, to_Q)

    def _moments(self, g: int, alone: _Alone, row: _Row, part: int) -> None:
        """Fill row g of Q and D, as far as they come from the signal, or from one unit of noise."""
        Q, D, count = self.Q[part], self.D[part], self.signal.multiplicity
        used = np.flatnonzero(self.pools.uses[g])
        J, J_T, s_A = row.J[:, used], row.J_T[:, used], self.s_A[g, :g]
        carried = np.zeros_like(J)
        along = np.zeros_like(s_A)
        for h in range(g):
            carried += Q[:g, h, None] * J_T[h]
            along += D[:g, h, None] * s_A[h]
        weight, scale = alone.weight[used], self.pools.scale[used, None] if part else np.zeros((used.size, 1))
        noisy = scale * (1 + added(J))
        through, fixed = np.zeros((g, alone.M.size)), np.zeros((g, alone.M.size))
        for h in range(g):
            sent = self.L_T[h:g, h][:, used] * (weight * carried[h]) + self.L[h:g, h][:, used] * (weight * noisy)
            through[h:] += added(np.moveaxis(sent, 1, 0))
            fixed[h:] += added(np.moveaxis(self.s_A[h:g, h] * (along[h] * count), 1, 0))
        power = self.signal.power * self.A_rho[g] if part == 0 else np.zeros_like(self.A_rho[g])
        for k in range(g):
            fixed[k] += added(self.A_rho[k] * power)
        q, d = np.zeros_like(fixed), np.zeros_like(fixed)
        for h in range(g):
            a = fixed[h] + added(row.to_Q[h, :h] * d[:h])
            b = through[h] + added(row.to_D[h, :h] * q[:h])
            q[h] = (a + row.to_Q[h, h] * b) / (1 - row.to_Q[h, h] * row.to_D[h, h])
            d[h] = b + row.to_D[h, h] * q[h]
        Q[g, :g], Q[:g, g], D[g, :g], D[:g, g] = q, q, d, d
        left = added(carried * J_T) + 2 * added(q[:, None] * J_T) + noisy * (1 + added(J))
        others = added(along * s_A) + 2 * alone.s_A * added(d[:, None] * s_A)
        square = weight * alone.ell[used]
        spread = others + alone.s_A**2 * added(square * left)
        Q[g, g] = (added(power * self.A_rho[g]) + added(count * spread)) / alone.slack
        D[g, g] = added(square * (left + Q[g, g]))
        self.own_power[part, g] = others + alone.s_A**2 * D[g, g]

    def _allow(self, g: int, alone: _Alone) -> None:
        """What finite size may do to fit g, and what it inherits by its rows."""
        uses, origin = self.pools.uses[g], self.pools.origin
        own = finite_size_error(alone.M**2 * alone.slack / added(alone.weight * alone.ell))
        inherited = np.array([self.drift[o] if 0 <= o < g else 0.0 * own for o in origin])
        share = alone.weight / alone.M
        self.drift[g] = own + added(share * np.maximum(self.kept, inherited))
        self.own_error[g], self.own_bias[g] = own, added(alone.rest**2 * self.signal.power) / alone.slack
        self.kept[uses] = np.maximum(self.kept[uses], self.drift[g])


@dataclass(frozen=True, slots=True)
class _Alone:
    """What a fit does by itself: letters as in the solver; weight: n l of each batch."""

    rho: Array
    ell: Array
    M: Array
    s_A: Array
    slack: Array
    weight: Array
    rest: Array


@dataclass(frozen=True, slots=True)
class _Row:
    """As `solver.FitRow`: J and J T (g, B, C), what carries Q's row to D's and back (g, g, C)."""

    J: Array
    J_T: Array
    to_D: Array
    to_Q: Array


def reuse_chains(signal: Signal, pools: Pools, rows: Array, penalty: Array) -> tuple[Curves, Teachers]:
    """Follow chains of fits. rows: expected, (batches of one origin, settings), penalty: (fits, settings).

    Returns the risk of every fit, and all fits as who labels a predictor's rows; the truth stands first.
    """
    chains = _Chains(signal, pools, rows)
    for g in range(penalty.shape[0]):
        chains.fill(g, penalty[g])
    by_signal, by_noise = (np.moveaxis(np.diagonal(part), -1, 0) for part in chains.Q)
    relative = 0.005 + chains.drift
    more = 2 * chains.own_bias * chains.own_error
    nothing = np.zeros(relative.shape)
    curves = Curves(by_signal, by_noise, nothing, relative, more, np.zeros(nothing.shape, dtype=bool))
    loss, power = chains.A_rho, chains.own_power * signal.multiplicity
    first = np.zeros((1, *loss.shape[1:]))
    teachers = Teachers(
        np.concatenate([first, loss**2 * signal.power + power[0]]),
        np.concatenate([first, power[1]]),
        np.concatenate([first, loss]),
        np.concatenate([np.zeros((1, rows.shape[1])), chains.drift]),
        np.zeros((loss.shape[0] + 1, rows.shape[1]), bool),
    )
    return curves, teachers
