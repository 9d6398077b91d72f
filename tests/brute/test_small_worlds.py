"""Small worlds, listed whole or walked by hand: no tolerance to argue about."""

import itertools
from functools import partial

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error

from genloss.metrics.risk import excess_risk
from genloss.models import Generator, KernelRidge, LeastSquares, Predictor, Ridge
from genloss.populations import Draw, LinearGaussian, Pool
from genloss.simulation import pool_kernel, reference
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.workflows import compile_schedule, long_form

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
    schedule = compile_schedule(long_form({"kind": "replace", "rows": 2}), 2)
    task = Task(WORLD, schedule, Generator(MODEL, 0.0), Predictor((MODEL,), 2, 0.0), (0, 1, 2), 10, 10)
    seen, error = mean_and_error(excess_risks(engine, task, blocks=200, seed=107)[0])
    right = np.array([listed_risk(n) for n in range(4)])
    assert np.all(np.abs(seen - right[:3]) <= Z * error)
    assert np.all(np.abs(seen - right[1:]) > Z * error)


@pytest.mark.parametrize("model", [LeastSquares(), Ridge(0.2)])
@pytest.mark.parametrize("own_fit", [True, False])
def test_replace_by_hand(model, own_fit):
    """The loop that `replace` stands for, written out, on the same draws."""
    rng = np.random.default_rng(4)
    truth = np.array([1.0, -2.0, 0.5])
    inputs, noises = rng.standard_normal((4, 1, 8, 3)), rng.standard_normal((4, 1, 8))
    drawn = {("generator", g): (inputs[g], noises[g]) for g in range(3)} | {("predictor", 0): (inputs[3], noises[3])}

    def draw(role, generation, rows):
        x, noise = drawn[role, generation]
        assert rows == 8
        return reference.Rows(Draw(x, x @ truth), noise)

    def fit(x, y):
        gram = x.T @ x + model.penalty * 8 * np.eye(3)
        return np.linalg.solve(gram, x.T @ y)

    teachers = [truth]
    for g in range(3):
        teachers.append(fit(inputs[g, 0], inputs[g, 0] @ teachers[-1] + noises[g, 0]))
    if own_fit:
        by_hand = teachers[1:]
    else:
        by_hand = [fit(inputs[3, 0], inputs[3, 0] @ teacher + noises[3, 0]) for teacher in teachers[:3]]

    schedule = compile_schedule(long_form({"kind": "replace", "rows": 8}), 2)
    population = LinearGaussian(np.ones(3), truth, 1.0)
    predictor = None if own_fit else Predictor((model,), 8, 1.0)
    task = Task(population, schedule, Generator(model, 1.0), predictor, (0, 1, 2), 1, 1)
    for n, errors in enumerate(reference.run_on(task, draw)[0]):
        assert excess_risk(errors)[0] == pytest.approx(np.sum((by_hand[n] - truth) ** 2), rel=1e-10)


def test_streams_reach_the_engines_by_role_and_generation():
    asked = []

    def streams(*key):
        asked.append(key)
        return stream(1, *key)

    schedule = compile_schedule(long_form({"kind": "replace", "rows": 2}), 1)
    task = Task(WORLD, schedule, Generator(MODEL, 0.5), Predictor((MODEL,), 2, 0.5), (1,), 3, 10)
    reference.run(task, streams)
    assert asked == [
        ("generator", 0, "inputs"),
        ("generator", 0, "noise"),
        ("predictor", 0, "inputs"),
        ("predictor", 0, "noise"),
    ]
    one, all_ = (
        reference.run(Task(WORLD, schedule, Generator(MODEL, 0.5), None, (1,), count, 10), partial(stream, 1))
        for count in (3, 10)
    )
    np.testing.assert_array_equal(one[0][0].pool, all_[0][0].pool[:3])
