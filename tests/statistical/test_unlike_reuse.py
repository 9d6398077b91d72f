"""Does the theory of rows used again hold where models' rows have inputs of their own variances?

Simulation: the reference engine, 400 replicates. Rule: Z standard errors + the allowance of the formula.
Blind spot: an error of 5 to 10 %.
"""

from functools import partial

import numpy as np
import pytest
from helpers import Z, mean_and_error

from genloss.metrics import measure
from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation import choose
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.theory.coverage import Setting, find, predict
from genloss.workflows import accumulate, window

DIM, COUNT = 30, 400
AXES = np.arange(1, DIM + 1.0)
UNLIKE = LinearGaussian(AXES**-1.0, np.cos(AXES), 0.2, 0.001 * AXES**-0.8)
SETTINGS = {
    "accumulate": (accumulate(50), Generator(Ridge(0.1), 0.2), None),
    "accumulate, least squares": (accumulate(60), Generator(LeastSquares(), 0.2), None),
    "window": (window(45, 2), Generator(Ridge(0.1), 0.2), None),
    "a predictor": (accumulate(50), Generator(Ridge(0.1), 0.2), Predictor((Ridge(0.05),), 60, 0.2)),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_theory_meets_drawn_rows(name):
    workflow, generator, predictor = SETTINGS[name]
    schedule, report = workflow.compile(3), (0, 1, 2, 3)
    errors = choose(task := Task(UNLIKE, schedule, generator, predictor, report, COUNT, COUNT)).run(
        task, partial(stream, 640, name)
    )[0]
    seen, error = mean_and_error(np.array([measure("excess_risk", each) for each in errors]))

    def told(population):
        setting = Setting(population, schedule, generator, predictor)
        formula = find(setting, "excess_risk")
        values, refused = predict(setting, formula, "excess_risk", report)
        assert not refused
        return formula.name, *(
            np.array([getattr(values[0][n], part) for n in report]) for part in ("value", "allowance")
        )

    formula, value, allowance = told(UNLIKE)
    assert formula == "unlike_reuse_risk"
    assert np.all(np.abs(seen - value) <= Z * error + allowance)
    # Negative control: all inputs like real ones.
    _, alike, _ = told(LinearGaussian(UNLIKE.spectrum, UNLIKE.coefficients, UNLIKE.noise))
    assert np.any(np.abs(seen - alike) > Z * error + allowance)
