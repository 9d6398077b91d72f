"""Do the values of a plan share truths and luck, begin with the right rows, and refuse what has no answer?"""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import genloss
from genloss import Problem
from genloss.advise.forecasts.worlds import world_of
from genloss.advise.plans.of_table import named_with, planned_file, planned_table
from genloss.advise.plans.of_table_bands import judged
from genloss.advise.plans.of_table_paths import Block
from genloss.populations.tables import Reading, read_rows
from genloss.streams import stream
from genloss.workflows import accumulate_subsample, schedule_of

ROWS, COLUMNS = 60, 3


def table(rows=ROWS, columns=COLUMNS):
    draw = stream(0, "test plan of table")
    x = draw.normal(size=(rows, columns))
    return x, x @ np.arange(1.0, columns + 1) + draw.normal(size=rows)


def planned(estimator="least_squares", workflow="fixed_real", **more):
    given = {"generations": 3, "replicates": 100} | more
    return planned_table(estimator, *table(), workflow=workflow, **given)


def runs(subject, **setting):
    return subject.judge([setting])[0].runs


def test_a_value_is_judged_alike_in_any_company():
    alone = runs(planned(), synthetic_rows=40)
    subject = planned()
    together = subject.judge([{"synthetic_rows": 20}, {"synthetic_rows": 40}, {"synthetic_rows": 500}])[1].runs
    assert np.array_equal(alone, together)
    assert np.array_equal(alone, runs(subject, synthetic_rows=40))
    later = subject.judge([{"synthetic_rows": 40}], generations=5)[0].runs
    assert np.array_equal(later[..., :4], alone)
    assert not np.array_equal(runs(planned(seed=1), synthetic_rows=40), alone)


def test_more_rows_hold_fewer():
    world = world_of(LinearRegression(), *table())
    block = Block(world.draw_truths(4, stream(0, "truths")))
    some, more = (block.counts(5, rows, stream(0, "rows")) for rows in (30, 90))
    assert some.shape == (20, ROWS)
    assert (some.sum(axis=1) == 30).all()
    assert (more >= some).all()
    assert (more.sum(axis=1) == 90).all()
    many = block.counts(200, 10 * ROWS, stream(0, "rows")).reshape(4, 200, ROWS)
    assert (many.sum(axis=2) == 10 * ROWS).all()
    shares = np.stack([truth.shares for truth in block.truths])
    error = np.sqrt(10 * ROWS * shares * (1 - shares) / 200)
    assert (np.abs(many.mean(axis=1) - 10 * ROWS * shares) <= 4.5 * error + 1e-9).all()


@pytest.mark.parametrize("workflow", ["replace", "fixed_real", "accumulate"])
def test_the_share_of_runs_that_meet_is_monotone_in_the_generation(workflow):
    found = runs(planned(workflow=workflow, generations=6))
    met = [(found[..., 1 : g + 1].max(axis=-1) <= 3 * found[..., 0]).mean() for g in range(1, 7)]
    assert met == sorted(met, reverse=True)


def test_common_luck_makes_the_share_monotone_in_the_rows():
    subject = planned(workflow="replace", replicates=200)
    values = [20, 28, 40, 56, 80, 112, 160, 224]
    shared = [subject.judge([{"synthetic_rows": value}])[0].runs for value in values]
    shares = [(each[..., 1:].max(axis=-1) <= 4 * each[..., 0]).mean() for each in shared]
    assert shares == sorted(shares)
    apart = shared[3][..., -1] / shared[4][..., -1]
    other = planned(workflow="replace", replicates=200, seed=5).judge([{"synthetic_rows": 80}])[0].runs
    assert np.log(apart).std() < 0.5 * np.log(shared[3][..., -1] / other[..., -1]).std()  # negative control: other luck


def test_generation_0_begins_with_the_rows_in_hand_unless_real_rows_vary():
    x, y = table()
    subject = planned()
    own = runs(subject, synthetic_rows=30)[..., 0]
    assert np.ptp(own, axis=1).max() < 1e-9 * own.max()  # one fit, and so one risk, in every truth
    for count in (ROWS // 2, ROWS, 2 * ROWS):
        assert np.ptp(runs(subject, real_rows=count)[..., 0], axis=1).min() > 0
    kept = planned(begin="own_rows")
    assert np.ptp(runs(kept, real_rows=ROWS)[..., 0], axis=1).max() < 1e-9 * own.max()
    assert kept.domain("real_rows")[1] == ROWS
    with pytest.raises(Problem, match="begin"):
        kept.judge([{"real_rows": ROWS + 1}])
    assert dict(subject.words())["begin"] == "own_rows; new_rows where the number of real rows is looked at"
    assert dict(kept.words())["begin"] == "own_rows"
    new = planned_table("least_squares", x, y, begin="new_rows", generations=2, replicates=100)
    assert np.ptp(runs(new)[..., 0], axis=1).min() > 0


def test_a_table_is_prepared_as_for_a_forecast():
    x, y = table()
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(n=np.repeat([1, 2], ROWS // 2))
    frame["name"] = [f"row {i}" for i in range(ROWS)]
    reading = {"weights": "n", "levels": 100, "replicates": 50, "generations": 2}
    told = genloss.forecast("ridge", frame, pd.Series(y, name="y"), **reading)
    subject = planned_table("ridge", frame, pd.Series(y, name="y"), **reading)
    ours, theirs = dict(subject.words()), dict(told.asked)
    assert ours.keys() == theirs.keys()
    assert {name for name, said in ours.items() if theirs[name] != said} == {"begin", "replicates"}
    assert "left out" in ours["read"]
    assert subject.settings["real_rows"] == 90  # rows with weights are expanded
    assert {each.name for each in subject.assumptions()} <= {each.name for each in told.assumptions}


def test_a_file_is_planned_as_its_rows(tmp_path):
    x, y = table()
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(y=y)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    read = read_rows(tmp_path / "rows.csv", Reading("y"))
    of_file = planned_file("ridge", read, workflow="replace", generations=2, replicates=50)
    of_rows = planned_table(
        "ridge", frame.drop(columns="y"), frame["y"], workflow="replace", generations=2, replicates=50
    )
    assert np.allclose(runs(of_file, penalty=0.5), runs(of_rows, penalty=0.5), rtol=1e-9)


@pytest.mark.parametrize("estimator", [LinearRegression(), make_pipeline(StandardScaler(), Ridge(alpha=3.0))])
def test_rows_of_one_entity_are_planned_together(estimator):
    x, y = table()
    firms = np.repeat(np.arange(ROWS // 4), 4)
    y = y + 2 * stream(0, "firms").normal(size=ROWS // 4)[firms]
    alike, apart = (
        planned_table(estimator, x, y, id=which, begin="new_rows", generations=2, replicates=100)
        for which in (firms, np.arange(ROWS))
    )
    [together], [alone] = alike.judge([{"synthetic_rows": 30}]), apart.judge([{"synthetic_rows": 30}])
    assert together.mean[0] > 1.3 * alone.mean[0]  # rows of one firm say less of the level
    assert alike.check({"synthetic_rows": 30}, 20).shape == (20, 3)


def test_the_penalty_of_a_word_is_that_of_the_estimator():
    subject = planned("ridge penalty=0.2", workflow="replace")
    assert subject.settings["penalty"] == 0.2
    assert np.allclose(runs(subject), runs(subject, penalty=0.2), rtol=1e-9)
    none = runs(planned("ridge penalty=0", workflow="replace"), penalty=0.2)  # row by row, with other luck
    assert np.allclose(none[..., 0], runs(subject)[..., 0], rtol=1e-9)
    assert not np.allclose(runs(subject), runs(subject, penalty=0.4), rtol=1e-3)
    assert named_with("kernel_ridge gamma=0.3", 0.5, features=3).get_params()["gamma"] == 0.3
    assert "penalty" not in planned(Ridge(alpha=2.0)).opens
    assert "penalty" not in planned("least_squares").opens


@pytest.mark.parametrize("estimator", ["kernel_ridge", "logistic penalty=0.1", "poisson"])
def test_other_words_are_planned_row_by_row(estimator):
    x, y = table()
    labels = {"logistic": y > 0, "poisson": np.round(np.exp(y / 4))}.get(estimator.split()[0], y)
    subject = planned_table(estimator, x, labels, workflow="fixed_real", generations=2, replicates=50)
    assert "penalty" in subject.opens
    first, again = (runs(subject, penalty=0.05, synthetic_rows=20) for _ in range(2))
    assert np.array_equal(first, again)
    assert np.isfinite(first).all()
    one, other = subject.judge([{"real_weight": 0.99}, {"real_weight": 0.5}])
    assert one.mean[-1] / one.mean[0] < other.mean[-1] / other.mean[0]


def test_runs_without_an_estimate_meet_nothing():
    x, y = table()
    subject = planned_table("logistic", x, y > 0.5, workflow="replace", generations=4, replicates=50)
    [found] = subject.judge([{"synthetic_rows": 8}])
    assert not np.isfinite(found.runs[..., -1]).all()
    assert np.isnan(found.mean[-1])
    assert np.isinf(found.high[-1])


def test_the_weight_of_real_rows_counts():
    subject = planned()
    assert "real_weight" in subject.opens
    near, far = subject.judge([{"real_weight": 0.999}, {"real_weight": 0.4}])
    assert near.mean[-1] == pytest.approx(near.mean[0], rel=0.01)
    assert far.mean[-1] > 1.2 * far.mean[0]
    weighed = subject.judge([{"real_weight": 0.5}])[0].runs
    assert np.allclose(weighed, subject.judge([{}])[0].runs)  # 60 real and 60 synthetic rows: one half by rows


def test_a_check_has_truths_and_luck_of_its_own():
    subject = planned()
    found = subject.check({"synthetic_rows": 40}, 80)
    assert found.shape == (80, 4)
    assert np.unique(found[:, 0]).size == 80  # as many truths as runs
    assert not np.isin(found[:, 0], runs(subject, synthetic_rows=40)[..., 0]).any()
    assert np.array_equal(found, planned().check({"synthetic_rows": 40}, 80))


def test_truths_lie_apart_as_far_as_bands_say():
    truths = np.exp(np.linspace(-1, 1, 40))
    risks = truths[:, None, None] * np.exp(0.1 * stream(0, "luck").normal(size=(40, 5, 2)))
    parts = np.repeat(truths[:, None, None], 2, axis=1)

    class Narrow:
        def narrow(self, *_):
            return 1.5

    plain, wide = judged(risks, parts, None), judged(risks, parts, Narrow())
    assert np.array_equal(plain.runs, risks)
    spread = [np.log(each.runs.mean(axis=1)[:, 1]).std() for each in (plain, wide)]
    assert spread[1] == pytest.approx(1.5 * spread[0], rel=0.03)
    assert wide.high[1] / wide.low[1] > (plain.high[1] / plain.low[1]) ** 1.3


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"held_out": 0.2}, "held_out"),
        ({"workflow": schedule_of("replace", 3, rows=20)}, "workflow"),
        ({"workflow": accumulate_subsample(20)}, "workflow"),
        ({"workflow": "no_such"}, "workflow"),
        ({"estimator": "no_such"}, "estimator"),
        ({"begin": "own"}, "begin"),
        ({"begin": "own_rows", "workflow": "replace rows=500"}, "begin"),
        ({"keep": "no_such"}, "keep"),
        ({"weights": np.full(ROWS, 0.5)}, "weights"),
    ],
)
def test_what_has_no_plan_is_refused(change, where):
    with pytest.raises(Problem) as refused:
        planned(**change)
    assert where in refused.value.where, refused.value
    assert refused.value.mend
