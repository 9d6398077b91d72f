"""How do fits that use rows again follow one another, one setting at a time? Compiled; imported when first needed.

The recursion of theory/reuse/solver.py for rows whose labels are kept and come from one fit each, or from the truth.
Who labels a batch is fitted before it is used, so that T_m chi is chi among the fits that use it, and L of a batch is
the last part of L of the first batch of its class (compiled_classes.py). Sums over batches become sums over classes,
with the rows n_m added up by birth: R of a class is L W L' with W = sum n_m (T_m Q T_m' + S_m + lift_m).

Nodes that count eigenvalues and nodes that carry signal are lists of their own: only the first need K x K numbers.
All is linear in the squares of noises: `part` 0 is by the signal, 1 by one unit of noise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genloss.theory.reuse.compiled_classes import Classes, Uses, classes_of
from genloss.theory.reuse.compiled_fit import Array, Index, chance_of, compiled, entry, own_response, times_drawn


class Truth(NamedTuple):
    """A spectrum and a signal.

    values, multiplicity: (N,), eigenvalues and how many; carrier, power: (P,), s and s w0^2.
    """

    values: Array
    multiplicity: Array
    dim: float
    carrier: Array
    power: Array


class Batches(NamedTuple):
    """rows, origin, scale: (B,): who labels them (-1: the truth), and the variance of their noise over the model's."""

    rows: Array
    origin: Index
    scale: Array


class Chain(NamedTuple):
    """What is known of K fits; letters as in the solver.

    L, S, W: of all classes, a square after the other, lower triangles: L, its sums from a column on, and W
    (2, .). known_W (2, .), so_far (.): by fits of classes, what of a row of W hangs on no later fit, and rows so far.
    Q, D: (2, K, K). s_A: (K, K, N). A_rho: (K, P). own_power: (2, K, N). drift, own_error, own_bias: (K,).
    """

    L: Array
    S: Array
    W: Array
    known_W: Array
    so_far: Array
    s_A: Array
    A_rho: Array
    Q: Array
    D: Array
    own_power: Array
    drift: Array
    own_error: Array
    own_bias: Array


class Alone(NamedTuple):
    """What fit g does by itself. ell, spread, different: (C,), l, its relative variance, and that of rows drawn."""

    ell: Array
    spread: Array
    different: float
    rho: float
    M: float
    slack: float
    squares: float
    s_A: Array


@entry
def follow(truth: Truth, batches: Batches, uses: Uses, penalty: Array) -> Chain:
    """Solve for all fits. penalty: (K,)."""
    known = classes_of(uses)
    chain = _empty(known, penalty.size, truth)
    kept = np.zeros(batches.rows.size)
    for g in range(penalty.size):
        alone = _alone(g, truth, batches, uses, known, chain.so_far, penalty[g])
        to_D, to_Q, y, x = _respond(g, truth, batches, known, chain, alone)
        _learn(g, truth, known, chain, alone, y, x)
        _moments(g, truth, batches, known, chain, alone, to_D, to_Q)
        _allow(g, truth, batches, known, chain, alone, kept)
    return chain


@compiled
def _empty(known: Classes, count: int, truth: Truth) -> Chain:
    nodes, classes = truth.values.size, known.first.size
    area, fits = known.square[classes], known.begin[classes]
    return Chain(
        np.zeros(area),
        np.zeros(area),
        np.zeros((2, area)),
        np.zeros((2, fits)),
        np.zeros(fits),
        np.zeros((count, count, nodes)),
        np.zeros((count, truth.carrier.size)),
        np.zeros((2, count, count)),
        np.zeros((2, count, count)),
        np.zeros((2, count, nodes)),
        np.zeros(count),
        np.zeros(count),
        np.zeros(count),
    )


@compiled
def _alone(g: int, truth: Truth, batches: Batches, uses: Uses, known: Classes, so_far: Array, penalty: float) -> Alone:
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
def _respond(
    g: int, truth: Truth, batches: Batches, known: Classes, chain: Chain, alone: Alone
) -> tuple[Array, Array, Array, Array]:
    """Return what carries Q's row to D's and back, (g, g), and rows g of M and chi, which are one system."""
    nodes = truth.values.size
    to_D, to_Q, first = np.zeros((g, g)), np.zeros((g, g)), np.zeros(g)
    for c in range(known.first.size):
        last = known.place[c, g]
        if last >= 0:
            _add_class(
                to_D, alone.ell[c], _fits_of(known, c), _of(chain.L, known, c), chain.so_far[known.begin[c] :], last
            )
    for b in range(batches.rows.size):
        c, origin = known.member[b], batches.origin[b]
        if c >= 0 and origin >= 0 and known.place[c, g] >= known.birth[b]:
            weight, birth = batches.rows[b] * alone.ell[c], known.birth[b]
            first[origin] -= weight
            fits, sums = _fits_of(known, c), _of(chain.S, known, c)
            for k in range(birth, known.place[c, g]):
                to_D[fits[k], origin] -= weight * sums[k, birth]
    weighted = truth.multiplicity * alone.s_A
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
def _fits_of(known: Classes, c: int) -> Index:
    """Return the fits of a class."""
    return known.fits[known.begin[c] : known.begin[c + 1]]


@compiled
def _of(squares: Array, known: Classes, c: int) -> Array:
    """Return the square of a class, its fits in rows and columns."""
    size = known.begin[c + 1] - known.begin[c]
    return squares[known.square[c] : known.square[c + 1]].reshape(size, size)


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
def _learn(g: int, truth: Truth, known: Classes, chain: Chain, alone: Alone, y: Array, x: Array) -> None:
    """Fill row g of L and its sums, of s A and of A rho. y, x: row g of M and of chi."""
    for c in range(known.first.size):
        last = known.place[c, g]
        if last < 0:
            continue
        fits, L, sums = _fits_of(known, c), _of(chain.L, known, c), _of(chain.S, known, c)[last]
        row = L[last]
        for k in range(last):
            moved, before = alone.ell[c] * x[fits[k]], L[k]
            for h in range(k + 1):
                row[h] -= moved * before[h]
        row[last] = alone.ell[c]
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
            new[h * nodes + i] *= alone.s_A[i]
    new[g * nodes : (g + 1) * nodes] = alone.s_A
    learned = np.zeros(truth.carrier.size)
    for k in range(g):
        for j in range(learned.size):
            learned[j] += y[k] * chain.A_rho[k, j]
    s, rho = truth.carrier, alone.rho
    chain.A_rho[g] = (rho - s * learned) / (rho + s * alone.M) if rho > 0 else -learned / alone.M


@compiled
def _moments(
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
        begin, ell, fits = known.begin[c], alone.ell[c], _fits_of(known, c)
        L, W, some = _of(chain.L, known, c), _of(chain.W[part], known, c), z[begin : begin + last]
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
        begin, fits = known.begin[c], _fits_of(known, c)
        J, W = _of(chain.L, known, c)[last] / alone.ell[c], _of(chain.W[part], known, c)
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
            _of(chain.W[part], known, c)[last, last] += own + alone.spread[c] * (left[c] + own)


@compiled
def _allow(g: int, truth: Truth, batches: Batches, known: Classes, chain: Chain, alone: Alone, kept: Array) -> None:
    """What finite size may do to fit g, and what it inherits by its rows: `risks._drift`."""
    own = 1 / max(alone.M**2 * alone.slack / alone.squares - 1, 0.1)
    drift = own + alone.different * own**2
    for b in range(batches.rows.size):
        c, origin = known.member[b], batches.origin[b]
        if c >= 0 and known.place[c, g] >= known.birth[b]:
            inherited = chain.drift[origin] if origin >= 0 else 0.0
            drift += batches.rows[b] * alone.ell[c] / alone.M * max(kept[b], inherited)
    for b in range(batches.rows.size):
        c = known.member[b]
        if c >= 0 and known.place[c, g] >= known.birth[b]:
            kept[b] = max(kept[b], drift)
    rest = alone.rho / (alone.rho + truth.carrier * alone.M)
    chain.drift[g], chain.own_error[g] = drift, own
    chain.own_bias[g] = (rest**2 * truth.power).sum() / alone.slack
