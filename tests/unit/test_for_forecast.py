"""Is what is advised beside a forecast theory's answer at the same rows, and left out where it does not hold?"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, Ridge

import genloss
from genloss import Problem
from genloss.advise.forecasts.worlds import Assumption
from genloss.advise.penalties.exchange import ExchangeRate
from genloss.advise.penalties.for_forecast import advised, keep, near, penalty_to_keep, worth, worth_of_real_row
from genloss.cli.main import run_command
from genloss.streams import stream

ROWS, LAST = 100, 3


@pytest.fixture(scope="module")
def asked():
    rng = stream(5, "advice beside a forecast")
    x = rng.standard_normal((ROWS, 6))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    y = x @ np.full(6, 0.3) + rng.standard_normal(ROWS)
    return x, y, genloss.forecast(LinearRegression(), x, y, generations=LAST, replicates=100)


def test_the_advice_is_that_of_the_rows(asked):
    x, y, found = asked
    told = advised(found).advice
    best = genloss.advise.penalty_from_rows(x, y, workflow="replace", generations=LAST)
    assert f"The penalty to keep is {best.penalty:.3g} of the mean squared error" in told[0]
    assert f"is then {best.risk[-1]:.3g}, where no penalty has" in told[0]
    assert told[1].startswith("One more real row lowers the risk as much as ")
    assert penalty_to_keep(found) == best
    page = advised(found).page()
    assert list(told) == list(page.answer[-2:])


def test_least_squares_knows_the_worth_of_a_row(asked):
    # under replace the risks of least squares are d noise^2 (1 / n_0 + ... + 1 / n_G): of equal rows each is worth
    # as much, real or synthetic (the mean slope over the synthetic batches)
    x, y, found = asked
    assert worth_of_real_row(found).worth == pytest.approx(1.0, rel=1e-3)
    told = advised(found).advice[1]
    assert "as much as 1 more synthetic row does" in told
    ridge = genloss.forecast({"kind": "ridge", "penalty": 0.5}, x, y, generations=LAST, replicates=100)
    told = advised(ridge).advice
    assert "the penalty 0.5 has" in told[0]
    assert "as much as 1 more synthetic row" not in " ".join(told)


def test_nothing_is_advised_where_the_forecast_does_not_hold(asked):
    x, _, found = asked
    broken = replace(found, assumptions=(Assumption("noise of one kind", "failed", "no"), *found.assumptions))
    (told,) = advised(broken).advice
    assert told == "No penalty is advised, and no worth of a real row, since this does not hold: noise of one kind."
    far = replace(found, risk=3 * found.risk, truth_low=2 * found.truth_high)
    (told,) = advised(far).advice
    assert "since theory says a risk of" in told
    sure = replace(found, basis=replace(found.basis, rows=x[:, :1], labels=x[:, 0]))
    (told,) = advised(sure).advice
    assert "theory does not cover this" in told
    for ask in (penalty_to_keep, worth_of_real_row):
        with pytest.raises(Problem, match="since theory says a risk of"):
            ask(far)


def test_what_has_no_such_theory_is_refused(asked, tmp_path):
    x, y, found = asked
    small = {"generations": 1, "replicates": 50}
    logistic = genloss.forecast("logistic", x, y > 0, **small)
    firms = genloss.forecast("ridge", x, y, id=np.arange(ROWS) // 5, **small)
    for told, said in ((logistic, 'of "logistic"'), (firms, "theory takes rows for independent")):
        with pytest.raises(Problem, match=said):
            advised(told)
    found.save(tmp_path / "found.json")
    loaded = genloss.advise.Forecast.load(tmp_path / "found.json")
    assert loaded == found
    with pytest.raises(Problem, match="loaded from a file, which does not hold the rows"):
        advised(loaded)
    growing = genloss.forecast(Ridge(alpha=5.0), x, y, workflow="accumulate", **small)
    assert "the penalty is another one in every fit" in advised(growing).advice[0]
    same = genloss.forecast(Ridge(alpha=5.0), x, y, generations=LAST, replicates=100)
    assert "the penalty 0.05 has" in advised(same).advice[0]


def test_both_doors_say_the_same(asked, tmp_path, capsys):
    x, y, _ = asked
    frame = pd.DataFrame(x, columns=list("abcdef"))
    frame.assign(y=y).to_csv(tmp_path / "t.csv", index=False)
    words = ["--target", "y", "--generations", str(LAST), "--replicates", "100", "--quiet", "--json", "-"]
    assert run_command(["forecast", str(tmp_path / "t.csv"), "--model", "ridge", *words]) == 0
    found = genloss.forecast("ridge", frame, pd.Series(y, name="y"), generations=LAST, replicates=100)
    assert json.loads(capsys.readouterr().out)["advice"] == list(advised(found).advice)


def test_words():
    assert near(1.19, 1.0, 0.0)
    assert not near(1.21, 1.0, 0.0)
    assert near(1.6, 1.0, 0.09)
    assert not near(float("nan"), 1.0, 1.0)
    assert "the one there is" in keep(0.2, 0.99, 0.1, 1.0, 4)
    assert worth(ExchangeRate(-1.0, 0.5, None, "asymptotic"), 0.1, 4).startswith("No number of synthetic rows")
    assert worth(ExchangeRate(1.0, -0.5, -2.0, "asymptotic"), 0.1, 4).startswith("One more real row does not lower")
