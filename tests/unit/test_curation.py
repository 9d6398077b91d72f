"""Is the law of what is chosen that of every outcome listed? And the normal law, and the verifier's arithmetic?"""

from itertools import product

import numpy as np
import pytest

from genloss.errors import Problem
from genloss.theory.loops.curation import curated, curated_equilibrium, curated_gaussian, first_order_shift, verified

LAW, REWARD = np.array([0.5, 0.3, 0.2]), np.array([0.0, 1.5, -0.7])


@pytest.mark.parametrize("choices", [1, 2, 3, 4])
def test_every_outcome(choices):
    listed = np.zeros(3)
    for drawn in product(range(3), repeat=choices):
        worth = np.exp(REWARD[list(drawn)])
        for place, part in zip(drawn, worth / worth.sum(), strict=True):
            listed[place] += np.prod(LAW[list(drawn)]) * part
    assert curated(LAW, REWARD, choices=choices) == pytest.approx(listed, abs=1e-9)
    if choices > 1:
        assert curated(LAW, REWARD, choices=choices + 1) != pytest.approx(listed, abs=1e-3)  # control


def test_many_choices_tilt():
    tilted = LAW * np.exp(REWARD) / (LAW @ np.exp(REWARD))
    assert curated(LAW, REWARD, choices=np.inf) == pytest.approx(tilted)
    assert curated(LAW, REWARD, choices=100_000) == pytest.approx(tilted, abs=1e-4)


def test_far_rewards_stay_accurate():
    assert curated([0.5, 0.5], [0.0, 60.0], choices=2) == pytest.approx([0.25, 0.75], abs=1e-8)


def test_an_equilibrium_stands_still():
    for choices in (2, np.inf):
        law = curated_equilibrium(LAW, REWARD, choices=choices, real_share=0.3)
        assert 0.3 * LAW + 0.7 * curated(law, REWARD, choices=choices) == pytest.approx(law, abs=1e-10)
        assert law[1] > LAW[1]


def test_a_normal_law_on_a_grid():
    x = np.linspace(-12, 12, 4001)
    law = np.exp(-((x - 0.4) ** 2) / (2 * 1.7))
    law = curated(law / law.sum(), 0.6 * x - 0.25 * x**2, choices=np.inf)
    found = curated_gaussian(0.4, 1.7, slope=0.6, bend=0.5)
    assert (law @ x, law @ x**2 - (law @ x) ** 2) == pytest.approx(found, rel=1e-9)
    weak = np.exp(-(x**2) / 2)
    for choices in (2, 5):
        moved = curated(weak / weak.sum(), 0.05 * x, choices=choices) @ x
        assert moved == pytest.approx(first_order_shift(1.0, slope=0.05, choices=choices), rel=2e-3)
        assert moved != pytest.approx(first_order_shift(1.0, slope=0.05, choices=choices + 1), rel=2e-2)  # control


def test_a_verifier_recovers_a_majority_below_its_threshold():
    threshold = verified(0.1, keep_good=0.9, keep_bad=0.3).threshold
    assert threshold == pytest.approx(0.75)
    below, above = (verified(threshold + off, keep_good=0.9, keep_bad=0.3).error for off in (-1e-6, 1e-6))
    assert below < 0.5 < above
    assert verified(0.2, keep_good=0.4, keep_bad=0.4).error == pytest.approx(0.2)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: curated([0.5, 0.6], [0, 0], choices=2),
        lambda: curated([0.5, 0.5], [0, 0, 0], choices=2),
        lambda: curated([0.5, 0.5], [0, 0], choices=1.5),
        lambda: curated_gaussian(0, 1, slope=0, bend=-2),
        lambda: curated_equilibrium([0.5, 0.5], [0, 0], choices=2, real_share=0),
        lambda: verified(0.2, keep_good=0, keep_bad=0),
        lambda: first_order_shift(1.0, slope=0.1, choices=0.5),
    ],
)
def test_what_is_refused(ask):
    with pytest.raises(Problem):
        ask()
