"""How do fits that use rows again follow one another, one setting at a time? Compiled; imported when first needed.

The recursion of theory/reuse/solver.py for rows whose labels are kept and come from one fit each, or from the truth.
Who labels a batch is fitted before it is used, so that T_m chi is chi among the fits that use it, and L of a batch is
the last part of L of the first batch of its class (compiled_classes.py). Sums over batches become sums over classes,
with the rows n_m added up by birth: R of a class is L W L' with W = sum n_m (T_m Q T_m' + S_m + lift_m).

Nodes that count eigenvalues and nodes that carry signal are lists of their own: only the first need K x K numbers.
All is linear in the squares of noises: `part` 0 is by the signal, 1 by one unit of noise.
"""

from __future__ import annotations

import numpy as np

from genloss.theory.reuse.compiled_classes import Classes, Uses, classes_of
from genloss.theory.reuse.compiled_fit import Array, compiled, entry
from genloss.theory.reuse.compiled_moments import moments
from genloss.theory.reuse.compiled_responses import alone, learn, respond
from genloss.theory.reuse.compiled_state import Alone, Batches, Chain, Truth

__all__ = ["Batches", "Truth", "follow"]


@entry
def follow(truth: Truth, batches: Batches, uses: Uses, penalty: Array) -> Chain:
    """Solve for all fits. penalty: (K,)."""
    known = classes_of(uses)
    chain = _empty(known, penalty.size, truth)
    kept = np.zeros(batches.rows.size)
    for g in range(penalty.size):
        this = alone(g, truth, batches, uses, known, chain.so_far, penalty[g])
        to_D, to_Q, y, x = respond(g, truth, batches, known, chain, this)
        learn(g, truth, known, chain, this, y, x)
        moments(g, truth, batches, known, chain, this, to_D, to_Q)
        _allow(g, truth, batches, known, chain, this, kept)
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
