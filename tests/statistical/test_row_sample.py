"""Is every row, and every pair of rows, as likely as any other to be in the sample, however the rows come?"""

import numpy as np
import pytest
from helpers import Z

from genloss.populations.tables.sample import RowSample

ROWS, KEPT, REPEATS = 24, 6, 6000
PIECES = (1, 2, 11, 0, 7, 3)  # rows of each; beyond 12 waiting, only rows below a bound are taken in


def sampled(repeat):
    sample = RowSample(KEPT, np.random.default_rng((5, repeat)))
    for last, count in zip(np.cumsum(PIECES), PIECES, strict=True):
        numbers = np.arange(last - count, last)
        sample.add(numbers[:, None].astype(float), numbers)
    codes, numbers = sample.kept()
    smallest = np.argsort(np.random.default_rng((5, repeat)).random(ROWS))[:KEPT]
    assert np.array_equal(numbers, np.sort(smallest))  # the definition, with all keys at once
    assert np.array_equal(codes[:, 0], numbers)
    return numbers


def by_quota(repeat):
    """A wrong sampler whose rows are all equally likely, but not their pairs: one from each four neighbors."""
    return np.arange(0, ROWS, 4) + np.random.default_rng((5, repeat)).integers(4, size=KEPT)


def first_come(repeat):
    """A wrong sampler that likes early rows."""
    return np.sort(np.random.default_rng((5, repeat)).permutation(ROWS + 4)[:KEPT] % ROWS)


def largest_z(sampler):
    """Largest |z| of how often each row is there, and of how often both of two are."""
    there = np.zeros((REPEATS, ROWS))
    for repeat in range(REPEATS):
        there[repeat, sampler(repeat)] = 1
    both = (there.T @ there)[np.triu_indices(ROWS, 1)]
    one, two = KEPT / ROWS, KEPT * (KEPT - 1) / ROWS / (ROWS - 1)
    z = [
        np.abs(count - REPEATS * share).max() / np.sqrt(REPEATS * share * (1 - share))
        for count, share in ((there.sum(0), one), (both, two))
    ]
    return np.array(z)


def test_all_rows_and_all_pairs_are_equally_likely():
    # 6000 repeats: a share of a row off by 2.5 percentage points, of a pair off by 1.5, is 4.5 standard errors.
    assert np.all(largest_z(sampled) < Z)


@pytest.mark.parametrize(("wrong", "sees"), [(by_quota, 1), (first_come, 0)])
def test_samplers_that_are_not_even_are_seen(wrong, sees):
    assert largest_z(wrong)[sees] > 2 * Z
