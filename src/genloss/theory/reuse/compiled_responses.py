"""How does a fit respond to its rows and to the fits before it? Rows of L, s A and A rho; compiled."""

from __future__ import annotations

import numpy as np

from genloss.theory.reuse.compiled_classes import Classes, Uses
from genloss.theory.reuse.compiled_fit import Array, Index, chance_of, compiled, own_response, times_drawn
from genloss.theory.reuse.compiled_state import Alone, Batches, Chain, Truth, fits_of, square_of


@compiled
def alone(g: int, truth: Truth, batches: Batches, uses: Uses, known: Classes, so_far: Array, penalty: float) -> Alone:
    """Solve the scalar equation of fit g."""
    classes = known.first.size
    now = _born(g, batches, known, so_far)
    kinds = 0
    for c in range(classes):
        if now[c] > 0:
            b = known.first[c]
            kinds += times_drawn(uses.sampled[g, b]) if uses.replaced[g, b] else 1
    rows, omega, of = np.empty(kinds), np.empty(kinds), np.empty(kinds, dtype=np.int64)
    kinds, counted = 0, 0.0
    for c in range(classes):
        if now[c] > 0:
            b = known.first[c]
            often, weight = uses.sampled[g, b], uses.weights[g, b]
            counted += now[c] * often
            for t in range(1, (times_drawn(often) if uses.replaced[g, b] else 1) + 1):
                chance = chance_of(t, often) if uses.replaced[g, b] else often
                rows[kinds], omega[kinds], of[kinds] = now[c] * chance, weight * t, c
                kinds += 1
    theta, rho, chi = own_response(truth.values, truth.multiplicity, truth.dim, rows, omega, penalty * counted)
    each = omega / (theta + omega * chi)
    ell, square = np.zeros(classes), np.zeros(classes)
    for e in range(kinds):
        ell[of[e]] += rows[e] * each[e]
        square[of[e]] += rows[e] * each[e] ** 2
    M = ell.sum()
    s_A = truth.values / (rho + truth.values * M)
    ignored = (truth.multiplicity * (s_A * rho / (rho + truth.values * M))).sum()
    slack = (rows * each * (theta / (theta + omega * chi) + each * ignored)).sum() / M
    spread, different = np.zeros(classes), 0.0
    for c in range(classes):
        if now[c] > 0:
            b = known.first[c]
            ell[c] /= now[c]
            if uses.replaced[g, b] or uses.sampled[g, b] < 1:
                spread[c] = max(square[c] / now[c] / ell[c] ** 2 - 1, 0.0)
            if uses.replaced[g, b]:
                missed = np.exp(-uses.sampled[g, b])
                different += now[c] * missed * (1 - (1 + uses.sampled[g, b]) * missed)
    squares = (now * ell**2 * (1 + spread)).sum()
    return Alone(ell, spread, different, rho, M, slack, squares, s_A)


@compiled
def _born(g: int, batches: Batches, known: Classes, so_far: Array) -> Array:
    """Rows of each class that fit g uses, 0 where it uses none; added to `so_far`."""
    now = np.zeros(known.first.size)
    for b in range(batches.rows.size):
        c = known.member[b]
        if c >= 0 and known.place[c, g] >= known.birth[b]:
            now[c] += batches.rows[b]
    for c in range(now.size):
        if known.place[c, g] >= 0:
            so_far[known.begin[c] + known.place[c, g]] = now[c]
    return now


@compiled
def respond(
    g: int, truth: Truth, batches: Batches, known: Classes, chain: Chain, this: Alone
) -> tuple[Array, Array, Array, Array]:
    """Return what carries Q's row to D's and back, (g, g), and rows g of M and chi, which are one system."""
    nodes = truth.values.size
    to_D, to_Q, first = np.zeros((g, g)), np.zeros((g, g)), np.zeros(g)
    for c in range(known.first.size):
        last = known.place[c, g]
        if last >= 0:
            so_far = chain.so_far[known.begin[c] :]
            _add_class(to_D, this.ell[c], fits_of(known, c), square_of(chain.L, known, c), so_far, last)
    for b in range(batches.rows.size):
        c, origin = known.member[b], batches.origin[b]
        if c >= 0 and origin >= 0 and known.place[c, g] >= known.birth[b]:
            weight, birth = batches.rows[b] * this.ell[c], known.birth[b]
            first[origin] -= weight
            fits, sums = fits_of(known, c), square_of(chain.S, known, c)
            for k in range(birth, known.place[c, g]):
                to_D[fits[k], origin] -= weight * sums[k, birth]
    weighted = truth.multiplicity * this.s_A
    for k in range(g):
        for h in range(k + 1):
            row, total = chain.s_A[k, h], 0.0
            for i in range(nodes):
                total += weighted[i] * row[i]
            to_Q[k, h] = total
    x, y = np.zeros(g), np.zeros(g)
    for h in range(g - 1, -1, -1):
        one, other = first[h], 0.0
        for k in range(h + 1, g):
            one -= x[k] * to_D[k, h]
            other -= y[k] * to_Q[k, h]
        y[h] = (one - to_D[h, h] * other) / (1 - to_D[h, h] * to_Q[h, h])
        x[h] = other - y[h] * to_Q[h, h]
    return to_D, to_Q, y, x


@compiled
def _add_class(to_D: Array, ell: float, fits: Index, L: Array, so_far: Array, last: int) -> None:
    """Add what a class carries from Q's row to D's, labelers left out."""
    together = last > 0 and fits[last - 1] - fits[0] == last - 1
    for k in range(last):
        row, to = L[k], to_D[fits[k]]
        if together:
            some = to[fits[0] :]
            for h in range(k + 1):
                some[h] += ell * row[h] * so_far[h]
        else:
            for h in range(k + 1):
                to[fits[h]] += ell * row[h] * so_far[h]


@compiled
def learn(g: int, truth: Truth, known: Classes, chain: Chain, this: Alone, y: Array, x: Array) -> None:
    """Fill row g of L and its sums, of s A and of A rho. y, x: row g of M and of chi."""
    for c in range(known.first.size):
        last = known.place[c, g]
        if last < 0:
            continue
        fits, L, sums = fits_of(known, c), square_of(chain.L, known, c), square_of(chain.S, known, c)[last]
        row = L[last]
        for k in range(last):
            moved, before = this.ell[c] * x[fits[k]], L[k]
            for h in range(k + 1):
                row[h] -= moved * before[h]
        row[last] = this.ell[c]
        total = 0.0
        for h in range(last, -1, -1):
            total += row[h]
            sums[h] = total
    nodes = truth.values.size
    flat = chain.s_A.reshape(chain.s_A.shape[0], -1)
    new = flat[g]
    for k in range(g):
        old = flat[k]
        for j in range((k + 1) * nodes):
            new[j] -= y[k] * old[j]
    for h in range(g):
        for i in range(nodes):
            new[h * nodes + i] *= this.s_A[i]
    new[g * nodes : (g + 1) * nodes] = this.s_A
    learned = np.zeros(truth.carrier.size)
    for k in range(g):
        for j in range(learned.size):
            learned[j] += y[k] * chain.A_rho[k, j]
    s, rho = truth.carrier, this.rho
    chain.A_rho[g] = (rho - s * learned) / (rho + s * this.M) if rho > 0 else -learned / this.M
