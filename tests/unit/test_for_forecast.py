"""Is what is advised beside a forecast theory's answer at the same rows, and left out where it does not hold?"""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import genloss
from genloss.advise.forecasts.worlds import Assumption
from genloss.advise.penalties.exchange import ExchangeRate
from genloss.advise.penalties.for_forecast import advised, keep, near, worth
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
    told = advised(found, x, y, workflow="replace", penalty=0.0).advice
    best = genloss.advise.penalty_from_rows(x, y, workflow="replace", generations=LAST)
    assert f"The penalty to keep is {best.penalty:.3g} of the mean squared error" in told[0]
    assert f"is then {best.risk[-1]:.3g}, where no penalty has" in told[0]
    assert told[1].startswith("One more real row lowers the risk as much as ")
    page = replace(found, advice=told).page()
    assert list(told) == list(page.answer[-2:])


def test_least_squares_knows_the_worth_of_a_row(asked):
    # under replace the risks of least squares are d noise^2 (1 / n_0 + ... + 1 / n_G): of equal rows each is worth
    # as much, real or synthetic (the mean slope over the synthetic batches)
    x, y, found = asked
    told = advised(found, x, y, workflow="replace", penalty=0.0).advice[1]
    assert "as much as 1 more synthetic row does" in told
    told = advised(found, x, y, workflow="replace", penalty=0.5).advice
    assert "as much as 1 more synthetic row" not in " ".join(told)


def test_nothing_is_advised_where_the_forecast_does_not_hold(asked):
    x, y, found = asked
    broken = replace(found, assumptions=(Assumption("noise of one kind", "failed", "no"), *found.assumptions))
    (told,) = advised(broken, x, y, workflow="replace", penalty=0.0).advice
    assert told == "No penalty is advised, and no worth of a real row, since this does not hold: noise of one kind."
    far = replace(found, risk=3 * found.risk)
    (told,) = advised(far, x, y, workflow="replace", penalty=0.0).advice
    assert "since theory says a risk of" in told
    (told,) = advised(found, x[:, :1], x[:, 0], workflow="replace", penalty=0.0).advice
    assert "theory does not cover this" in told


def test_words():
    assert near(1.19, 1.0, 0.0)
    assert not near(1.21, 1.0, 0.0)
    assert near(1.6, 1.0, 0.09)
    assert not near(float("nan"), 1.0, 1.0)
    assert "the one there is" in keep(0.2, 0.99, 0.1, 1.0, 4)
    assert worth(ExchangeRate(-1.0, 0.5, None, "asymptotic"), 0.1, 4).startswith("No number of synthetic rows")
    assert worth(ExchangeRate(1.0, -0.5, -2.0, "asymptotic"), 0.1, 4).startswith("One more real row does not lower")
