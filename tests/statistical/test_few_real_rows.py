"""A few new real rows in every generation: variety, errors and shares, from rows that a few lines of their own draw.

Rule: Z standard errors of the mean over chains. Blind spot: 1 % of the variety; of tails of a share, 3 / M, the
order of what finite sizes leave. Controls: one row more or fewer, constant variance, and shares near the truth's.
"""

import numpy as np
from helpers import Z, mean_and_error
from scipy.stats import beta

from genloss.streams import stream
from genloss.theory.drift import real_rows_limit, real_rows_stationary, real_rows_variances
from genloss.theory.workflows import variances
from genloss.workflows import fresh_real

P = np.array([0.5, 0.3, 0.2])
TRUTH = 1 - (P**2).sum()


def shares(real, made, last, runs, seed):
    """Shares of categories, (generations + 1, runs, 3): one draw of counts a generation, real and made apart."""
    rng = stream(6, "few real rows", seed)
    fits = [rng.multinomial(real + made, P, size=runs) / (real + made)]
    for _ in range(last):
        rows = rng.multinomial(real, P, size=runs) + rng.multinomial(made, fits[-1])
        fits.append(rows / (real + made))
    return np.array(fits)


def test_variety_at_every_generation():
    for real, made in ((1, 12), (2, 7)):
        mean, error = mean_and_error(1 - (shares(real, made, 30, 20_000, f"{real}") ** 2).sum(axis=2))
        right = TRUTH * (1 - real_rows_variances(real, made, generations=30))
        assert np.all(np.abs(mean - right) < Z * error)
        for wrong in (real - 1 or 3, real + 1):
            assert abs(mean[-1] - TRUTH * (1 - real_rows_limit(wrong, made))) > Z * error[-1]


def test_the_law_of_a_share_in_late_generations():
    drawn = shares(1, 200, 1000, 4000, "late")[-1]
    for k, concentration in enumerate(real_rows_stationary(P, 1)):
        right = beta.cdf([0.05, 0.5, 0.95], concentration, 2 - concentration)
        found = (drawn[:, k, None] <= [0.05, 0.5, 0.95]).mean(axis=0)
        assert np.all(np.abs(found - right) < Z * np.sqrt(right * (1 - right) / 4000) + 3 / 200)
        near = beta.cdf([0.05, 0.5, 0.95], 4 * P[k], 4 * (1 - P[k]))  # control: two real rows
        assert np.any(np.abs(found - near) > Z * np.sqrt(near * (1 - near) / 4000) + 3 / 200)


def test_variances_of_gaussian_rows():
    """Of known mean 0; the estimate is the mean square, whose rows have the variance 2 m^2: kappa is 2."""
    rng, real, made, last = stream(6, "few real rows", "variance"), 4, 4, 5
    fits = [(rng.standard_normal((100_000, real + made)) ** 2).mean(axis=1)]
    for _ in range(last):
        squares = rng.chisquare(real, size=100_000) + fits[-1] * rng.chisquare(made, size=100_000)
        fits.append(squares / (real + made))
    mean, error = mean_and_error((np.array(fits) - 1) ** 2 / 2)
    right = real_rows_variances(real, made, generations=last, curvature=2.0)
    assert np.all(np.abs(mean - right) < Z * error)
    constant = real_rows_variances(real, made, generations=last, curvature=0.0)
    assert abs(mean[-1] - constant[-1]) > Z * error[-1]


def test_the_covariance_of_the_workflow_says_the_same():
    for curvature in (-1.0, 0.0, 1.0, 2.0):
        compiled = variances(fresh_real([61, 2], 40), generations=50, curvature=curvature)
        own = real_rows_variances(2, 40, generations=50, first=61, curvature=curvature)
        np.testing.assert_allclose(own, compiled, rtol=1e-12)


def test_limits():
    assert real_rows_limit(1) == 1 / 3
    assert real_rows_limit(1, 10**7) - 1 / 3 < 1e-6
    assert real_rows_limit(1, curvature=2.0) == np.inf
    assert real_rows_limit(2, 10**7, curvature=2.0) - 0.5 < 1e-6
    assert np.isclose(real_rows_limit(1, 80, curvature=2.0), 81)
    far = real_rows_variances(1, 30, generations=600)[-1]
    assert np.isclose(real_rows_limit(1, 30), far, rtol=1e-12)
