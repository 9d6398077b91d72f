"""Tails: formulas against exact sums over infinitely many tokens, small worlds listed whole, and drawn chains."""

import itertools

import numpy as np
import pytest
from helpers import Z, mean_and_error
from scipy.special import zeta

from genloss.errors import Problem
from genloss.streams import stream
from genloss.theory.tails import (
    cut_error,
    empirical_error,
    empirical_law,
    mixed_error,
    mixed_plateau,
    support_bound,
    support_error,
    tail_mass,
    temperature_error,
    top_p_cut,
    two_stage_error,
    unseen_mass,
    zipf_error,
)


def summed(exponent, rows, *, law=None, scale=1.0, start=1, stop=None):
    """Sum of p_i (1 - scale q_i)^T from start on; q_i ~ i^-law. Beyond a million tokens by three moments."""
    law = law or exponent
    last = stop or 1_000_000
    i = np.arange(start, last + 1.0)
    head = (i**-exponent / zeta(exponent)) @ np.exp(rows * np.log1p(-scale * i**-law / zeta(law)))
    if stop:
        return head
    size = scale / zeta(law)
    moments = [zeta(exponent + n * law, last + 1) * size**n for n in range(4)]
    ways = [1, -rows, rows * (rows - 1) / 2, -rows * (rows - 1) * (rows - 2) / 6]
    return head + np.dot(moments, ways) / zeta(exponent)


@pytest.mark.parametrize("exponent", [1.3, 1.5, 2.0, 3.0])
def test_honest_rows(exponent):
    # Control: the power 1/b in place of c = 1 - 1/b is refused by a factor.
    for rows in (100, 1000, 10_000):
        right, c, head = summed(exponent, rows), 1 - 1 / exponent, rows / zeta(exponent)
        allowed = 2 * (1 + c) ** 2 / rows + np.exp(-head) * head**c
        assert abs(zipf_error(exponent, rows=rows) / right - 1) < allowed
    slope = np.log(summed(exponent, 10_000) / summed(exponent, 1000)) / np.log(10)
    assert slope == pytest.approx(-c, abs=0.01)


@pytest.mark.parametrize(("exponent", "cut"), [(1.5, 30), (1.5, 100), (2.0, 50)])
def test_cut_tail(exponent, cut):
    # Control: the additive law T^-c + k^(1-b) with the same constants is over by more than the allowance.
    lost, c = tail_mass(exponent, cut=cut), 1 - 1 / exponent
    assert lost == pytest.approx(1 - summed(exponent, 0, stop=cut), rel=1e-10)
    for rows in (300, 1000, 10_000, 1_000_000):
        right = summed(exponent, rows, scale=1 / (1 - lost), stop=cut) + lost
        allowed = 2 * (1 + c) ** 2 / rows + exponent / cut**2 + np.exp(-rows / zeta(exponent)) * rows**c
        assert abs(cut_error(exponent, rows=rows, cut=cut) / right - 1) < allowed
        if rows == 1000:
            assert (zipf_error(exponent, rows=rows) + lost) / right - 1 > 4 * allowed


def test_mixed_with_real_rows():
    # Allowance 2 (1 + c)^2/1000 = .0036. Control: without the real share it stays at the plateau.
    exponent, cut, share = 1.5, 100, 0.01
    lost = tail_mass(exponent, cut=cut)
    more = share + (1 - share) / (1 - lost)
    there = mixed_plateau(exponent, cut=cut, real_share=share)
    for rows in (1000, 30_000, 1_000_000, 100_000_000):
        beyond = summed(exponent, rows, scale=share) - summed(exponent, rows, scale=share, stop=cut)
        right = summed(exponent, rows, scale=more, stop=cut) + beyond
        assert abs(mixed_error(exponent, rows=rows, cut=cut, real_share=share) / right - 1) < 3.6e-3
    middle = mixed_error(exponent, rows=np.sqrt(there.start * there.end), cut=cut, real_share=share)
    assert middle == pytest.approx(there.level, rel=0.1)
    late = mixed_error(exponent, rows=100 * there.end, cut=cut, real_share=[share, 0.0])
    assert late[0] == pytest.approx(zipf_error(exponent, rows=100 * there.end * share), rel=1e-6)
    assert late[1] == pytest.approx(lost, rel=1e-6)
    assert mixed_error(exponent, rows=500, cut=cut, real_share=0.0) == pytest.approx(
        cut_error(exponent, rows=500, cut=cut), rel=1e-12
    )
    assert mixed_error(exponent, rows=500, cut=cut, real_share=1.0) == pytest.approx(
        zipf_error(exponent, rows=500), rel=1e-12
    )


@pytest.mark.parametrize("temperature", [0.7, 0.9, 1.0, 1.2])
def test_temperature(temperature):
    # Control: honest rows, except at temperature 1.
    law = 1.6 / temperature
    right = summed(1.6, 3000, law=law)
    order = 0.6 / law
    assert abs(temperature_error(1.6, rows=3000, temperature=temperature) / right - 1) < 2 * (1 + order) ** 2 / 3000
    assert (abs(zipf_error(1.6, rows=3000) / right - 1) < 0.01) == (temperature == 1.0)


def test_top_p_levels_off_at_what_it_cuts():
    cut = top_p_cut(2.0, top_p=0.95)
    assert tail_mass(2.0, cut=cut) <= 0.05 < tail_mass(2.0, cut=cut - 1)
    assert cut_error(2.0, rows=1e9, cut=cut) == pytest.approx(tail_mass(2.0, cut=cut), rel=1e-12)


def test_two_stages():
    # Allowance 1/T0 + 1/T; the law is cut at 60,000 tokens, whose tail is known. Control: T rows as if they were real.
    exponent, tokens = 2.0, 60_000
    p = np.arange(1, tokens + 1.0) ** -exponent / zeta(exponent)
    rest = 1 - p.sum()
    for first, rows in ((400, 200), (400, 400), (400, 1500)):
        exact = empirical_error(np.append(p, rest), rows=[first, rows], generation=1)
        seen = two_stage_error(exponent, first_rows=first, rows=rows)
        assert abs(seen / exact - 1) < 2 / first + 2 / rows
        assert abs(zipf_error(exponent, rows=rows) / exact - 1) > 4 / rows


def test_generations_listed():
    # Every corpus of three tokens of two kinds, three generations. Control: the generation before.
    truth, path = np.array([0.7, 0.3]), []
    empirical, support = {(0.7, 0.3): 1.0}, {(True, True): 1.0}
    for _ in range(3):
        after, seen = {}, {}
        for law, target, source in (("e", after, empirical), ("s", seen, support)):
            for state, weight in source.items():
                p = np.array(state) if law == "e" else truth * state / (truth * state).sum()
                for tokens in itertools.product(range(2), repeat=3):
                    counts = np.bincount(tokens, minlength=2)
                    key = tuple(counts / 3) if law == "e" else tuple(counts > 0)
                    target[key] = target.get(key, 0.0) + weight * np.prod(p[list(tokens)])
        empirical, support = after, seen
        path.append([sum(w * truth @ (np.array(s) == 0) for s, w in law.items()) for law in (empirical, support)])
    seen = np.array(path)
    g = np.arange(3)
    np.testing.assert_allclose(empirical_error(truth, rows=3, generation=g), seen[:, 0], rtol=1e-12)
    assert not np.any(np.isclose(seen[1:, 0], empirical_error(truth, rows=3, generation=g)[:-1], rtol=0.01))
    bound = support_bound(truth, rows=3, generation=g)
    assert bound[0] == pytest.approx(seen[0, 1], rel=1e-12)
    assert np.all(bound[1:] > seen[1:, 1])


def test_generations_with_the_true_frequencies_drawn():
    # 2,000 chains of 200 rows; sees .5 %. Allowance 2 %. Controls: no renormalization; the other rule.
    p = np.arange(1, 3001.0) ** -1.5
    p /= p.sum()
    rng, last = stream(91, "support"), 9
    errors = np.empty((last + 1, 2000))
    for chain in range(2000):
        alive = np.ones(p.size, bool)
        for g in range(last + 1):
            edges = np.cumsum(p * alive)
            drawn = np.searchsorted(edges, rng.random(200) * edges[-1], side="right")
            alive = np.bincount(drawn, minlength=p.size) > 0
            errors[g, chain] = p @ ~alive
    seen, error = mean_and_error(errors)
    g = np.arange(last + 1)
    right = support_error(p, rows=200, generation=g)
    assert np.all(np.abs(seen - right) <= Z * error + 0.02 * right)
    bound = support_bound(p, rows=200, generation=g)
    assert np.all(bound > seen - Z * error)
    assert bound[-1] > seen[-1] + Z * error[-1] + 0.02 * seen[-1]
    assert abs(seen[-1] - empirical_error(p, rows=200, generation=last)) > 0.1 * seen[-1]


def test_many_generations_are_sub_linear():
    # Allowance 1.5 log(g + 1)/(g + 1). Control: linear in g is far off.
    p = np.arange(1, 20_001.0) ** -2.0 / zeta(2.0)
    p = np.append(p, 1 - p.sum())
    g = np.array([9, 39, 79])
    exact = empirical_error(p, rows=2000, generation=g)
    law = empirical_law(2.0, rows=2000, generation=g)
    assert np.all(np.abs(law / exact - 1) < 1.5 * np.log(g + 1) / (g + 1))
    assert exact[2] / exact[0] == pytest.approx(8**0.5, rel=0.15)


def test_a_listed_law():
    truth, q = np.array([0.6, 0.4]), np.array([0.9, 0.1])
    by_hand = sum(
        np.prod(q[list(rows)]) * truth @ ~np.isin([0, 1], rows) for rows in itertools.product(range(2), repeat=4)
    )
    assert unseen_mass(truth, q, rows=4) == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "where", "says"),
    [
        (lambda: zipf_error(1.0, rows=100), "exponent", "no sum"),
        (lambda: zipf_error(2.0, rows=10), "rows", "holds from 17 on"),
        (lambda: cut_error(2.0, rows=100, cut=0), "cut", "0 is not"),
        (lambda: mixed_error(2.0, rows=100, cut=5, real_share=1.5), "real_share", "1.5"),
        (
            lambda: temperature_error(2.0, rows=100, temperature=2.0),
            "temperature",
            "the probabilities of all tokens have no finite sum",
        ),
        (lambda: top_p_cut(2.0, top_p=1.0), "top_p", "over 10^12"),
        (lambda: unseen_mass([0.5, 0.5], [1.0], rows=1), "training", "no law"),
        (lambda: empirical_law(2.0, rows=1000, generation=3), "generation", "too early"),
        (lambda: empirical_law(2.0, rows=1000, generation=500), "generation", "horizon"),
        (lambda: two_stage_error(2.0, first_rows=5, rows=100), "rows", "holds from"),
        (lambda: support_bound([0.5], rows=5, generation=0), "probabilities", "add up"),
    ],
)
def test_refusals(call, where, says):
    with pytest.raises(Problem) as caught:
        call()
    assert caught.value.where == where
    assert says in caught.value.found
