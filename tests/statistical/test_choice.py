"""Until when does theory hold for penalties chosen on the data? Rows and leave-one-out by hand; one data set; refusals.

Rule: Z standard errors + 1 % (two grids). Blind spot: 1 % + Z standard errors. Control: generation 0's risk is refused.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

from genloss.advise import cross_validation_horizon
from genloss.errors import Problem
from genloss.streams import stream
from genloss.workflows import accumulate, accumulate_subsample, fixed_real, replace

DIM, ROWS, LAST, NOISE, DATA_SETS = 20, 60, 4, 0.5, 100
GRID = np.exp(np.linspace(np.log(1e-4), np.log(100.0), 100))


def by_hand(seed, rows_of_batch=ROWS, last=LAST):
    """Accumulate by stacking rows; leave-one-out with the hat matrix's diagonal."""
    rng, truth = stream(seed, "by hand"), np.full(DIM, 0.2)
    x, y, fit, risks = np.empty((0, DIM)), np.empty(0), truth, []
    for _ in range(last + 1):
        new = rng.standard_normal((rows_of_batch, DIM))
        x, y = np.vstack([x, new]), np.append(y, new @ fit + NOISE * rng.standard_normal(rows_of_batch))
        left, root, _ = np.linalg.svd(x, full_matrices=False)
        kept = root**2 / (root**2 + GRID[:, None] * len(x))  # the hat matrix is left kept left', by penalty
        residuals, diagonals = y - (kept * (left.T @ y)) @ left.T, kept @ (left**2).T
        best = GRID[np.argmin(np.mean((residuals / (1 - diagonals)) ** 2, axis=1))]
        fit = np.linalg.solve(x.T @ x + best * len(x) * np.eye(DIM), x.T @ y)
        risks.append(np.sum((fit - truth) ** 2))
    return risks


def test_chosen_penalties_lead_where_leave_one_out_by_hand_does():
    mean, error = mean_and_error(np.array([by_hand(r) for r in range(DATA_SETS)]).T)
    seen = cross_validation_horizon(np.ones(DIM), 0.2, accumulate(ROWS), noise=NOISE, generations=LAST, replicates=2000)
    both = np.hypot(error, seen.standard_error)
    assert np.all(np.abs(mean - seen.risk) < Z * both + 0.01 * mean)
    assert seen.risk[-1] - seen.risk[0] > Z * both[-1] + 0.01 * mean[-1]  # control: generation 0's risk is refused


def test_fewer_rows_than_features_keep_their_digits():
    mean, error = mean_and_error(np.array([by_hand(r, 10, 1) for r in range(600)]).T)
    seen = cross_validation_horizon(np.ones(DIM), 0.2, accumulate(10), noise=NOISE, generations=1, replicates=1500)
    assert np.all(np.abs(mean - seen.risk) < Z * np.hypot(error, seen.standard_error) + 0.01 * mean)
    assert np.all(np.isfinite(seen.spread))


def test_the_horizon_is_where_the_excess_passes_the_tolerance():
    wide, narrow = (
        cross_validation_horizon(
            np.ones(DIM), 0.2, accumulate(ROWS), noise=NOISE, generations=LAST, replicates=50, tolerance=tolerance
        )
        for tolerance in (10.0, 0.0)
    )
    assert (wide.horizon, wide.within_to) == (None, None)
    assert narrow.within_to == -1
    assert "within 1000 %" in wide.summary()
    assert "at no generation" in narrow.summary()
    assert np.array_equal(wide.risk, narrow.risk)


def test_the_choice_varies_less_with_more_features():
    few, many = (
        cross_validation_horizon(np.ones(d), d**-0.5, replace(3 * d), noise=NOISE, generations=0, replicates=300)
        for d in (20, 80)
    )
    assert 1.5 < few.spread[0] / many.spread[0] < 3  # like 1 / sqrt(dim): 2


@pytest.mark.parametrize(
    ("workflow", "said"),
    [(accumulate_subsample(60, 60), "subsample"), (fixed_real(60, real_weight=0.9), "do not count alike")],
)
def test_what_cannot_be_chosen_for_is_refused(workflow, said):
    with pytest.raises(Problem, match=said):
        cross_validation_horizon(np.ones(5), 0.2, workflow, noise=0.5, generations=2)
