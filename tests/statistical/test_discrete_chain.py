"""Is a token forgotten as branching, diffusion and Suresh's bound say, in drawn chains?"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

from genloss.streams import stream
from genloss.theory.drift import branching_survival, diffusion_survival, suresh_bound


def test_poisson_recursion():
    # Exact; 60,000 replicates see 1-2 %. Controls: one generation more; the bound.
    rng = stream(81, "poisson")
    rate, alive = np.full(60_000, 0.3), []
    for _ in range(12):
        rate = rng.poisson(10 * rate) / 10
        alive.append(rate > 0)
    seen, error = mean_and_error(np.array(alive, dtype=float))
    g = np.arange(12)
    right = branching_survival(3.0, generation=g)
    assert np.all(np.abs(seen - right) <= Z * error)
    assert np.all(np.abs(seen - branching_survival(3.0, generation=g + 1)) > Z * error)
    assert np.all(suresh_bound(3.0, generation=g)[1:] < seen[1:] - Z * error[1:])
    assert diffusion_survival(3.0, generation=11) / right[11] == pytest.approx(1.10, abs=0.02)


def test_binomial_chain_stays_above_the_bound():
    # N = 200: above the branching law by at most (g + 1)/(2N) of it. Sees 2 %. Control: the bound, a factor 2 late.
    rng = stream(82, "binomial")
    share = np.full(60_000, 0.02)
    for g in range(40):
        share = rng.binomial(200, share) / 200
        if g in (0, 9, 39):
            seen, error = mean_and_error((share > 0).astype(float))
            right = branching_survival(4.0, generation=g)
            assert right - Z * error <= seen <= (1 + (g + 1) / 400) * right + Z * error
    assert seen > suresh_bound(4.0, generation=39) * 1.6
    assert abs(seen - diffusion_survival(4.0, generation=39)) < 0.1 * seen


def test_late_survival_is_twice_the_bound():
    ratio = branching_survival(1.0, generation=10_000) / suresh_bound(1.0, generation=10_000)
    assert ratio == pytest.approx(2, rel=0.002)
