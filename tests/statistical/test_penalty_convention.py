"""Do forecast, run, predict and plan mean the same penalty? One table, one question, and an independent loop in numpy.

Sizes were fixed before looking: 400 paths of a forecast, 1,000 runs, 2,000 chains. Rule: Z standard errors, and for
theory its own allowance. Blind spot: forecasts that are less than 15 % off. Control: the same loop with alpha held at
penalty x rows of the table (or of generation 0), which must be rejected.
"""

from functools import partial

import numpy as np
import pytest
from helpers import Z, tiny
from sklearn.linear_model import Ridge

import genloss
from genloss import Study, advise
from genloss.advise.plans.of_study import planned_study
from genloss.advise.plans.schedule import schedule_of
from genloss.streams import stream

TABLE, ROWS, NOISE, LAST = 300, 40, 1.0, 2
TRUTH = np.full(4, 0.5)


def table():
    """Rows with mean 0 and covariance 1 to rounding, whose least squares fit is the truth and whose noise is 1."""
    rng = stream(201, "penalty convention")
    made = np.linalg.qr(np.column_stack([np.ones(TABLE), rng.standard_normal((TABLE, 5))]))[0] * np.sqrt(TABLE)
    x, left = made[:, 1:5], made[:, 5]
    return x, 3 + x @ TRUTH + NOISE * left * np.sqrt((TABLE - 5) / TABLE)


def loop(penalty, workflow, *, level, alpha_rows=None, chains=2000):
    """Mean risk by generation, and its standard error: ridge, with an intercept if level; chains side by side.

    alpha_rows: None: alpha = penalty x rows of each fit; a number: penalty x that, in every fit.
    """
    rng = stream(202, "loop", workflow)
    shown, at, kept, risks = np.tile(TRUTH, (chains, 1)), np.zeros(chains), [], []
    for _ in range(LAST + 1):
        x = rng.standard_normal((chains, ROWS, 4))
        y = (x @ shown[..., None])[..., 0] + at[:, None] + NOISE * rng.standard_normal((chains, ROWS))
        kept = [*kept, (x, y)] if workflow == "accumulate" else [(x, y)]
        x, y = (np.concatenate(part, axis=1) for part in zip(*kept, strict=True))
        alpha = penalty * (x.shape[1] if alpha_rows is None else alpha_rows)
        center, middle = (x.mean(axis=1), y.mean(axis=1)) if level else (np.zeros((chains, 4)), np.zeros(chains))
        x, y = x - center[:, None], y - middle[:, None]
        shown = np.linalg.solve(x.mT @ x + alpha * np.eye(4), x.mT @ y[..., None])[..., 0]
        at = middle - (center * shown).sum(axis=1)
        risks.append(((shown - TRUTH) ** 2).sum(axis=1) + at**2)
    return np.mean(risks, axis=1), np.std(risks, axis=1) / np.sqrt(chains)


def study_of(workflow, penalty):
    """The same question as a study; nothing there has an intercept."""
    population = {"kind": "linear_gaussian", "dim": 4, "signal": {"norm": 1.0}, "noise": NOISE}
    tables = {"population": population, "workflow": {"kind": workflow, "rows": ROWS}, "predictor": None}
    return Study.from_dict(tiny(**tables, replicates=1000, generator={"kind": "ridge", "penalty": penalty}))


def simulated(study):
    """Means by generation, and their standard errors."""
    rows = genloss.simulate(study).rows
    return (np.array([getattr(row, name) for row in rows]) for name in ("value", "standard_error"))


def off(one, one_error, other, other_error, allowance=0.0):
    """How far two curves are apart beyond what is allowed, in standard errors, at worst."""
    spare = np.abs(one - other) - allowance
    return float((spare / np.hypot(one_error, other_error)).max())


@pytest.mark.parametrize("workflow", ["replace", "accumulate"])
def test_a_forecast_and_a_loop(workflow):
    """Fits of 40 rows, or of 40, 80 and 120, from a table of 300. scikit-learn's alpha is held instead."""
    x, y = table()
    asked = {"workflow": f"{workflow} rows={ROWS}", "generations": LAST, "replicates": 400}
    word = genloss.forecast("ridge penalty=0.4", x, y, **asked)
    right, by_table = loop(0.4, workflow, level=True), loop(0.4, workflow, level=True, alpha_rows=TABLE)
    assert off(word.risk, word.standard_error, *right) < Z
    assert off(word.risk, word.standard_error, *by_table) > 2 * Z
    own = genloss.forecast(Ridge(alpha=0.4 * ROWS), x, y, **asked)
    held = loop(0.4, workflow, level=True, alpha_rows=ROWS)
    assert off(own.risk, own.standard_error, *held) < Z
    if workflow == "accumulate":
        assert off(own.risk, own.standard_error, *right) > Z  # the two conventions are not the same question


def test_plan_predict_run_and_a_loop():
    """The best constant penalty of a plan has the risk that it says, in every place; no intercept there."""
    workflow = "accumulate"
    study = partial(study_of, workflow)
    subject = planned_study(study(0.1), case=None, metric=None, replicates=50, seed=None, progress=None)
    schedule, _ = schedule_of(subject, goal="sum")
    way = schedule.alternatives["fixed"]
    penalty = float(way.penalties[0])
    allowed = schedule.allowance
    theory = np.array([row.value for row in genloss.predict(study(penalty)).rows])
    np.testing.assert_allclose(theory, way.risk, rtol=1e-6)
    right = loop(penalty, workflow, level=False)
    mean, error = simulated(study(penalty))
    assert off(mean, error, *right) < Z
    assert off(mean, error, *loop(penalty, workflow, level=False, alpha_rows=TABLE)) > Z
    assert off(mean, error, way.risk, 0.0, allowed) < Z
    assert off(right[0], right[1], way.risk, 0.0, allowed) < Z


def test_a_studys_alpha_is_held_and_its_penalty_is_not():
    for penalty, rows in ((0.4, None), ({"alpha": 0.4 * ROWS}, ROWS)):
        mean, error = simulated(study_of("accumulate", penalty))
        assert off(mean, error, *loop(0.4, "accumulate", level=False, alpha_rows=rows)) < Z
        other = loop(0.4, "accumulate", level=False, alpha_rows=None if rows else ROWS)
        assert off(mean, error, *other) > Z


def test_one_penalty_for_all_from_rows_is_that_of_a_forecast():
    """`penalty_from_rows` says the risk that its penalty has; a forecast with it agrees within Z and 10 %."""
    x, y = table()
    found = advise.penalty_from_rows(x, y, workflow=f"replace rows={ROWS}", generations=LAST)
    told = genloss.forecast(
        {"kind": "ridge", "penalty": found.penalty},
        x,
        y,
        workflow=f"replace rows={ROWS}",
        generations=LAST,
        replicates=400,
    )
    level = np.arange(1, LAST + 2) * NOISE**2 / ROWS  # the intercept is not in theory
    assert off(told.risk, told.standard_error, found.risk + level, 0.0, 0.1 * found.risk) < Z
    wrong = loop(found.penalty, "replace", level=True, alpha_rows=TABLE)
    assert off(told.risk, told.standard_error, *wrong) > 2 * Z
