"""Does each measure give the number that was built in, and an interval that is as wide as it should be?"""

import numpy as np
import pytest
from helpers import Z, series

from genloss.study.claims.measures import MEASURES, measured

X = np.array([1.0, 2.0, 4.0, 8.0, 16.0])


EXACT = {
    "value": (series([3.0]), None, 3.0),
    "smallest": (series([3.0, 1.0, 2.0]), None, 1.0),
    "largest": (series([3.0, 1.0, 2.0]), None, 3.0),
    "argmin": (series([3.0, 1.0, 2.0]), None, 2.0),
    "argmax": (series([3.0, 1.0, 5.0, 2.0]), None, 4.0),
    "slope": (series(7 + 3 * X), None, 3.0),
    "valley": (series(2 + 3 * (X - 5) ** 2), None, 5.0),
    "exponent": (series(5 * X**-0.8), None, -0.8),
    "bend": (series(np.maximum(3 * X, 12 + 6 * (X - 4))), None, 2.0),
    "regret": (series([3.0, 2.0, 4.0]), series([9.0, 8.0, 7.0]), 2.0),
}


def test_every_measure_has_a_number_built_in():
    assert EXACT.keys() == MEASURES.keys()


@pytest.mark.parametrize("name", MEASURES)
def test_the_number_that_was_built_in_comes_out(name):
    here, versus, wanted = EXACT[name]
    number = measured(name, here, versus)
    assert number.value == pytest.approx(wanted, rel=1e-9)
    assert number.low == pytest.approx(wanted, rel=1e-6)
    assert number.high == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("name", MEASURES)
def test_other_values_give_another_number(name):
    here, versus, wanted = EXACT[name]
    other = series(here.values * np.array([1.0, 5.0, 0.1, 0.5, 2.0])[: here.values.size] + 1.0, x=here.x)
    assert measured(name, other, versus).value != pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize("name", ["value", "slope", "exponent", "bend"])
@pytest.mark.parametrize("paired", [False, True])
def test_standard_errors_are_the_spread_over_repetitions(name, paired):
    # 2,000 repetitions: the spread is known to 1.6 % (one standard error), plus what the delta method drops at
    # errors of 1 % (below 2 %); would see a factor forgotten, not a third-order term.
    rng = np.random.default_rng(1)
    here, there = series(3 + X**1.2, 0.01 * (3 + X**1.2)), series(2 + X**1.5, 0.01 * (2 + X**1.5))
    said = measured(name, here, there if paired else None)

    def drawn(of):
        return series(of.values + of.errors * rng.standard_normal(of.values.size))

    seen = np.array([measured(name, drawn(here), drawn(there) if paired else None).value for _ in range(2000)])
    ratio = seen.std(ddof=1) / said.standard_error
    assert abs(ratio - 1) < Z / np.sqrt(2 * 2000) + 0.02
    assert abs(seen.std(ddof=1) / (1.2 * said.standard_error) - 1) > Z / np.sqrt(2 * 2000) + 0.02  # negative control
    assert said.high - said.value == pytest.approx(Z * said.standard_error, rel=0.1)  # Fieller's is not symmetric


@pytest.mark.parametrize("name", ["smallest", "largest", "argmin", "argmax", "regret"])
def test_intervals_of_extremes_hold_the_truth(name):
    # A miss needs one of six values 4.5 standard errors off: about 4e-5 a repetition, .02 over all.
    rng = np.random.default_rng(2)
    here = series([3.0, 2.0, 1.9, 2.5, 4.0], 0.1)
    there = series([2.5, 2.0, 2.1, 2.6, 3.0], 0.1)
    truth = measured(name, series(here.values), series(there.values) if MEASURES[name].paired else None).value
    inside = wide = 0
    for _ in range(500):
        one, other = (series(s.values + s.errors * rng.standard_normal(5), 0.1) for s in (here, there))
        number = measured(name, one, other if MEASURES[name].paired else None)
        inside += number.low <= truth <= number.high
        wide += number.low <= number.value <= number.high
    assert inside == wide == 500


def test_an_interval_of_a_place_closes_where_the_errors_are_small():
    sharp, blunt = (measured("argmin", series([3.0, 1.0, 1.1, 5.0], error), None) for error in (0.001, 0.1))
    assert (sharp.low, sharp.high) == (2.0, 2.0)
    assert (blunt.low, blunt.high) == (2.0, 4.0)


def test_allowances_add_at_their_worst():
    number = measured("slope", series([1.0, 2.0, 3.0], 0.0, 0.5, x=[0, 1, 2]), None)
    assert number.standard_error == 0
    assert (number.low, number.high) == (pytest.approx(0.5), pytest.approx(1.5))  # ends off by .5, either way
    ratio = measured("value", series([2.0], 0.0, 0.2), series([4.0], 0.0, 0.4))
    assert (ratio.low, ratio.high) == (pytest.approx(0.4), pytest.approx(0.6))


@pytest.mark.parametrize("name", ["value", "bend"])
def test_ratios_by_a_number_known_badly_keep_their_interval(name):
    # Divided by 1 ± 1/6, truth 2: a symmetric interval misses whenever the divisor is 3 standard errors too large.
    rng = np.random.default_rng(3)
    missed = missed_by_delta = 0
    for noise in rng.standard_normal(8000) / 6:
        if name == "value":
            number = measured("value", series([2.0], 0.01), series([1.0 + noise], 1 / 6))
        else:
            number = measured("bend", series([-noise, 1.0, 3.0], np.array([1 / 6, 0.0, 0.0]), x=[0, 1, 2]), None)
        missed += not number.low <= 2.0 <= number.high
        missed_by_delta += number.standard_error is not None and abs(number.value - 2.0) > Z * number.standard_error
    assert missed <= 2  # .06 are expected
    assert missed_by_delta > 2  # negative control: 11 are expected


@pytest.mark.parametrize(
    ("name", "here", "versus"),
    [
        ("value", series([np.inf]), None),
        ("value", series([1.0]), series([0.1], 0.1)),
        ("exponent", series([1.0, -1.0]), None),
        ("exponent", series([1.0, 2.0], x=[0.0, 1.0]), None),
        ("bend", series([1.0, 1.0, 2.0], x=[0.0, 1.0, 2.0]), None),
        ("argmin", series([1.0, np.nan]), None),
        ("smallest", series([1.0, np.inf]), None),
        ("regret", series([1.0, 2.0], 1.0), series([1.0, 2.0], 1.0)),
        ("regret", series([1.0, np.inf]), series([1.0, 2.0])),
    ],
)
def test_what_is_not_determined_is_said_to_be_anything(name, here, versus):
    number = measured(name, here, versus)
    assert np.isnan(number.value)
    assert (number.low, number.high) == (-np.inf, np.inf)
