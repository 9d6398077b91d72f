"""Correlations of ranks, beside a slow count, and which changes are told."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from genloss.audit.correlations import changed, correlations
from genloss.streams import stream


def test_correlations_are_those_of_ranks_with_ties():
    rows = np.round(stream(131, "ranks").normal(size=(200, 4)), 1)
    rows[:, 3] = 2.0 * rows[:, 0] - rows[:, 1]
    np.testing.assert_allclose(correlations(rows), spearmanr(rows).statistic, atol=1e-12)
    assert correlations(np.column_stack([rows[:, 0], np.ones(200)]))[0, 1] == 0


@pytest.mark.parametrize("now", [0.6, 0.2])
def test_a_pair_is_told_if_it_changed(now):
    def rows(rng, r, count):
        return rng.multivariate_normal(np.zeros(3), [[1, r, 0], [r, 1, 0], [0, 0, 1]], count)

    real, told, others = correlations(rows(stream(132, "real"), 0.6, 2000)), 0, 0
    for run in range(40):
        found = changed(("a", "b", "c"), real, 2000, correlations(rows(stream(132, run), now, 500)), 500, 0.05)
        told += ("a", "b") in [(pair.one, pair.other) for pair in found]
        others += any("c" in (pair.one, pair.other) for pair in found)
    assert (told == 40) if now == 0.2 else (told <= 8)
    assert others <= 8
