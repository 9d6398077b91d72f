"""Does the engine for batches that are used again compute what the definition computes, and draw from its law?

Arithmetic first: the same rows and noise go into `reference` and, as factors, into `nested`; every named
workflow and every kind of weight, to 1e-9. Then laws: means, second moments and products of generations
within Z standard errors, and two-sample Kolmogorov-Smirnov tests (p >= 1e-5; about 70 of them), 1200
replicates a side, fixed beforehand, on fresh seeds; and an exact mean. Blind spot: a shift of a law by less than an eighth of its
spread, and joint laws beyond products of two generations. Negative control: one degree of freedom too
few, and labels drawn anew instead of kept, must be rejected by the same rules.
"""

from functools import partial

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error

from genloss.metrics.risk import excess_risk
from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.populations import Draw, LinearGaussian
from genloss.simulation import choose, nested, reference
from genloss.simulation.nested_plan import plan
from genloss.simulation.task import Task
from genloss.simulation.training import Draws, Rows
from genloss.streams import stream
from genloss.workflows import Workflow

DIM, NOISE, LAST = 5, 0.7, 6
SPECTRUM, TRUTH = np.arange(1, DIM + 1.0) ** -2.0, np.arange(1, DIM + 1.0) ** -0.5
POPULATION = LinearGaussian(SPECTRUM, TRUTH, NOISE)

FORMS = {
    "replace": {"kind": "replace"},
    "accumulate": {"kind": "accumulate"},
    "accumulate, growing": {"kind": "accumulate", "synthetic_rows": {"start": 3, "ratio": 1.7}},
    "fixed_real": {"kind": "fixed_real"},
    "fixed_real, weighted": {"kind": "fixed_real", "synthetic_rows": 7, "real_weight": 0.8},
    "fresh_real": {"kind": "fresh_real", "synthetic_rows": 5},
    "golden": {"kind": "golden", "synthetic_rows": 9},
    "window": {"kind": "window", "keep": 3},
    "forget": {"kind": "forget", "decay": 0.6},
    "forget at once": {"kind": "forget", "decay": 0.01},
    "reset": {"kind": "reset", "every": 3},
    "regenerate": {"kind": "regenerate"},
    "synthetic_only": {"kind": "synthetic_only"},
}
REAL = {"tag": "real", "from": "real", "at": "start"}
SYNTH = {"tag": "synth", "from": "model"}
RULES = {
    "mix": ([{"tag": "m", "from": "mix", "mix": {"model": 0.5, "previous": 0.3, "truth": 0.2}}], [{}]),
    "sampler": ([REAL, SYNTH | {"sampler": {"gain": 0.8, "variance_scale": 0.5}}], [{"decay": 0.9}]),
    "lag": ([REAL, SYNTH | {"lag": 2}], [{"select": {"last": 2}}]),
    "whole take": ([REAL, SYNTH], [{"select": {"last": 2}, "take": 10_000, "short": "all"}]),
    "overlapping terms": (
        [REAL, SYNTH],
        [{"select": {"tag": "real"}, "weight": 0.3}, {}, {"select": {"last": 1}, "weight": 0.2}],
    ),
    "weights by hand": (
        [REAL, SYNTH],
        {"default": [{}], "2": [{"select": {"last": 1}}], "4": [{"decay": 0.5}, {"weight": 0.0, "select": {"last": 1}}]},
    ),
}


def workflow_of(name, rows):
    if name in FORMS:
        return Workflow.from_dict(FORMS[name] | {"rows": rows})
    emit, train = RULES[name]
    return Workflow.from_dict({"emit": [rule | {"rows": rows} for rule in emit], "train": train})


def task_of(name, rows, *, penalty=0.0, last=LAST, predictor=None, population=POPULATION, replicates=10):
    generator = Generator(Ridge(penalty) if penalty else LeastSquares(), NOISE)
    schedule = workflow_of(name, rows).compile(last)
    return Task(population, schedule, generator, predictor, tuple(range(last + 1)), replicates, 10)


# Arithmetic, on the same rows.


def given_rows(seed):
    """One replicate's rows for the reference, and the same rows as parts for the nested engine."""

    def inputs(batch):
        rng = stream(seed, *batch.key)
        return rng.standard_normal((batch.rows, DIM)), NOISE * rng.standard_normal(batch.rows)

    def rows(batch):
        white, noise = inputs(batch)
        x = white * np.sqrt(SPECTRUM)
        return Rows(Draw(x[None], (x @ TRUTH)[None]), noise[None])

    def uniform(key, count):
        return stream(seed, *key).random((1, count))

    def parts(batch):
        white, noise = inputs(batch)
        bounds = np.cumsum([share for _, share in batch.origins])
        by = np.searchsorted(bounds / bounds[-1], uniform(("origin", *batch.key), batch.rows)[0], side="right")
        for i, (origin, _) in enumerate(batch.origins):
            if np.any(by == i):
                yield nested.Part(origin, white[by == i].T, noise[by == i])

    return Draws(rows, uniform, lambda: None), parts


@pytest.mark.parametrize("rows", [2, 5, 7, 30])
@pytest.mark.parametrize("penalty", [0.0, 1e-11, 0.05])
@pytest.mark.parametrize("name", [*FORMS, *RULES])
def test_on_the_same_rows_the_fits_are_those_of_the_definition(name, penalty, rows):
    task = task_of(name, rows, penalty=penalty)
    assert nested.covers(task) is None
    draws, parts = given_rows(501)
    wanted = [errors.coefficients[0] for errors in reference.run_on(task, draws)[0]]
    steps = plan(task.schedule, task.fits, DIM, penalty, SPECTRUM.max())
    found = nested.errors_of_fits(task.schedule, steps, POPULATION, parts)
    # The reference solves a nearly singular system where the penalty is tiny and the rows are few.
    np.testing.assert_allclose(found, wanted, rtol=1e-3 if 0 < penalty < 1e-9 else 1e-9, atol=1e-12)
