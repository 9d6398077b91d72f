"""Is `accumulate_risk` exact, for unequal batches too, with every row drawn?"""

import numpy as np
import plain_regression as plain
import pytest
from helpers import Z, mean_and_error

from genloss.errors import Problem
from genloss.streams import stream
from genloss.theory.ridge import accumulate_risk

TRUTH = np.linspace(1, 2, 12)
SPECTRUM = np.arange(1, 13.0) ** -1.0


@pytest.mark.parametrize("rows", [[30] * 6, [20, 60, 15, 90, 10, 40]])
def test_old_labels_kept(rows):
    # Exact: no allowance. 3000 replicates see 4 %. Controls: off by one batch; T - d instead of T - d - 1 (6-14 %).
    noise = [0.6, 0.9, 0.3, 0.6, 1.2, 0.6]
    risks = plain.accumulated(SPECTRUM, TRUTH, rows=rows, noise=noise, replicates=3000, rng=stream(221, rows[1]))
    seen, error = mean_and_error(risks)
    right = accumulate_risk(12, rows=rows, noise=noise, generation=np.arange(6))
    assert right.status == "exact"
    assert np.all(np.abs(seen - right.total) <= Z * error)
    assert abs(seen[1] - right.total[0]) > Z * error[1]
    assert abs(seen[0] - noise[0] ** 2 * 12 / (rows[0] - 12)) > Z * error[0]
    np.testing.assert_allclose(right.bias + right.variance + right.inherited, right.total, rtol=1e-14)


def test_it_is_the_published_sum_and_stays_bounded():
    n = np.array([0, 1, 10, 100, 10000])
    total = accumulate_risk(10, rows=1000, noise=0.5, generation=n).total
    by_hand = [sum(0.25 * 10 / (t * (t * 1000 - 11)) for t in range(1, k + 2)) for k in n]
    np.testing.assert_allclose(total, by_hand, rtol=1e-12)
    assert total[-1] == pytest.approx(np.pi**2 / 6 * 0.25 * 10 / 1000, rel=0.01)


@pytest.mark.parametrize(
    ("change", "where"),
    [({"rows": 13}, "rows"), ({"noise": [1.0]}, "noise"), ({"generation": -1}, "generation"), ({"dim": 0}, "dim")],
)
def test_bad_arguments_are_named(change, where):
    with pytest.raises(Problem) as caught:
        accumulate_risk(**({"dim": 12, "rows": 30, "noise": 1.0, "generation": 2} | change))
    assert caught.value.where == where
