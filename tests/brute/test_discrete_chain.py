"""The discrete chain listed whole: every corpus, every lineage, every step of the binomial chain."""

import itertools

import numpy as np
import pytest
from helpers import Z
from scipy.stats import binom

from genloss.theory.drift import (
    accumulate_heterozygosity,
    ancestor_laws,
    diffusion_first_loss,
    diffusion_fixation,
    expected_distinct,
    expected_first_loss,
    expected_fixation,
    expected_heterozygosity,
    heterozygosity_of_workflow,
    survival_of_category,
    survival_of_seen,
)

TRUTH = np.array([0.5, 0.3, 0.2])


def counts_after(before, rows):
    """Law of the counts of a corpus of `rows` tokens, from a law over probability vectors."""
    after = {}
    for p, weight in before.items():
        for tokens in itertools.product(range(len(p)), repeat=rows):
            chance = weight * np.prod([p[t] for t in tokens])
            if chance:
                key = tuple(tokens.count(i) / rows for i in range(len(p)))
                after[key] = after.get(key, 0.0) + chance
    return after


def listed(sizes):
    law, path = {tuple(TRUTH): 1.0}, []
    for rows in sizes:
        law = counts_after(law, rows)
        path.append(law)
    return path


def mean(law, statistic):
    return sum(weight * statistic(np.array(p)) for p, weight in law.items())


@pytest.mark.parametrize("sizes", [[3, 3, 3, 3], [3, 5, 2, 4]])
def test_replace_by_listing_every_corpus(sizes):
    # Control: each value differs from that of the generation before or after.
    path = listed(sizes)
    distinct = [mean(law, lambda p: (p > 0).sum()) for law in path]
    spread = [mean(law, lambda p: 1 - (p**2).sum()) for law in path]
    seen = [mean(law, lambda p: p[2] > 0) for law in path]
    g = np.arange(4)
    np.testing.assert_allclose(expected_distinct(TRUTH, rows=sizes, generation=g), distinct, rtol=1e-12)
    np.testing.assert_allclose(survival_of_category(0.2, rows=sizes, generation=g), seen, rtol=1e-12)
    right = [expected_heterozygosity(0.62, rows=sizes, generation=k) for k in g]
    np.testing.assert_allclose(right, spread, rtol=1e-12)
    assert not np.any(np.isclose(right[1:], spread[:-1], rtol=1e-3))
    share = 1 - np.cumprod(1 - 1 / np.array(sizes))
    np.testing.assert_allclose(heterozygosity_of_workflow(0.62, share), spread, rtol=1e-12)


def test_accumulate_by_listing_every_pool():
    pools = {(0, 0, 0): 1.0}
    for g, rows in enumerate([2, 3, 2]):
        after = {}
        for pool, weight in pools.items():
            p = np.array(pool) / max(sum(pool), 1) if g else TRUTH
            for tokens in itertools.product(range(3), repeat=rows):
                key = tuple(pool[i] + tokens.count(i) for i in range(3))
                after[key] = after.get(key, 0.0) + weight * np.prod(p[list(tokens)])
        pools = after
        spread = mean(pools, lambda c: 1 - ((c / c.sum()) ** 2).sum())
        assert accumulate_heterozygosity(0.62, rows=[2, 3, 2], generation=g) == pytest.approx(spread, rel=1e-12)
        assert g == 0 or spread != pytest.approx(expected_heterozygosity(0.62, rows=[2, 3, 2], generation=g), rel=1e-2)


def test_ancestors_by_listing_every_parent():
    after = np.zeros(5)
    for parents in itertools.product(range(4), repeat=3):
        for older in itertools.product(range(5), repeat=4):
            after[len({older[i] for i in parents}) - 1] += 1
    after /= after.sum()
    np.testing.assert_allclose(ancestor_laws(rows=[5, 4, 3], generations=2)[2][1:], after[:3], rtol=1e-12)
    assert after[3:].sum() == 0


@pytest.mark.parametrize("rows", [7, 100])
def test_survival_of_a_seen_token_is_the_binomial_chain(rows):
    # Control: one step more.
    counts = np.arange(rows + 1)
    step = binom.pmf(counts, rows, counts[:, None] / rows)
    law = np.eye(rows + 1)
    seen = [1 - law[:, 0]]
    for _ in range(12):
        law = law @ step
        seen.append(1 - law[:, 0])
    right = survival_of_seen(counts, rows=rows, generation=np.arange(13))
    np.testing.assert_allclose(right, seen, rtol=1e-9, atol=1e-11)
    assert np.all(right[1:, 1] < right[:-1, 1] - 1e-3)
    np.testing.assert_allclose(survival_of_seen([0, rows], rows=rows, generation=5), [0, 1], atol=1e-12)


def test_published_survival_of_a_rare_token():
    # P(still there), truth .01, 100 rows: the binomial chain, their recursion, and their 5,000 simulated runs.
    fits = np.array([1, 2, 5, 10, 20, 50])
    chain = np.array([0.6340, 0.4709, 0.2710, 0.1614, 0.0909, 0.0411])
    simulated = np.array([0.6428, 0.4770, 0.2702, 0.1610, 0.0914, 0.0414])
    right = survival_of_category(0.01, rows=100, generation=fits - 1)
    np.testing.assert_allclose(right, chain, atol=6e-5)
    errors = np.sqrt(right * (1 - right) / 5000)
    assert np.all(np.abs(simulated - right) < Z * errors)
    later = survival_of_category(0.01, rows=100, generation=fits)
    assert np.all(np.abs(simulated - later)[:3] > Z * errors[:3])


@pytest.mark.parametrize("rows", [5, 40])
def test_times_of_two_categories_are_those_of_the_binomial_chain(rows):
    # With two categories the first loss is the fixation.
    counts = np.arange(rows + 1)
    step = binom.pmf(counts, rows, counts[:, None] / rows)[1:-1, 1:-1]
    waits = np.linalg.solve(np.eye(rows - 1) - step, np.ones(rows - 1))
    right = binom.pmf(counts[1:-1], rows, 0.3) @ waits
    assert expected_fixation([0.3, 0.7], rows=rows) == pytest.approx(right, rel=1e-10)
    assert expected_first_loss([0.3, 0.7], rows=rows) == pytest.approx(right, rel=1e-10)


def test_times_of_three_categories_by_the_chain_of_counts():
    rows = 4
    states = [c for c in itertools.product(range(rows + 1), repeat=3) if sum(c) == rows]
    place = {c: i for i, c in enumerate(states)}
    step = np.zeros((len(states), len(states)))
    for c in states:
        for tokens in itertools.product(range(3), repeat=rows):
            to = place[tuple(tokens.count(i) for i in range(3))]
            step[place[c], to] += np.prod([c[t] / rows for t in tokens])
    start = np.zeros(len(states))
    for tokens in itertools.product(range(3), repeat=rows):
        start[place[tuple(tokens.count(i) for i in range(3))]] += np.prod(TRUTH[list(tokens)])
    for time, inside in (
        (expected_fixation, [i for i, c in enumerate(states) if max(c) < rows]),
        (expected_first_loss, [i for i, c in enumerate(states) if min(c) > 0]),
    ):
        waits = np.linalg.solve(np.eye(len(inside)) - step[np.ix_(inside, inside)], np.ones(len(inside)))
        assert time(TRUTH, rows=rows) == pytest.approx(start[inside] @ waits, rel=1e-10)


def test_diffusion_times_are_a_few_percent_high():
    # Allowance 6 %, one-sided. Control: half the size (diploid 4N for 2N, or N for 2N) is far outside.
    p = [0.1, 0.2, 0.3, 0.4]
    for exact, limit in ((expected_fixation, diffusion_fixation), (expected_first_loss, diffusion_first_loss)):
        assert 1 < limit(p, rows=100) / exact(p, rows=100) < 1.06
        assert not 1 < limit(p, rows=50) / exact(p, rows=100) < 1.06
        assert 1 < limit(p, rows=1000) / exact(p, rows=1000) < 1.01
