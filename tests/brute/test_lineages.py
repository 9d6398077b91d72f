"""Two models of coins that read each other: every outcome listed, against the recursions for moments.

A model of a coin is a number of heads among its n rows. Two models have (n + 1)^2 states, whose law is followed exactly
from the truth on; moments are sums over it.
"""

from itertools import product
from math import comb

import numpy as np
import pytest

from genloss.theory.lineages import crowd, heterozygosity_of_islands
from genloss.workflows import Lineages, islands, lineages_of

P = 0.3
GENERATIONS = 3


def binomial(n, p):
    return np.array([comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])


def heads(rows, parts):
    """The law of the number of heads; parts: of each source its share, or with rows None its rows, and its chance."""
    if rows is not None:
        return binomial(rows, sum(share * p for share, p in parts))
    law = np.ones(1)
    for count, p in parts:
        law = np.convolve(law, binomial(count, p))
    return law


def states(n, exchange, by_rows):
    """Yield the law over the heads of both models, (n_1 + 1, n_2 + 1), generation by generation."""
    law = np.outer(binomial(n[0], P), binomial(n[1], P))
    yield law
    for _ in range(GENERATIONS):
        after = np.zeros_like(law)
        for i, j in product(range(n[0] + 1), range(n[1] + 1)):
            models = i / n[0], j / n[1], P  # the last one is the truth, number -1
            next_ = [
                heads(
                    None if by_rows else n[k],
                    [(by_rows[k][s] if by_rows else e, models[j_]) for s, (j_, e) in enumerate(exchange[k])],
                )
                for k in range(2)
            ]
            after += law[i, j] * np.outer(*next_)
        law = after
        yield law


def moments(law, n):
    """Mean squared errors of both models, and the mean product of their errors."""
    off = [np.arange(size + 1) / size - P for size in n]
    return np.array([law.sum(axis=1) @ off[0] ** 2, law.sum(axis=0) @ off[1] ** 2, off[0] @ law @ off[1]])


CASES = {
    "islands": (islands(2, 0.3), (3, 3), None),
    "unequal rows": (islands(2, 0.5), (2, 4), None),
    "one row": (islands(2, 0.25), (1, 3), None),
    "truth": (lineages_of({"a": {"a": 0.6, "b": 0.2, "truth": 0.2}, "b": {"a": 1.0}}), (3, 2), None),
    "whole rows": (islands(2, 0.5), (4, 2), ((2, 2), (1, 1))),
    "whole rows, truth": (
        lineages_of({"a": {"a": 0.5, "truth": 0.5}, "b": {"a": 0.25, "b": 0.75}}),
        (2, 4),
        ((1, 1), (1, 3)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_errors_of_two_models_are_those_of_every_outcome(name):
    lineages, n, by_rows = CASES[name]
    lineages = Lineages(lineages.names, lineages.exchange, by_rows is not None)
    found = crowd(lineages, rows=n, generations=GENERATIONS, variance=P * (1 - P), curvature=-1.0)
    for g, law in enumerate(states(n, lineages.exchange, by_rows)):
        assert law.sum() == pytest.approx(1, abs=1e-13)
        one, other, both = moments(law, n)
        assert found.variance[g] == pytest.approx([one, other], abs=1e-14)
        assert found.between[g] == pytest.approx(both, abs=1e-14)
        assert found.whole[g] == pytest.approx((one + other + 2 * both) / 4, abs=1e-14)


@pytest.mark.parametrize(("m", "n"), [(0.0, 3), (0.3, 3), (0.5, 2), (1.0, 4)])
def test_variety_of_two_islands_is_that_of_every_outcome(m, n):
    found = heterozygosity_of_islands(2 * P * (1 - P), count=2, migration=m, rows=n, generations=GENERATIONS)
    share = np.arange(n + 1) / n
    for g, law in enumerate(states((n, n), islands(2, m).exchange, None)):
        each = (law.sum(axis=1) + law.sum(axis=0)) @ (share * (1 - share))
        pair = (law * np.add.outer(share, share) - 2 * law * np.outer(share, share)).sum()
        assert (found.within[g], found.between[g]) == (pytest.approx(each, abs=1e-14), pytest.approx(pair, abs=1e-14))


def test_rows_by_chance_and_whole_rows_are_told_apart():
    """Negative control: the law of whole rows is not that of rows whose source is drawn."""
    n = (4, 4)
    one, other = (
        moments(list(states(n, islands(2, 0.5).exchange, by_rows))[-1], n) for by_rows in (None, ((2, 2), (2, 2)))
    )
    assert abs(one - other).max() > 1e-3
