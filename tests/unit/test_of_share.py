"""What follows from an interval of shares: the workflow of each end, and the range between."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genloss import Problem, advise, forecast
from genloss.advise.forecasts.of_share import ShareForecast, over_share, shares_of, workflow_of_share
from genloss.audit.fieller import Scores
from genloss.audit.share import share_of
from genloss.cli.main import run_command
from genloss.streams import stream
from genloss.workflows import workflow_of
from genloss.workflows.explain import rows_used

RNG = stream(0, "test of share")
X = RNG.normal(size=(60, 3))
Y = X.sum(axis=1) + RNG.normal(size=60)


@pytest.mark.parametrize("share", [0.0, 0.004, 0.3, 0.996, 1.0])
def test_every_generation_trains_on_a_pool_of_that_share(share):
    schedule = workflow_of(workflow_of_share(share, 100)).compile(3)
    for g in range(4):
        used = rows_used(schedule, g)
        real = sum(rows for b, rows in used.items() if schedule.batches[b].real)
        assert sum(used.values()) == 100
        assert real == (100 if g == 0 else 100 - round(100 * share))
    for batch in schedule.batches:
        assert batch.real or batch.origins[0][0] == batch.birth - 1


def test_more_of_it_costs_more_and_the_ends_are_the_forecasts_of_their_workflows():
    told = advise.forecast_share("least_squares", X, Y, (0.1, 0.9), generations=2, replicates=100)
    assert told.shares == (0.1, 0.5, 0.9)
    for share, risk in zip(told.shares, told.risk, strict=True):
        workflow = workflow_of_share(share, 60)
        alone = forecast("least_squares", X, Y, workflow=workflow, generations=2, replicates=100)
        assert list(risk) == alone.risk.tolist()
    assert told.low[0] == told.high[0]  # generation 0 saw no pool
    assert told.risk[0][2] < told.risk[1][2] < told.risk[2][2]
    assert "Risk of generation 2: " in told.summary()


def test_one_share_is_no_interval(tmp_path):
    told = advise.forecast_share("ridge penalty=0.1", X, Y, 0.5, replicates=50)
    assert told.shares == (0.5,)
    for ending in (".json", ".html", ".csv", ".png"):
        told.save(tmp_path / f"f{ending}")
    assert ShareForecast.load(tmp_path / "f.json") == told


def test_any_question_about_a_workflow_may_be_asked():
    def ask(workflow):
        return advise.penalty_from_rows(X, Y, workflow=workflow, generations=2).penalty

    assert list(over_share(ask, (0.2, 0.4), rows=60)) == pytest.approx([0.2, 0.3, 0.4])


PAGE = Path(__file__).parents[2] / "docs" / "howto" / "unknown-share.md"


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S))
def test_an_example_of_the_page_runs_as_it_stands(block, capsys):
    exec(compile(block, "an example of the docs", "exec"), {"__name__": "example"})
    assert len(capsys.readouterr().out) > 50


def _answer(scores):
    return share_of(scores, level=0.95, rows=(300, 200, 250), by="a classifier", seed=0)


def test_what_is_said_of_a_pool_is_taken():
    low, middle, high = shares_of(_answer(Scores(0.3, 1.0, 1e-4, 1e-4, 1e-4)))
    assert low < 0.3 < high
    assert middle == pytest.approx((low + high) / 2)
    assert shares_of(_answer(Scores(0.1, 0.1, 1.0, 1.0, 1.0))) == (0.0, 0.5, 1.0)  # it cannot be told
    with pytest.raises(Problem, match="no share is believed"):
        shares_of(_answer(Scores(2.0, 1.0, 1e-4, 1e-4, 1e-4)))


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), (0.1, 0.2, 0.3), (), (0.1, "x"), True])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(Problem) as caught:
        shares_of(share)
    assert caught.value.where == "share"


def test_a_workflow_beside_a_share_is_refused():
    with pytest.raises(Problem, match="both say which rows are trained on"):
        advise.forecast_share("least_squares", X, Y, 0.5, workflow="replace")


def test_the_command_forecasts_both_ends(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(np.column_stack([X, Y]), columns=["a", "b", "c", "y"]).to_csv("d.csv", index=False)
    words = ["forecast", "d.csv", "--target", "y", "--generations", "1", "--replicates", "50", "--share", "0.2", "0.8"]
    assert run_command([*words, "--json", "a.json", "--quiet"]) == 0
    said = json.loads((tmp_path / "a.json").read_text())
    assert said["schema"] == "share-forecast/1"
    assert said["shares"] == [0.2, 0.5, 0.8]
    assert capsys.readouterr().out.startswith("share  generation")
    assert run_command([*words, "--workflow", "replace"]) == 2
    assert "is given with --workflow" in capsys.readouterr().err
