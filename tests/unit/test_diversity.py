"""Are the metrics of diversity what their names say?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy as scipy_entropy

from genloss.errors import Problem
from genloss.metrics.diversity import distinct, entropy, heterozygosity, lost_by_band

COUNTS = arrays(np.int64, (3, 6), elements=st.integers(0, 9)).filter(lambda c: np.all(c.sum(axis=-1) > 0))


@given(COUNTS)
def test_against_plain_code(counts):
    np.testing.assert_allclose(entropy(counts), scipy_entropy(counts, axis=-1), atol=1e-12)
    pairs = [[np.mean([a != b for a in row for b in row])] for row in (np.repeat(range(6), c) for c in counts)]
    np.testing.assert_allclose(heterozygosity(counts), np.ravel(pairs), atol=1e-12)
    assert distinct(counts).tolist() == [len(set(np.repeat(range(6), c))) for c in counts]


@given(COUNTS)
def test_bands_partition_what_is_lost(counts):
    truth = np.array([0.4, 0.3, 0.15, 0.1, 0.05, 0.0])
    there = lost_by_band(truth, counts, edges=[0, 0.05, 0.1, 0.3, 1.01])
    assert there.categories.tolist() == [0, 1, 2, 2]
    assert there.mass.sum() == pytest.approx(1)
    for row in range(3):
        gone = (counts[row] == 0) & (truth > 0)
        assert there.count_lost[row].sum() == gone.sum()
        assert there.mass_lost[row].sum() == pytest.approx(truth[gone].sum())
        assert there.mass_fitted[row, 3] == pytest.approx(counts[row, :2].sum() / counts[row].sum())
        assert there.count_lost[row, 1] == gone[4]


def test_known_values():
    assert entropy(np.ones(8)) == pytest.approx(np.log(8))
    assert entropy([0, 5, 0]) == 0
    assert heterozygosity(np.ones(8)) == pytest.approx(7 / 8)


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: entropy([1, -1]), "weights"),
        (lambda: entropy([0, 0]), "weights"),
        (lambda: heterozygosity(3), "weights"),
        (lambda: distinct([np.nan, 1]), "weights"),
        (lambda: lost_by_band([1, 1], [1, 1, 1], edges=[0, 2]), "fitted"),
        (lambda: lost_by_band([1, 1], [1, 1], edges=[0, 0]), "edges"),
        (lambda: lost_by_band([0, 0], [1, 1], edges=[0, 1]), "truth"),
    ],
)
def test_refusals(call, where):
    with pytest.raises(Problem) as caught:
        call()
    assert caught.value.where == where
