"""Pooling results equals having all replicates at once; whatever would make that false is refused."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import tiny
from hypothesis import given
from hypothesis import strategies as st

import genloss
from genloss import Problem, Result, Study
from genloss.results import Moments, Row
from genloss.results.pooling import moments_of, pooled_id

CENTERS = (0.0, 1e6, -1e6)
NUMBERS = st.builds(
    lambda center, spread: [center + deviation for deviation in spread],
    st.sampled_from(CENTERS),
    st.lists(st.floats(-10, 10), max_size=8),
)


def close(one, other, scale=1.0):
    """Equal to 1e-12 of the largest number that went in."""
    return one.count == other.count and np.allclose(
        [one.mean, one.m2], [other.mean, other.m2], rtol=1e-12, atol=1e-12 * scale
    )


@given(NUMBERS, NUMBERS)
def test_pooling_equals_concatenation(left, right):
    pooled = Moments.from_values(left) + Moments.from_values(right)
    # m2 of numbers near 1e6 is itself known to about 1e6 x 1e-16 x 10 per number only.
    assert close(pooled, Moments.from_values(left + right), scale=1e5)


def test_means_a_million_apart_lose_nothing():
    # Whole numbers, so that the right answer is exact; a difference of mean squares errs by 1e-4 here.
    left, right = [0, 1, 2, 3], [10**6 + k for k in (0, 4, 8)]
    pooled = Moments.from_values(left) + Moments.from_values(right)
    total, count = sum(left + right), 7
    m2 = sum((count * x - total) ** 2 for x in left + right) / count**2
    assert pooled.mean == pytest.approx(total / count, rel=1e-12)
    assert pooled.m2 == pytest.approx(m2, rel=1e-12)
    assert pooled.m2 != pytest.approx(m2 - 12 * 12 / 7, rel=1e-12)  # control: one deviation forgotten
    assert pooled.standard_error == pytest.approx(np.std(left + right, ddof=1) / np.sqrt(7), rel=1e-12)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_the_order_of_pooling_does_not_matter(one, other, third):
    a, b, c = map(Moments.from_values, (one, other, third))
    assert a + b == b + a
    assert close((a + b) + c, a + (b + c), scale=1e5)
    assert a + Moments() == Moments() + a == a


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=9))
def test_a_mean_and_its_standard_error_hold_the_moments(numbers):
    moments = Moments.from_values(numbers)
    again = Moments.from_standard_error(moments.count, moments.mean, moments.standard_error)
    assert again.m2 == pytest.approx(moments.m2, rel=1e-12, abs=1e-300)


def test_one_number_has_no_standard_error():
    assert np.isnan(Moments.from_values([1.0]).standard_error)
    assert np.isnan(Moments().standard_error)
    assert Moments.from_standard_error(1, 2.0, float("nan")) == Moments(1, 2.0, 0.0)


# -- results ------------------------------------------------------------------------------------


def by_hand(seed, draws, *, theory=(), metric="excess_risk", **changes):
    """Return a result whose simulated row summarizes given draws."""
    study = tiny(seed=seed, replicates=len(draws), **changes)
    moments = Moments.from_values(draws)
    labels = {"study": pooled_id(study), "cell": "c", "case": "", "axes": {"predictor.rows": 5}, "generation": 1}
    labels |= {"metric": metric, "unit": "label^2", "version": "0.1.0"}
    quantiles = {"0.5": float(np.median(draws))}
    simulated = Row(
        **labels,
        value=moments.mean,
        standard_error=moments.standard_error,
        quantiles=quantiles,
        replicates=len(draws),
        method="simulation",
        engine="wishart",
    )
    predicted = [Row(**labels, value=v, standard_error=0.0, engine="a formula") for v in theory]
    return Result(study, (simulated, *predicted))


A, B, C = [1.0, 2.0, 4.0], [3.0, 9.0], [1e6, 1e6 + 1, 1e6 + 5]


def test_pooled_rows_are_the_rows_of_all_draws():
    pooled = by_hand(1, A) + by_hand(2, B)
    (row,) = pooled.rows
    assert (row.value, row.replicates) == (pytest.approx(np.mean(A + B)), 5)
    assert row.standard_error == pytest.approx(np.std(A + B, ddof=1) / np.sqrt(5), rel=1e-12)
    assert row.quantiles == {}
    assert pooled.study["pooled"] == [{"seed": 1, "replicates": 3}, {"seed": 2, "replicates": 2}]
    assert pooled.study["replicates"] == 5
    assert "seed" not in pooled.study
    assert row.study == pooled_id(pooled.study) not in {pooled_id(by_hand(1, A).study), pooled_id(by_hand(2, B).study)}


def test_three_results_pool_in_any_order_and_after_a_file(tmp_path):
    a, b, c = by_hand(1, A), by_hand(2, B), by_hand(3, C)
    one, other = (a + b) + c, a + (b + c)
    assert one.study == other.study == sum([c, a, b]).study
    assert one.rows[0].study == other.rows[0].study
    assert close(moments_of(one.rows[0]), moments_of(other.rows[0]))
    assert close(moments_of(one.rows[0]), Moments.from_values(A + B + C))
    assert Result.load((a + b).save(tmp_path / "two.json")) + c == one
    assert sum([a]) == a


def test_pooling_real_runs_gives_all_their_replicates():
    studies = [Study.from_dict(tiny(seed=seed, replicates=count)) for seed, count in ((1, 10), (2, 14))]
    one, other = map(genloss.simulate, studies)
    pooled = one + other
    for a, b, both in zip(one.rows, other.rows, pooled.rows, strict=True):
        assert both.value == pytest.approx((10 * a.value + 14 * b.value) / 24, rel=1e-12)
        # Exact within and between: (n - 1) n SE^2 adds, plus what the means differ by.
        m2 = 90 * a.standard_error**2 + 182 * b.standard_error**2 + (a.value - b.value) ** 2 * 140 / 24
        assert both.standard_error == pytest.approx(np.sqrt(m2 / 23 / 24), rel=1e-12)
    assert {row.study for row in one.rows} == {studies[0].id}


def test_theory_is_kept_once_and_rows_of_one_result_are_kept():
    one, other = by_hand(1, A, theory=[2.5]), by_hand(2, B, theory=[2.5 * (1 + 1e-13)])
    assert [row.value for row in (one + other).rows] == [np.mean(A + B), 2.5]
    only = replace(by_hand(2, B).rows[0], generation=7)
    kept = (one + Result(other.study, (only,))).rows
    assert [row.replicates for row in kept] == [3, 0, 2]
    assert kept[-1].quantiles == {"0.5": 6.0}


def test_theory_holds_no_draws():
    study = Study.from_dict(tiny())
    theory, simulation = genloss.predict(study), genloss.simulate(study)
    assert theory + simulation == theory.merged(simulation)
    assert theory + theory == theory
    elsewhere = genloss.predict(Study.from_dict(tiny(seed=99)))
    assert (elsewhere + simulation).study == study.resolved
    assert {row.study for row in (elsewhere + simulation).rows} == {study.id}


def test_equal_quantiles_are_kept_engines_and_versions_are_all_named():
    one, other = by_hand(1, A), by_hand(2, A)
    other = Result(other.study, (replace(other.rows[0], engine="reference", version="0.2.0"),))
    (row,) = (one + other).rows
    assert row.quantiles == {"0.5": 2.0}
    assert (row.engine, row.version) == ("reference, wishart", "0.1.0, 0.2.0")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (by_hand(1, B), "both results hold runs with seed 1: the same runs would be counted twice"),
        (by_hand(2, B, population={"dim": 7}), "different studies: population.dim: 6 beside 7"),
        (by_hand(2, B, generations=3), "different studies: generations: 2 beside 3"),
        (by_hand(2, B, population={"spectrum": [1.0, 2.0]}), r"population.spectrum: absent beside \[1.0, 2.0\]"),
        (by_hand(2, B, theory=[2.6]), "excess_risk at generation 1: theory value: 2.5 beside 2.6"),
    ],
)
def test_what_cannot_be_pooled_is_refused_with_the_reason(other, reason):
    with pytest.raises(Problem, match=reason):
        by_hand(1, A, theory=[2.5]) + other


def test_a_seed_inside_a_pooled_result_is_refused():
    pooled = by_hand(1, A) + by_hand(2, B)
    with pytest.raises(Problem, match="both results hold runs with seed 2"):
        pooled + by_hand(2, C)
    with pytest.raises(Problem, match="both results hold runs with seed 1, 2"):
        pooled + pooled


def test_populations_that_the_seed_splits_are_refused():
    digits = {"population": {"kind": "digits", "held_out": 450}}
    with pytest.raises(Problem, match="the seed decides which real rows are held out"):
        by_hand(1, A, **digits) + by_hand(2, B, **digits)


def test_only_results_add():
    with pytest.raises(TypeError):
        by_hand(1, A) + 3


def test_merging_keeps_equal_rows_once_and_refuses_two_numbers_at_one_place():
    one = by_hand(1, A, theory=[2.5])
    assert one.merged(one) == one
    other = Result(one.study, (replace(one.rows[0], value=9.0, engine="reference"),))
    with pytest.raises(Problem, match=r"two simulation values, 2.33333 \(wishart\) and 9 \(reference\)"):
        one.merged(other)
