"""Does the engine for subsamples compute what the definition computes, and draw from its law?

Arithmetic on the same rows and the same subsamples, to 1e-9. Then laws, on fresh seeds, 1000 replicates
a side, fixed beforehand: means, second moments and products of generations within Z standard errors,
and Kolmogorov-Smirnov tests (p >= 1e-5, 20 of them). Blind spot: a shift of a law by less than an eighth
of its spread. Negative control: rows taken with replacement where they are not must be rejected.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error
from scipy.stats import ks_2samp

from genloss import Problem, Workflow
from genloss.metrics import measure
from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.populations import Draw, LinearGaussian
from genloss.simulation import choose, reference
from genloss.simulation.linear import nested, subsampled
from genloss.simulation.task import Task
from genloss.simulation.training import Draws, Rows
from genloss.streams import stream

DIM, NOISE, LAST, SMALLEST_P = 5, 0.7, 5, 1e-5
SPECTRUM, TRUTH = np.arange(1, DIM + 1.0) ** -2.0, np.arange(1, DIM + 1.0) ** -0.5
POPULATION = LinearGaussian(SPECTRUM, TRUTH, NOISE)
REAL = {"tag": "real", "from": "real", "at": "start", "rows": 13}
SYNTH = {"tag": "synth", "from": "model", "rows": 13}
WORKFLOWS = {
    "without": {"kind": "accumulate_subsample", "rows": 13, "take": 11},
    "with": {"kind": "accumulate_subsample", "rows": 13, "take": 12, "with_replacement": True},
    "fewer than features": {"kind": "accumulate_subsample", "rows": 13, "take": 3},
    "few, with": {"kind": "accumulate_subsample", "rows": 13, "take": 6, "with_replacement": True},
    "two terms": {
        "emit": [REAL, SYNTH | {"sampler": {"gain": 0.8, "sampling_bias": 0.5}}],
        "train": [{"select": {"tag": "real"}, "weight": 0.4}, {"take": 30, "short": "all"}],
    },
    "mix": {
        "emit": [{"tag": "m", "from": "mix", "mix": {"model": 0.5, "previous": 0.3, "truth": 0.2}, "rows": 20}],
        "train": [{"take": 14}, {"decay": 0.5, "weight": 0.3}, {"weight": 0.0}],
    },
    "whole": {"kind": "forget", "rows": 13, "decay": 0.6},
}


def task_of(name, penalty=0.0, *, last=LAST, predictor=None):
    generator = Generator(Ridge(penalty) if penalty else LeastSquares(), NOISE)
    schedule = Workflow.from_dict(WORKFLOWS[name]).compile(last)
    return Task(POPULATION, schedule, generator, predictor, tuple(range(last + 1)), 10, 10)


def given_rows(schedule, seed):
    """One replicate's draws for the reference, and the same for the engine."""

    def uniform(key, count):
        return stream(seed, *key).random((1, count))

    def inputs(batch):
        rng = stream(seed, *batch.key)
        return rng.standard_normal((batch.rows, DIM)), NOISE * rng.standard_normal(batch.rows)

    def rows(batch):
        white, noise = inputs(batch)
        x = white * np.sqrt(SPECTRUM)
        return Rows(Draw(x[None], (x @ TRUTH)[None]), noise[None])

    def take(generation, use, pool):
        u = uniform(("take", generation, use.term), max(use.take, pool))[0]
        return np.floor(u[: use.take] * pool).astype(int) if use.replace else np.argsort(u[:pool])[: use.take]

    parts = [(*inputs(b), uniform(("origin", *b.key), b.rows)[0]) for b in schedule.batches]
    everything = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return (
        Draws(rows, uniform, lambda _: None, lambda: None),
        take,
        lambda _, numbers: tuple(x[numbers] for x in everything),
    )


@pytest.mark.parametrize("penalty", [0.0, 1e-11, 0.05])
@pytest.mark.parametrize("name", WORKFLOWS)
def test_on_the_same_rows_the_fits_are_those_of_the_definition(name, penalty):
    task = task_of(name, penalty)
    draws, take, draw = given_rows(task.schedule, 701)
    wanted = [errors.coefficient_error[0] for errors in reference.run_on(task, draws)[0]]
    found = subsampled.errors_of_fits(
        task.schedule, subsampled.row_numbers(task.schedule, task.fits), [penalty] * task.fits, POPULATION, take, draw
    )
    # The reference solves a nearly singular system where the penalty is tiny and the rows are few.
    np.testing.assert_allclose(found, wanted, rtol=1e-3 if 0 < penalty < 1e-9 else 1e-9, atol=1e-12)


def agree(one, other):
    """Means, second moments and products of generations within Z standard errors, and laws by KS."""
    close = True
    for statistic in (lambda x: x, np.square, lambda x: x[:, :1] * x[:, 1:], lambda x: x[:, -1:] * x[:, :-1]):
        (a, error), (b, other_error) = mean_and_error(statistic(one)), mean_and_error(statistic(other))
        close &= bool(np.all(np.abs(a - b) <= Z * np.hypot(error, other_error)))
    pairs = zip(one.reshape(-1, one.shape[-1]), other.reshape(-1, other.shape[-1]), strict=True)
    return close and min(ks_2samp(a, b).pvalue for a, b in pairs) >= SMALLEST_P


@pytest.mark.parametrize(("name", "penalty"), [("without", 0.05), ("with", 0.05), ("mix", 0.05), ("two terms", 0.0)])
def test_the_law_is_that_of_the_definition(name, penalty):
    task = task_of(name, penalty, last=3)
    one, other = (excess_risks(e, task, blocks=100, seed=seed) for e, seed in ((subsampled, 702), (reference, 703)))
    assert agree(one, other)


def test_whole_batches_have_the_law_of_the_nested_engine():
    task = task_of("whole", 0.05, last=3, predictor=Predictor((Ridge(0.1),), 9, NOISE))
    one, other = (excess_risks(e, task, blocks=100, seed=seed) for e, seed in ((subsampled, 704), (nested, 705)))
    assert agree(one, other)


def test_the_rules_reject_a_wrong_law():
    right = excess_risks(reference, task_of("without", 0.05, last=3), blocks=100, seed=706)
    again = replace(
        task_of("without", 0.05, last=3),
        schedule=Workflow.from_dict(WORKFLOWS["without"] | {"with_replacement": True}).compile(3),
    )
    assert not agree(excess_risks(subsampled, again, blocks=100, seed=707), right)


def test_asking_for_more_changes_no_earlier_number():
    def risks(**changes):
        task = replace(task_of("without", 0.02), **changes)
        return np.array([measure("excess_risk", errors) for errors in subsampled.run(task, partial(stream, 708))[0]])

    whole = risks()
    np.testing.assert_array_equal(risks(replicates=4), whole[:, :4])
    np.testing.assert_array_equal(risks(report=(1, 2)), whole[1:3])
    np.testing.assert_array_equal(risks(schedule=task_of("without", last=LAST + 3).schedule), whole)


def test_what_runs_subsamples_and_what_does_not():
    many = LinearGaussian(np.ones(20), np.ones(20), NOISE)
    assert choose(replace(task_of("without"), population=many)).name == "subsampled"
    assert choose(task_of("without")).name == "reference"  # few features
    assert choose(replace(task_of("whole"), population=many)).name == "nested"
    kept = {"emit": [REAL], "train": [{"take": 5, "filter": {"keep_good": 1.0, "keep_bad": 0.5, "tag": "real"}}]}
    filtered = replace(task_of("without"), schedule=Workflow.from_dict(kept).compile(LAST), population=many)
    assert "filters" in subsampled.covers(filtered)
    huge = {"kind": "accumulate_subsample", "rows": 10**9}
    with pytest.raises(Problem, match="GB of rows"):
        subsampled.run(replace(filtered, schedule=Workflow.from_dict(huge).compile(LAST)), partial(stream, 1))
