"""Predictors on real and synthetic rows, and on random projections: by hand, in law, and against theory.

By hand: the definition's numbers from its own draws, written as a loop. Laws: moments within Z standard
errors and two-sample Kolmogorov-Smirnov tests as in test_engines.py, 1000 replicates a side. Theory: Z
standard errors of 400 replicates plus the formula's allowance. Blind spot: differences of a seventh of a
spread; for theory, half of what the shift costs. Negative controls: one synthetic row in four more, a
projection scaled by 1.2, and a shift 1.4 times as large must be rejected by the same rules.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from helpers import Z, agree, excess_risks, mean_and_error

from genloss.metrics import measure
from genloss.models import Generator, LeastSquares, Predictor, Ridge, ShiftedTruth
from genloss.populations import LinearGaussian
from genloss.simulation import choose, reference
from genloss.simulation.linear import tridiagonal
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.theory import coverage
from genloss.workflows import Workflow

DIM, NOISE = 8, 0.6
SPECTRUM, TRUTH = np.arange(1, DIM + 1.0) ** -0.7, np.arange(1, DIM + 1.0) ** -0.4
SHIFT = 0.8 * np.arange(1, DIM + 1.0) ** -0.3


def task_of(*, rows, share=0.5, features=None, shift=SHIFT, penalties=(0.02, 0.5), generator=None, dim=DIM):
    schedule = Workflow.from_dict({"kind": "replace", "rows": 24}).compile(2)
    population = LinearGaussian(np.resize(SPECTRUM, dim), np.resize(TRUTH, dim), NOISE)
    predictor = Predictor(tuple(Ridge(p) for p in penalties), rows, NOISE, share, features)
    return Task(population, schedule, generator or Generator(ShiftedTruth(shift), 0.0), predictor, (0, 1, 2), 10, 10)


@pytest.mark.parametrize("features", [None, 3, 12])
def test_the_definition_by_hand(features):
    task, streams = task_of(rows=11, share=0.4, features=features), partial(stream, 5, "hand", 0)
    found = reference.run(task, streams)
    inputs = streams("predictor", 0, "inputs").standard_normal((10, 11, DIM)) * np.sqrt(SPECTRUM)
    noise = NOISE * streams("predictor", 0, "noise").standard_normal((10, 11))
    seen = np.eye(DIM)[None]
    if features is not None:
        seen = streams("predictor", 0, "projection").standard_normal((10, features, DIM)) / np.sqrt(features)
    for g, generation in enumerate(task.report):
        normals = streams("generator", generation - 1, "shift").standard_normal((10, DIM)) if generation else 0.0
        teacher = TRUTH + SHIFT * normals * np.ones((10, 1))
        for r in range(10):
            projection = seen[r if features is not None else 0]
            x = inputs[r] @ projection.T
            y = inputs[r] @ TRUTH + noise[r]
            y[7:] = inputs[r, 7:] @ teacher[r] + noise[r, 7:]  # the last 4 of 11 rows
            for p, penalty in enumerate((0.02, 0.5)):
                v = np.linalg.solve(x.T @ x + penalty * 11 * np.eye(x.shape[1]), x.T @ y)
                wanted = np.sum(SPECTRUM * (projection.T @ v - TRUTH) ** 2)
                assert measure("excess_risk", found[p][g])[r] == pytest.approx(wanted, rel=1e-9)


SETTINGS = [
    {"rows": 6},
    {"rows": 12},
    {"rows": 40, "share": 0.1},
    {"rows": 40, "share": 0.0},
    {"rows": 7, "features": 4},
    {"rows": 20, "features": 5, "share": 1.0},
    {"rows": 20, "features": 30},
    {"rows": 12, "share": 0.5, "penalties": (0.0, 0.3)},
    {"rows": 30, "features": 5, "penalties": (0.0, 0.3), "generator": Generator(LeastSquares(), 0.8)},
    {"rows": 20, "share": 0.3, "generator": Generator(Ridge(0.1), 0.8, "same")},
]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_engine_draws_from_the_law_of_the_definition(setting):
    task = task_of(**setting)
    assert choose(task).name == "tridiagonal"
    fast = excess_risks(tridiagonal, task, blocks=100, seed=701)
    slow = excess_risks(reference, task, blocks=100, seed=702)
    assert agree(fast, slow)


def test_controls_are_rejected():
    task = task_of(rows=20, features=5)
    fast = excess_risks(tridiagonal, task, blocks=100, seed=703)
    more = replace(task, predictor=replace(task.predictor, synthetic_share=0.75))
    assert not agree(fast, excess_risks(reference, more, blocks=100, seed=704))
    wider = replace(task, predictor=replace(task.predictor, features=7))
    assert not agree(fast, excess_risks(reference, wider, blocks=100, seed=705))


@pytest.mark.parametrize(
    ("rows", "share", "features", "generator"),
    [
        (150, 0.3, None, None),
        (500, 0.5, None, None),
        (150, 0.3, 90, None),
        (150, 0.5, 240, None),
        (400, 1.0, 240, Generator(LeastSquares(), 0.8)),
        (400, 0.4, None, Generator(LeastSquares(), 0.8)),
    ],
)
def test_theory_meets_simulation(rows, share, features, generator):
    dim = 100
    schedule = Workflow.from_dict({"kind": "replace", "rows": 180}).compile(2)
    decay = np.arange(1, dim + 1.0)
    population = LinearGaussian(decay**-1.0, decay**-0.4, NOISE)
    predictor = Predictor((Ridge(1e-3), Ridge(0.05)), rows, NOISE, share, features)
    shifted = generator is None
    own = Generator(ShiftedTruth(0.5 * decay**-0.2), 0.0) if shifted else generator
    task = Task(population, schedule, own, predictor, (0, 1, 2), 10, 10)
    mean, error = mean_and_error(excess_risks(choose(task), task, blocks=40, seed=706))

    def rejected(scale):
        """Whether theory for a shift `scale` times as large, or noise, is seen to be off somewhere."""
        asked = Generator(ShiftedTruth(scale * 0.5 * decay**-0.2), 0.0) if shifted else replace(own, noise=scale * 0.8)
        setting = coverage.Setting(population, schedule, asked, predictor)
        formula = coverage.find(setting, "excess_risk")
        assert formula.name == ("mixture_risk" if not shifted and features is None else "strong_collapse_risk")
        predicted, refused = coverage.predict(setting, formula, "excess_risk", (0, 1, 2))
        assert not refused
        value, allowance = (
            np.array([[getattr(p[n], k) for n in range(3)] for p in predicted]) for k in ("value", "allowance")
        )
        return bool(np.any(np.abs(mean - value) > Z * error + allowance))

    assert not rejected(1.0)
    assert rejected(1.4)
