"""Pools contaminated for ever: variances and distances, from rows that are drawn one by one.

Rule: Z standard errors over replicates. Of distances, whose formula is leading order, 2 / rows besides, and 15 % with a
kernel, which smooths errors more than is counted. Blind spot: 3 % of a distance. Controls: a real share of 1/2 for 2/5;
no kernel; and, of the slope, the limit's exponent.
"""

import numpy as np
from helpers import Z, mean_and_error

from genloss.simulation.loops.contaminated import contaminated_run
from genloss.streams import stream
from genloss.theory.loops.contaminated import contaminated_distance, contaminated_rounds, contaminated_slope


def test_means_and_variances_of_pools():
    """By a few lines of their own, with and without a kernel."""
    real, made, last, runs = 10, 15, 6, 20_000
    for bandwidth in (0.0, 1.0):
        rng = stream(7, "contaminated", "pools", str(bandwidth))
        pool = rng.standard_normal((runs, real))
        means, squares = [pool.mean(1)], [(pool**2).mean(1)]
        for _ in range(last):
            width = bandwidth * pool.shape[1] ** -0.2
            chosen = np.take_along_axis(pool, rng.integers(pool.shape[1], size=(runs, made)), axis=1)
            chosen = chosen + width * rng.standard_normal(chosen.shape)
            pool = np.hstack([pool, rng.standard_normal((runs, real)), chosen])
            means.append(pool.mean(1))
            squares.append((pool**2).mean(1))
        right = contaminated_rounds(real, made, last, bandwidth=bandwidth)
        for found, expected in ((np.square(means), right.variance), (np.array(squares), 1 + right.added)):
            mean, error = mean_and_error(found)
            assert np.all(np.abs(mean - expected) < Z * error)
        other = contaminated_rounds(12, 12, last, bandwidth=bandwidth)
        mean, error = mean_and_error(np.square(means))
        assert abs(mean[-1] - other.variance[-1]) > Z * error[-1]


def test_distances_and_their_slope():
    real, made, rounds = 50, 75, [0, 1, 3, 10, 30, 100]
    right = contaminated_rounds(real, made, 100)
    for law in ("normal", "uniform"):
        drawn = contaminated_run(real, made, report=rounds, replicates=400, rng=stream(7, "contaminated", law), law=law)
        mean, error = mean_and_error(np.array(drawn))
        expected = contaminated_distance(right, law)[rounds]
        assert np.all(np.abs(mean - expected) < Z * error + expected * 2 / right.rows[rounds])
        x = np.log(right.rows[rounds[3:]])
        slope = np.polyfit(x, np.log(mean[3:]), 1)[0]
        spread = np.sqrt(2) * (error / mean)[3:].max() / np.ptp(x)
        assert abs(slope - np.polyfit(x, np.log(expected[3:]), 1)[0]) < Z * spread
        assert abs(slope - contaminated_slope(real, made, first=10, last=100)) < Z * spread
        assert abs(slope + 0.5) > Z * spread


def test_distances_of_kernel_estimates():
    rounds = [0, 1, 10, 20]
    drawn = contaminated_run(
        50, 75, report=rounds, replicates=100, rng=stream(7, "contaminated", "kernels"), bandwidth=0.9
    )
    mean, error = mean_and_error(np.array(drawn))
    expected = contaminated_distance(contaminated_rounds(50, 75, 20, bandwidth=0.9))[rounds]
    assert np.all(np.abs(mean - expected) < Z * error + 0.15 * expected)
    without = contaminated_distance(contaminated_rounds(50, 75, 20))[0]
    assert abs(mean[0] - without) > Z * error[0] or mean[0] < without
