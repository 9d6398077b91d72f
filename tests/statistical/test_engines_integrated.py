"""Does the risk with its noise integrated have the mean of the sampled risk, and less variance?

Sizes fixed beforehand: 400 designs against 2000 sampled replicates; sees a 3-5 % error of the mean.
Blind spot: smaller errors, except without a penalty, where the mean is known. Negative control: noise 1.1 times.
"""

from functools import partial

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error

from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation.linear import rao_blackwell, tridiagonal
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.workflows import Workflow

DIM, NOISE, REPORT = 20, 0.6, (0, 1, 4)
SPECTRUM = np.arange(1, DIM + 1.0) ** -1.2


def task_of(rows, penalties=(0.01, 0.3), noise=NOISE, generator_rows=40, generator=None):
    schedule = Workflow.from_dict({"kind": "replace", "rows": generator_rows}).compile(max(REPORT))
    predictor = Predictor(tuple(Ridge(p) for p in penalties), rows, noise)
    population = LinearGaussian(SPECTRUM, np.arange(1, DIM + 1.0) ** -0.5, NOISE)
    return Task(population, schedule, generator or Generator(LeastSquares(), 0.8), predictor, REPORT, 10, 10)


def integrated(task, seed):
    return np.concatenate([rao_blackwell.run(task, partial(stream, seed, b)) for b in range(40)], axis=-1)


@pytest.mark.parametrize("rows", [8, 20, 50])
def test_means_agree_and_the_variance_falls(rows):
    task = task_of(rows)
    one, other = integrated(task, 401), excess_risks(tridiagonal, task, blocks=200, seed=402 + rows)
    (a, error), (b, other_error) = mean_and_error(one), mean_and_error(other)
    assert np.all(np.abs(a - b) <= Z * np.hypot(error, other_error))
    assert np.all(one.std(-1) < other.std(-1))
    (c, control_error) = mean_and_error(integrated(task_of(50, noise=1.1 * NOISE), 403))
    if rows == 50:
        assert np.any(np.abs(c - b) > Z * np.hypot(control_error, other_error))


def test_without_a_penalty_the_chain_adds_its_exact_share():
    # tr(S S^-1) = dim whatever the inputs: the inherited part has no variance at all.
    found = integrated(task_of(60, penalties=(0.0,)), 404)[0]
    share = 0.8**2 * DIM / (40 - DIM - 1)
    np.testing.assert_allclose(found - found[:1], share * np.array(REPORT)[:, None] * np.ones(400), atol=1e-10)
    mean, error = mean_and_error(found)
    assert np.all(np.abs(mean - NOISE**2 * DIM / (60 - DIM - 1) - share * np.array(REPORT)) <= Z * error)


def test_what_cannot_be_integrated_says_why():
    assert rao_blackwell.covers(task_of(30)) is None
    assert "dim + 2" in rao_blackwell.covers(task_of(30, generator_rows=DIM + 1))
    assert "least squares" in rao_blackwell.covers(task_of(30, generator=Generator(Ridge(0.1), 1.0)))
