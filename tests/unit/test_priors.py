"""Do the laws of fits with a prior follow from their definition, written out here in plain loops?"""

import numpy as np
import pytest
from scipy import optimize, stats

from genloss.errors import Problem
from genloss.models.families import Gaussian, Prior
from genloss.models.families.quadratic import bernoulli
from genloss.simulation.families.parametric import run_family_rows
from genloss.simulation.families.quadratic import run_rows
from genloss.theory import priors, workflows
from genloss.workflows import accumulate, accumulate_subsample, fixed_real, fresh_real, replace

CURVED = {"variance": 0.16, "slope": 0.6, "curvature": -1.0, "truth": 0.2}  # a coin of 0.2


def by_hand(kind, rows, prior_rows, prior_mean, last, *, real=0, variance, slope=0.0, curvature=0.0, truth=0.0):
    """Bias and variance by hand: one number each, carried from fit to fit."""
    away, bias, spread, done = prior_mean - truth, [], [], 0.0
    for g in range(last + 1):
        d, v = (bias[-1], spread[-1]) if g else (0.0, 0.0)
        row = variance + slope * d + curvature * (d * d + v) if g else variance
        if kind == "replace":
            kept = rows / (rows + prior_rows)
            bias.append(kept * d + (1 - kept) * away)
            spread.append(kept**2 * (v + row / rows))
        elif kind == "accumulate":
            whole = prior_rows + rows * (g + 1)
            before = prior_rows + rows * g
            bias.append((before * d + rows * d) / whole if g else (rows * 0.0 + prior_rows * away) / whole)
            done = done + (rows / whole) ** 2 * row / rows
            spread.append(done)
        else:
            made = rows if g else 0
            whole = prior_rows + real + made
            bias.append((made * d + prior_rows * away) / whole)
            spread.append((made / whole) ** 2 * v + (made * row + real * variance) / whole**2)
    return np.array(bias), np.array(spread)


@pytest.mark.parametrize("prior_rows", [0.0, 3.0, 40.0])
@pytest.mark.parametrize("kind", ["replace", "accumulate", "fresh_real"])
@pytest.mark.parametrize("law", [{"variance": 2.0}, CURVED])
def test_the_recursion_is_the_one_by_hand(kind, prior_rows, law):
    workflow = {"replace": replace(20), "accumulate": accumulate(20), "fresh_real": fresh_real(8, 20)}[kind]
    found = priors.prior_errors(workflow, prior_rows=prior_rows, prior_mean=0.5, generations=12, **law)
    bias, variance = by_hand(kind, 20, prior_rows, 0.5, 12, real=8, **law)
    np.testing.assert_allclose(found.bias, bias, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.variance, variance, rtol=1e-12)
    np.testing.assert_allclose(found.mean_square, bias**2 + variance, rtol=1e-12)


def test_without_a_prior_it_is_the_covariance_of_the_workflow():
    for workflow in (replace(9), accumulate_subsample(9), fixed_real(9, 9)):
        found = priors.prior_errors(workflow, prior_rows=0, prior_mean=7.0, curvature=-1.0, generations=8)
        np.testing.assert_allclose(found.variance, workflows.variances(workflow, curvature=-1.0, generations=8))
        assert not found.bias.any()


def test_a_prior_at_the_first_fit_has_no_bias_and_a_bounded_variance():
    found = priors.prior_errors(replace(50), prior_rows=10, prior_mean=3.0, generations=400, center="first_fit")
    assert not found.bias.any()
    kept = 50 / 60
    error, own = 1 / 50, 0.0  # delta_g = delta_0 + own noise
    for g in range(1, 401):
        own = kept**2 * (own + 1 / 50)
        assert abs(found.variance[g] - (error + own)) < 1e-14
    limit = priors.prior_limit("replace", rows=50, prior_rows=10, center="first_fit")
    assert limit.bias == 0
    assert abs(50 * found.variance[-1] - limit.variance) < 1e-9


@pytest.mark.parametrize("prior_rows", [5.0, 50.0])
def test_limits_are_those_of_the_recursion(prior_rows):
    for kind, workflow, last in (
        ("replace", replace(50), 500),
        ("fresh_real", fresh_real(50, 70), 300),
        ("accumulate", accumulate(50), 1000),
    ):
        found = priors.prior_errors(workflow, prior_rows=prior_rows, prior_mean=1.0, generations=last)
        limit = priors.prior_limit(kind, rows=50, prior_rows=prior_rows, synthetic_rows=70)
        assert abs(found.bias[-1] - limit.bias) < 1e-9
        assert abs(50 * found.variance[-1] - limit.variance) < (1e-9 if kind != "accumulate" else 1.1 / last)
    assert priors.prior_limit("replace", rows=50, prior_rows=0).variance == np.inf
    assert abs(priors.prior_limit("accumulate", rows=50, prior_rows=0).variance - np.pi**2 / 6) < 1e-14


def test_the_bias_of_accumulating_fits_is_paid_once():
    found = priors.prior_errors(accumulate(30), prior_rows=10, prior_mean=1.0, generations=20)
    np.testing.assert_allclose(found.bias, 0.25, rtol=1e-12)


def test_the_variance_of_fits_stays_finite_from_a_number_of_prior_rows_on():
    least = priors.least_prior_rows(100, curvature=2.0)
    law = {"variance": 2.0, "slope": 4.0, "curvature": 2.0, "truth": 1.0, "prior_mean": 1.0}
    late = [
        priors.prior_errors(replace(100), prior_rows=k * least, generations=1100, **law).variance for k in (0.7, 1.5)
    ]
    assert late[0][-1] > 1.5 * late[0][-501]
    assert late[1][-1] < 1.2 * late[1][-501]
    assert priors.least_prior_rows(100, curvature=-1.0) == 0


def test_the_best_prior_of_generation_0_is_the_textbooks():
    best = priors.best_prior_rows(replace(100), prior_mean=0.3, truth=0.1, variance=2.0, generation=0)
    assert abs(best.prior_rows / (2.0 / 0.04) - 1) < 1e-5
    assert abs(best.mean_square - 1 / (100 / 2.0 + 1 / 0.04)) < 1e-12


def test_the_best_prior_grows_with_the_horizon_and_may_be_none_or_all():
    best = [priors.best_prior_rows(accumulate(50), prior_mean=0.4, generation=g).prior_rows for g in (0, 1, 10, 60)]
    assert best == sorted(best)
    far = priors.best_prior_rows(replace(50), prior_mean=0.4, generation=60)
    assert far.prior_rows == np.inf
    assert far.mean_square == pytest.approx(0.16)
    assert priors.best_prior_rows(replace(50), prior_mean=1e6, generation=0).prior_rows < 1e-6
    with pytest.raises(Problem, match="of a schedule of 3"):
        priors.best_prior_rows(replace(50).compile(2), prior_mean=1.0, generation=3)


def test_rows_of_mixed_law_have_a_published_recursion():
    """arXiv 2602.10531: R_g = 1/n + (1 - 1/n)(1 - share)^2 R_(g-1), of rows that are true with a chance `share`."""
    mixed = {
        "emit": [
            {"tag": "m", "from": "mix", "mix": {"model": 0.7, "previous": 0.0, "truth": 0.3}, "rows": 50},
        ],
        "train": [{"select": {"last": 1}}],
    }
    found = workflows.variances(mixed, curvature=-1.0, generations=20)
    error = [0.02]
    while len(error) < 21:
        error.append(1 / 50 + (1 - 1 / 50) * 0.7**2 * error[-1])
    np.testing.assert_allclose(found, error, rtol=1e-12)
    np.testing.assert_allclose(error[:3] + error[-1:], [0.02, 0.029604, 0.03421584, 0.03847633], atol=1e-8)


def log_posterior(prior, parameters, total, count):
    """The logarithm of a posterior density by its definition; total and count of the data."""
    one, two = parameters
    return {
        "normal": lambda m: stats.norm.logpdf(m, one, two) - count * m**2 / 2 / 4 + total * m / 4,  # deviation 2
        "inverse_gamma": lambda v: stats.invgamma.logpdf(v, one, scale=two) - count / 2 * np.log(v) - total / 2 / v,
        "gamma": lambda m: stats.gamma.logpdf(m, one, scale=1 / two) + total * np.log(m) - count * m,
        "beta": lambda m: stats.beta.logpdf(m, one, two) + total * np.log(m) + (count - total) * np.log1p(-m),
    }[prior]


@pytest.mark.parametrize(
    ("prior", "parameters", "total", "count", "ends"),
    [
        ("normal", (1.5, 0.8), 12.0, 20, (-5, 8)),
        ("inverse_gamma", (3.0, 4.0), 31.0, 20, (1e-3, 40)),
        ("gamma", (4.0, 2.5), 55.0, 20, (1e-3, 30)),
        ("beta", (3.0, 6.0), 5.0, 20, (1e-6, 1 - 1e-6)),
    ],
)
def test_pseudo_rows_give_the_posteriors_mode_and_mean(prior, parameters, total, count, ends):
    density = log_posterior(prior, parameters, total, count)
    top = optimize.minimize_scalar(lambda m: -density(m), bounds=ends, method="bounded", options={"xatol": 1e-12})
    grid = np.linspace(*ends, 400_001)
    mass = np.exp(density(grid) + top.fun)
    for estimate, value in (("mode", top.x), ("mean", (grid * mass).sum() / mass.sum())):
        rows = priors.pseudo_rows(prior, parameters, estimate=estimate, deviation=2.0)
        assert abs((total + rows.rows * rows.mean) / (count + rows.rows) - value) < 2e-5 * abs(value), estimate


def test_shares_of_a_dirichlet_prior():
    rows = priors.pseudo_rows("dirichlet", [3.0, 2.0, 1.0])
    assert rows.rows == 3
    np.testing.assert_allclose(rows.mean, [2 / 3, 1 / 3, 0])
    assert priors.pseudo_rows("dirichlet", [0.5, 0.5], estimate="mean").rows == 1
    assert priors.pseudo_rows("beta", [1.0, 1.0]).rows == 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda: priors.pseudo_rows("cauchy", [1, 2]), "give one of normal"),
        (lambda: priors.pseudo_rows("normal", [0, 1], deviation=0), "deviation: 0"),
        (lambda: priors.pseudo_rows("beta", [0.5, 0.5]), "numbers >= 1 for a mode"),
        (lambda: priors.pseudo_rows("beta", 2.0), "give two numbers"),
        (lambda: priors.pseudo_rows("inverse_gamma", [0.5, 1.0], estimate="mean"), "larger first parameter"),
        (lambda: priors.pseudo_rows("gamma", [2.0, 0.0]), "a number > 0"),
        (lambda: priors.pseudo_rows("gamma", [2.0, 1.0], estimate="median"), "mode or mean"),
        (lambda: priors.prior_errors(replace(5), prior_rows=-1, generations=1), "rows that the prior stands for"),
        (lambda: priors.prior_errors(replace(5), prior_rows=1, center="mine", generations=1), "given, first_fit"),
        (lambda: _coin(5.0), r"prior_mean: at 5 the variance of one row.* = 4\.8, is -20"),
        (lambda: _coin(-0.1), r"prior_mean: at -0\.1 the variance"),
        (lambda: priors.best_prior_rows(replace(5), prior_mean=5.0, generation=1, curvature=-1.0), "prior_mean: at 5"),
        (lambda: priors.prior_limit("window", rows=5, prior_rows=1), "replace, accumulate or fresh_real"),
        (lambda: priors.prior_limit("accumulate", rows=5, prior_rows=1, center="first_fit"), "first_fit with replace"),
    ],
)
def test_what_has_no_answer_is_refused(asked, said):
    with pytest.raises(Problem, match=said):
        asked()


@pytest.mark.parametrize("prior_mean", [0.0, 0.5, 1.0])
def test_a_coins_prior_may_stand_anywhere_from_0_to_1(prior_mean):
    assert np.isfinite(_coin(prior_mean).mean_square).all()
    assert np.isfinite(_coin(5.0, prior_rows=0).mean_square).all()  # no prior, so it stands nowhere
    assert np.isfinite(_coin(5.0, center="first_fit").mean_square).all()


def _coin(prior_mean, prior_rows=5, center="given"):
    return priors.prior_errors(
        replace(50),
        prior_rows=prior_rows,
        prior_mean=prior_mean,
        truth=0.2,
        variance=0.16,
        slope=0.6,
        curvature=-1,
        center=center,
        generations=10,
    )


@pytest.mark.parametrize(
    ("run", "family", "truth"), [(run_rows, bernoulli(), 0.2), (run_family_rows, Gaussian(), [0.0, 1.0])]
)
def test_row_by_row_a_prior_at_the_first_fit_is_refused_and_one_without_rows_changes_nothing(run, family, truth):
    def estimates(prior):
        rng = np.random.default_rng(3)
        return run(family, truth, replace(20).compile(2), replicates=4, rng=rng, prior=prior).estimates

    with pytest.raises(Problem, match="prior whose law is given"):
        estimates(Prior(5.0))
    assert np.array_equal(estimates(Prior(0.0)), estimates(None))
