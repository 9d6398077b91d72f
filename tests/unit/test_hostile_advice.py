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
