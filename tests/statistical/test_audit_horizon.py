"""Does evidence reach the threshold of a horizon as often as it is said, in chains that do not change?

Rule: the share of 3,000 chains lies below the chance plus Z standard errors, and above a third of it, or the threshold
would be worth nothing. The control is half of the threshold. Blind spot: generations of unlike sizes.
"""

import numpy as np
import pytest
from helpers import Z

from genloss.audit.alternatives import tilted
from genloss.audit.horizon import evidence_of, needed, upper_limit
from genloss.audit.process import process
from genloss.audit.streams import LAWS
from genloss.streams import stream

CHAINS, LAST = 3000, 6


@pytest.mark.parametrize(
    ("gaps", "law", "drawn"),
    [((42, 42, 41, 42, 42, 42), "lower", 60), ((190, 11), "lost", 120), ((180, 21), "changed", 90)],
)  # fmt: skip
def test_a_threshold_is_reached_as_often_as_is_said(gaps, law, drawn):
    rng, chance = stream(101, "horizon", law), 0.05
    shares = rng.dirichlet(np.array(gaps, dtype=float), CHAINS)
    counts = np.stack([rng.multinomial(drawn, shares) for _ in range(LAST)], axis=1)
    highest = evidence_of(np.array(gaps, dtype=float), counts, law).max(axis=1)
    at = needed(gaps, law, drawn, LAST, chance)
    error = np.sqrt(chance * (1 - chance) / CHAINS)
    assert chance / 3 < np.mean(highest >= at) < chance + Z * error
    assert np.mean(highest >= at / 2) > chance + Z * error
    assert at < 0.6 / chance


def test_many_chains_at_once_have_the_evidence_of_each():
    rng, gaps = stream(102, "horizon"), np.array([20, 20, 21])
    counts = rng.multinomial(30, [0.2, 0.5, 0.3], size=(4, 5))
    for law in ("lower", "either"):
        together = evidence_of(gaps.astype(float), counts, law)
        alone = [process(gaps, each, LAWS[law]).evidence for each in counts]
        np.testing.assert_allclose(together, alone, rtol=1e-10)
    each = tilted(gaps.astype(float), 30, (-1, 1))
    np.testing.assert_allclose(tilted(np.stack([gaps, gaps]).astype(float), 30, (-1, 1)), [each, each])


def test_a_limit_is_a_mean_with_its_error():
    evidence = np.array([[1.0, 4.0], [0.5, 0.2], [8.0, 1.0], [1.0, 1.0]])
    seen = np.array([0.25, 0.0, 0.125, 0.0])
    assert upper_limit(evidence, 4.0) == pytest.approx(seen.mean() + 4 * seen.std(ddof=1) / 2)
