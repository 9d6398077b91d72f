"""What does `genloss plan` print, what does it refuse, and is its answer what the question asked?"""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tomli_w
from helpers import tiny

from genloss import Problem, Study, advise, plan, predict
from genloss.advise.plans.around import _saturation
from genloss.advise.plans.built import promised
from genloss.advise.plans.checked import verified, worst_generation
from genloss.advise.plans.of_study import planned_study
from genloss.advise.plans.power import runs_needed, tried
from genloss.advise.plans.protocol import Judged
from genloss.advise.plans.question import question
from genloss.advise.plans.regime import regime_from
from genloss.advise.plans.scale import Scale
from genloss.advise.plans.search import explored, standing
from genloss.advise.plans.settings import batches_of, changed, rows_of
from genloss.advise.plans.target import Target
from genloss.cli.main import run_command
from genloss.workflows import accumulate

POPULATION = {"spectrum": {"power_law": 1.0}}
GENERATOR = {"kind": "ridge", "penalty": 0.1}
FEW = {"replicates": 50}


def study(**changes):
    made = tiny(**({"predictor": None, "population": POPULATION, "generator": GENERATOR} | changes))
    made["workflow"] = changes.get("workflow", {"kind": "accumulate", "rows": 12})
    return made


def written(folder, **changes):
    path = folder / "study.toml"
    path.write_text(tomli_w.dumps(study(**changes)))
    return str(path)


SQUARES = {
    "generations": 4,
    "replicates": 20,
    "population": {"kind": "linear_gaussian", "dim": 5, "noise": 1.0},
    "workflow": {"kind": "fixed_real", "rows": 60, "synthetic_rows": 60},
    "generator": {"kind": "least_squares"},
}


def judged(mean):
    curve = np.asarray(mean, dtype=float)
    return Judged(curve, curve, curve, curve / curve[0], curve / curve[0])


class Straight:
    """A subject whose mean is known: generation 1 has `value` / 100 of generation 0's 1."""

    asked = 0

    def judge(self, values):
        self.asked += len(values)
        return [judged([1.0, value / 100]) for value in values]


def test_the_search_finds_an_edge_to_the_next_whole_number():
    """Not so: by interpolation between values of a grid, which are a factor of two apart."""
    subject = Straight()
    found = explored(subject.judge, Target(keep_within=0.37), Scale("synthetic_rows"), (1, 10_000), 1e-6)
    assert found.met("known") == [(1, 137)]
    assert subject.asked < 60
    below = explored(subject.judge, Target(keep_within=0.37), Scale("penalty"), (1, 10_000), 1e-3)
    assert below.met("known")[0][1] == pytest.approx(137, rel=1e-3)


def test_a_range_in_the_middle_is_found_with_both_ends():
    def judge(values):
        return [judged([1.0, 1.2 if 50 <= value <= 800 else 2.0]) for value in values]

    found = explored(judge, Target(keep_within=0.5), Scale("real_rows"), (1, 10_000), 1e-6)
    assert found.met("known") == [(50, 800)]


def test_a_chance_is_asked_of_single_runs_and_their_error_is_clustered():
    runs = np.stack([np.ones((40, 5)), np.repeat(np.linspace(0.5, 2.0, 40)[:, None], 5, axis=1)], axis=-1)
    one = replace(judged([1.0, 1.25]), runs=runs)
    assert standing(one, Target(keep_within=0.5, chance=0.6)).known < 0
    assert standing(one, Target(keep_within=0.5, chance=0.7)).known > 0
    stands = standing(one, Target(keep_within=0.5, chance=0.6))
    alone = standing(replace(one, runs=runs.reshape(200, 1, 2)), Target(keep_within=0.5, chance=0.6))
    assert stands.worst - stands.best > 1.5 * (alone.worst - alone.best)  # 40 truths are no 200


@pytest.mark.parametrize(
    ("workflow", "settings", "rows"),
    [
        ({"kind": "replace", "rows": 30}, {"real_rows": 50}, (50, 30)),
        ({"kind": "replace", "rows": 30}, {"synthetic_rows": 50}, (30, 50)),
        ({"kind": "accumulate", "rows": 30}, {"real_rows": 50}, (50, 30)),
        ({"kind": "fresh_real", "rows": 30}, {"synthetic_share": 0.9}, (30, 270)),
        ({"kind": "golden", "rows": 30}, {"synthetic_rows": 120}, (30, 120)),
        ({"kind": "window", "rows": 30, "keep": 2}, {"real_rows": 9, "synthetic_rows": 7}, (9, 7)),
    ],
)
def test_settings_change_the_rows_of_one_kind_alone(workflow, settings, rows):
    found = rows_of(changed(workflow, settings).short() if "synthetic_share" in settings else {
        "kind": "custom", **changed(workflow, settings).to_dict()
    })  # fmt: skip
    assert (found["real_rows"], found["synthetic_rows"]) == rows


def test_the_golden_weight_follows_the_rows():
    terms = changed({"kind": "golden", "rows": 100}, {"synthetic_rows": 200}).to_dict()["train"]
    assert [term["weight"] for term in terms] == pytest.approx([0.5, 0.5])


def test_how_often_rows_are_drawn():
    assert batches_of({"kind": "fresh_real", "rows": 9}, 4) == (5, 4)
    assert batches_of({"kind": "replace", "rows": 9}, 4) == (1, 4)


def test_the_answer_is_the_last_that_meets_the_target_and_runs_confirm_it():
    """The value meets the target and the next whole number does not, by the theory that `predict` has."""
    found = plan(SQUARES, open="synthetic_rows", keep_within=0.2, replicates=400)

    def ratio(rows):
        workflow = {"kind": "fixed_real", "rows": 60, "synthetic_rows": int(rows)}
        values = [row.value for row in predict(SQUARES | {"workflow": workflow}).rows]
        return max(values) / values[0]

    assert ratio(found.value) <= 1.2 < ratio(found.value + 1)
    assert found.verification.verdict == "held"
    assert found.holds
    assert len(found.ranges) == 2  # endless synthetic rows hand generation 0 on as it is
    assert ratio(found.ranges[1][0]) <= 1.2 < ratio(found.ranges[1][0] - 1)


def test_a_wrong_answer_is_shown_as_missed():
    """Runs at 60 rows, where the mean is 1.33 times that of generation 0, do not meet a target of 1.1."""
    subject = planned_study(Study.from_dict(SQUARES), case=None, metric=None, replicates=100, seed=None, progress=None)
    runs = subject.check({"synthetic_rows": 60.0}, 1000)
    expected = subject.judge([{"synthetic_rows": 60.0}])[0].mean
    assert verified(runs, Target(keep_within=0.1), expected).verdict == "missed"
    assert verified(runs, Target(keep_within=1.2), expected).verdict == "held"


def test_the_check_looks_where_the_mean_is_expected_to_be_worst():
    mean = np.array([1.0, 1.3, 1.1])
    assert worst_generation(Target(keep_within=0.2), mean) == 1
    assert worst_generation(Target(keep_within=0.2, when="last"), mean) == 2
    assert worst_generation(Target(at_most=0.5), np.array([1.0, 0.5, 0.4])) == 0


def test_a_target_below_the_floor_is_told_with_what_sets_it():
    found = plan(SQUARES, open="synthetic_rows", at_most=0.01, **FEW)
    assert found.value is None
    assert not found.holds
    assert "set by the 60 real rows" in found.summary()
    assert found.floor.value == pytest.approx(found.mean[found.floor.generation], rel=1e-9)


def test_real_rows_that_are_never_enough_are_told():
    """With a fixed penalty no number of rows undoes the shrinking of four generations."""
    asked = SQUARES | {"generator": {"kind": "ridge", "penalty": 1.0}, "workflow": {"kind": "replace", "rows": 60}}
    found = plan(asked, open="real_rows", at_most=0.1, **FEW)
    assert found.value is None
    assert "set by the penalty of 1" in found.summary()


def test_the_least_mean_of_a_budget_costs_what_it_may():
    asked = SQUARES | {"workflow": {"kind": "fresh_real", "rows": 60, "synthetic_rows": 60}}
    found = plan(asked, open="real_rows", budget=2000, cost_real=4, cost_synthetic=0.05, **FEW)
    pair = found.cheapest
    assert pair.cost <= 2000
    assert pair.cost == pytest.approx(5 * 4 * pair.real_rows + 4 * 0.05 * pair.synthetic_rows)

    def last(real, synthetic):
        workflow = {"kind": "fresh_real", "rows": int(real), "synthetic_rows": int(synthetic)}
        return predict(asked | {"workflow": workflow}).rows[-1].value

    here = last(pair.real_rows, pair.synthetic_rows)
    for real in (80, 90, 99):
        assert last(real, (2000 - 20 * real) / 0.2) > here


def test_the_cheapest_pair_meets_the_target_and_no_cheaper_one_of_a_grid_does():
    asked = SQUARES | {"workflow": {"kind": "fresh_real", "rows": 60, "synthetic_rows": 60}}
    found = plan(asked, open="real_rows", at_most=0.06, when="last", cost_real=4, cost_synthetic=0.5, **FEW)
    assert found.cheapest.missed <= 0
    met = [pair for pair in found.frontier.pairs if pair.missed <= 0]
    assert all(pair.cost >= found.cheapest.cost for pair in met)
    assert found.value * 4 * 5 + 60 * 0.5 * 4 >= found.cheapest.cost


def test_the_exchange_rate_is_that_of_least_squares():
    """The slope of real rows by whole rows more and less, in the theory that `predict` has."""
    found = plan(SQUARES, open="synthetic_rows", keep_within=0.2, **FEW)
    rows = found.settings["synthetic_rows"]

    def last(real, synthetic):
        workflow = {"kind": "fixed_real", "rows": int(real), "synthetic_rows": int(synthetic)}
        return predict(SQUARES | {"workflow": workflow}).rows[-1].value

    assert found.worth.real_slope == pytest.approx((last(61, rows) - last(59, rows)) / 2, rel=1e-6)


def test_the_number_of_runs_has_the_power_it_promises():
    rng = np.random.default_rng(3)
    skewed = rng.gamma(1.0, size=6000)
    need = runs_needed(skewed - skewed.mean(), 0.4, 0.9, np.random.default_rng(1))
    fresh = rng.gamma(1.0, size=20_000)
    assert tried(fresh, need.runs, 0.4, np.random.default_rng(2))[0] == pytest.approx(0.9, abs=0.03)
    assert tried(fresh, need.runs // 2, 0.4, np.random.default_rng(2))[0] < 0.75
    assert need.low <= need.runs <= need.high


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"open": None}, "open"),
        ({"open": ["penalty", "real_rows"], "keep_within": 0.1}, "open"),
        ({"open": "rows", "keep_within": 0.1}, "open"),
        ({"open": "real_rows"}, "the target"),
        ({"open": "real_rows", "keep_within": 0.1, "at_most": 1}, "the target"),
        ({"open": "real_rows", "keep_within": 0}, "keep_within"),
        ({"open": "real_rows", "keep_within": "five"}, "keep_within"),
        ({"open": "real_rows", "keep_within": 0.1, "chance": 1.2}, "chance"),
        ({"open": "penalty", "chance": 0.9}, "chance"),
        ({"open": "real_rows", "keep_within": 0.1, "when": "never"}, "when"),
        ({"open": "real_rows", "budget": 0, "cost_real": 1, "cost_synthetic": 1}, "budget"),
        ({"open": "real_rows", "budget": 9, "cost_real": -1, "cost_synthetic": 1}, "cost_real"),
        ({"open": "real_rows", "budget": 9, "cost_real": 1}, "cost_synthetic"),
        ({"open": "penalty", "budget": 9, "cost_real": 1, "cost_synthetic": 1}, "budget"),
        ({"open": "real_rows", "budget": 9, "keep_within": 0.1, "cost_real": 1, "cost_synthetic": 1}, "budget"),
        ({"open": "real_rows", "keep_within": 0.1, "replicates": 7}, "replicates"),
        ({"open": "real_rows", "keep_within": 0.1, "seed": -1}, "seed"),
    ],
)
def test_wrong_questions_are_answered_before_any_work(given, where):
    with pytest.raises(Problem) as told:
        question(**given)
    assert told.value.where == where
    assert told.value.mend


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"open": "real_weight"}, "open"),
        ({"open": "synthetic_rows", "at_most": 0.0}, "at_most"),
        ({"open": "synthetic_rows", "at_least": 1.0}, "at_least"),
        ({"open": "synthetic_rows", "keep_within": 0.1, "metric": "no_such"}, "metric"),
        ({"open": "synthetic_rows", "keep_within": 0.1, "case": "none"}, "case"),
        ({"open": "synthetic_rows", "keep_within": 0.1, "workflow": "replace"}, "workflow"),
        ({"open": "penalties"}, "generator.kind"),
    ],
)
def test_what_a_study_does_not_have_is_said(more, where):
    asked = SQUARES
    if where == "open":
        asked = SQUARES | {"workflow": {"kind": "replace", "rows": 60}}
    if where == "generator.kind":
        asked = SQUARES | {"generator": {"kind": "least_squares"}}
    with pytest.raises(Problem) as told:
        plan(asked, **more)
    assert where in (told.value.where, "generator.kind")


def test_axes_but_that_of_the_open_quantity_are_refused():
    asked = SQUARES | {"generator": {"kind": "ridge", "penalty": [0.1, 0.2]}}
    with pytest.raises(Problem, match=r"generator\.penalty"):
        plan(asked, open="synthetic_rows", keep_within=0.1)
    assert plan(asked, open="penalty", **FEW).value is not None


def test_cases_are_planned_one_at_a_time():
    case = {"name": "few", "workflow": {"rows": 30}}
    asked = SQUARES | {"case": [case, {"name": "many", "workflow": {"rows": 90}}]}
    with pytest.raises(Problem, match="'few', 'many'"):
        plan(asked, open="penalty")
    few, many = (plan(asked, open="real_rows", at_most=0.1, case=name, **FEW) for name in ("few", "many"))
    assert dict(few.asked)["case"] == "few"
    assert few.value == many.value  # what is open may stand as it likes


def test_penalties_by_generation_are_those_of_the_schedule_and_the_study_can_run_them(tmp_path, capsys):
    path = written(tmp_path)
    assert run_command(["plan", path, "--open", "penalties", "--json", "-", "--replicates", "50"]) == 0
    found = json.loads(capsys.readouterr().out)
    spectrum, truth = np.arange(1, 7.0) ** -1, np.full(6, 6**-0.5)
    best = advise.penalty_schedule(spectrum, truth, accumulate(12), noise=0.5, generations=2)
    assert found["penalties"] == pytest.approx(best.penalties.tolist(), rel=1e-4)
    assert found["saving"] == pytest.approx(best.saving, abs=1e-8)
    given = GENERATOR | {"penalty": {"by_generation": found["penalties"]}}
    rows = predict(study(generator=given)).rows
    assert [row.value for row in rows] == pytest.approx(found["mean"], rel=1e-9)


def test_penalties_to_paste_a_picture_and_when_cross_validation_will_do(tmp_path, capsys):
    path, picture = written(tmp_path), tmp_path / "plan.png"
    more = ["--goal", "sum", "--data-sets", "20", "--picture", str(picture), "--quiet", "--replicates", "50"]
    assert run_command(["plan", path, "--open", "penalties", *more]) == 0
    said = capsys.readouterr().out
    for text in ("cross-validated", "fixed at clean", "by_generation = [", "20 drawn data sets that choose their own"):
        assert text in said
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_is_missed_ends_with_one(tmp_path, capsys):
    path = written(tmp_path)
    assert run_command(["plan", path, "--open", "synthetic_rows", "--at-most", "1e-6", "--replicates", "50"]) == 1
    assert "The floor is" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], "--open: no quantity is left open"),
        (["--open", "penalty", "--open", "real_rows"], "--open: two quantities"),
        (["--open", "real_rows", "--keep-within", "5%", "--model", "ridge"], "--model: is for a table"),
        (["--open", "real_rows", "--keep-within", "5%", "--target", "y"], "--target: is for tables"),
        (["--open", "real_rows", "--keep-within", "5%", "--picture", "plan.gif"], ".png or .svg"),
        (["--open", "real_rows", "--budget", "5", "--cost-real", "1"], "--cost-synthetic: missing"),
    ],
)
def test_the_command_says_what_to_change(tmp_path, capsys, words, found):
    assert run_command(["plan", written(tmp_path), *words]) == 2
    assert found in capsys.readouterr().err


def test_other_laws_are_planned_by_their_own_metric():
    asked = {
        "generations": 3,
        "replicates": 20,
        "metrics": ["variance_left"],
        "population": {"kind": "gaussian"},
        "workflow": {"kind": "replace", "rows": 50},
    }
    found = plan(asked, open="real_rows", keep_within=0.1, when="last", **FEW)
    assert found.metric == "variance left"
    assert "at least 0.9 times" in found.goal
    many = plan(asked, open="synthetic_rows", at_least=0.9, when="last", **FEW)
    assert many.value is not None


def test_the_example_of_the_page_runs(tmp_path, monkeypatch, capsys):
    page = Path(__file__).parents[2] / "docs" / "howto" / "plan.md"
    block, *_ = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "an example of the docs", "exec"), {"__name__": "example"})
    assert "synthetic rows a generation" in capsys.readouterr().out


def test_a_budget_of_few_pairs_is_spent_though_a_round_has_nothing_new():
    asked = SQUARES | {"workflow": {"kind": "fixed_real", "rows": 10, "synthetic_rows": 10}}
    found = plan(asked, open="synthetic_rows", budget=60, cost_real=4, cost_synthetic=0.5, **FEW)
    assert found.cheapest.cost <= 60


def test_endless_synthetic_rows_are_not_told_of_by_a_few():
    """fixed_real loses most at as many synthetic rows as real ones: flat there is not flat for ever."""
    rows = [60.0, 180.0, 600.0]
    assert _saturation(60, rows, [1.5, 1.501, 1.502]) is None
    many = [60.0, 600.0, 6000.0, 60_000.0]
    assert _saturation(60, many, [1.5, 1.1, 1.001, 1.0]).rows == 6000


def test_a_regime_by_simulation_is_told_only_where_its_error_leaves_one_name():
    steps, draw = np.arange(33), np.random.default_rng(4)
    mean = 1 + np.sqrt(steps / 32)

    def simulated(noise):
        walks = np.cumsum(draw.normal(size=(200, 1, 33)), axis=-1) * noise
        runs = mean + walks - walks.mean(axis=0)
        return Judged(mean, mean, mean, mean, mean, runs=runs)

    assert regime_from(simulated(1e-4)).name == "power"
    assert regime_from(simulated(0.1)).name == ""


def test_a_promise_by_few_truths_has_their_error():
    draw = np.random.default_rng(5)
    truths = draw.normal(1, 0.5, size=(50, 1, 1)) + draw.normal(0, 0.1, size=(50, 5, 2))
    mean = truths.mean(axis=(0, 1))
    known = Judged(mean, mean * 0.2, mean * 3, mean, mean, runs=truths)
    runs = np.repeat(draw.normal(1, 0.5, size=(400, 1)), 2, axis=1)
    assert promised(runs, known).verdict == "held"
    assert promised(runs + 0.6, known).verdict == "missed"  # though it is inside of what single truths may have
