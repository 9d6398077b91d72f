"""How do the errors of a fit go with those of the fits before it? Rows of Q and D, and of W by classes; compiled."""

from __future__ import annotations

import numpy as np

from genloss.theory.reuse.compiled_classes import Classes
from genloss.theory.reuse.compiled_fit import Array, compiled
from genloss.theory.reuse.compiled_state import Alone, Batches, Chain, Truth, fits_of, square_of


@compiled
def moments(
    g: int, truth: Truth, batches: Batches, known: Classes, chain: Chain, alone: Alone, to_D: Array, to_Q: Array
) -> None:
    """Fill row g of Q and D, by the signal and by one unit of noise."""
    along = _along(g, truth, chain)
    for part in range(2):
        through, known_z = _through(g, known, chain, alone, part)
        fixed = _fixed(g, truth, chain, along[part], part)
        q, d = np.zeros(g), np.zeros(g)
        for h in range(g):
            a, b = fixed[h], through[h]
            for k in range(h):
                a += to_Q[h, k] * d[k]
                b += to_D[h, k] * q[k]
            q[h] = (a + to_Q[h, h] * b) / (1 - to_Q[h, h] * to_D[h, h])
            d[h] = b + to_D[h, h] * q[h]
            chain.Q[part, g, h] = chain.Q[part, h, g] = q[h]
            chain.D[part, g, h] = chain.D[part, h, g] = d[h]
        left = _left(g, batches, known, chain, alone, known_z, part)
        others = np.zeros(truth.values.size)
        for k in range(g):
            for i in range(others.size):
                others[i] += (along[part, k, i] + 2 * alone.s_A[i] * d[k]) * chain.s_A[g, k, i]
        square = 0.0
        for c in range(left.size):
            square += alone.ell[c] ** 2 * (1 + alone.spread[c]) * left[c]
        missed = (truth.power * chain.A_rho[g] ** 2).sum() if part == 0 else 0.0
        spread = others + alone.s_A**2 * square
        own = (missed + (truth.multiplicity * spread).sum()) / alone.slack
        chain.Q[part, g, g] = own
        chain.D[part, g, g] = square + alone.squares * own
        chain.own_power[part, g] = others + alone.s_A**2 * chain.D[part, g, g]
        _close(g, known, chain, alone, left, part)


@compiled
def _along(g: int, truth: Truth, chain: Chain) -> Array:
    """D (s A)', (2, g, N): both parts at once."""
    nodes = truth.values.size
    along = np.zeros((2, g, nodes))
    row = chain.s_A[g]
    for part in range(2):
        for k in range(g):
            to, by = along[part, k], chain.D[part, k]
            for h in range(0, g - 3, 4):
                a, b, c, d = by[h], by[h + 1], by[h + 2], by[h + 3]
                one, two, three, four = row[h], row[h + 1], row[h + 2], row[h + 3]
                for i in range(nodes):
                    to[i] += a * one[i] + b * two[i] + (c * three[i] + d * four[i])
            for h in range(g - g % 4, g):
                for i in range(nodes):
                    to[i] += by[h] * row[h, i]
    return along


@compiled
def _fixed(g: int, truth: Truth, chain: Chain, along: Array, part: int) -> Array:
    """Return what of Q's row hangs on no unknown of fit g, (g,)."""
    nodes = truth.values.size
    weighted = (along * truth.multiplicity).reshape(-1)
    fixed = np.zeros(g)
    for h in range(g):
        row, total = chain.s_A[h].reshape(-1), 0.0
        for j in range((h + 1) * nodes):
            total += row[j] * weighted[j]
        fixed[h] = total
    if part == 0:
        sent = truth.power * chain.A_rho[g]
        for h in range(g):
            total = 0.0
            for j in range(sent.size):
                total += sent[j] * chain.A_rho[h, j]
            fixed[h] += total
    return fixed


@compiled
def _through(g: int, known: Classes, chain: Chain, alone: Alone, part: int) -> tuple[Array, Array]:
    """Return what of D's row hangs on no unknown of fit g, (g,), and J W with what is known of W's row, by fits."""
    through, z = np.zeros(g), np.zeros(chain.so_far.size)
    for c in range(known.first.size):
        last = known.place[c, g]
        if last < 0:
            continue
        begin, ell, fits = known.begin[c], alone.ell[c], fits_of(known, c)
        L, W, some = square_of(chain.L, known, c), square_of(chain.W[part], known, c), z[begin : begin + last]
        for h in range(last):
            some[h] = chain.known_W[part, begin + h]
        for k in range(last):
            J, row, total = L[last, k] / ell, W[k], 0.0
            for h in range(k):
                some[h] += J * row[h]
                total += L[last, h] * row[h]
            some[k] += total / ell + J * row[k]
        for h in range(last):
            row, total = L[h], 0.0
            for k in range(h + 1):
                total += row[k] * some[k]
            through[fits[h]] += ell * total
    return through, z


@compiled
def _left(g: int, batches: Batches, known: Classes, chain: Chain, alone: Alone, z: Array, part: int) -> Array:
    """Fill row g of W but its end; return the rest of n E y^2 of each class, less what Q_gg adds, (C,)."""
    Q = chain.Q[part]
    by_birth, origins = np.zeros(z.size), np.zeros(known.first.size)
    left = np.zeros(known.first.size)
    for b in range(batches.rows.size):
        c, origin = known.member[b], batches.origin[b]
        if c >= 0 and known.place[c, g] >= known.birth[b]:
            own = batches.scale[b] if part == 1 else 0.0
            if origin >= 0:
                by_birth[known.begin[c] + known.birth[b]] += batches.rows[b] * Q[g, origin]
                own += Q[origin, origin]
            origins[c] += batches.rows[b] * own
    for c in range(left.size):
        last = known.place[c, g]
        if last < 0:
            continue
        begin, fits = known.begin[c], fits_of(known, c)
        J, W = square_of(chain.L, known, c)[last] / alone.ell[c], square_of(chain.W[part], known, c)
        labeled, total = 0.0, 0.0
        for h in range(last):
            labeled += by_birth[begin + h]
            before = chain.known_W[part, begin + h]
            W[last, h] = chain.so_far[begin + h] * Q[g, fits[h]] - labeled + before
            total += J[h] * (z[begin + h] - before + 2 * W[last, h])
        labeled += by_birth[begin + last]
        chain.known_W[part, begin + last] = origins[c] - labeled
        W[last, last] = origins[c] - 2 * labeled
        left[c] = total + origins[c] - 2 * labeled
    return left


@compiled
def _close(g: int, known: Classes, chain: Chain, alone: Alone, left: Array, part: int) -> None:
    """Fill the end of row g of W, now that Q_gg is known; rows drawn by chance lift it."""
    for c in range(left.size):
        last = known.place[c, g]
        if last >= 0:
            own = chain.so_far[known.begin[c] + last] * chain.Q[part, g, g]
            square_of(chain.W[part], known, c)[last, last] += own + alone.spread[c] * (left[c] + own)
