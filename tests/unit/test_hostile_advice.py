"""Are numbers of any size in what advice is asked refused with a `Problem`?"""

import math

import numpy as np
import pytest

import genloss
from genloss import advise
from genloss.errors import MOST_SHOWN, Problem

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 3))
Y = X @ [1.0, 2.0, 3.0] + RNG.standard_normal(60)
HOSTILE = [math.nan, math.inf, -1, 1e300, 2**64, 10**400, 10**100_000]


@pytest.mark.parametrize("value", HOSTILE, ids=[str(i) for i in range(len(HOSTILE))])
@pytest.mark.parametrize("name", ["generation", "generator_rows", "noise"])
def test_a_repair_refuses_it(name, value):
    if name == "noise" and value == 2**64:  # a standard deviation as others
        assert advise.GenerationRidgeCV(generation=1, generator_rows=50, noise=value).fit(X, Y).alpha_ > 0
        return
    asked = {"generation": 1, "generator_rows": 50, name: value}
    with pytest.raises(Problem) as raised:
        advise.GenerationRidgeCV(**asked).fit(X, Y)
    assert raised.value.where == name
    assert len(raised.value.found) <= MOST_SHOWN + 20


@pytest.mark.parametrize("value", [-1, 2**64, 10**400, 10**100_000], ids=["below", "64 bits", "doubles", "digits"])
def test_a_forecast_refuses_it(value):
    with pytest.raises(Problem, match="replicates"):
        genloss.forecast("least_squares", X, Y, workflow="accumulate", generations=2, replicates=value)


@pytest.mark.parametrize("value", [each for each in HOSTILE if each != 2**64], ids=list("012356"))
def test_a_penalty_refuses_it(value):
    with pytest.raises(Problem, match="noise"):
        advise.penalty_from_rows(X, Y, workflow="accumulate", generations=2, noise=value)


@pytest.mark.parametrize("at", ["X", "y", "weights", "exposure", "held_out"])
def test_a_whole_number_beyond_all_doubles_is_refused_wherever_it_stands(at):
    rows, labels, far = X.tolist(), np.arange(60.0).tolist(), [10**400] * 60
    apart = [[10**400, 1.0, 2.0]] * 9, [1.0] * 9
    given = {"weights": {"weights": far}, "exposure": {"exposure": far}, "held_out": {"held_out": apart}}
    rows = [[10**400, 1.0, 2.0], *rows[1:]] if at == "X" else rows
    labels = far if at == "y" else labels
    with pytest.raises(Problem, match="in column 0 is not a number" if at == "held_out" else at):
        genloss.forecast("least_squares", rows, labels, generations=2, replicates=50, **given.get(at, {}))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [1e-59, 1e58])
def test_a_forecast_does_not_depend_on_units(scale):
    def grown(rows, labels):
        found = genloss.forecast("least_squares", rows, labels, generations=2, replicates=50).table()
        return [line["times"] for line in found]

    right = grown(X, Y)
    assert grown(X, Y * scale) == pytest.approx(right, rel=1e-6)
    assert grown(X * scale, Y) == pytest.approx(right, rel=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [1e-62, 1e-100, 1e-200, 1e-300])
def test_a_forecast_refuses_what_varies_by_nearly_nothing(scale):
    for rows, labels, where in ((X, Y * scale, "y"), (X * scale, Y, "X")):
        with pytest.raises(Problem, match="varies by") as raised:
            genloss.forecast("least_squares", rows, labels, generations=2, replicates=50)
        assert raised.value.where == where


@pytest.mark.filterwarnings("error")
def test_a_penalty_refuses_inputs_whose_squares_are_beyond_all_formulas():
    with pytest.raises(Problem, match="spectrum"):
        advise.penalty_from_rows(X * 1e58, Y, workflow="accumulate", generations=1)
