r"""How much evidence is enough, if it is known how many generations there will be?

Evidence M is a martingale of mean 1 where nothing changes, so it ever reaches x with chance at most 1 / x. That is too
careful: when M passes x it mostly jumps far beyond. M is the ratio of two laws of the counts, of a chain that changes
at some time to one that does not; with Q the law of the former, and tau the first generation of T with M >= x,

.. math:: P(\max_{t \le T} M_t \ge x) = E_Q[1 / M_\tau; \tau \le T].

Chains that change are easy to draw: the generation tau by its prior, one of the other laws, and counts from its urn. So
the right side is simulated, a mean of numbers between 0 and 1 / x; what is used is its upper limit, four standard
errors above. Status: exact but for that limit, if generations have as many rows as the first.
Checked by: tests/statistical/test_audit_horizon.py.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from genloss.audit.streams import LAWS
from genloss.audit.urn import log_probability
from genloss.streams import stream

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

SIMULATED = 1000
_ERRORS = 4.0
_STEPS = 400


@lru_cache(maxsize=4096)
def needed(gaps: tuple[int, ...], law: str, drawn: int, generations: int, chance: float) -> float:
    """Return the evidence that a stream reaches within so many generations with at most this chance, if nothing
    changes; at most 1 / chance. drawn: scores in each generation.

    >>> 1 < needed((25, 25, 25, 26), "lower", 40, 5, 0.05) < 10
    True
    """
    evidence = _changing(gaps, law, drawn, generations)
    highest = 1 / chance
    for x in np.geomspace(1.0, highest, _STEPS):
        if upper_limit(evidence, float(x)) <= chance:
            return float(x)
    return highest


def upper_limit(evidence: Array, x: float) -> float:
    """Return an upper limit of the chance that an unchanged chain reaches x, from evidence of chains that change."""
    crossed = evidence >= x
    at = evidence[np.arange(len(evidence)), np.argmax(crossed, axis=1)]
    found = np.where(crossed.any(axis=1), 1 / at, 0.0)
    return float(found.mean() + _ERRORS * found.std(ddof=1) / np.sqrt(len(found)))


@lru_cache(maxsize=512)
def _changing(gaps: tuple[int, ...], law: str, drawn: int, generations: int) -> Array:
    """Draw chains that change at some generation, or never, as evidence bets; return their evidence, (chains, t)."""
    rng = stream(0, "audit", "horizon", law, drawn, generations, *gaps)
    balls = np.array(gaps, dtype=float)
    prior = 1 / (np.arange(1, generations + 1) * np.arange(2, generations + 2))
    change = rng.choice(generations + 1, size=SIMULATED, p=[*prior, 1 - prior.sum()])
    shares = rng.dirichlet(balls, SIMULATED)
    counts = np.stack([rng.multinomial(drawn, shares) for _ in range(generations)], axis=1)
    for tau in range(generations):
        here = np.flatnonzero(change == tau)
        others = LAWS[law](balls + counts[here, :tau].sum(axis=1), drawn)
        chosen = others[np.arange(len(here)), rng.integers(others.shape[1], size=len(here))]
        for place, urn in zip(here, chosen, strict=True):
            counts[place, tau:] = rng.multinomial(drawn, rng.dirichlet(urn), size=generations - tau)
    return evidence_of(balls, counts, law)


def evidence_of(gaps: Array, counts: Counts, law: str) -> Array:
    """Return the evidence of many chains at once, (chains, t). counts (chains, t, K)."""
    chains, many, _ = counts.shape
    evidence = np.ones((chains, many))
    for tau in range(many):
        urns = gaps + counts[:, :tau].sum(axis=1).astype(float)
        others = LAWS[law](urns, int(counts[0, tau].sum()))
        share = 1 / ((tau + 1) * (tau + 2))
        since = np.zeros_like(counts[:, 0])
        for t in range(tau, many):
            since = since + counts[:, t]
            base = log_probability(since, urns)
            ratio = np.exp(np.minimum(log_probability(since[:, None], others) - base[:, None], 700.0)).mean(axis=1)
            evidence[:, t] += share * (ratio - 1)
    return evidence
