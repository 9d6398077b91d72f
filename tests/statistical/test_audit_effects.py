"""Do intervals of effects hold the true value, and are floors what real samples show?

Rule: coverage of 400 samples lies within Z binomial standard errors of .95 for Gaussian rows, and above that for shares
(their law is discrete); floors are exceeded by one in twenty, within the same. The control is a true value 20 % off.
"""

import numpy as np
import pytest
from helpers import Z

from genloss.audit.effects import of_means, of_shares
from genloss.audit.moments import Moments
from genloss.audit.scores import log_variances
from genloss.streams import stream

TIMES = 400
ERROR = np.sqrt(0.95 * 0.05 / TIMES)


def test_ratios_of_variances():
    rng, inside, control, floors = stream(81, "variance"), [], [], []
    for _ in range(TIMES):
        real, same = rng.standard_normal((500, 3)), rng.standard_normal((300, 3))
        found = of_means(
            *(Moments.of(log_variances(each).mean(axis=1)) for each in (np.sqrt(0.8) * same, real)), ratio=True
        )
        inside.append(found.low < 0.8 < found.high)
        control.append(found.low < 1.0 < found.high)
        equal = of_means(*(Moments.of(log_variances(each).mean(axis=1)) for each in (same, real)), ratio=True)
        floors.append(equal.beside_floor > 1)
    assert abs(np.mean(inside) - 0.95) < Z * ERROR
    assert np.mean(control) < 0.95 - Z * ERROR
    assert abs(np.mean(floors) - 0.05) < Z * ERROR


def test_ratios_of_tails():
    rng, inside, control, floors = stream(82, "tails"), [], [], []
    for _ in range(TIMES):
        share = rng.beta(50, 951)  # what lies beyond the reference's 50th largest of 1,000 scores
        lost, same = rng.binomial(2000, 0.5 * share), rng.binomial(2000, share)
        found = of_shares(lost, 2000, 50, 1001)
        inside.append(found.low < 0.5 < found.high)
        control.append(found.low < 1.0 < found.high)
        floors.append(of_shares(same, 2000, 50, 1001).beside_floor > 1)
    assert np.mean(inside) > 0.95 - Z * ERROR
    assert np.mean(control) < 0.95 - Z * ERROR
    assert np.mean(floors) < 0.05 + Z * ERROR


def test_blocks_that_are_all_alike_have_no_interval():
    found = of_means(Moments.of(np.zeros(5)), Moments.of(np.zeros(5)), ratio=True)
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert of_means(Moments.of(np.zeros(1)), Moments.of(np.zeros(5)), ratio=True) is None


def test_ends_of_a_share_are_those_of_two_beta_laws():
    rng = stream(84, "beta")
    ratios = rng.beta(7.5, 293.5, 200_000) / rng.beta(25, 476, 200_000)
    found = of_shares(7, 300, 25, 501)
    assert [found.low, found.high] == pytest.approx(np.quantile(ratios, [0.025, 0.975]), rel=0.03)
