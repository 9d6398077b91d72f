"""Does every family of quadratic variance have the covariance that theory gives every workflow, exactly?

Rule: Z standard errors of products of deviations, 40,000 replicates, 8 rows a batch, five fits; no allowance. Blind
spot: about 8 % of a variance. Controls: a curvature
that is 2 too low, sums of fewer rows.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error
from scipy.stats import ks_2samp
from small_workflows import SUBSAMPLED, WHOLE

from genloss.errors import Problem
from genloss.models.families.quadratic import (
    bernoulli,
    binomial,
    exponential,
    gamma,
    gaussian_mean,
    gaussian_variance,
    geometric,
    negative_binomial,
    poisson,
)
from genloss.simulation.families.quadratic import run_rows, run_sums
from genloss.streams import stream
from genloss.theory.workflows import covariance
from genloss.workflows import accumulate, replace

FAMILIES = {
    "bernoulli": (bernoulli(), 0.3),
    "binomial": (binomial(5), 2.0),
    "poisson": (poisson(), 3.0),
    "geometric": (geometric(), 2.0),
    "negative_binomial": (negative_binomial(4.0), 2.0),
    "exponential": (exponential(), 1.5),
    "gamma": (gamma(3.0), 1.5),
    "gaussian_mean": (gaussian_mean(0.7), -1.0),
    "gaussian_variance": (gaussian_variance(), 2.0),
}
LAST, REPLICATES = 4, 40_000


def off(runs, mean, expected):
    """Standard errors by which the covariances of all fits with each other are off; and the mean by its own."""
    deviations = runs.estimates - mean
    g, h = np.triu_indices(len(deviations))
    seen, error = mean_and_error(deviations[g] * deviations[h])
    level, spread = mean_and_error(runs.estimates)
    return max((np.abs(seen - expected[g, h]) / error).max(), (np.abs(level - mean) / spread).max())


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_under_every_workflow(name):
    family, mean = FAMILIES[name]
    for i, workflow in enumerate(WHOLE):
        schedule = workflow.compile(LAST)
        runs = run_sums(family, mean, schedule, replicates=REPLICATES, rng=stream(12, name, i))
        known = {"variance": float(family.variance(mean)), "curvature": family.curvature}
        heavy = 1.3 if family.curvature > 0.6 else 1.0  # squares of heavy tails: errors of errors
        assert off(runs, mean, covariance(schedule, **known)) < heavy * Z
        if i == 0:
            flipped = known | {"curvature": family.curvature - 2}
            assert off(runs, mean, covariance(schedule, **flipped)) > 1.3 * Z  # control


@pytest.mark.parametrize("name", FAMILIES)
def test_every_workflow_row_by_row(name):
    """The definition, subsamples included; 20 % of a variance is seen."""
    family, mean = FAMILIES[name]
    for i, workflow in enumerate([*WHOLE, *SUBSAMPLED]):
        schedule = workflow.compile(LAST)
        runs = run_rows(family, mean, schedule, replicates=6_000, rng=stream(13, name, i))
        known = covariance(schedule, variance=float(family.variance(mean)), curvature=family.curvature)
        heavy = 1.3 if family.curvature > 0.6 else 1.0
        assert off(runs, mean, known) < heavy * Z


@pytest.mark.parametrize("name", FAMILIES)
def test_sums_have_the_law_of_rows(name):
    family, mean = FAMILIES[name]
    means = np.full(20_000, mean)
    one = family.means(means, 6.0, stream(14, name, "sum"))
    other = family.draw(means[:, None], 6, stream(14, name, "rows")).mean(axis=(1, 2))
    noise = 1e-9 * stream(14, name, "ties").standard_normal(2 * means.size)  # sums of rows round in another order
    assert ks_2samp(one + noise[: means.size], other + noise[means.size :]).pvalue > 1e-5
    fewer = family.draw(means[:, None], 4, stream(14, name, "fewer")).mean(axis=(1, 2))
    assert ks_2samp(one, fewer).pvalue < 1e-5  # control


def test_accumulation_in_the_end():
    """Ratio of variances at generation 60 to 0 is near pi^2/6 - 1/61 for every family, 400 rows."""
    limit = (1 / np.arange(1, 62.0) ** 2).sum()
    for name, (family, mean) in FAMILIES.items():
        runs = run_sums(family, mean, accumulate(400).compile(60), replicates=4000, rng=stream(15, name))
        squares = (runs.estimates[-1] - mean) ** 2 * 400 / family.variance(mean)
        seen, error = mean_and_error(squares)
        exact = 400 * covariance(accumulate(400), generations=60, variance=1.0, curvature=family.curvature)[-1, -1]
        assert abs(exact - limit) < 0.02
        assert abs(seen - exact) < Z * error
        assert abs(seen - 1.0) > Z * error  # control: no loss


def test_leaving_the_interior_is_counted_and_stays():
    runs = run_sums(bernoulli(), 0.1, replace(10).compile(30), replicates=500, rng=stream(16, "ends"))
    gone = np.array([row in (0.0, 1.0) for row in runs.estimates[5]])
    assert np.array_equal(runs.estimates[5][gone], runs.estimates[-1][gone])
    assert np.all(np.diff(runs.ended.sum(axis=1)) >= 0)
    gone = runs.ended.sum(axis=1)
    assert 0 < gone[0] < gone[-1] <= 500
    assert runs.horizon() == -1
    assert runs.horizon(share=1.0) is None


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: bernoulli().checked(1.0), "not inside"),
        (lambda: gamma(0.0), "shape"),
        (lambda: binomial(2.5), "trials"),
        (lambda: run_sums(poisson(), 1.0, SUBSAMPLED[0].compile(2), replicates=2, rng=stream(1, "x")), "run_rows"),
        (
            lambda: run_rows(poisson(), 1.0, replace(10**9).compile(2), replicates=2, rng=stream(1, "x")),
            "numbers to",
        ),
        (lambda: run_sums(poisson(), -1.0, replace(5).compile(2), replicates=2, rng=stream(1, "x")), "poisson: mean"),
        (lambda: run_sums(poisson(), 1.0, replace(5).compile(2), replicates=0, rng=stream(1, "x")), "replicates"),
    ],
)
def test_what_is_refused(ask, said):
    with pytest.raises(Problem, match=said):
        ask()
