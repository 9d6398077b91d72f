"""Known values, limits and refusals of the Gaussian chain."""

import numpy as np
import pytest
from helpers import Z, mean_and_error
from scipy.integrate import quad
from scipy.special import polygamma, psi
from scipy.stats import chi2

from genloss.errors import Problem
from genloss.streams import stream
from genloss.theory.gaussian import (
    accumulated_limit,
    accumulated_moments,
    chain_moments,
    expected_collapse,
    first_rows,
    log_determinant,
    log_variance,
    row_moments,
    squared_distance,
    squared_distance_of_fits,
    variance_below,
    variance_moment,
)


@pytest.mark.parametrize("rows", [2, 3, 10, 100, 10_000])
def test_one_fit_is_chi_square(rows):
    levels = np.array([1e-6, 0.01, 0.1, 0.5, 0.9, 1, 1.1, 2, 5])
    for divisor, scale in (("unbiased", rows - 1), ("maximum_likelihood", rows)):
        seen = variance_below(levels, rows=rows, generation=0, divisor=divisor)
        np.testing.assert_allclose(seen, chi2.cdf(levels * scale, rows - 1), rtol=0, atol=1e-10)


def test_two_fits_by_quadrature():
    def inner(u):
        return chi2.cdf(0.3 * 4 * 4 / u, 4) * chi2.pdf(u, 4)

    assert variance_below(0.3, rows=5, generation=1) == pytest.approx(
        quad(inner, 0, np.inf, epsabs=1e-13)[0], abs=1e-10
    )


def test_ten_thousand_fits_are_normal_and_shapes_broadcast():
    law = log_variance(rows=50, generation=9999)
    middle = np.exp(law.mean + np.sqrt(law.variance) * np.array([-1.0, 0, 1]))
    seen = variance_below(middle[:, None], rows=50, generation=[9999, 9999])
    assert seen.shape == (3, 2)
    np.testing.assert_allclose(seen[:, 0], [0.158655, 0.5, 0.841345], atol=0.001)


def test_rows_of_the_first_fit_by_quadrature():
    for rows, divisor, scale in ((4, "unbiased", 3), (4, "maximum_likelihood", 4), (60, "unbiased", 59)):
        law = first_rows(rows=rows, divisor=divisor)

        def mixture(u, x=0.7, n=rows, scale=scale):
            variance = 1 / n + u / scale
            return np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance) * chi2.pdf(u, n - 1)

        assert law.density(0.7) == pytest.approx(quad(mixture, 0, np.inf, epsabs=1e-12)[0], abs=1e-9)
        for power, right in (
            (2, row_moments(rows=rows, generation=0, divisor=divisor).variance),
            (4, row_moments(rows=rows, generation=0, divisor=divisor).fourth),
        ):
            seen = quad(lambda x, p=power, law=law: x**p * law.density(x), -60, 60, limit=400)[0]
            assert seen == pytest.approx(right, rel=1e-7)
        x = np.linspace(-3, 3, 7)
        np.testing.assert_allclose(law.cumulative(x) + law.cumulative(-x), 1, atol=1e-10)
        slope = (law.cumulative(x + 1e-4) - law.cumulative(x - 1e-4)) / 2e-4
        np.testing.assert_allclose(slope, law.density(x), rtol=1e-5)
    assert row_moments(rows=7, generation=0).excess_kurtosis == pytest.approx(6 / (6 * (1 + 1 / 7) ** 2))


def test_distance_is_the_published_product():
    g = np.arange(4)
    rows = [5, 9, 30, 6]
    c4 = variance_moment(0.5, rows=rows, generation=g)
    total = np.cumsum(1 / np.array(rows))
    np.testing.assert_allclose(squared_distance(rows=rows, generation=g).mean, total + 2 * (1 - c4), rtol=1e-12)
    many = squared_distance(rows=10**5, generation=2)
    assert many.variance == pytest.approx(many.first_order_variance, rel=1e-4)
    for divisor in ("unbiased", "maximum_likelihood"):
        few = squared_distance(rows=10**5, generation=2, divisor=divisor)
        assert few.mean == pytest.approx(few.first_order_mean, rel=1e-4)


def test_expected_collapse_meets_siegmund_where_steps_are_small():
    half = 999 / 2
    kappa, s = np.log(half) - psi(half), np.sqrt(polygamma(1, half))
    skewness = -polygamma(2, half) / s**3
    by_hand = (np.log(10) + s * (0.5826 + skewness / 6) + kappa / 4) / kappa - 1
    assert expected_collapse(0.1, rows=1000) == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize("divisor", ["unbiased", "maximum_likelihood"])
def test_accumulated_variance_tends_to_its_limit(divisor):
    far = accumulated_moments(rows=5, generation=400_000, divisor=divisor)
    assert far.variance == pytest.approx(accumulated_limit(5, divisor=divisor), rel=2e-6)
    if divisor == "maximum_likelihood":
        assert far.variance + far.mean_square == pytest.approx(1, abs=1e-12)


def test_equal_spectrum_has_the_short_form():
    seen = squared_distance_of_fits(np.full(4, 2.0), rows=1000, generation=3).mean
    assert seen == pytest.approx(4 / 1000 * 2 * 4 * 9 / 4)
    one = log_determinant(1, rows=12, generation=5)
    assert one.mean == pytest.approx(log_variance(rows=12, generation=5).mean)


@pytest.mark.parametrize(
    ("call", "where", "says"),
    [
        (lambda: log_variance(rows=1, generation=0), "rows", "1 is not"),
        (lambda: log_variance(rows=[5, 5], generation=2), "rows", "3 generations"),
        (lambda: log_variance(rows=5, generation=-1), "generation", "-1"),
        (lambda: log_variance(rows=5, generation=1, divisor="n-1"), "divisor", "n-1"),
        (lambda: variance_moment(-2.0, rows=5, generation=1), "power", "infinite"),
        (lambda: variance_below(0.0, rows=5, generation=1), "threshold", "never below"),
        (lambda: expected_collapse(0.9, rows=5), "threshold", "holds from 0 up to"),
        (lambda: expected_collapse(0.1, rows=1), "rows", "1 is not"),
        (lambda: log_determinant(5, rows=5, generation=0), "rows", "singular"),
        (lambda: squared_distance_of_fits(np.ones(5), rows=100, generation=9), "generation", "horizon"),
        (lambda: squared_distance_of_fits(np.ones(5), rows=10, generation=0), "generation", "horizon"),
        (lambda: accumulated_limit(1), "rows", "1 is not"),
        (lambda: first_rows(rows=5, divisor="x"), "divisor", "'x'"),
    ],
)
def test_refusals(call, where, says):
    with pytest.raises(Problem) as caught:
        call()
    assert caught.value.where == where
    assert says in caught.value.found


def test_the_horizon_names_the_last_good_generation():
    with pytest.raises(Problem) as caught:
        squared_distance_of_fits(np.ones(5), rows=100, generation=9)
    assert caught.value.mend == "ask up to generation 4"
    squared_distance_of_fits(np.ones(5), rows=100, generation=4)


@pytest.mark.parametrize("divisor", ["unbiased", "maximum_likelihood"])
def test_joint_moments_are_those_of_chains_that_are_drawn(divisor):
    # A fit of M rows: mean + spread Z / sqrt(M), spread x root of chi-square(M - 1) / D, independent.
    rows, runs, rng = [5, 8, 6], 200_000, stream(411, divisor)
    mean, spread = np.zeros(runs), np.ones(runs)
    found = chain_moments(rows, 2, divisor)
    for g, m in enumerate(rows):
        mean = mean + spread * rng.standard_normal(runs) / np.sqrt(m)
        spread = spread * np.sqrt(rng.chisquare(m - 1, runs) / (m - (divisor == "unbiased")))
        for right, drawn in (
            *((found.spread[g, k], spread**k) for k in (1, 2, 3)),
            *((found.mixed[g, k], mean**2 * spread**k) for k in (0, 1, 2)),
            (found.fourth[g], mean**4),
        ):
            seen, error = mean_and_error(drawn)
            assert abs(seen - right) <= Z * error
    assert abs(seen - 1.1 * right) > Z * error  # a tenth would be seen
