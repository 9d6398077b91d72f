"""How do ridge fits that share rows respond to each other? One scalar root and one triangular solve per fit.

Words: fit g of K, batch m, direction (node) i of eigenvalue s_i, T_m = 1 - teachers. With ridge c_g, the
pair (theta_g, rho_g) is (c_g, 1), or (1, 0) for least squares, or (0, 1) for an interpolator. Solved is

    L_m = l_m J_m,  J_m = (1 + T_m chi's lower part l_m)^-1,  l_m = E omega / (theta + omega chi_gg),
    M = sum_m n_m L_m T_m,   A_i = (rho + s_i M)^-1,   chi = sum_i s_i A_i,
    R_m = L_m (T_m Q T_m' + S_m + lift_m) L_m',   D = sum_m n_m R_m,
    Q = sum_i s_i (w0_i^2 (A_i rho)(A_i rho)' + s_i A_i D A_i').

All matrices but Q, S, R, D are lower triangular. Row g of chi enters row g of M linearly and the other way
round, and so do the rows of Q and D: each pair is one triangular system. Derivation: docs/theory/reuse.md.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from genloss.theory.arguments import Array, refuse_edge
from genloss.theory.equivalents import effective_ridge
from genloss.theory.fit import common_level
from genloss.theory.reuse_batch import Batches, Entries, entries_of
from genloss.theory.spectra import Nodes

__all__ = ["Solution", "solve"]


@dataclass
class Solution:
    """What the recursion fills, row by row of fits; the leading axis 2 is (by the signal, by the noise).

    response: chi; rows_response: M; follow: s A, (K, K, nodes); loss: A rho, (K, nodes). inner: J, (B, K, K).
    passed: l, (B, K). cross: Q; driven: D, (2, K, K). residual: mean square of y, what is left of a label
    of batch m after all earlier fits have had their say on its row, (2, B, K). lifted: lift, (2, B, K).
    fitted: mean of (theta / (theta + omega chi))^2 over rows used, (B, K); nan where none is. own: power
    of each fit's own part along each node, per unit of multiplicity, (2, K, nodes).
    spread: relative variance of l, (B, K). slack: 1 - kap_gg; passed_squares: sum_m n E l^2; (K,).
    """

    response: Array
    rows_response: Array
    follow: Array
    loss: Array
    inner: Array
    passed: Array
    cross: Array
    driven: Array
    residual: Array
    lifted: Array
    fitted: Array
    own: Array
    spread: Array
    slack: Array
    passed_squares: Array
    rho: Array


@dataclass(frozen=True)
class Source:
    """What drives the errors: s w0^2 on the nodes, the signal at s = 0, and the covariances S, (B, K, K)."""

    signal: Array
    unlearned: float
    noise: Array


def solve(nodes: Nodes, signal: Array, batches: Batches, ridge: Array, unlearned: float) -> Solution:
    """Solve for all fits. nodes: values > 0; signal: s w0^2 on each; ridge: c per fit; unlearned: signal at s = 0."""
    found = _empty(batches, nodes.values.size)
    labels = np.eye(ridge.size) - batches.teachers  # T
    seen = np.zeros_like(labels)  # J T: what a fit's residual keeps of each fit's error
    sources = (
        Source(signal, unlearned, np.zeros_like(batches.noise)),
        Source(np.zeros_like(signal), 0.0, batches.noise),
    )
    for g in range(ridge.size):
        rows_on, on_rows = _respond(nodes, batches, labels, seen, found, g, float(ridge[g]))
        for part, source in enumerate(sources):
            _spread(nodes, source, batches, seen, found, g, part, rows_on, on_rows)
    return found


def _empty(batches: Batches, size: int) -> Solution:
    count, fits = batches.weights.shape
    square, per_batch = (fits, fits), (count, fits)
    return Solution(
        response=np.zeros(square),
        rows_response=np.zeros(square),
        follow=np.zeros((fits, fits, size)),
        loss=np.zeros((fits, size)),
        inner=np.zeros((count, fits, fits)),
        passed=np.zeros(per_batch),
        cross=np.zeros((2, *square)),
        driven=np.zeros((2, *square)),
        residual=np.zeros((2, *per_batch)),
        lifted=np.zeros((2, *per_batch)),
        fitted=np.full(per_batch, np.nan),
        own=np.zeros((2, fits, size)),
        spread=np.zeros(per_batch),
        slack=np.zeros(fits),
        passed_squares=np.zeros(fits),
        rho=np.ones(fits),
    )


def _respond(
    nodes: Nodes, batches: Batches, labels: Array, seen: Array, found: Solution, g: int, ridge: float
) -> tuple[Array, Array]:
    """Fill row g of chi, M, s A, A rho and J; return what carries Q's row to D's, and D's to Q's, (g, g) each."""
    s, count = nodes.values, nodes.multiplicity
    entries = entries_of(batches, g)
    theta, rho, chi = _own_response(nodes, entries, ridge, g)
    each = entries.weight / (theta + entries.weight * chi)
    left = theta / (theta + entries.weight * chi)
    place, size = entries.place, batches.rows.size
    used = np.bincount(place, entries.rows, size) / batches.rows
    mean = np.bincount(place, entries.rows * each, size) / batches.rows
    weight, heard = batches.rows * mean, used > 0
    own = float(weight.sum())
    follow = s / (rho + s * own)
    relative = np.bincount(place, entries.rows * (each / mean[place]) ** 2, size) / batches.rows
    found.passed[:, g], found.rho[g] = mean, rho
    found.spread[heard, g] = np.maximum(relative[heard] - 1, 0)
    found.fitted[heard, g] = (np.bincount(place, entries.rows * left**2, size) / batches.rows)[heard] / used[heard]
    found.response[g, g], found.rows_response[g, g] = chi, own
    # 1 - kap_gg with no difference of near numbers: l^2 (theta / omega + chi) = l, s A (1 - s A M) = s A^2 rho
    ignored = float(count @ (follow * rho / (rho + s * own)))
    found.slack[g] = entries.rows @ (each * (left + each * ignored)) / own
    found.inner[:, g, g] = 1.0

    # With chi's row x: U = T chi is before + x, J's row is - U L, so M's row is first - x rows_on.
    lower = found.inner[:, :g, :g] * found.passed[:, :g, None]
    before = labels[:, g, :g] @ found.response[:g, :g]
    inner = -np.einsum("mk,mkh->mh", before, lower)
    first = weight @ (labels[:, g, :g] + np.einsum("mk,mkh->mh", inner, labels[:, :g, :g]))
    rows_on = np.einsum("m,mkh->kh", weight, found.passed[:, :g, None] * seen[:, :g, :g])
    on_rows = found.follow[:g, :g] @ (count * follow)
    if g:
        row = solve_triangular((np.eye(g) - rows_on @ on_rows).T, -(first @ on_rows), lower=False)
        found.response[g, :g] = row
        found.rows_response[g, :g] = first - row @ rows_on
        inner = inner - np.einsum("k,mkh->mh", row, lower)
        found.inner[:, g, :g] = inner
    seen[:, g, :g] = labels[:, g, :g] + np.einsum("mk,mkh->mh", inner, labels[:, :g, :g])
    seen[:, g, g] = 1.0
    taught = found.rows_response[g, :g]
    found.follow[g, :g] = -follow * np.tensordot(taught, found.follow[:g, :g], axes=1)
    found.follow[g, g] = follow
    learned = taught @ found.loss[:g]
    found.loss[g] = (rho - s * learned) / (rho + s * own) if rho else -learned / own
    return rows_on, on_rows


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


def _spread(
    nodes: Nodes,
    source: Source,
    batches: Batches,
    seen: Array,
    found: Solution,
    g: int,
    part: int,
    rows_on: Array,
    on_rows: Array,
) -> None:
    """Fill row g of Q and D, as far as they come from one source."""
    cross, driven, lifted = found.cross[part], found.driven[part], found.lifted[part]
    mine, inner = seen[:, g, :g], found.inner[:, g, : g + 1]
    follow, own = found.follow[g, :g], found.follow[g, g]
    carried = mine @ cross[:g, :g]  # J T Q
    heard = np.einsum("mk,mkj->mj", inner, source.noise[:, : g + 1, : g + 1])  # J (S + lift)
    heard[:, :g] += inner[:, :g] * lifted[:, :g]
    along = np.tensordot(driven[:g, :g], follow, axes=1) if g else np.zeros((0, own.size))  # D (s A)'
    sent = source.signal * found.loss[g]

    # D's row is through + rows_on (Q's row), Q's row is fixed + on_rows (D's row).
    weight = (batches.rows * found.passed[:, g])[:, None]
    each = found.passed[:, :g]
    through = np.einsum("mb,mhb->h", weight * carried, each[:, :, None] * seen[:, :g, :g])
    through += np.einsum("mj,mhj->h", weight * heard[:, :g], each[:, :, None] * found.inner[:, :g, :g])
    fixed = source.unlearned + found.loss[:g] @ sent
    fixed += np.einsum("bi,hbi->h", along * nodes.multiplicity, found.follow[:g, :g])
    if g:
        row = solve_triangular(np.eye(g) - on_rows @ rows_on, fixed + on_rows @ through, lower=True)
        cross[g, :g] = cross[:g, g] = row
        driven[g, :g] = driven[:g, g] = through + rows_on @ row

    # The diagonal: D_gg is square (residual), the residual is left + Q_gg.
    square = batches.rows * found.passed[:, g] ** 2 * (1 + found.spread[:, g])
    left = (carried * mine).sum(axis=1) + 2 * mine @ cross[g, :g] + (heard * inner).sum(axis=1)
    others = (along * follow).sum(axis=0) + 2 * own * (driven[g, :g] @ follow)
    known = source.unlearned + sent @ found.loss[g] + nodes.multiplicity @ (others + own**2 * (square @ left))
    cross[g, g] = known / found.slack[g]
    found.residual[part, :, g] = left + cross[g, g]
    lifted[:, g] = found.spread[:, g] * found.residual[part, :, g]
    driven[g, g] = square @ found.residual[part, :, g]
    found.own[part, g] = others + own**2 * driven[g, g]
    found.passed_squares[g] = square.sum()
