"""Are the laws of kept rows those of a direct integral, and do loops and prices keep their limits and identities?"""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from genloss.errors import Problem
from genloss.theory import ridge
from genloss.theory.filters.verifier import (
    Keep,
    LeastSquaresLoop,
    LocationLoop,
    RidgeLoop,
    break_even,
    contraction,
    filtered_risk,
    kept,
    kept_best,
    within_of_likelihood,
)

BAND = Keep(within=1.0)
RHO = 0.2911250903


def integrated(offset, within, good=1.0, bad=0.0):
    """Share, mean and variance of kept rows, by integrals."""

    def moment(power, about=0.0):
        def term(y):
            return (y - about) ** power * np.exp(-((y - offset) ** 2) / 2) / np.sqrt(2 * np.pi)

        inside = quad(term, -within, within, epsabs=1e-14, epsrel=1e-12)[0]
        return bad * quad(term, offset - 12, offset + 12, epsabs=1e-14, points=[offset])[0] + (good - bad) * inside

    share = moment(0)
    mean = moment(1) / share
    return share, mean, moment(2, mean) / share


@pytest.mark.parametrize("offset", [-2.5, 0.0, 0.3, 4.0])
@pytest.mark.parametrize("within", [0.2, 1.0, 3.0])
@pytest.mark.parametrize("chances", [(1.0, 0.0), (0.9, 0.2)])
def test_kept_rows_are_those_of_an_integral(offset, within, chances):
    found = kept(offset, within=within, keep_good=chances[0], keep_bad=chances[1])
    assert np.array(found[:3]) == pytest.approx(np.array(integrated(offset, within, *chances)), rel=1e-7, abs=1e-9)
    step = 1e-5
    slope = np.diff(kept([offset - step, offset + step], within=within).mean)[0] / (2 * step)
    assert slope == pytest.approx(float(kept(offset, within=within).variance), rel=1e-6)  # m' = v


def test_the_nearest_share_is_a_band_that_moves():
    found = kept_best([0.0, 0.7, -2.0], share=0.4)
    band = kept([0.0, 0.7, -2.0], within=found.within)
    assert band.share == pytest.approx(np.full(3, 0.4), rel=1e-9)
    assert band.mean == pytest.approx(found.mean, rel=1e-9)
    assert found.spread[0] == pytest.approx(found.variance[0])
    assert np.all(found.spread[1:] > found.variance[1:])
    rng = np.random.default_rng(7)  # variance of a trimmed mean, from rows
    rows = -2.0 + rng.standard_normal((4000, 1000))
    nearest = np.take_along_axis(rows, np.argpartition(np.abs(rows), 399, axis=1)[:, :400], axis=1)
    assert 400 * nearest.mean(axis=1).var() == pytest.approx(found.spread[2], rel=4.5 * np.sqrt(2 / 4000))
    assert float(kept_best(0.4, share=1.0).mean) == pytest.approx(0.4)


def test_the_nearest_of_few_rows():
    """Six of twenty rows: those within the distance of the seventh, and so more than the nearest .3 of many."""
    rows = 1.0 + np.random.default_rng(8).standard_normal((100_000, 20))
    means = np.take_along_axis(rows, np.argpartition(np.abs(rows), 5, axis=1)[:, :6], axis=1).mean(axis=1)
    found, many = Keep(share=0.3).law(np.array([1.0]), 20.0), kept_best(1.0, share=0.3)
    error = 4.5 * means.std() / np.sqrt(means.size)
    assert abs(float(found.mean[0]) - means.mean()) < error + 0.002
    assert abs(float(many.mean) - means.mean()) > 2 * (error + 0.002)  # control
    assert float(found.spread[0]) == pytest.approx(6 * means.var(), rel=0.03)


def test_contractions():
    assert contraction(within=[0.5, 1, 2, 3]).round(4).tolist() == [0.0806, 0.2911, 0.7737, 0.9733]
    assert float(contraction(within=1e-4)) == pytest.approx(1e-8 / 3, rel=1e-7)
    assert float(contraction(within=np.inf)) == pytest.approx(1)
    assert float(contraction(share=0.6826894921370859)) == pytest.approx(RHO)
    assert float(contraction(within=1.0, keep_good=0.5, keep_bad=0.5)) == pytest.approx(1)
    density = np.exp(-0.5) / np.sqrt(2 * np.pi) / 3
    assert float(within_of_likelihood(density, sd=3.0)) == pytest.approx(1.0)


def test_the_path_of_many_rows():
    found = filtered_risk(LocationLoop(1e9), BAND, generation=[1, 2, 3], error=0.3)
    assert np.sqrt(found.bias).round(4).tolist() == [0.2131, 0.2747, 0.2926]
    assert found.variance.max() < 1e-8


def first_order(dim, rows, noise, away, last):
    """Risk of least squares by generation, as the recursion in rho^2 says."""
    share, risks = 0.6826894921370859, [noise**2 * dim / (rows - dim - 1)]
    for _ in range(last):
        risks.append(RHO**2 * risks[-1] + RHO * noise**2 * dim / (rows * share - dim - 1))
    return np.array(risks) + (1 - RHO ** np.arange(last + 1)) ** 2 * away**2


@pytest.mark.parametrize(
    ("away", "known"),
    [(0.0, [0.00643, 0.00332, 0.00306, 0.00304, 0.00303]), (0.1, [0.00643, 0.00835, 0.01144, 0.01255, 0.01303])],
)
def test_least_squares_is_near_its_first_order(away, known):
    generations = [0, 1, 2, 3, 8]
    rough = first_order(10, 400, 0.5, away, 8)[generations]
    assert rough.round(5).tolist() == known
    found = filtered_risk(LeastSquaresLoop(10, 400, 0.5), BAND, generation=generations, error=away).total
    assert found == pytest.approx(rough, rel=0.012)
    many = filtered_risk(LeastSquaresLoop(10, 400_000, 0.5), BAND, generation=generations, error=away / 30).total
    assert many == pytest.approx(first_order(10, 400_000, 0.5, away / 30, 8)[generations], rel=2e-4)


def test_where_a_location_ends():
    last = filtered_risk(LocationLoop(10_000, counted="kept"), BAND, generation=60).total
    assert 10_000 * float(last) == pytest.approx(RHO / (1 - RHO**2), rel=1e-3)
    wide = Keep(within=2.5)
    rho = float(wide.contraction())
    last = filtered_risk(LocationLoop(10_000, counted="kept"), wide, generation=400).total
    assert 10_000 * float(last) == pytest.approx(rho / (1 - rho**2), rel=1e-3)
    assert 10_000 * float(last) != pytest.approx(rho / (1 - rho), rel=1e-1)  # control


def test_fits_that_verify():
    n, generations = 10_000, np.array([30, 31])
    for lag in (1, 2, 5):
        loop = LocationLoop(n, counted="kept")
        total = filtered_risk(loop, Keep(within=1.0, by=lag), generation=generations + 20 * lag).total
        assert n * np.diff(total)[0] == pytest.approx(RHO / (1 + (lag - 1) * (1 - RHO)) ** 2, rel=2e-3)
    first = filtered_risk(LocationLoop(n, counted="kept"), Keep(within=1.0, by="first"), generation=40).total
    assert n * float(first) == pytest.approx(1 + RHO / (1 - RHO**2), rel=1e-3)
    squares = filtered_risk(LeastSquaresLoop(1, n, 1.0, "kept"), Keep(within=1.0, by=3), generation=[40, 41]).total
    assert n * np.diff(squares)[0] == pytest.approx(RHO / (1 + 2 * (1 - RHO)) ** 2, rel=5e-3)


def test_no_check_is_the_plain_loop():
    rows = np.arange(6)
    for keep in (Keep(within=np.inf), Keep(share=1.0), Keep(within=1.0, keep_good=1.0, keep_bad=1.0)):
        assert filtered_risk(LocationLoop(50), keep, generation=rows).total == pytest.approx((rows + 1) / 50, rel=1e-9)
        squares = filtered_risk(LeastSquaresLoop(5, 50, 0.5), keep, generation=rows).total
        assert squares == pytest.approx((rows + 1) * 0.25 * 5 / 44, rel=1e-9)
    spectrum = np.array([1.0, 0.5, 0.2, 0.1])
    loop = RidgeLoop(spectrum, 1.0, 30, 0.5, 0.1)
    common = {"noise": 0.5, "rows": 30, "penalty": 0.1, "generator_rows": 30, "generator_noise": 0.5}
    known = ridge.replace_risk(spectrum, 1.0, generation=rows, generator_penalty=0.1, **common).total
    assert filtered_risk(loop, Keep(within=np.inf), generation=rows).total == pytest.approx(known, rel=1e-9)
    assert filtered_risk(loop, BAND, generation=rows).total[1:] != pytest.approx(known[1:], rel=1e-2)


@pytest.mark.parametrize("keep", [BAND, Keep(share=0.5), Keep(within=1.0, by="first"), Keep(within=1.0, by=2)])
def test_ridge_without_a_penalty_is_least_squares(keep):
    every = np.arange(5)
    squares = filtered_risk(LeastSquaresLoop(4, 60, 0.5), keep, generation=every, error=0.2)
    loop = RidgeLoop([3.0, 1.0, 0.2, 0.01], [0.3, -2.0, 1.0, 9.0], 60, 0.5, 0.0)
    found = filtered_risk(loop, keep, generation=every, error=0.2)
    assert found.total == pytest.approx(squares.total, rel=1e-9)
    assert filtered_risk(loop, keep, generation=every, error=0.2, direction=[1, 0, 0, 2]).total == pytest.approx(
        squares.total, rel=1e-9
    )


def test_units_do_not_matter():
    every = np.arange(4)
    one = filtered_risk(LocationLoop(20), BAND, generation=every, error=0.3).total
    assert filtered_risk(LocationLoop(20, 7.0), BAND, generation=every, error=-2.1).total == pytest.approx(49 * one)
    loop, scaled = (
        RidgeLoop(np.array([2.0, 1.0, 0.3]) * s, 1.0 / c, 40, 0.5 * k, 0.1 * s)
        for s, c, k in ((1.0, 1.0, 1.0), (4.0, 1.0, 2.0))
    )
    one, two = (
        filtered_risk(each, BAND, generation=every, error=0.2 * k).total for each, k in ((loop, 1.0), (scaled, 2.0))
    )
    assert two == pytest.approx(4 * one)
    assert break_even(LocationLoop(50, 3.0), BAND).value == pytest.approx(3 * break_even(LocationLoop(50), BAND).value)


def test_the_price_of_a_location():
    many = break_even(LocationLoop(1e6, counted="kept"), BAND)
    assert 1e6 * many.value**2 == pytest.approx(1 - RHO / (1 - RHO**2), rel=1e-4)
    assert round(1e6 * many.first_order**2, 3) == 0.682
    few = break_even(LocationLoop(1e6), BAND)  # fewer rows stay than are drawn
    assert 1e6 * few.first_order**2 == pytest.approx(1 - RHO / (1 - RHO**2) / 0.6826894921370859)
    weak = Keep(within=1.7)  # beyond rho = .618, the golden section
    assert float(weak.contraction()) > (np.sqrt(5) - 1) / 2
    assert break_even(LocationLoop(100, counted="kept"), weak).value == 0
    assert break_even(LocationLoop(100, counted="kept"), Keep(within=1.4)).value > 0


@pytest.mark.parametrize(
    "loop", [LocationLoop(30), LeastSquaresLoop(5, 60, 0.5), RidgeLoop([1, 0.5], 1, 30, 0.5, 0.01)]
)
@pytest.mark.parametrize("keep", [BAND, Keep(share=0.5), Keep(within=1.0, by="first")])
def test_a_price_is_where_risks_meet(loop, keep):
    found = break_even(loop, keep, against="unchecked", generation=3)
    assert found.compared > found.perfect
    assert float(filtered_risk(loop, keep, generation=3, error=found.value).total) == pytest.approx(found.compared)
    below, above = (float(filtered_risk(loop, keep, generation=3, error=f * found.value).total) for f in (0.98, 1.02))
    assert below < found.compared < above


def test_prices_at_the_ends():
    assert break_even(LocationLoop(30), BAND, against="unchecked").value == np.inf
    for by in ("first", 1, 4):
        found = break_even(LocationLoop(30), Keep(within=1.0, by=by))
        assert found.value == 0
        assert "however good" in found.says
    assert break_even(LocationLoop(30), Keep(within=np.inf)).perfect == np.inf
    with pytest.raises(Problem, match="both loops lose without end"):
        break_even(LocationLoop(30), Keep(within=1.0, by=2), against="unchecked")
    weak, strong = (break_even(RidgeLoop(np.ones(4), 1, 30, 0.5, penalty), BAND) for penalty in (0.01, 0.1))
    assert weak.value > 0
    assert strong.value == 0  # a penalty takes from the guess, too, generation after generation
    assert np.isnan(weak.first_order)


def test_an_early_look_allows_more():
    prices = [break_even(LocationLoop(50), BAND, generation=g).value for g in (1, 2, 3, 10)]
    assert all(one > other for one, other in pairwise(prices))
    assert prices[-1] == pytest.approx(break_even(LocationLoop(50), BAND).value, rel=1e-4)


def test_an_error_can_help():
    """A guess that is too large gives back what a penalty takes, even where the true one does not."""
    loop, truth = RidgeLoop(np.ones(10), 0.3, 200, 0.5, 0.1), np.ones(10)
    up, down = (break_even(loop, BAND, direction=sign * truth) for sign in (1.0, -1.0))
    assert down.value == 0
    assert up.value > 0
    assert up.perfect > up.compared
    risks = [
        float(filtered_risk(loop, BAND, generation=200, error=up.value * f, direction=truth).total) for f in (0.9, 1.1)
    ]
    assert risks[0] < up.compared < risks[1]


REFUSED = {
    "neither": (lambda: Keep(), "one of within and share"),
    "both": (lambda: Keep(within=1.0, share=0.5), "is given with within(.|\n)*give one of the two"),
    "a distance": (lambda: Keep(within=-1.0), "not a number >= 1e-06"),
    "worse rows": (lambda: Keep(within=1.0, keep_good=0.2, keep_bad=0.5), "drives the loop away"),
    "chances of a share": (lambda: Keep(share=0.5, keep_bad=0.1), "no meaning"),
    "a verifier": (lambda: Keep(within=1.0, by="second"), "no verifier"),
    "a lag": (lambda: Keep(within=1.0, by=0), "generations back"),
    "rows": (lambda: LeastSquaresLoop(10, 11, 0.5), "at least dim"),
    "noise": (lambda: LeastSquaresLoop(10, 40, 0.0), "no row is far"),
    "an edge": (lambda: RidgeLoop(np.ones(10), 1.0, 10, 0.5, 0.0), "without a penalty from dim"),
    "a word": (lambda: LocationLoop(10, counted="asked"), "drawn"),
    "few stay": (lambda: filtered_risk(LocationLoop(10), Keep(within=0.1), generation=1), "would stay"),
    "an edge of ridge": (
        lambda: filtered_risk(RidgeLoop(np.ones(50), 0.1, 100, 0.5, 1e-12), BAND, generation=1),
        "would stay",
    ),
    "a list": (lambda: break_even(LocationLoop(30), BAND, generation=[1, 2]), "whole number"),
    "a word of a distance": (lambda: Keep(within="near"), "not numbers"),
    "no distance": (lambda: kept(0.0, within=None), "within"),
    "far": (lambda: filtered_risk(LeastSquaresLoop(5, 600, 0.5), BAND, generation=1, error=2.0), "away from"),
    "farther": (lambda: filtered_risk(LocationLoop(60, counted="kept"), BAND, generation=1, error=40.0), "away from"),
    "no loop": (lambda: break_even(3, BAND), "is no loop"),
    "no keep": (lambda: break_even(LocationLoop(10), 1.0), "is no verifier"),
    "generation 0": (lambda: break_even(LocationLoop(30), BAND, generation=0), "not between 1"),
    "against": (lambda: break_even(LocationLoop(30), BAND, against="nothing"), "not known"),
    "beyond": (
        lambda: break_even(RidgeLoop(np.ones(60), 1.0, 90, 0.5, 0.1), Keep(share=0.9), against="unchecked"),
        "beyond the range of the theory|comes",
    ),
    "a direction": (lambda: filtered_risk(LocationLoop(30), BAND, generation=1, direction=[1.0]), "one direction"),
    "a length": (
        lambda: filtered_risk(LeastSquaresLoop(5, 60, 0.5), BAND, generation=1, direction=[1.0]),
        "shape",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    call, found = REFUSED[name]
    with pytest.raises(Problem, match=found):
        call()


@pytest.mark.parametrize("within", [8.0, 10.0, 100.0, 1e9])
def test_a_check_that_drops_no_row_is_the_plain_loop(within):
    """The share of the rows that stay is a sum that may pass 1 by a digit: then no row would be left to know of."""
    loop = LeastSquaresLoop(7, 300, 1.0)
    found = filtered_risk(loop, Keep(within=within), generation=np.arange(5))
    assert found.share.max() <= 1
    assert found.total == pytest.approx(filtered_risk(loop, Keep(within=np.inf), generation=np.arange(5)).total)
