r"""How much evidence is enough, if it is known how many generations there will be?

M is a martingale of mean 1 where nothing changes, so it reaches x with chance at most 1 / x, however long it runs. Of
T generations much of that is never used. Let tau be the first generation with M >= y, if there is one among T; then

.. math:: P(\max_{t \le T} M_t \ge x) \le f / x, \quad f = E[M_\tau; \tau \le T] \le 1, \quad x \ge y,

by the same inequality from tau on. The counts of an unchanged chain have a known law, an urn's, so f is simulated; what
is used is its upper limit, four standard errors above. Status: exact but for that limit, if generations have as many
rows as the first. Checked by tests/statistical/test_audit_horizon.py.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from genloss.audit.streams import LAWS
from genloss.audit.urn import log_probability
from genloss.streams import stream

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

SIMULATED = 2000
BEGIN = 3.0
"""The evidence from which on crossing is followed, y."""
_ERRORS = 4.0


@cache
def crossing(gaps: tuple[int, ...], law: str, drawn: int, generations: int) -> float:
    """Return an upper limit of f of one stream: cells of these gaps, so many scores in each generation.

    >>> 0 < crossing((25, 25, 25, 26), "lower", 40, 5) < 0.6
    True
    """
    rng = stream(0, "audit", "horizon", law, drawn, generations, *gaps)
    shares = rng.dirichlet(np.array(gaps, dtype=float), SIMULATED)
    counts = np.stack([rng.multinomial(drawn, shares) for _ in range(generations)], axis=1)
    evidence = evidence_of(np.array(gaps), counts, law)
    crossed = evidence >= BEGIN
    first = np.argmax(crossed, axis=1)
    at = np.where(crossed.any(axis=1), evidence[np.arange(SIMULATED), first], 0.0)
    return float(min(1.0, at.mean() + _ERRORS * at.std(ddof=1) / np.sqrt(SIMULATED)))


def evidence_of(gaps: Counts, counts: Counts, law: str) -> Array:
    """Return the evidence of many chains at once, (chains, t). counts (chains, t, K)."""
    chains, many, _ = counts.shape
    evidence = np.ones((chains, many))
    for tau in range(many):
        urns = gaps + counts[:, :tau].sum(axis=1).astype(float)
        others = np.stack([LAWS[law](urn, int(counts[0, tau].sum())) for urn in urns])
        share = 1 / ((tau + 1) * (tau + 2))
        since = np.zeros_like(counts[:, 0])
        for t in range(tau, many):
            since = since + counts[:, t]
            base = log_probability(since, urns)
            ratio = np.exp(log_probability(since[:, None], others) - base[:, None]).mean(axis=1)
            evidence[:, t] += share * (ratio - 1)
    return evidence


def needed(weight: float, alpha: float, factor: float) -> float:
    """Return the evidence at which a stream of this weight alarms; factor: 1 without a horizon, else f.

    >>> needed(0.1, 0.05, 1.0), round(needed(0.1, 0.05, 0.2), 9)
    (200.0, 40.0)
    """
    return max(BEGIN if factor < 1 else 1.0, factor / (weight * alpha))
