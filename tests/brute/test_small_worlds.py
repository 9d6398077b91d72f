"""Small worlds, listed whole or walked by hand: no tolerance to argue about."""

import itertools
from functools import partial

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error

from genloss.models import Generator, KernelRidge, Predictor
from genloss.populations import Pool
from genloss.simulation import reference
from genloss.simulation.linear import pool_kernel
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.workflows import Workflow

PENALTY = 0.3
WORLD = Pool(
    "three points", np.array([[0.0], [1.0], [2.5]]), np.array([1.0, 0.0, 2.0]), np.empty((0, 1)), np.empty(0), 0.0
)
MODEL = KernelRidge(PENALTY, gamma=0.7)


def listed_risk(generation):
    """Expected excess risk, two rows a fit, no noise: every choice of rows, with its probability."""
    kernel = np.exp(-0.7 * (WORLD.inputs - WORLD.inputs.T) ** 2)
    smoothers = []
    for chosen in itertools.product(range(3), repeat=2):
        pick = np.eye(3)[list(chosen)]
        smoothers.append(kernel @ pick.T @ np.linalg.inv(pick @ kernel @ pick.T + 2 * PENALTY * np.eye(2)) @ pick)
    risks = []
    for path in itertools.product(smoothers, repeat=generation + 1):
        labels = WORLD.clean
        for smoother in path:
            labels = smoother @ labels
        risks.append(np.mean((labels - WORLD.clean) ** 2))
    return np.mean(risks)


@pytest.mark.parametrize("engine", [reference, pool_kernel])
def test_engines_average_to_the_listed_expectation(engine):
    # 2000 replicates; sees a 5 % error. Control: the listed expectation of the next generation.
    schedule = Workflow.from_dict({"kind": "replace", "rows": 2}).compile(2)
    task = Task(WORLD, schedule, Generator(MODEL, 0.0), Predictor((MODEL,), 2, 0.0), (0, 1, 2), 10, 10)
    seen, error = mean_and_error(excess_risks(engine, task, blocks=200, seed=107)[0])
    right = np.array([listed_risk(n) for n in range(4)])
    assert np.all(np.abs(seen - right[:3]) <= Z * error)
    assert np.all(np.abs(seen - right[1:]) > Z * error)


def test_streams_reach_the_engines_by_role_and_generation():
    asked = []

    def streams(*key):
        asked.append(key)
        return stream(1, *key)

    schedule = Workflow.from_dict({"kind": "replace", "rows": 2}).compile(1)
    task = Task(WORLD, schedule, Generator(MODEL, 0.5), Predictor((MODEL,), 2, 0.5), (1,), 3, 10)
    reference.run(task, streams)
    assert asked == [
        ("generator", 0, "real", 0, "inputs"),
        ("generator", 0, "real", 0, "noise"),
        ("predictor", 0, "inputs"),
        ("predictor", 0, "noise"),
    ]
    one, all_ = (
        reference.run(Task(WORLD, schedule, Generator(MODEL, 0.5), None, (1,), count, 10), partial(stream, 1))
        for count in (3, 10)
    )
    np.testing.assert_array_equal(one[0][0].prediction_error, all_[0][0].prediction_error[:3])
