"""Do fits to synthetic data reproduce published numbers, where they can from the same draws?

Source: the linear regression experiment of arXiv 2410.16713, replace: d = 10, n = 100, noise 1,
seeds 0 to 99, numpy's legacy generator, order: truth, inputs, noise, test inputs (1000), then
noise for each generation; one design for all generations; error on noiseless test labels.
"""

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error

from genloss.models import Generator, LeastSquares
from genloss.models.families.quadratic import gaussian_mean
from genloss.populations import Draw, LinearGaussian
from genloss.simulation import reference
from genloss.simulation.families.quadratic import run_sums
from genloss.simulation.linear import wishart
from genloss.simulation.task import Task
from genloss.simulation.training import Draws, Rows
from genloss.streams import stream
from genloss.theory.workflows import variances
from genloss.workflows import Workflow

PUBLISHED = {
    1: 0.1253742855,
    2: 0.2481314251,
    5: 0.6026431779,
    10: 1.1919283443,
    20: 2.4041643280,
    50: 5.577392,
    100: 11.288204,
}


ACCUMULATE = {
    1: 0.1253742855,
    2: 0.1553388566,
    5: 0.1785058612,
    10: 0.1914371662,
    20: 0.1966182451,
    50: 0.19912271,
    100: 0.19998295,
}
SUBSAMPLE = {
    1: (0.12537, 0.0060),
    2: (0.20538, 0.0096),
    5: (0.30280, 0.0129),
    10: (0.33682, 0.0161),
    20: (0.34689, 0.0150),
}


def published_draws(seed):
    """Truth, inputs, test inputs, and the noise of 100 generations."""
    np.random.seed(seed)
    truth = np.random.randn(10)
    inputs, first, test = np.random.randn(100, 10), np.random.randn(100), np.random.randn(1000, 10)
    return truth, inputs, test, [first, *(np.random.randn(100) for _ in range(99))]


def errors_of_the_definition(seed, workflow, fits):
    """Errors of the first fits: the reference engine, given the published draws."""
    truth, inputs, test, noises = published_draws(seed)

    def rows(batch):
        return Rows(Draw(inputs[None], (inputs @ truth)[None]), noises[batch.birth][None])

    def nothing(*_):
        raise AssertionError("this workflow draws nothing else")

    population = LinearGaussian(np.ones(10), truth, 1.0)
    schedule = Workflow.from_dict({"kind": workflow, "rows": 100}).compile(fits - 1)
    task = Task(population, schedule, Generator(LeastSquares(), 1.0, "same"), None, tuple(range(fits)), 1, 1)
    errors = reference.run_on(task, Draws(rows, nothing, nothing, nothing))[0]
    return [float(np.mean((test @ error.coefficient_error[0]) ** 2)) for error in errors]


def errors_of_mean_labels(seed, workflow):
    """Errors of fits 1..100: on one design, a fit to stacked batches is the fit to the mean of their labels."""
    truth, inputs, test, noises = published_draws(seed)
    solve, fit, labels, found = np.linalg.pinv(inputs), truth, [], []
    for noise in noises:
        labels = [*(labels if workflow == "accumulate" else []), inputs @ fit + noise]
        fit = solve @ np.mean(labels, axis=0)
        found.append(float(np.mean((test @ (fit - truth)) ** 2)))
    return found


@pytest.mark.parametrize(("workflow", "published"), [("replace", PUBLISHED), ("accumulate", ACCUMULATE)])
def test_the_same_draws_give_the_printed_digits(workflow, published):
    # The definition stacks all rows, 10,000 of them in the end: it gives the first 20 fits, and the last of one seed.
    means = np.mean([errors_of_mean_labels(seed, workflow) for seed in range(100)], axis=0)
    first = np.mean([errors_of_the_definition(seed, workflow, 20) for seed in range(100)], axis=0)
    np.testing.assert_allclose(first, means[:20], rtol=1e-11)
    whole = errors_of_the_definition(0, workflow, 100)
    np.testing.assert_allclose(whole, errors_of_mean_labels(0, workflow), rtol=1e-11)
    for fit, value in published.items():
        digits = 10 if fit <= 20 else (6 if workflow == "replace" else 8)
        # some printed digits are cut, not rounded
        assert means[fit - 1] == pytest.approx(value, abs=1.01 * 10**-digits), fit


def test_subsampling_agrees_in_law():
    # One design for all generations, 400 replicates; the published means carry 4-5 % error, so 25 % is seen.
    schedule = Workflow.from_dict({"kind": "accumulate_subsample", "rows": 100}).compile(19)
    generations = tuple(fit - 1 for fit in SUBSAMPLE)
    task = Task(
        LinearGaussian(np.ones(10), np.ones(10), 1.0),
        schedule,
        Generator(LeastSquares(), 1.0, "same"),
        None,
        generations,
        10,
        10,
    )
    seen, error = mean_and_error(excess_risks(reference, task, blocks=40, seed=110)[0])
    published, published_error = np.array(list(SUBSAMPLE.values())).T
    tolerance = Z * np.hypot(error, published_error)
    assert np.all(np.abs(seen - published) <= tolerance)
    # Negative controls: plain accumulation, and replace, at fit 20.
    assert abs(ACCUMULATE[20] - published[-1]) > tolerance[-1]
    assert abs(PUBLISHED[20] - published[-1]) > tolerance[-1]


def test_the_fast_engine_agrees_in_law():
    # One design for all generations. 600 replicates; the published means carry 4-5 % error, so 26 % is seen.
    schedule = Workflow.from_dict({"kind": "replace", "rows": 100}).compile(99)
    generations = tuple(fit - 1 for fit in PUBLISHED)
    population = LinearGaussian(np.ones(10), np.ones(10), 1.0)
    task = Task(population, schedule, Generator(LeastSquares(), 1.0, "same"), None, generations, 10, 10)
    seen, error = mean_and_error(excess_risks(wishart, task, blocks=60, seed=105)[0])
    published = np.array(list(PUBLISHED.values()))
    published_error = np.array([0.0060, 0.0114, 0.0296, 0.0551, 0.106, 0.240, 0.483])
    assert np.all(np.abs(seen - published) <= Z * np.hypot(error, published_error))
    off_by_one = seen * (np.array(generations) + 2) / (np.array(generations) + 1)
    assert np.abs(off_by_one - published)[0] > Z * np.hypot(error, published_error)[0]


# Golden ratio of arXiv 2502.18049: 100 new real and 100 synthetic rows each generation, two parameters, unit noise,
# mean over generations 150 to 199, 30 runs; by weight of the real rows: printed means and their standard errors.
GAUSSIAN_MEANS = {0.3: (0.02241, 0.0008), 0.5: (0.01271, 0.0004), 0.62: (0.01182, 0.0003), 0.8: (0.01374, 0.0004)}
REGRESSIONS = {0.3: (0.02203, 0.0009), 0.5: (0.01327, 0.0004), 0.62: (0.01236, 0.0003), 0.8: (0.01414, 0.0004)}


def late_mean(curve):
    return float(np.mean(curve[150:200]))


def fresh_real_of(weight):
    return Workflow.from_dict({"kind": "fresh_real", "rows": 100, "real_weight": weight})


@pytest.mark.parametrize("weight", GAUSSIAN_MEANS)
def test_golden_ratio_of_gaussian_means(weight):
    """Exact theory, 400 runs of our own and the 30 published ones: Z standard errors each; 4 % would be seen."""
    expected = 2 * late_mean(variances(fresh_real_of(weight), generations=199))
    w = weight
    assert expected == pytest.approx(0.02 * (w**2 + (1 - w) ** 2) / (1 - (1 - w) ** 2), rel=1e-9)
    schedule = fresh_real_of(weight).compile(199)
    runs = run_sums(gaussian_mean(), 0.0, schedule, replicates=800, rng=stream(31, "golden", str(weight)))
    per_run = (runs.estimates[150:200] ** 2).mean(axis=0).reshape(2, 400).sum(axis=0)  # two parameters a run
    seen, error = mean_and_error(per_run)
    assert abs(seen - expected) < Z * error
    published, its_error = GAUSSIAN_MEANS[weight]
    assert abs(published - expected) < Z * its_error
    other = 2 * late_mean(variances(fresh_real_of(weight / 2), generations=199))
    assert abs(seen - other) > 2 * Z * error  # control: half the weight


@pytest.mark.parametrize("weight", REGRESSIONS)
def test_golden_ratio_of_regressions(weight):
    """The same by least squares, 60 runs: the published theory is n / (n - 3) times that of means, to second order."""
    expected = 100 / 97 * 2 * late_mean(variances(fresh_real_of(weight), generations=199))
    population = LinearGaussian(np.ones(2), np.ones(2), 1.0)
    schedule = fresh_real_of(weight).compile(199)
    task = Task(population, schedule, Generator(LeastSquares(), 1.0), None, tuple(range(150, 200)), 10, 10)
    seen, error = mean_and_error(excess_risks(reference, task, blocks=6, seed=311)[0].mean(axis=0))
    second_order = 0.02 * expected
    assert abs(seen - expected) < Z * error + second_order
    published, its_error = REGRESSIONS[weight]
    assert abs(published - expected) < Z * its_error + second_order
