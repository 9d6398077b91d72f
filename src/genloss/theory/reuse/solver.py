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
from genloss.theory.reuse.batch import Batches, Entries, entries_of
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.ridge.fit import common_level
from genloss.theory.ridge.spectra import Nodes

__all__ = ["Recursion", "Solution", "begin", "solve"]

Long = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
"""(K, K, many): the long axis last, so that sums over two axes of the first g fits are one product, without a copy."""


@dataclass
class Solution:
    """What the recursion fills, row by row of fits; the leading axis 2 is (by the signal, by the noise).

    response: chi; rows_response: M; rho; follow: s A, (K, K, nodes); loss: A rho, (K, nodes). heard: L;
    gain: L T, (K, K, B). passed: l, (K, B). spread: relative variance of l, (K, B). cross: Q; driven: D,
    (2, K, K). residual: mean square of y, what is left of a label after all earlier fits have had their
    say on its row, (2, K, B). lifted: lift, (2, K, B). fitted: mean of (theta / (theta + omega chi))^2 over
    rows used, (K, B); nan where none is. own: power of each fit's own part along each node, per unit
    of multiplicity, (2, K, nodes). slack: 1 - kap_gg; passed_squares: sum_m n E l^2; (K,).
    """

    response: Array
    rows_response: Array
    rho: Array
    follow: Long
    loss: Array
    heard: Long
    gain: Long
    passed: Array
    spread: Array
    cross: Array
    driven: Array
    residual: Array
    lifted: Array
    fitted: Array
    own: Array
    slack: Array
    passed_squares: Array


@dataclass(frozen=True)
class Source:
    """What drives the errors: s w0^2 on the nodes, the signal at s = 0, and the covariances S, (K, K, B)."""

    signal: Array
    unlearned: float
    noise: Long | None


@dataclass(frozen=True)
class Row:
    """One fit: rows J and J T before its own entries of 1, (g, B), and what carries Q's row to D's and back, (g, g)."""

    inner: Array
    seen: Array
    rows_on: Array
    on_rows: Array


@dataclass(frozen=True)
class Recursion:
    """The equations of one chain of fits, and what is known of its solution so far."""

    nodes: Nodes
    batches: Batches
    labels: Long
    sources: tuple[Source, Source]
    found: Solution

    def fill(self, g: int, ridge: float) -> None:
        """Solve fit g at ridge c, given the fits before it; anew if it was solved before."""
        row = _respond(self.nodes, self.batches, self.labels, self.found, g, ridge)
        for part, source in enumerate(self.sources):
            _spread(self.nodes, source, self.batches, self.found, row, g, part)


def begin(nodes: Nodes, signal: Array, batches: Batches, unlearned: float) -> Recursion:
    """Set the equations up. nodes: values > 0; signal: s w0^2 on each; unlearned: signal at s = 0."""
    fits = batches.weights.shape[1]
    labels = np.ascontiguousarray(np.moveaxis(np.eye(fits) - batches.teachers, 0, -1))  # T
    noise = np.ascontiguousarray(np.moveaxis(batches.noise, 0, -1))
    sources = Source(signal, unlearned, None), Source(np.zeros_like(signal), 0.0, noise)
    return Recursion(nodes, batches, labels, sources, _empty(fits, batches.rows.size, nodes.values.size))


def solve(recursion: Recursion, ridge: Array) -> Solution:
    """Solve for all fits. ridge: c per fit."""
    for g in range(ridge.size):
        recursion.fill(g, float(ridge[g]))
    return recursion.found


def _empty(fits: int, count: int, size: int) -> Solution:
    square, per_batch = (fits, fits), (fits, count)
    return Solution(
        response=np.zeros(square),
        rows_response=np.zeros(square),
        rho=np.ones(fits),
        follow=np.zeros((*square, size)),
        loss=np.zeros((fits, size)),
        heard=np.zeros((*square, count)),
        gain=np.zeros((*square, count)),
        passed=np.zeros(per_batch),
        spread=np.zeros(per_batch),
        cross=np.zeros((2, *square)),
        driven=np.zeros((2, *square)),
        residual=np.zeros((2, *per_batch)),
        lifted=np.zeros((2, *per_batch)),
        fitted=np.full(per_batch, np.nan),
        own=np.zeros((2, fits, size)),
        slack=np.zeros(fits),
        passed_squares=np.zeros(fits),
    )


def _first(matrix: Long, g: int) -> Array:
    """The first g rows and columns of a long matrix as (g, g x many), a view."""
    return matrix.reshape(matrix.shape[0], -1)[:g, : g * matrix.shape[2]]


def _respond(nodes: Nodes, batches: Batches, labels: Long, found: Solution, g: int, ridge: float) -> Row:
    """Fill row g of chi, M, s A, A rho, L and L T."""
    s, count, size = nodes.values, nodes.multiplicity, batches.rows.size
    follow = _respond_alone(nodes, batches, found, g, ridge)
    rho, own, weight = found.rho[g], found.rows_response[g, g], batches.rows * found.passed[g]

    # With chi's row x: U = T chi is before + x, J's row is - U L, so M's row is first - x rows_on.
    before = found.response[:g, :g].T @ labels[g, :g]
    inner = -np.einsum("km,khm->hm", before, found.heard[:g, :g])
    first = (labels[g, :g] + np.einsum("km,khm->hm", inner, labels[:g, :g])) @ weight
    rows_on = found.gain[:g, :g] @ weight
    on_rows = found.follow[:g, :g] @ (count * follow)
    if g:
        row = solve_triangular((np.eye(g) - rows_on @ on_rows).T, -(first @ on_rows), lower=False)
        found.response[g, :g] = row
        found.rows_response[g, :g] = first - row @ rows_on
        inner = inner - (row @ _first(found.heard, g)).reshape(g, size)
    seen = labels[g, :g] + np.einsum("km,khm->hm", inner, labels[:g, :g])
    found.heard[g, :g], found.gain[g, :g] = found.passed[g] * inner, found.passed[g] * seen
    found.heard[g, g] = found.gain[g, g] = found.passed[g]
    taught = found.rows_response[g, :g]
    found.follow[g, :g] = -follow * (taught @ _first(found.follow, g)).reshape(g, s.size)
    found.follow[g, g] = follow
    learned = taught @ found.loss[:g]
    found.loss[g] = (rho - s * learned) / (rho + s * own) if rho else -learned / own
    return Row(inner, seen, rows_on, on_rows)


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
    heard = used > 0
    found.passed[g], found.rho[g] = mean, rho
    found.spread[g, heard] = np.maximum(relative[heard] - 1, 0)
    found.fitted[g, heard] = (np.bincount(place, entries.rows * left**2, size) / rows)[heard] / used[heard]
    own = float(rows @ mean)
    found.response[g, g], found.rows_response[g, g] = chi, own
    follow = np.asarray(nodes.values / (rho + nodes.values * own))
    # 1 - kap_gg with no difference of near numbers: l^2 (theta / omega + chi) = l, s A (1 - s A M) = s A^2 rho
    ignored = float(nodes.multiplicity @ (follow * rho / (rho + nodes.values * own)))
    found.slack[g] = entries.rows @ (each * (left + each * ignored)) / own
    return follow


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


def _spread(nodes: Nodes, source: Source, batches: Batches, found: Solution, row: Row, g: int, part: int) -> None:
    """Fill row g of Q and D, as far as they come from one source."""
    cross, driven, lifted = found.cross[part], found.driven[part], found.lifted[part]
    follow, own, mine, inner = found.follow[g, :g], found.follow[g, g], row.seen, row.inner
    carried = cross[:g, :g] @ mine  # Q (J T)'
    heard = lifted[:g] * inner  # (S + lift) J'
    alone = np.zeros(batches.rows.size)
    if source.noise is not None:
        heard = heard + np.einsum("km,kjm->jm", inner, source.noise[:g, :g]) + source.noise[g, :g]
        alone = source.noise[g, g] + (source.noise[g, :g] * inner).sum(axis=0)
    along = driven[:g, :g] @ follow  # D (s A)'
    sent = source.signal * found.loss[g]

    # D's row is through + rows_on (Q's row), Q's row is fixed + on_rows (D's row).
    weight = batches.rows * found.passed[g]
    through = _first(found.gain, g) @ (weight * carried).ravel() + _first(found.heard, g) @ (weight * heard).ravel()
    fixed = source.unlearned + found.loss[:g] @ sent
    fixed = fixed + _first(found.follow, g) @ (along * nodes.multiplicity).ravel()
    if g:
        solved = solve_triangular(np.eye(g) - row.on_rows @ row.rows_on, fixed + row.on_rows @ through, lower=True)
        cross[g, :g] = cross[:g, g] = solved
        driven[g, :g] = driven[:g, g] = through + row.rows_on @ solved

    # The diagonal: D_gg is square (residual), the residual is left + Q_gg.
    square = weight * found.passed[g] * (1 + found.spread[g])
    left = (carried * mine).sum(axis=0) + 2 * cross[g, :g] @ mine + (heard * inner).sum(axis=0) + alone
    others = (along * follow).sum(axis=0) + 2 * own * (driven[g, :g] @ follow)
    known = source.unlearned + sent @ found.loss[g] + nodes.multiplicity @ (others + own**2 * (square @ left))
    cross[g, g] = known / found.slack[g]
    found.residual[part, g] = left + cross[g, g]
    lifted[g] = found.spread[g] * found.residual[part, g]
    driven[g, g] = square @ found.residual[part, g]
    found.own[part, g] = others + own**2 * driven[g, g]
    found.passed_squares[g] = square.sum()
