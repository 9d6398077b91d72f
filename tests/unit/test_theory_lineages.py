"""Errors of several models that read each other against the covariance of all fits, and closed forms against both."""

import numpy as np
import pytest

from genloss.errors import Problem
from genloss.theory.lineages import (
    best_islands,
    crowd,
    heterozygosity_of_islands,
    island_rates,
    pooled_correlation,
    pooled_variance,
)
from genloss.theory.lineages.islands import kept_by_islands
from genloss.theory.lineages.newest_fits import defined
from genloss.theory.lineages.reading import reading
from genloss.theory.workflows import covariance
from genloss.workflows import Lineages, islands, lineages_of, pooled, replace, ring, separate

CLOSE = 1e-12
TRUTHFUL = lineages_of({"a": {"a": 0.7, "b": 0.2, "truth": 0.1}, "b": {"c": 0.55, "b": 0.45}, "c": {"truth": 1.0}})


def drawn(lineages, *, by_rows=False, shared_real=False):
    return Lineages(lineages.names, lineages.exchange, by_rows, shared_real)


WHO = {
    "one alone": (separate(1), 7),
    "separate": (separate(3), [4, 7, 2]),
    "islands": (islands(3, 0.2), 6),
    "islands, unequal rows": (islands(3, 0.3), [4, 9, 2]),
    "pool by rows": (drawn(pooled(4), by_rows=True), [8, 4, 12, 5]),
    "ring": (ring(7, 2, 0.4), [3, 5, 4, 8, 2, 6, 9]),
    "ring by rows": (drawn(ring(9, 1, 0.3), by_rows=True), 10),
    "truth": (TRUTHFUL, [5, 3, 4]),
    "truth by rows": (drawn(TRUTHFUL, by_rows=True), [15, 13, 14]),
    "shared real rows": (drawn(islands(3, 0.2), shared_real=True), [6, 4, 6]),
    "one row, shares that do not quite add up": (islands(60, 0.03), 1),
    "a line": (lineages_of({"a": {"a": 1.0}, "b": {"a": 1.0}, "c": {"a": 0.5, "b": 0.5}}), [4, 3, 6]),
    "a crowd in a ring": (ring(40, 2, 0.4), 5),
    "a crowd of islands": (islands(20, 0.2), [2 + k % 5 for k in range(20)]),
}
FAMILIES = {
    "normal": {"variance": 0.7},
    "bernoulli": {"variance": 0.21, "curvature": -1.0},
    "exponential": {"variance": 4.0, "curvature": 1.0},
    "many rows": {"variance": 4.0, "curvature": 1.0, "limit": True},
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("who", WHO)
def test_the_newest_fits_have_the_covariance_of_all_fits(who, family):
    lineages, rows = WHO[who]
    law, K, last = FAMILIES[family], lineages.count, 6
    flat = lineages.compile([replace(n) for n in np.broadcast_to(rows, K).tolist()], last)
    right = covariance(flat, **law)
    blocks = [right[g * K : (g + 1) * K, g * K : (g + 1) * K] for g in range(last + 1)]
    for answer in (crowd, defined):
        found = answer(lineages, rows=rows, generations=last, **law)
        for g, block in enumerate(blocks):
            scale = block.diagonal().max()
            np.testing.assert_allclose(found.variance[g], block.diagonal(), rtol=0, atol=CLOSE * scale)
            np.testing.assert_allclose(found.whole[g], block.mean(), rtol=0, atol=CLOSE * scale)
            if K > 1:
                pairs = (block.sum() - block.trace()) / K / (K - 1)
                np.testing.assert_allclose(found.correlation[g], pairs / block.diagonal().mean(), rtol=0, atol=CLOSE)


def test_a_wrong_share_of_the_rows_is_seen():
    """Negative control: the comparison above tells a migration of .2 from one of .201."""
    flat = islands(3, 0.2).compile(replace(6), 4)
    right = covariance(flat)[-3:, -3:].mean()
    assert abs(crowd(islands(3, 0.201), rows=6, generations=4).whole[-1] - right) > 1e6 * CLOSE


def uneven(count):
    """Every lineage reads all, each for another share."""
    parts = 1.0 + (np.arange(count)[:, None] * 7 + np.arange(count) * 3) % 11
    shares = (parts / parts.sum(axis=1, keepdims=True)).tolist()
    return Lineages(tuple(map(str, range(count))), tuple(tuple(enumerate(line)) for line in shares))


MANY = {
    "a few each": (ring(50, 2, 0.3), False, 0.0),
    "all others alike": (islands(50, 0.3), False, 0.3 / 49),
    "one pool": (pooled(50), False, 0.02),
    "all, unlike": (uneven(50), True, 0.0),
}


@pytest.mark.parametrize("who", MANY)
def test_many_lineages_go_the_compiled_way_and_the_plain_way(who):
    lineages, dense, every = MANY[who]
    rows = np.arange(3, 53)
    read = reading(lineages, rows)
    assert (read.is_dense, read.every) == (dense, pytest.approx(every))
    one, other = (f(lineages, rows=rows, generations=30, curvature=-1.0) for f in (crowd, defined))
    np.testing.assert_allclose(one.variance, other.variance, rtol=CLOSE)
    np.testing.assert_allclose(one.between, other.between, rtol=CLOSE)


def test_one_pool_has_closed_forms():
    for K in (1, 2, 3, 5):
        found = crowd(drawn(pooled(K), by_rows=True), rows=30, generations=12, variance=2.0)
        np.testing.assert_allclose(30 / 2.0 * found.mean, pooled_variance(np.arange(13), count=K), rtol=CLOSE)
        if K > 1:
            np.testing.assert_allclose(found.correlation, pooled_correlation(np.arange(13), count=K), atol=CLOSE)


@pytest.mark.parametrize(("K", "m"), [(1, 0.0), (2, 0.0), (2, 0.3), (4, 0.01), (5, 0.8), (10, 1.0)])
def test_islands_of_categories_are_the_bernoulli_crowd(K, m):
    n, last, truth = 7, 20, 0.42
    variety = heterozygosity_of_islands(truth, count=K, migration=m, rows=n, generations=last)
    found = crowd(islands(K, m), rows=n, generations=last, curvature=-1.0)
    np.testing.assert_allclose(variety.within, truth * (1 - found.mean), rtol=CLOSE)
    np.testing.assert_allclose(variety.whole, truth * (1 - found.whole), rtol=CLOSE)
    if K > 1:
        np.testing.assert_allclose(variety.between, truth * (1 - found.between), rtol=CLOSE)
        assert variety.homogenization[0] == 0
    each, all_ = kept_by_islands([K, K], m, [n, n], last)
    np.testing.assert_allclose(truth * each, variety.within[-1], rtol=CLOSE)
    np.testing.assert_allclose(truth * all_, variety.whole[-1], rtol=CLOSE)


@pytest.mark.parametrize(
    ("K", "m", "n"), [(1, 0.0, 9), (2, 0.0, 4), (2, 0.5, 3), (4, 0.01, 50), (10, 0.3, 20), (3, 1.0, 5)]
)
def test_variety_is_lost_at_the_rates_of_the_matrix(K, m, n):
    slow, fast = island_rates(count=K, migration=m, rows=n)
    if K == 1:
        assert (slow, fast) == (1 / n, 1.0)
        return
    same = (1 - m) ** 2 + m**2 / (K - 1)  # two rows of one model come from one model
    meet = 2 * m * (1 - m) / (K - 1) + m**2 * (K - 2) / (K - 1) ** 2  # rows of two models do
    step = np.array([[(1 - 1 / n) * same, (1 - 1 / n) * (1 - same)], [meet, 1 - meet]])
    np.testing.assert_allclose(np.sort(1 - np.linalg.eigvals(step)), [slow, fast], rtol=1e-12, atol=1e-15)
    found = heterozygosity_of_islands(1.0, count=K, migration=m, rows=n, generations=1)
    second = step @ [found.within[0], found.between[0]]
    np.testing.assert_allclose([found.within[1], found.between[1]], second, rtol=CLOSE)


def test_in_the_end_the_variety_of_all_falls_at_the_slow_rate():
    found = heterozygosity_of_islands(1.0, count=4, migration=0.1, rows=50, generations=400)
    slow, _ = island_rates(count=4, migration=0.1, rows=50)
    np.testing.assert_allclose(1 - found.whole[-1] / found.whole[-2], slow, rtol=1e-9)


@pytest.mark.parametrize(("K", "each", "all_"), [(4, 0.427, 0.698), (10, 0.474, 0.876)])
def test_numbers_of_the_page_on_lineages(K, each, all_):
    found = heterozygosity_of_islands(1.0, count=K, migration=0.01, rows=50, generations=2000)
    assert (found.within[100].round(3), found.whole[100].round(3)) == (each, all_)
    if K == 4:  # as one model of 325 rows
        assert round(1 / (1 - found.whole[-1] / found.whole[-2])) == 325


def test_separate_models_keep_what_differs_between_them():
    found = heterozygosity_of_islands(0.5, count=3, migration=0.0, rows=4, generations=300)
    np.testing.assert_allclose(found.within[-1], 0, atol=1e-9)
    assert found.between.tolist() == [0.5] * 301
    assert not found.homogenization.any()
    np.testing.assert_allclose(found.differentiation[-1], 1, atol=1e-9)


@pytest.mark.parametrize("m", [0.003, 0.03, 0.1])
def test_the_best_number_of_models_grows_with_the_generations(m):
    best = best_islands(rows_in_all=60, migration=m, generations=400)
    assert best[0] == 1
    assert best[-1] >= 4
    assert np.all(np.diff(best) >= 0)
    for g in (50, 150, 400):
        each = [
            heterozygosity_of_islands(1.0, count=K, migration=m * (K > 1), rows=60 // K, generations=g).within[g]
            for K in range(1, 61)
        ]
        assert best[g] == 1 + np.argmax(each)


def test_it_does_not_grow_where_models_never_read_each_other_nor_in_one_pool():
    assert set(best_islands(rows_in_all=60, migration=0.0, generations=300).tolist()) == {1}
    counts, last = np.array([1, 2, 3, 4, 5, 6, 10]), 300
    pool = [
        heterozygosity_of_islands(1.0, count=K, migration=1 - 1 / K, rows=60 // K, generations=last) for K in counts
    ]
    for each, K in zip(pool, counts, strict=True):
        np.testing.assert_allclose(each.whole, (1 - 1 / 60) ** np.arange(1, last + 2), rtol=1e-11)
        np.testing.assert_allclose(each.within[1:], (1 - K / 60) * each.whole[:-1], rtol=1e-11)


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: crowd(islands(3, 0.1), rows=[1, 2], generations=2), "rows"),
        (lambda: crowd(islands(3, 0.1), rows=0, generations=2), "rows"),
        (lambda: crowd(islands(3, 0.1), rows=2, generations=-1), "generation"),
        (lambda: crowd(islands(3, 0.1), rows=2, generations=5, variance=-1.0), "variance"),
        (lambda: crowd(islands(3, 0.1), rows=2, generations=5, curvature=-3.0), "curvature"),
        (lambda: crowd(ring(30, 1, 0.1), rows=2, generations=5, curvature=-3.0), "curvature"),
        (lambda: crowd(ring(3000, 1, 0.1), rows=2, generations=1_000_000), "lineages"),
        (lambda: crowd(separate(1), rows=2, generations=5).correlation, "lineages"),
        (lambda: crowd(separate(2), rows=2, generations=5, variance=0.0).correlation, "variance"),
        (lambda: heterozygosity_of_islands(1.0, count=1, migration=0.1, rows=5, generations=2), "migration"),
        (lambda: heterozygosity_of_islands(1.0, count=2, migration=1.1, rows=5, generations=2), "migration"),
        (
            lambda: heterozygosity_of_islands(0.0, count=2, migration=0.1, rows=5, generations=2).differentiation,
            "start",
        ),
        (lambda: heterozygosity_of_islands(1.0, count=1, migration=0, rows=5, generations=2).homogenization, "count"),
        (lambda: pooled_correlation(3, count=1), "count"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask, where):
    with pytest.raises(Problem) as refused:
        ask()
    assert refused.value.where == where
