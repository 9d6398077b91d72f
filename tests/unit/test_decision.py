"""Does a forecast decide in words that its numbers bear, and draw no band that is none?"""

import numpy as np
import pytest
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import mean_poisson_deviance

import genloss
from genloss.advise.forecasts import begin, from_rows
from genloss.advise.forecasts.bands import Believed, Paths, summed
from genloss.advise.forecasts.decision import axis, first_above, growth, ratio, relative, safe, tail, worst_share
from genloss.advise.forecasts.drawing import FEWEST, RUNS, apart, shade, silence
from genloss.cli import forecast as command
from genloss.streams import stream

RISK, ERROR = np.array([2.0, 3.0, 8.0, 30.0]), np.array([0.02, 0.06, 0.1, 0.6])


def test_the_decision_in_words():
    assert safe(None, 9, "replace", "predicting the mean").startswith("Safe up to generation 9 under replace")
    assert safe(4, 9, "replace", "predicting the mean") == (
        "Safe until generation 4 under replace: from generation 5 on most paths do worse than predicting the mean"
    )
    assert safe(-1, 9, "replace", "it").startswith("Safe in no generation under replace: already in generation 0")
    said = relative(RISK, ERROR, 60.0, "predicting the mean", 3)
    assert said.startswith(
        "the mean risk of generation 3 is 15.00 ± 0.34 times that of generation 0 and 50 % of that of"
    )
    assert "%" not in relative(RISK, ERROR, np.inf, "it", 3)


def test_multiples_of_generation_0():
    assert [first_above(RISK, times) for times in (1.4, 1.5, 3.9, 15.0)] == [1, 2, 2, None]
    assert ratio(RISK, ERROR, 0) == (1.0, 0.0)
    assert growth(RISK, 3).endswith(
        "2 times that of generation 0 in generation 2 and 10 times that of generation 0 in generation 3."
    )
    assert growth(RISK, 1) == "The mean risk stays below 2 times that of generation 0."


def test_the_error_of_a_multiple_is_too_large_rather_than_too_small():
    rng = stream(11, "multiples")
    means = []
    for _ in range(2000):
        shared = rng.gamma(4.0, size=50)
        means.append([shared.mean(), (3 * shared * rng.gamma(9.0, size=50) / 9).mean()])
    both = np.array(means)
    seen = (both[:, 1] / both[:, 0]).std()
    said = ratio(both.mean(axis=0), both.std(axis=0), 1)[1]
    assert seen < said < 3 * seen


def test_none_is_said_as_none():
    assert worst_share(np.zeros(4), 200, "it").endswith("Up to generation 3 none of 200 paths does.")
    said = worst_share(np.array([0.0, 0.25, 0.1]), 300, "it")
    assert said.endswith("Up to generation 2 at most 25 % (± 2 %) of them do, in generation 1.")
    assert said.startswith("Safe means: at most half of the paths do worse than it.")
    assert worst_share(np.array([0.0, 0.9]), 300, "it") == "Safe means: at most half of the paths do worse than it."


def test_what_could_be_read_as_a_contradiction_is_explained():
    said = relative(RISK, ERROR, 10.0, "predicting the mean", 3)
    assert said.endswith("times that of generation 0 and 3 times that of predicting the mean")
    assert relative(RISK, ERROR, 10.0, "it", 0) == "the mean risk of generation 0 is 20 % of that of it"
    assert "few paths lose very much: the median is 4." in tail(30.0, 4.0, 10.0, 3)
    assert tail(30.0, 12.0, 10.0, 3) == tail(8.0, 4.0, 10.0, 3) == ""


def test_an_axis_has_the_name_of_the_target():
    assert axis("mean squared error against the truth, label²", "price in €") == "squared error of price in €"
    assert axis("held-out loss, nats a row", "") == "held-out loss (nats a row)"


def test_no_band_from_few_values_or_of_no_width():
    low, high = np.array([1.0, 1.0, 1.5]), np.array([1.0, 2.0, 3.0])
    assert shade("all", low, high, FEWEST - 1) is None
    assert silence(low, high, 39, "paths") == "No band of paths: 39 are too few for 95 % of them (at least 40)."
    found = shade("all", low, high, FEWEST)
    assert (found.x, found.low, found.high) == ([1, 2], [1.0, 1.5], [2.0, 3.0])
    assert "No band of paths before generation 1" in silence(low, high, 40, "paths")
    assert shade("all", low, low, 400) is None
    assert "its ends are the same number" in silence(low, low, 400, "paths")
    assert silence(low[1:], high[1:], 400, "paths") == ""


@pytest.mark.parametrize(("spread", "bands"), [(0.2, 0), (0.8, 2)])
def test_what_is_unknown_has_a_panel_where_it_matters(spread, bands):
    run = (np.array([1.0, 1.0]), np.array([2.0, 2.0]))
    truth = (run[0] + 0.1, run[0] + 0.1 + spread)
    found, said = apart(truth, run, 400)
    assert len(found) == bands
    assert ("is small beside what differs" in said) == (not bands)
    assert apart(truth, run, 100)[0] == []
    assert "Draw 200 paths or more" in apart(truth, run, 100)[1]


def test_runs_of_a_truth_are_those_of_the_forecast():
    assert RUNS == from_rows.RUNS


class World:
    """A world that assumes nothing."""

    plain, unit, missing = "the mean", "mean squared error against the truth, label²", ""

    def assumptions(self):
        return ()


def forecast_of(risks):
    """Bands of paths whose truths have parts that do not differ."""
    parts, plain = np.ones((len(risks), 4, 1)), np.full(len(risks), 99.0)
    return summed(Paths(risks, np.zeros_like(risks)), Believed(parts, plain), World(), "new_rows")


def test_the_picture_of_a_forecast():
    rng = stream(3, "picture")
    level = 1 + 0.1 * rng.random((80, 1, 1))
    found = forecast_of(level * rng.gamma(8.0, size=(80, 5, 4)))
    (panel,) = found.panels()
    assert [curve.label for curve in panel.curves] == ["mean of all paths", "predicting the mean"]
    assert [curve.dashed for curve in panel.curves] == [False, True]
    assert [band.label for band in panel.bands] == ["95 % of paths"]
    assert panel.y_label == "squared error of the label, label²"
    few = forecast_of(level[:5] * rng.gamma(8.0, size=(5, 5, 4)))
    assert few.panels()[0].bands == ()
    assert "No band of paths: 25 are too few" in few.page().figures[0].caption
    table = found.table()
    assert table[2]["times"] == found.risk[2] / found.risk[0]
    assert table[2]["of_plain"] == found.risk[2] / 99.0


def test_the_loss_of_counts_on_rows_held_out_has_a_zero():
    rng = stream(7, "deviance")
    x = rng.standard_normal((200, 2))
    y = rng.poisson(np.exp(2 + 0.3 * x[:, 0]))
    judge, judged = x[150:], y[150:]
    found = genloss.forecast(
        PoissonRegressor(alpha=0), x[:150], y[:150], held_out=(judge, judged), generations=1, replicates=50
    )
    fit = PoissonRegressor(alpha=0, tol=1e-10, max_iter=10_000).fit(x[:150], y[:150])
    assert found.risk[0] == pytest.approx(mean_poisson_deviance(judged, fit.predict(judge)) / 2, rel=1e-5)
    plain = np.full(50, y[:150].mean())
    assert found.plain_risk == pytest.approx(mean_poisson_deviance(judged, plain) / 2)
    assert found.theory[0] == pytest.approx(found.risk[0])
    assert found.means == "half the held-out deviance, in nats a row"


def test_the_command_knows_how_a_forecast_may_begin():
    """The command names the beginnings itself, so that its help needs no forecasts."""
    assert command.BEGINNINGS == begin.BEGINNINGS
