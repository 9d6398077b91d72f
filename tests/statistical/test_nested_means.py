"""Is the integrated risk the mean over the noise at the same inputs, and has it less variance over inputs?

At given inputs: 4000 draws of all noise against the integral, within Z standard errors; sees 6 % of the
noise's part. Over inputs: the exact mean of accumulated least squares, 150 inputs; sees 2 %. Blind spot:
smaller errors. Negative controls: noise 1.1 times, and labels of the truth where a model's stood.
Noise 0 and one fit have closed forms, to rounding.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error

from genloss import Workflow
from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation.linear import nested, nested_means
from genloss.simulation.linear.nested_steps import steps_of
from genloss.simulation.task import Task
from genloss.streams import stream

DIM, NOISE, LAST = 6, 0.7, 4
SPECTRUM = np.arange(1, DIM + 1.0) ** -1.0
POPULATION = LinearGaussian(SPECTRUM, np.arange(1, DIM + 1.0) ** -0.5, NOISE)
FORMS = {
    "accumulate": {"rows": 15},
    "forget": {"rows": 9, "decay": 0.7},
    "fixed_real": {"rows": 8, "real_weight": 0.6},
    "fresh_real": {"rows": 7, "synthetic_rows": 4},
    "window": {"rows": 5, "keep": 2},
    "regenerate": {"rows": 12},
    "reset": {"rows": 9, "every": 2},
}


def task_of(kind, penalty, **changes):
    schedule = Workflow.from_dict({"kind": kind, **FORMS[kind], **changes}).compile(LAST)
    generator = Generator(Ridge(penalty) if penalty else LeastSquares(), NOISE)
    return Task(POPULATION, schedule, generator, None, tuple(range(LAST + 1)), 10, 10)


@pytest.mark.parametrize(("kind", "penalty"), [("accumulate", 0.0), *((kind, 0.05) for kind in FORMS)])
def test_at_given_inputs_it_is_the_mean_over_the_noise(kind, penalty):
    task, draws = task_of(kind, penalty), 4000
    rows = {b: stream(601, b).standard_normal((x.rows, DIM)) for b, x in enumerate(task.schedule.batches)}
    position = {batch.key: b for b, batch in enumerate(task.schedule.batches)}

    def draw(batch):
        x = rows[position[batch.key]]
        noise = NOISE * stream(602, *batch.key).standard_normal((draws, len(x)))
        yield nested.LabeledRows(batch.origin, np.broadcast_to(x, (draws, *x.shape)), noise)

    steps = steps_of(task.schedule, [penalty] * task.fits, DIM, 1.0, 10)
    errors = nested.errors_of_fits(task.schedule, steps, POPULATION, draw, draws)
    seen, error = mean_and_error((SPECTRUM * errors**2).sum(-1).T)
    found = nested_means.given_inputs(task.schedule, steps, POPULATION, rows, NOISE)
    assert np.all(np.abs(seen - found) <= Z * error)
    louder = nested_means.given_inputs(task.schedule, steps, POPULATION, rows, 1.1 * NOISE)
    assert np.any(np.abs(seen - louder) > Z * error)
    honest = replace(task.schedule, batches=tuple(replace(b, origins=((-1, 1.0),)) for b in task.schedule.batches))
    real = nested_means.given_inputs(honest, steps, POPULATION, rows, NOISE)
    assert np.any(np.abs(seen - real) > Z * error)
    silent = nested_means.given_inputs(task.schedule, steps, POPULATION, rows, 0.0)
    assert np.all(silent < found)
    assert (penalty == 0) == np.all(silent < 1e-25)


def test_one_fit_is_the_trace_of_the_inverse_gram_matrix():
    task = replace(task_of("accumulate", 0.0), report=(0,))
    x = stream(603).standard_normal((15, DIM))
    steps = steps_of(task.schedule, [0.0], DIM, 1.0, 1)
    found = nested_means.given_inputs(task.schedule, steps, POPULATION, {0: x}, NOISE)
    np.testing.assert_allclose(found, NOISE**2 * np.trace(np.linalg.inv(x.T @ x)), rtol=1e-12)


def test_over_inputs_it_has_the_exact_mean_and_less_variance():
    task = task_of("accumulate", 0.0, rows=30)
    one = np.concatenate([nested_means.run(task, partial(stream, 604, b)) for b in range(15)], axis=-1)
    sampled = excess_risks(nested, task, blocks=100, seed=605)[0]
    t = np.arange(1, LAST + 2)
    right = np.cumsum(NOISE**2 * DIM / (t * (t * 30 - DIM - 1)))
    mean, error = mean_and_error(one)
    assert np.all(np.abs(mean - right) <= Z * error)
    assert np.all(np.abs(mean - 1.1 * right)[1:] > Z * error[1:])
    assert np.all(4 * one.var(-1) < sampled.var(-1))


def test_what_cannot_be_integrated_says_why():
    assert nested_means.covers(task_of("accumulate", 0.0)) is None
    assert "few rows" in nested_means.covers(task_of("accumulate", 0.0, rows=8))
    mixed = {"emit": [{"tag": "m", "mix": {"model": 0.5, "truth": 0.5}, "from": "mix", "rows": 20}], "train": [{}]}
    other = replace(task_of("accumulate", 0.1), schedule=Workflow.from_dict(mixed).compile(LAST))
    assert "at random" in nested_means.covers(other)
    judged = replace(task_of("accumulate", 0.1), predictor=Predictor((Ridge(0.1),), 9, 1.0))
    assert "predictor" in nested_means.covers(judged)
