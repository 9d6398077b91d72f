"""How many tokens of the first corpus does the corpus of generation g descend from? Exactly, at any size.

Replace with an empirical generator: each token of corpus g is drawn uniformly from corpus g - 1, which
holds N_{g-1} tokens, and corpus 0 is drawn from the truth. Backward in time, a lineages pick parents at
random, and the number of distinct parents is the occupancy law of a balls in N boxes. Which tokens of
corpus 0 are ancestors does not depend on what they are: that is why one law answers every question of
the discrete chain.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import (
    Array,
    as_numbers,
    checked_generation,
    checked_range,
    guarded,
    per_generation,
    refuse_far,
)

__all__ = [
    "ancestor_laws",
    "checked_probabilities",
    "expected_distinct",
    "log_others",
    "logs_of",
    "survival_of_category",
    "survival_of_seen",
]

LARGEST = 20_000
"""Most rows in a corpus: the law takes rows^2 steps a generation."""
_NOTHING = 1e-30


@guarded
def ancestor_laws(*, rows: ArrayLike, generations: int) -> list[Array]:
    r"""Law of the number of ancestors in corpus 0 of the whole corpus of generation g, for g = 0..generations.

    Adding one lineage to i distinct parents among N makes a new one with probability 1 - i/N:

    .. math:: P_{a+1}(i) = P_a(i) \, i/N + P_a(i - 1) (1 - (i - 1)/N)

    Element g is an array with P(a ancestors) at index a. rows: N >= 1, one number or one per generation.
    Status: exact (probabilities below 1e-30 are dropped). Source: docs/theory/classical.md.
    Checked by tests/brute/test_discrete_chain.py.

    >>> ancestor_laws(rows=2, generations=1)[1].tolist()
    [0.0, 0.5, 0.5]
    """
    last = int(checked_generation(generations))
    count = per_generation("rows", rows, last + 1, lowest=1, meaning="a number of rows from 1 on", whole=True)
    if count.max() > LARGEST:
        raise Problem(
            "rows",
            f"{count.max():g} rows: the exact law stops at {LARGEST}",
            "give fewer rows, or use the branching law",
        )
    return [law.copy() for law in _laws(tuple(int(each) for each in count))]


@lru_cache(maxsize=4)  # several metrics of one cell ask for the same
def _laws(count: tuple[int, ...]) -> tuple[Array, ...]:
    """Return `ancestor_laws` for corpora of so many rows, which nothing changes."""
    if len(set(count)) == 1:
        laws = [np.eye(1, count[0] + 1, count[0])[0]]
        for _ in count[1:]:
            laws.append(_parents(laws[-1], count[0]))
        return tuple(laws)
    laws = []
    for g in range(len(count)):
        law = np.eye(1, count[g] + 1, count[g])[0]
        for older in count[:g][::-1]:
            law = _parents(law, older)
        laws.append(law)
    return tuple(laws)


def _parents(law: Array, rows: int) -> Array:
    """Law of the number of distinct parents among `rows`, by Horner's rule over the lineages."""
    kept = np.where(law < _NOTHING, 0.0, law)
    top = int(np.flatnonzero(kept)[-1])
    size = min(top, rows) + 1
    stay = np.arange(size) / rows
    result = np.zeros(size)
    for lineages in range(top, -1, -1):
        moved = result * stay
        moved[1:] += result[:-1] * (1 - stay[:-1])
        moved[0] += kept[lineages]
        result = moved
    return result


@guarded
def survival_of_category(probability: ArrayLike, *, rows: ArrayLike, generation: ArrayLike) -> Array:
    r"""Probability that a category of the truth still occurs in the corpus of generation g, under replace.

    .. math:: P = 1 - E (1 - p)^{A_g}

    since the ancestors are independent draws from the truth. probability: p in [0, 1], any shape.
    generation: g >= 0, any shape (0: the real corpus); the result has shape generation + probability.
    rows: N <= 20,000, one number or one per generation.
    Status: exact. Source: docs/theory/classical.md. Checked by tests/brute/test_discrete_chain.py.

    >>> survival_of_category(0.01, rows=100, generation=[0, 1]).round(4).tolist()
    [0.634, 0.4709]
    """
    p = checked_range("probability", probability, lowest=0, highest=1, meaning="probabilities from 0 to 1")
    return _survival(p, log_others(p), rows, generation)


def _survival(p: Array, log_missed: Array, rows: ArrayLike, generation: ArrayLike) -> Array:
    """Probability of each category to be there; log_missed: log(1 - p). 1 - (1 - p)^a is never a difference."""
    order = checked_generation(generation)
    laws = ancestor_laws(rows=rows, generations=int(order.max(initial=0)))
    wanted = np.zeros((len(laws), *p.shape))
    logs, step = log_missed.reshape(-1), max(1, 4_000_000 // max(p.size, 1))
    for g in np.unique(order):
        law = laws[g]
        likely = np.flatnonzero(law >= _NOTHING)
        likely = likely[likely > 0]
        for low in range(0, likely.size, step):
            a = likely[low : low + step]
            wanted[g] += (-np.expm1(np.multiply.outer(logs, a)) @ law[a]).reshape(p.shape)
    return np.asarray(wanted[order])


def log_others(p: Array) -> Array:
    """Return log(1 - p) of probabilities, -inf where p is 1."""
    from scipy.special import xlog1py  # loaded where it is needed

    return np.asarray(xlog1py(1.0, -p))


@guarded
def survival_of_seen(times: ArrayLike, *, rows: ArrayLike, generation: ArrayLike) -> Array:
    r"""Probability that a token seen c times in the real corpus still occurs in that of generation g.

    The A_g ancestors are a random subset of the N_0 tokens of corpus 0, so

    .. math:: P = 1 - E \binom{N_0 - c}{A_g} \Big/ \binom{N_0}{A_g},

    which is what g steps of the binomial chain c' ~ Binomial(N, c/N) give. times: c from 0 to N_0, any
    shape; generation: g >= 0 (0: the real corpus itself); the result has shape generation + times.
    Status: exact. Source: docs/theory/classical.md. Checked by tests/brute/test_discrete_chain.py.

    >>> survival_of_seen(1, rows=100, generation=[0, 1, 10]).round(4).tolist()
    [1.0, 0.634, 0.1614]
    """
    from scipy.special import xlog1py

    c = as_numbers("times", times, "how often the token was seen")
    order = checked_generation(generation)
    laws = ancestor_laws(rows=rows, generations=int(order.max(initial=0)))
    first = float(np.asarray(rows, dtype=float).flat[0])
    if not np.all((c >= 0) & (c <= first) & (c == np.floor(c))):
        raise Problem("times", f"not a count from 0 to the {first:g} rows of the real corpus", "give such counts")
    wanted = np.zeros((len(laws), *c.shape))
    for one in np.unique(c):
        # one more ancestor misses the token with probability 1 - c/(N_0 - a): all terms of this log have one sign
        each = xlog1py(1.0, -np.minimum(one / (first - np.arange(first)), 1.0))
        found = -np.expm1(np.append(0.0, np.cumsum(each)))
        for g in np.unique(order):
            wanted[g] = np.where(c == one, found[: laws[g].size] @ laws[g], wanted[g])
    return np.asarray(wanted[order])


@guarded
def expected_distinct(probabilities: ArrayLike, *, rows: ArrayLike, generation: ArrayLike) -> Array:
    r"""Expected number of distinct categories in the corpus of generation g, under replace.

    .. math:: E = \sum_i 1 - E (1 - p_i)^{A_g}

    probabilities: (categories,), adding up to 1. generation: g >= 0, any shape, which the result has.
    Status: exact. Source: docs/theory/classical.md. Checked by tests/brute/test_discrete_chain.py.

    >>> expected_distinct([0.5, 0.3, 0.2], rows=3, generation=[0, 1]).round(4).tolist()
    [2.02, 1.64]
    """
    p = checked_probabilities(probabilities)
    return np.asarray(_survival(p, logs_of(p)[1], rows, generation).sum(axis=-1))


def checked_probabilities(probabilities: ArrayLike) -> Array:
    """Return probabilities that add up to 1 as one list, or say what is wrong with them."""
    p = as_numbers("probabilities", probabilities, "one list of probabilities")
    if p.ndim != 1 or p.size == 0 or not np.all(p >= 0) or not abs(p.sum() - 1) <= 1e-9:
        raise Problem("probabilities", "no list of numbers >= 0 that add up to 1", "give one list that adds up to 1")
    refuse_far("probabilities", p, "probabilities of 0, or from 1e-100 on")
    return p


def logs_of(p: Array) -> tuple[Array, Array]:
    """Return log p and log(1 - p) of probabilities that add up to 1, with all digits where one is nearly 1."""
    from scipy.special import xlogy

    top = int(np.argmax(p))
    rest = float(np.delete(p, top).sum()) / float(p.sum())
    logs, others = np.asarray(xlogy(1.0, p)), log_others(np.minimum(p, 1.0))
    if rest < 0.5:
        logs[top], others[top] = np.log1p(-rest), xlogy(1.0, rest)
    return logs, others
