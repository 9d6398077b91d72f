"""How do ridge fits that share rows respond to each other? One scalar root and one triangular solve per fit.

Words: fit g of K, batch m, direction (node) i of eigenvalue s_i, T_m = 1 - teachers. With ridge c_g, the
pair (theta_g, rho_g) is (c_g, 1), or (1, 0) for least squares, or (0, 1) for an interpolator. Solved is

    L_m = l_m J_m,  J_m = (1 + T_m chi's lower part l_m)^-1,  l_m = E omega / (theta + omega chi_gg),
    M = sum_m n_m L_m T_m,   A_i = (rho + s_i M)^-1,   chi = sum_i s_i A_i,
    R_m = L_m (T_m Q T_m' + S_m + lift_m) L_m',   D = sum_m n_m R_m,
    Q = sum_i s_i (w0_i^2 (A_i rho)(A_i rho)' + s_i A_i D A_i').

All matrices but Q, S, R, D are lower triangular. FitRow g of chi enters row g of M linearly and the other way
round, and so do the rows of Q and D: each pair is one triangular system. Derivation: docs/theory/reuse.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.theory.arguments import Array, refuse_edge
from genloss.theory.reuse.batch import Batches, Entries, entries_of
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.ridge.fit import common_level
from genloss.theory.ridge.spectra import Nodes

__all__ = ["Recursion", "Solution", "begin", "solve"]

Long = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
"""(K, K, many): the long axis last, so that sums over two axes of the first g fits are one product, without a copy."""


@dataclass
class Solution:
    """What the recursion fills, row by row of fits: the letters of the equations above, a line each.

    A leading axis of 2 is (by the signal, by the noise).
    """

    chi: Array  # (K, K): how far a weighted residual of one fit on a row moves the prediction of another there
    M: Array  # (K, K): what all rows together teach; its inverse times rho is the matrix of effective ridges
    rho: Array  # (K,): 1, or 0 for least squares
    s_A: Long  # (K, K, nodes): s A
    A_rho: Array  # (K, nodes): the loss of gain, 1 - E[w] / w0
    L: Long  # (K, K, B): weighted residuals on a row, given the residuals of fits made without it
    L_T: Long  # (K, K, B): L T
    ell: Array  # (K, B): l, the diagonal of L: a mean over the rows of a batch
    ell_variance: Array  # (K, B): the relative variance of l over them
    Q: Array  # (2, K, K): covariance of errors, in the inputs' covariance
    D: Array  # (2, K, K): sum of n R, the covariance of what rows do to the fits along one direction
    left_out_residual: Array  # (2, K, B): mean square of a label's residual when the fit is made without its row
    lift: Array  # (2, K, B): ell_variance times that
    training_ratio: Array  # (K, B): the same with the row, over that: mean of (theta / (theta + omega chi))^2, or nan
    own_power: Array  # (2, K, nodes): power of each fit's own part along each node, per unit of multiplicity
    slack: Array  # (K,): 1 - kap_gg, with kap_gg = M's own part of Q; Q_gg is what is known of it over this
    ell_squares: Array  # (K,): sum of n E l^2


@dataclass(frozen=True)
class Forcing:
    """What drives the errors: s w0^2 on the nodes, the signal at s = 0, and the covariances S, (K, K, B)."""

    signal: Array
    unlearned: float
    noise_covariance: Long | None


@dataclass(frozen=True)
class FitRow:
    """One fit's rows of matrices, as far as fits before it."""

    J: Array  # (g, B), before its own entry of 1
    J_T: Array  # (g, B), before its own entry of 1
    Q_to_D: Array  # (g, g): carries Q's row to D's
    D_to_Q: Array  # (g, g): and D's to Q's


@dataclass(frozen=True)
class Recursion:
    """The equations of one chain of fits, and what is known of its solution so far."""

    nodes: Nodes
    batches: Batches
    labels: Long
    forcings: tuple[Forcing, Forcing]
    found: Solution

    def fill(self, g: int, ridge: float) -> None:
        """Solve fit g at ridge c, given the fits before it; anew if it was solved before."""
        row = _respond(self.nodes, self.batches, self.labels, self.found, g, ridge)
        for part, forcing in enumerate(self.forcings):
            _moments(self.nodes, forcing, self.batches, self.found, row, g, part)


def begin(nodes: Nodes, signal: Array, batches: Batches, unlearned: float) -> Recursion:
    """Set the equations up. nodes: values > 0; signal: s w0^2 on each; unlearned: signal at s = 0."""
    fits = batches.weights.shape[1]
    labels = np.ascontiguousarray(np.moveaxis(np.eye(fits) - batches.teachers, 0, -1))  # T
    covariance = np.ascontiguousarray(np.moveaxis(batches.noise_covariance, 0, -1))
    forcings = Forcing(signal, unlearned, None), Forcing(np.zeros_like(signal), 0.0, covariance)
    return Recursion(nodes, batches, labels, forcings, _empty(fits, batches.rows.size, nodes.values.size))


def solve(recursion: Recursion, ridge: Array) -> Solution:
    """Solve for all fits. ridge: c per fit."""
    for g in range(ridge.size):
        recursion.fill(g, float(ridge[g]))
    return recursion.found


def _empty(fits: int, count: int, size: int) -> Solution:
    square, per_batch = (fits, fits), (fits, count)
    return Solution(
        chi=np.zeros(square),
        M=np.zeros(square),
        rho=np.ones(fits),
        s_A=np.zeros((*square, size)),
        A_rho=np.zeros((fits, size)),
        L=np.zeros((*square, count)),
        L_T=np.zeros((*square, count)),
        ell=np.zeros(per_batch),
        ell_variance=np.zeros(per_batch),
        Q=np.zeros((2, *square)),
        D=np.zeros((2, *square)),
        left_out_residual=np.zeros((2, *per_batch)),
        lift=np.zeros((2, *per_batch)),
        training_ratio=np.full(per_batch, np.nan),
        own_power=np.zeros((2, fits, size)),
        slack=np.zeros(fits),
        ell_squares=np.zeros(fits),
    )


def _first(matrix: Long, g: int) -> Array:
    """The first g rows and columns of a long matrix as (g, g x many), a view."""
    return matrix.reshape(matrix.shape[0], -1)[:g, : g * matrix.shape[2]]


def _respond(nodes: Nodes, batches: Batches, labels: Long, found: Solution, g: int, ridge: float) -> FitRow:
    """Fill row g of chi, M, s A, A rho, L and L T."""
    s, count, size = nodes.values, nodes.multiplicity, batches.rows.size
    s_A = _respond_alone(nodes, batches, found, g, ridge)
    rho, M_gg, weight = found.rho[g], found.M[g, g], batches.rows * found.ell[g]

    # With chi's row x: U = T chi is before + x, J's row is - U L, so M's row is first - x Q_to_D.
    before = found.chi[:g, :g].T @ labels[g, :g]
    J = -np.einsum("km,khm->hm", before, found.L[:g, :g])
    first = (labels[g, :g] + np.einsum("km,khm->hm", J, labels[:g, :g])) @ weight
    Q_to_D = found.L_T[:g, :g] @ weight
    D_to_Q = found.s_A[:g, :g] @ (count * s_A)
    if g:
        from scipy.linalg import solve_triangular  # loaded where rows are used again

        row = solve_triangular((np.eye(g) - Q_to_D @ D_to_Q).T, -(first @ D_to_Q), lower=False)
        found.chi[g, :g] = row
        found.M[g, :g] = first - row @ Q_to_D
        J = J - (row @ _first(found.L, g)).reshape(g, size)
    J_T = labels[g, :g] + np.einsum("km,khm->hm", J, labels[:g, :g])
    found.L[g, :g], found.L_T[g, :g] = found.ell[g] * J, found.ell[g] * J_T
    found.L[g, g] = found.L_T[g, g] = found.ell[g]
    taught = found.M[g, :g]
    found.s_A[g, :g] = -s_A * (taught @ _first(found.s_A, g)).reshape(g, s.size)
    found.s_A[g, g] = s_A
    learned = taught @ found.A_rho[:g]
    found.A_rho[g] = (rho - s * learned) / (rho + s * M_gg) if rho else -learned / M_gg
    return FitRow(J, J_T, Q_to_D, D_to_Q)


def _respond_alone(nodes: Nodes, batches: Batches, found: Solution, g: int, ridge: float) -> Array:
    """Fill what fit g does by itself, and return its s A_gg."""
    entries = entries_of(batches, g)
    theta, rho, chi = _own_response(nodes, entries, ridge, g)
    each = entries.weight / (theta + entries.weight * chi)
    left = theta / (theta + entries.weight * chi)
    place, rows, size = entries.place, batches.rows, batches.rows.size
    used = np.bincount(place, entries.rows, size) / rows
    mean = np.bincount(place, entries.rows * each, size) / rows
    relative = np.bincount(place, entries.rows * (each / mean[place]) ** 2, size) / rows
    uses = used > 0
    found.ell[g], found.rho[g] = mean, rho
    found.ell_variance[g, uses] = np.maximum(relative[uses] - 1, 0)
    found.training_ratio[g, uses] = (np.bincount(place, entries.rows * left**2, size) / rows)[uses] / used[uses]
    M_gg = float(rows @ mean)
    found.chi[g, g], found.M[g, g] = chi, M_gg
    s_A = np.asarray(nodes.values / (rho + nodes.values * M_gg))
    # 1 - kap_gg with no difference of near numbers: l^2 (theta / omega + chi) = l, s A (1 - s A M) = s A^2 rho
    ignored = float(nodes.multiplicity @ (s_A * rho / (rho + nodes.values * M_gg)))
    found.slack[g] = entries.rows @ (each * (left + each * ignored)) / M_gg
    return s_A


def _own_response(nodes: Nodes, entries: Entries, ridge: float, g: int) -> tuple[float, float, float]:
    """Return theta, rho and chi_gg of a fit: the scalar equation of ridge regression on weighted rows."""
    rows, omega = entries.rows, entries.weight
    total = float(rows.sum())
    refuse_edge(f"batches: rows of fit {g}", total, nodes.dim, ridge == 0)
    if ridge == 0 and total < nodes.dim:
        kappa = float(effective_ridge(nodes, rows=total, penalty=0.0))
        return 0.0, 1.0, kappa * total
    if np.all(omega == omega[0]):
        kappa = float(effective_ridge(nodes, rows=total, penalty=ridge / (total * omega[0])))
        level = omega[0] * (total - nodes.dim) if ridge == 0 else ridge / kappa
    else:
        level = total * common_level(nodes, total, rows / total, omega, ridge / total)
        kappa = ridge / level
    if ridge == 0:
        return 1.0, 0.0, nodes.dim / level
    return ridge, 1.0, kappa * float((nodes.values / (nodes.values + kappa)) @ nodes.multiplicity)


def _moments(nodes: Nodes, forcing: Forcing, batches: Batches, found: Solution, row: FitRow, g: int, part: int) -> None:
    """Fill row g of Q and D, as far as they come from one forcing."""
    Q, D, lift = found.Q[part], found.D[part], found.lift[part]
    s_A, s_A_gg, J_T, J = found.s_A[g, :g], found.s_A[g, g], row.J_T, row.J
    carried = Q[:g, :g] @ J_T  # Q (J T)'
    on_row = lift[:g] * J  # (S + lift) J'
    alone = np.zeros(batches.rows.size)
    if forcing.noise_covariance is not None:
        on_row = on_row + np.einsum("km,kjm->jm", J, forcing.noise_covariance[:g, :g]) + forcing.noise_covariance[g, :g]
        alone = forcing.noise_covariance[g, g] + (forcing.noise_covariance[g, :g] * J).sum(axis=0)
    along = D[:g, :g] @ s_A  # D (s A)'
    sent = forcing.signal * found.A_rho[g]

    # D's row is through + Q_to_D (Q's row), Q's row is fixed + D_to_Q (D's row).
    weight = batches.rows * found.ell[g]
    through = _first(found.L_T, g) @ (weight * carried).ravel() + _first(found.L, g) @ (weight * on_row).ravel()
    fixed = forcing.unlearned + found.A_rho[:g] @ sent
    fixed = fixed + _first(found.s_A, g) @ (along * nodes.multiplicity).ravel()
    if g:
        from scipy.linalg import solve_triangular

        solved = solve_triangular(np.eye(g) - row.D_to_Q @ row.Q_to_D, fixed + row.D_to_Q @ through, lower=True)
        Q[g, :g] = Q[:g, g] = solved
        D[g, :g] = D[:g, g] = through + row.Q_to_D @ solved

    # The diagonal: D_gg is square (residual), the residual is left + Q_gg.
    square = weight * found.ell[g] * (1 + found.ell_variance[g])
    left = (carried * J_T).sum(axis=0) + 2 * Q[g, :g] @ J_T + (on_row * J).sum(axis=0) + alone
    others = (along * s_A).sum(axis=0) + 2 * s_A_gg * (D[g, :g] @ s_A)
    known = forcing.unlearned + sent @ found.A_rho[g] + nodes.multiplicity @ (others + s_A_gg**2 * (square @ left))
    Q[g, g] = known / found.slack[g]
    found.left_out_residual[part, g] = left + Q[g, g]
    lift[g] = found.ell_variance[g] * found.left_out_residual[part, g]
    D[g, g] = square @ found.left_out_residual[part, g]
    found.own_power[part, g] = others + s_A_gg**2 * D[g, g]
    found.ell_squares[g] = square.sum()
