"""Penalties that change from one generation to the next: by hand, in every engine, in theory, in a study.

Engines on their own draws against the definition in law, as in test_engines.py; theory within Z standard errors plus
its allowance. Blind spot: a penalty off by less than a tenth. Negative control: the penalties in reverse order
must be rejected by the same rules.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from helpers import Z, agree, excess_risks, mean_and_error, tiny

from genloss import Problem, Study
from genloss.models import Generator, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation import choose, reference
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.study.subjects.regression.build import task_of
from genloss.theory import coverage
from genloss.workflows import Workflow

DIM, NOISE, LAST = 8, 0.6, 3
SPECTRUM, TRUTH = np.arange(1, DIM + 1.0) ** -0.7, np.arange(1, DIM + 1.0) ** -0.4
PENALTIES = (0.02, 1.0, 0.1)
WORKFLOWS = ["replace", "accumulate", "fixed_real", "window", "accumulate_subsample"]


def task_for(kind, penalties=PENALTIES, *, dim=DIM, rows=14):
    workflow = {"kind": kind, "rows": rows} | ({"keep": 2} if kind == "window" else {})
    population = LinearGaussian(np.resize(SPECTRUM, dim), np.resize(TRUTH, dim), NOISE)
    generator = Generator(Ridge(penalties[0]), NOISE, "fresh", penalties)
    schedule = Workflow.from_dict(workflow).compile(LAST)
    return Task(population, schedule, generator, None, tuple(range(LAST + 1)), 10, 10)


def test_the_definition_by_hand():
    task, streams = task_for("accumulate"), partial(stream, 5, "hand", 0)
    found = reference.run(task, streams)[0]
    taught, xs, ys = np.tile(TRUTH, (10, 1)), [], []
    for g, batch in enumerate(task.schedule.batches):
        key = ("generator", *batch.key)
        x = streams(*key, "inputs").standard_normal((10, 14, DIM)) * np.sqrt(SPECTRUM)
        xs.append(x)
        ys.append(np.einsum("rnd,rd->rn", x, taught) + NOISE * streams(*key, "noise").standard_normal((10, 14)))
        rows, labels = np.concatenate(xs, axis=1), np.concatenate(ys, axis=1)
        penalty = PENALTIES[min(g, 2)]  # the last value continues
        for r in range(10):
            gram = rows[r].T @ rows[r] + penalty * rows.shape[1] * np.eye(DIM)
            taught[r] = np.linalg.solve(gram, rows[r].T @ labels[r])
        np.testing.assert_allclose(found[g].coefficient_error + TRUTH, taught, rtol=1e-9)


@pytest.mark.parametrize(
    ("kind", "dim"), [("replace", 8), ("accumulate", 8), ("window", 8), ("accumulate_subsample", 16)]
)
def test_engines_draw_from_the_law_of_the_definition(kind, dim):
    task = task_for(kind, dim=dim)
    engine = choose(task)
    assert engine.name == {"replace": "wishart", "accumulate_subsample": "subsampled"}.get(kind, "nested")
    fast = excess_risks(engine, task, blocks=200, seed=711)
    assert agree(fast, excess_risks(reference, task, blocks=200, seed=712))
    other = task_for(kind, PENALTIES[::-1], dim=dim)
    assert not agree(fast, excess_risks(reference, other, blocks=200, seed=713))


@pytest.mark.parametrize("kind", WORKFLOWS)
def test_theory_meets_simulation(kind):
    task = task_for(kind, dim=80, rows=120)
    mean, error = mean_and_error(excess_risks(choose(task), task, blocks=30, seed=714)[0])

    def rejected(penalties):
        generator = replace(task.generator, penalties=penalties)
        setting = coverage.Setting(task.population, task.schedule, generator, None)
        formula = coverage.find(setting, "excess_risk")
        (predicted,), refused = coverage.predict(setting, formula, "excess_risk", task.report)
        assert not refused
        value, allowance = (
            np.array([getattr(predicted[n], key) for n in task.report]) for key in ("value", "allowance")
        )
        return bool(np.any(np.abs(mean - value) > Z * error + allowance))

    assert not rejected(PENALTIES)
    assert rejected(PENALTIES[::-1])


def test_alpha_is_penalty_times_the_rows_used():
    given = tiny(
        workflow={"kind": "accumulate", "rows": 12},
        generator={"kind": "ridge", "penalty": {"alpha": 6.0}},
        predictor=None,
    )
    study = Study.from_dict(given)
    (cell,) = study.cells()
    assert task_of(study.scope, (cell,), 1, (0,)).generator.penalties == (6 / 12, 6 / 24, 6 / 36)
    judged = Study.from_dict(tiny(predictor={"kind": "ridge", "rows": 20, "penalty": {"alpha": 6.0}}))
    assert next(iter(judged.cells())).settings["predictor"]["penalty"] == 0.3


@pytest.mark.parametrize(
    "form", [{"alpha": -1.0}, {"by_generation": []}, {"by_generation": [0.1, -0.1]}, {"alfa": 1.0}]
)
def test_what_is_no_penalty_is_refused(form):
    with pytest.raises(Problem, match=r"generator\.penalty.*(\n.*)*by_generation"):
        Study.from_dict(tiny(generator={"kind": "ridge", "penalty": form}))
