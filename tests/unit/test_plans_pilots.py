"""Plans from pilot runs: what is read of them, what is refused, and what the law says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import genloss
from genloss.advise.plans.of_pilots import planned_from_pilots
from genloss.advise.plans.pilots.law import MEANS, NAMES, Law, Sizes, growth
from genloss.advise.plans.pilots.reading import read_pilots
from genloss.advise.plans.pilots.runs import of_values
from genloss.cli.main import run_command
from genloss.errors import Problem

pytestmark = pytest.mark.usefixtures("without_pictures")


def table(sizes: Any = (30, 60, 120), last: int = 5, seeds: int = 4, **more: Any) -> pd.DataFrame:
    """Return runs of a squared error that grows in proportion to the generation."""
    rng = np.random.default_rng(3)
    lines = []
    for n in sizes:
        for seed in range(seeds):
            walk = (rng.standard_normal((last + 1, 4)) / np.sqrt(n)).cumsum(axis=0)
            lines += [
                {"rows": n, "generation": g, "seed": seed, "value": v, **more}
                for g, v in enumerate((walk**2).sum(axis=1))
            ]
    return pd.DataFrame(lines)


class Bell:
    """A Gaussian law of one column."""

    def fit(self, data: Any, weights: Any, rng: Any, *, start: Any = None) -> BellFit:
        """Fit it."""
        del weights, rng, start
        return BellFit(data.mean(axis=0), data.std(axis=0, ddof=1))

    def __repr__(self) -> str:
        return "Bell()"


class BellFit:
    """A fit of it."""

    def __init__(self, mean: Any, deviation: Any) -> None:
        """Keep the fit."""
        self.mean, self.deviation = mean, deviation

    def sample(self, count: int, rng: Any) -> Any:
        """Draw rows."""
        return self.mean + self.deviation * rng.standard_normal((count, self.mean.size))


ROWS = np.random.default_rng(0).standard_normal((300, 1))


def chained(n: int, out: Any = None, **more: Any) -> genloss.Result:
    asked = {"generations": 4, "seeds": 3, "metrics": ["wasserstein_distance"], "seed": n, "out": out}
    return genloss.chain(Bell(), ROWS, f"replace rows={n}", **{**asked, **more})


@pytest.mark.parametrize(
    ("kappa", "rate", "right"),
    [
        (1.0, 0.0, [0, 1, 2, 3]),  # replace
        (-1.0, 0.0, [0, 1, 1 + 4 / 9, 1 + 4 / 9 + 1 / 4]),  # accumulate: 4 / (1 + k)^2
        (0.0, 0.0, [0, 1, 1 + 2 / 3, 1 + 2 / 3 + 1 / 2]),  # the logarithm
        (1.0, np.log(2), [0, 1, 1.5, 1.75]),  # fixed real rows: geometric
    ],
)
def test_growth_holds_the_known_laws(kappa: float, rate: float, right: list[float]) -> None:
    found = growth(np.array([kappa]), np.array([rate]), np.arange(4.0))
    assert np.allclose(found, right)
    assert not np.allclose(growth(np.array([kappa - 0.5]), np.array([rate]), np.arange(4.0)), right)


def test_law_is_floor_and_powers_of_rows() -> None:
    parameters = MEANS.copy()
    parameters[[NAMES.index(name) for name in ("level", "alpha", "growth")]] = 0.0, 0.0, np.log(2)
    parameters[NAMES.index("rate")] = -30.0
    parameters[NAMES.index("kappa")] = 1.0
    law = Law(largest=0.0)
    floor = law.floor(parameters)
    found = law.loss(parameters, Sizes(np.log(2)), np.array([0.0, 3.0]))
    assert np.allclose(found - floor, [1 / 2, 1 / 2 + 2 * 3 / 2])


def test_a_table_a_file_a_folder_and_results_are_read_alike(tmp_path: Any) -> None:
    results = [chained(n, tmp_path / f"{n}") for n in (20, 40)]
    of_results = read_pilots(results)
    of_folders = read_pilots([tmp_path / "20", str(tmp_path / "40")])
    assert [pilot.size for pilot in of_results.pilots] == [(20, 20), (40, 40)]
    for one, other in zip(of_results.pilots, of_folders.pilots, strict=True):
        assert np.allclose(one.mean, other.mean)
        assert np.allclose(one.deviation, other.deviation)
        assert one.values is None
        assert other.values is not None
        assert other.values.shape == (3, 5)
    frame = table(metric="a")
    other = table(metric="b").assign(value=lambda each: 2 * each.value)
    pd.concat([frame, other]).to_csv(tmp_path / "pilots.csv", index=False)
    read = read_pilots(tmp_path / "pilots.csv", metric="b")
    for one, two in zip(read_pilots(frame).pilots, read.pilots, strict=True):
        assert np.allclose(2 * one.mean, two.mean)


def test_runs_of_one_size_are_pooled() -> None:
    frame = table()
    parts = [frame[frame.seed < 2], frame[frame.seed >= 2]]
    for one, other in zip(read_pilots(frame).pilots, read_pilots(parts).pilots, strict=True):
        assert one.count == other.count == 4
        assert np.allclose(one.mean, other.mean)
        assert np.allclose(one.deviation, other.deviation)


@pytest.mark.parametrize(
    ("given", "said", "mend"),
    [
        (table((30, 60)), "pilots at 2 sizes (30, 60 real rows)", "run the same chain also at 120 rows"),
        (table((30,)), "pilots at 1 size (30 real rows)", "also at 60 and 120 rows"),
        (table(last=1), "2 generations at 30 real rows", "to generation 4 or beyond"),
        (table((30, 35, 40)), "less than a factor of 2", "run one at 120 rows too"),
        (table().assign(value=-1.0), "value is -1 on average at 30 real rows", "values above 0"),
        (table().assign(value=0.0), "value is 0 on average", "values above 0"),
        (table().query("generation > 0"), "no generation 0", "the fit to real rows"),
        (table().assign(metric="heterozygosity"), "more is better", "write the loss in the column value"),
        (table().drop(columns="rows"), "no column real_rows, synthetic_rows or rows", "give a table with columns"),
        (table().drop(columns="value"), "no column value", "give a table with columns"),
        (table().assign(value="x"), "'x' is not a number", "give numbers"),
        (table().assign(value=np.nan), "row 1 is empty, or not a finite number", "leave such rows out"),
        (table().drop(columns="seed"), "stands twice for run 0 at 30 real rows", "add a column seed"),
        (pd.concat([table(workflow="replace"), table(workflow="window")]), "several, replace, window", "workflow="),
        (3, "3 does not hold pilot runs", "give a table with columns"),
        ([3], "3 is not a pilot run", "give a table with columns"),
    ],
)
def test_what_no_law_can_be_told_of_is_refused(given: Any, said: str, mend: str) -> None:
    with pytest.raises(Problem) as found:
        planned_from_pilots(given)
    assert said in str(found.value.found)
    assert mend in str(found.value.mend)


def test_the_size_that_a_refusal_names_works() -> None:
    planned_from_pilots(table((30, 60, 120)))
    planned_from_pilots(table((30, 35, 40, 120)))
    planned_from_pilots(pd.concat([table(workflow="replace"), table(workflow="window")]), workflow="replace")


def test_beyond_reach_is_refused_with_the_pilot_to_run() -> None:
    planned = planned_from_pilots(table(), draws=300)
    low, high = planned.domain("real_rows")
    planned.judge([{"real_rows": low}, {"real_rows": high}])
    with pytest.raises(Problem, match="run a pilot at") as found:
        planned.judge([{"real_rows": 3 * high}])
    assert found.value.where == "real_rows"
    last = int(planned.domain("generations")[1])
    planned.judge([{}], generations=last)
    with pytest.raises(Problem, match="run the pilots to generation"):
        planned.judge([{}], generations=last + 1)


def test_bands_hold_the_mean_and_widen_with_the_distance() -> None:
    planned = planned_from_pilots(table(), draws=300)
    judges = planned.judge([{"real_rows": n} for n in (60, 240, 2400)], runs=True)
    widths = [float(np.log(each.high[-1] / each.low[-1])) for each in judges]
    assert widths == sorted(widths)
    assert widths[2] > 1.5 * widths[0]
    for each in judges:
        assert (each.low < each.mean).all()
        assert (each.mean < each.high).all()
        assert each.status == "extrapolated"
        assert each.runs is not None
        assert (each.runs > 0).all()
        assert each.runs.shape[-1] == each.mean.size == 6
    again = planned_from_pilots(table(), draws=300).judge([{"real_rows": 60}], runs=True)[0]
    assert (again.low == judges[0].low).all()
    assert again.runs is not None
    assert (again.runs == judges[0].runs).all()
    other = planned_from_pilots(table(), seed=1, draws=300).judge([{"real_rows": 60}])[0]
    assert not (other.low == judges[0].low).any()


def test_what_is_left_is_turned_and_turned_back() -> None:
    lost = table(last=4)
    left = lost.assign(value=1 - lost.value, metric="variance_left")
    planned = planned_from_pilots(left, draws=300)
    [found] = planned.judge([{"real_rows": 60}], runs=True)
    assert planned.more_is_better
    assert found.runs is not None
    seen = left[(left.rows == 60) & (left.generation == 4)].value.mean()
    assert found.low[-1] < seen < found.high[-1] < 1.1
    assert found.mean[-1] < found.mean[0]
    assert abs(found.runs[..., -1].mean() - found.mean[-1]) < 0.1


def test_one_seed_is_told_and_wide() -> None:
    one, many = (planned_from_pilots(table(seeds=seeds), draws=300) for seeds in (1, 8))
    states = {each.name: each.state for each in one.assumptions()}
    assert states["the spread of runs is known"] == "failed"
    wide, narrow = (np.log(each.judge([{}])[0].high / each.judge([{}])[0].low)[-1] for each in (one, many))
    assert wide > 1.3 * narrow


def test_a_floor_is_above_0_of_any_sign_or_none() -> None:
    many = np.linspace(-6, 6, 5)[:, None] * np.eye(len(NAMES))[NAMES.index("floor")] + MEANS
    above, any_sign, none = (Law(1.0, sign=sign).floor(many) for sign in ("above", "any", "none"))
    assert (above > 0).all()
    assert set(np.sign(any_sign)) == {-1, 0, 1}
    assert (none == 0).all()
    planned = planned_from_pilots(table(), draws=200, floor=0)
    assert (planned.fit.law.floor(planned.fit.draws) == 0).all()
    assert "enough rows take all loss away" in {each.name for each in planned.assumptions()}
    with pytest.raises(Problem, match="floor"):
        planned_from_pilots(table(), floor=0.3)


def test_sizes_that_move_together_and_apart() -> None:
    together = planned_from_pilots(table(), draws=300)
    assert list(together.opens) == ["real_rows", "generations", "replicates"]
    assert "synthetic rows move with the real ones" in dict(together.words())["moves"]
    apart = table((30, 60, 120)).rename(columns={"rows": "synthetic_rows"}).assign(real_rows=50)
    planned = planned_from_pilots(apart, draws=300)
    assert list(planned.opens) == ["synthetic_rows", "synthetic_share", "generations", "replicates"]
    by_share, by_rows = planned.judge([{"synthetic_share": 0.5}, {"synthetic_rows": 50}])
    assert (by_share.mean == by_rows.mean).all()
    with pytest.raises(Problem, match="all pilots have 50"):
        planned_from_pilots(apart, real_rows=80)
    few = pd.concat([apart, apart.assign(real_rows=80)])
    with pytest.raises(Problem, match="stand at 2 values only: 50, 80"):
        planned_from_pilots(few)


def test_a_check_runs_the_model_or_says_how() -> None:
    results = [chained(n, metrics=["variance_left", "wasserstein_distance"]) for n in (15, 30, 60)]
    numbers = planned_from_pilots(results, metric="wasserstein_distance")
    with pytest.raises(Problem, match="numbers alone cannot be run again") as found:
        numbers.check({"real_rows": 90}, 100)
    assert 'genloss.chain(model, rows, "replace rows=90", generations=4' in str(found.value.mend)
    model = planned_from_pilots(results, metric="wasserstein_distance", model=Bell(), data=ROWS, check_runs=4)
    runs = model.check({"real_rows": 90}, 100)
    assert runs.shape == (4, 5)
    assert (runs > 0).all()
    right = chained(90, seeds=3)
    own = planned_from_pilots(results, metric="wasserstein_distance", run_at=lambda _settings, _seeds: right)
    mean = [row.value for row in right.rows]
    assert np.allclose(own.check({"real_rows": 90}, 100).mean(axis=0), mean)
    bad = planned_from_pilots(results, metric="wasserstein_distance", run_at=lambda _settings, _seeds: [1.0])
    with pytest.raises(Problem, match="run_at"):
        bad.check({}, 100)


def test_generations_that_some_run_lacks_are_left_out() -> None:
    pilot = of_values((9, 9), [{0: 1.0, 1: 2.0, 2: 3.0}, {0: 2.0, 2: 5.0}])
    assert pilot.generations.tolist() == [0, 2]
    assert pilot.mean.tolist() == [1.5, 4.0]


def test_one_door_for_pilots(tmp_path: Any, capsys: Any) -> None:
    asked = {"open": "real_rows", "at_most": 0.1}
    plan = genloss.plan(table(), draws=200, **asked)
    assert plan.value is not None
    assert plan.low is not None
    assert plan.low < 240 < (plan.high or np.inf)  # 4 (1 + 5) / n = 0.1
    assert plan.verification is not None
    assert plan.verification.verdict == "not possible"
    assert "  " not in plan.summary().replace("\n  ", "\n")
    path = tmp_path / "pilots.csv"
    table().to_csv(path, index=False)
    asked_for = ["plan", str(path), "--open", "real_rows", "--at-most", "0.1", "--quiet"]
    assert run_command(asked_for) == 0
    said = capsys.readouterr().out
    assert "real rows a generation" in said
    assert "extrapolated from pilot runs" in said
    assert run_command([*asked_for, "--model", "ridge"]) == 2
    assert "--model" in capsys.readouterr().err
    path.write_text("a,b\n1,2\n")
    assert run_command(asked_for) == 2
    assert "or pilots (columns real_rows, generation, value)" in capsys.readouterr().err


@pytest.mark.parametrize(
    "asked",
    [
        {"open": "synthetic_rows", "keep_within": 1.0, "real_rows": 50},
        {"open": "synthetic_rows", "budget": 1000, "cost_real": 4, "cost_synthetic": 0.1},
        {"open": "replicates", "keep_within": 0.5},
        {"open": "generations", "at_most": 1.0, "chance": 0.6},
    ],
)
def test_every_question_of_pilots_is_answered_unchecked(asked: Any) -> None:
    grid = pd.concat([table().rename(columns={"rows": "synthetic_rows"}).assign(real_rows=n) for n in (30, 60, 120)])
    plan = genloss.plan(grid, draws=100, **asked)
    assert plan.verification is not None
    assert plan.verification.verdict == "not possible"
    assert "20 new seeds" in plan.verification.why


def test_the_example_of_the_page_runs(tmp_path: Any, monkeypatch: Any, capsys: Any) -> None:
    page = Path(__file__).parents[2] / "docs" / "howto" / "plan-from-pilots.md"
    [block] = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "an example of the docs", "exec"), {"__name__": "example"})
    assert "real rows a generation" in capsys.readouterr().out
