"""Pools contaminated for ever: the recursion far out, by simple sums, and beside the workflow's covariance."""

import numpy as np
import pytest

from genloss import Problem, workflows
from genloss.simulation.loops.contaminated import contaminated_run, distance_of_rows
from genloss.streams import stream
from genloss.theory.loops.contaminated import (
    contaminated_distance,
    contaminated_exponent,
    contaminated_rounds,
    contaminated_slope,
    rows_lost,
)
from genloss.theory.workflows import long_run, variances


def test_the_recursion_is_that_of_the_workflow():
    found = contaminated_rounds(20, 33, 60).variance
    right = variances(workflows.accumulate_fresh(20, 33), generations=60, curvature=-1.0)
    np.testing.assert_allclose(found, right, rtol=1e-12)
    assert not np.allclose(found, variances(workflows.accumulate_fresh(20, 33), generations=60), rtol=1e-4)  # control


@pytest.mark.parametrize(("real", "synthetic"), [(10, 90), (10, 30), (50, 50), (65, 35), (80, 20), (10, 0)])
def test_exponents_and_rows_lost_far_out(real, synthetic):
    share, last = real / (real + synthetic), 200_000
    found = contaminated_rounds(real, synthetic, last)
    far = np.log(found.variance[-1] / found.variance[last // 2]) / np.log(found.rows[-1] / found.rows[last // 2]) / 2
    allowed = 0.05 if share == 0.5 else 0.01  # a logarithm
    assert abs(far - contaminated_exponent(share)) < allowed
    if share > 0.6:
        assert found.variance[-1] * found.rows[-1] == pytest.approx(rows_lost(share), rel=0.02)


def test_slopes_over_finite_rounds_of_fifty_real_rows():
    """As fitted to the published setting, with synthetic rows in whole numbers."""
    found = [contaminated_slope(50, m, first=10, last=2000) for m in (450, 200, 117, 75, 50, 33, 12, 0)]
    right = [-0.0992, -0.1967, -0.2889, -0.3711, -0.4329, -0.4712, -0.4966, -0.5]
    assert found == pytest.approx(right, abs=5e-5)


def test_the_paper_of_a_mixture_is_a_mixed_law():
    """R_t = n0 / n_t R_0 + (n_t - 1) / n_t (1 - a)^2 R_(t-1), of arXiv 2602.10531, is the variance of a mixed law."""
    rows, share = 50, 0.3
    rule = {"tag": "rows", "from": "mix", "rows": rows, "at": "every"}
    mix = {"mix": {"model": 1 - share, "previous": 0.0, "truth": share}}
    workflow = workflows.Workflow.from_dict({"emit": [rule | mix], "train": [{"select": {"fresh": True}}]})
    found, right = variances(workflow, generations=20, curvature=-1.0), [1 / rows]
    for _ in range(20):
        right.append(1 / rows + (rows - 1) / rows * (1 - share) ** 2 * right[-1])
    np.testing.assert_allclose(found, right, rtol=1e-12)
    assert right[1] == pytest.approx(0.029604)
    assert right[2] == pytest.approx(0.0342158408)


def test_distances_of_rows_by_plain_sums():
    rng, grid = stream(7, "contaminated", "distance"), np.linspace(-12, 12, 240_001)
    from scipy.special import ndtr

    for law in ("normal", "uniform"):
        rows = rng.standard_normal((1, 9))
        truth = ndtr(grid) if law == "normal" else np.clip((grid / np.sqrt(3) + 1) / 2, 0, 1)
        plain = np.trapezoid(np.abs((rows[0, :, None] <= grid).mean(axis=0) - truth), grid)
        assert distance_of_rows(rows, law)[0] == pytest.approx(plain, rel=1e-4)


def test_kernels_add_variance_and_empirical_laws_do_not():
    assert not contaminated_rounds(10, 10, 50).added.any()
    found = contaminated_rounds(10, 10, 50, bandwidth=1.0)
    assert np.all(np.diff(found.added[:5]) > 0)
    distances = contaminated_distance(found)
    assert distances[-1] > contaminated_distance(contaminated_rounds(10, 10, 50))[-1]


def test_long_run_of_the_workflow():
    assert long_run(workflows.accumulate_fresh(50, 75)).exponent == pytest.approx(2 * contaminated_exponent(0.4))
    assert long_run(workflows.accumulate_fresh(65, 35)).coefficient == pytest.approx(rows_lost(0.65) / 100)


@pytest.mark.parametrize("of", [rows_lost, contaminated_exponent])
def test_a_share_of_0_is_refused_and_the_least_above_it_is_not(of):
    with pytest.raises(Problem, match=r"share: 0: no round adds a real row(.|\n)*above 0"):
        of(0)
    assert of(1e-9) in (np.inf, -1e-9)


def test_what_is_refused():
    with pytest.raises(Problem, match="law"):
        contaminated_distance(contaminated_rounds(10, 10, 2), "cauchy")
    with pytest.raises(Problem, match="uniform"):
        contaminated_distance(contaminated_rounds(10, 10, 2, bandwidth=0.5), "uniform")
    with pytest.raises(Problem, match="not before"):
        contaminated_slope(10, 10, first=5, last=5)
    with pytest.raises(Problem, match="law"):
        contaminated_run(10, 10, report=[0], replicates=2, rng=stream(7, "x"), law="cauchy")
