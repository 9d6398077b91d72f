"""Does the closed loop end where its equations say? Fixed points, thresholds by another road, Polya's urn, refusals."""

import numpy as np
import pytest
from scipy.special import betaln, comb

from genloss.errors import Problem
from genloss.theory.loops.closed_loop import equilibria, sharpened, step, uniqueness_threshold, urn_variance

ZIPF = np.arange(1, 21.0) ** -1.2 / (np.arange(1, 21.0) ** -1.2).sum()


@pytest.mark.parametrize("share", [0.05, 0.2, 0.6])
@pytest.mark.parametrize("temperature", [0.5, 0.8, 1.0, 1.25])
def test_points_stand_still_and_attract(share, temperature):
    found = equilibria(ZIPF, share=share, temperature=temperature)
    assert step(found.points, ZIPF, share=share, temperature=temperature) == pytest.approx(found.points, abs=1e-9)
    assert np.all(found.gain < 1)
    for point in found.points:
        near = 0.99 * point + 0.01 / 20
        moved = step(near, ZIPF, share=share, temperature=temperature)
        assert np.abs(moved - point).sum() < np.abs(near - point).sum()
    assert found.reached_from.any(axis=0).all()


def test_total_variation_from_outside():
    """Twenty tokens, Zipf 1.2, share .2, from a start at q."""
    for temperature, distance in ((0.5, 0.518), (0.8, 0.446), (1.25, 0.228)):
        law = ZIPF
        for _ in range(200):
            before, law = law, step(law, ZIPF, share=0.2, temperature=temperature)
        assert np.abs(law - before).sum() < 1e-12  # it has arrived
        found = equilibria(ZIPF, share=0.2, temperature=temperature)
        here = int(np.argmin(np.abs(found.points - law).sum(axis=1)))
        assert found.distance[here] == pytest.approx(distance, abs=6e-4)


THRESHOLDS = [
    (0.5, (0.500, 0.334, 0.225)),
    (0.7, (0.300, 0.191, 0.125)),
    (0.9, (0.100, 0.061, 0.039)),
]


@pytest.mark.parametrize(("temperature", "expected"), THRESHOLDS)
def test_two_tokens_merge_where_starts_begin_to_agree(temperature, expected):
    for common, threshold in zip((0.5, 0.6, 0.8), expected, strict=True):
        law = np.array([common, 1 - common])
        seen = uniqueness_threshold(law, temperature=temperature)
        assert seen == pytest.approx(threshold, abs=6e-4)
        assert equilibria(law, share=seen + 0.003, temperature=temperature).unique
        assert not equilibria(law, share=seen - 0.003, temperature=temperature).unique  # control


def test_more_tokens_are_bisected():
    even = np.full(4, 0.25)
    threshold = uniqueness_threshold(even, temperature=0.6)
    assert equilibria(even, share=threshold + 0.002, temperature=0.6).unique
    assert not equilibria(even, share=threshold - 0.002, temperature=0.6).unique
    assert uniqueness_threshold(even, temperature=1.3) == 0


def test_sharp_loops_without_outside_data_end_in_one_token():
    found = equilibria(ZIPF, share=0.0, temperature=0.5)
    assert found.points == pytest.approx(np.eye(20), abs=1e-6)
    flat = equilibria(ZIPF, share=0.0, temperature=2.0)
    assert flat.points[0] == pytest.approx(np.full(20, 0.05), abs=1e-9)


def test_a_tail_token_keeps_the_outside_share():
    rare = np.array([0.6, 0.39, 0.01])
    found = equilibria(rare, share=0.05, temperature=0.5)
    others = found.points[found.points[:, 2] < 0.5]  # one end is the rare token's own
    assert len(others) == len(found.points) - 1 == 2
    assert others[:, 2] / rare[2] == pytest.approx([0.05, 0.05], rel=0.05)
    assert sharpened(rare, 1.0) == pytest.approx(rare)


def test_polya():
    """Batches of one: the number of new rows of a token is beta-binomial."""
    first, p, draws = 5, 0.4, 12
    a, b = first * p, first * (1 - p)
    k = np.arange(draws + 1)
    law = comb(draws, k) * np.exp(betaln(k + a, draws - k + b) - betaln(a, b))
    shares = (a + k) / (first + draws)
    variance = law @ shares**2 - (law @ shares) ** 2
    seen = urn_variance(p, first=first, batch=1, generations=draws)
    assert seen[-1] == pytest.approx(variance, rel=1e-12)
    assert seen[-2] != pytest.approx(variance, rel=1e-2)  # control: off by one


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: equilibria([0.5, 0.5], share=0, temperature=1.0), "temperature"),
        (lambda: equilibria([1.0, 0.0], share=0.1, temperature=0.5), "outside"),
        (lambda: equilibria([0.5, 0.6], share=0.1, temperature=0.5), "outside"),
        (lambda: equilibria([0.5, 0.5], share=1.1, temperature=0.5), "share"),
        (lambda: sharpened("a", 1.0), "law"),
        (lambda: sharpened([0.5, 0.5], 0.0), "temperature"),
        (lambda: urn_variance(0.5, first=2, batch=1, generations=-1), "generations"),
    ],
)
def test_what_is_refused(ask, where):
    with pytest.raises(Problem) as caught:
        ask()
    assert caught.value.where == where
