"""Do families of several parameters lose what theory says, by every workflow, through statistics and row by row?

Rule: whitened errors have the covariance of `theory.workflows.covariance` in its limit of many rows; within Z standard
errors + 5 % for 1,000 rows a batch (families differ from their Gaussian limit by a few parameters / rows, and by a
few times that after five fits), stated before the first look. Blind spot: about 15 %, 20 % for families whose
statistic is drawn row by row. Controls: batches drawn anew in
the place of reused ones, theory one generation off.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error
from scipy import optimize, stats
from scipy.special import digamma
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from small_workflows import mixed, subsampled, whole

from genloss.errors import Problem
from genloss.models.families import FAMILIES, Gaussian, Regression
from genloss.models.likelihood import estimate_exists
from genloss.simulation.families.parametric import run_family_rows, run_summaries
from genloss.streams import stream
from genloss.theory.gaussian import variance_moment
from genloss.theory.workflows import covariance
from genloss.workflows import Workflow, accumulate, fixed_real, forget, replace, window

CASES = {
    "gamma_shape": (FAMILIES["gamma_shape"](), [2.0, 1.5]),
    "beta": (FAMILIES["beta"](), [2.0, 3.0]),
    "dirichlet": (FAMILIES["dirichlet"](3), [1.0, 2.0, 0.7]),
    "gaussian": (FAMILIES["gaussian"](), [1.0, 2.0]),
    "gaussian, unbiased": (FAMILIES["gaussian"](divisor="unbiased"), [1.0, 2.0]),
    "multivariate_gaussian": (FAMILIES["multivariate_gaussian"](2), [1.0, 2.0, 1.0, 0.3, 0.3, 2.0]),
    "multivariate, unbiased": (Gaussian(2, "unbiased"), [1.0, 2.0, 1.0, 0.3, 0.3, 2.0]),
    "multinomial": (FAMILIES["multinomial"](3), [0.5, 0.3, 0.2]),
    "logistic_regression": (FAMILIES["logistic_regression"](1), [0.3, 0.8]),
    "poisson_regression": (FAMILIES["poisson_regression"](1), [0.5, 0.4]),
}
REGRESSIONS = ("logistic_regression", "poisson_regression")
SUMMARIZED = [name for name in CASES if name not in REGRESSIONS]
REPLICATES = {"gamma_shape": 500, "beta": 500, "dirichlet": 500}  # 1,000 for others
ROWS, LAST = 1000, 4
ALLOWED = 0.05


def whitened(name, runs):
    """Errors in units where one row's information is one, (fits, replicates, free)."""
    family, truth = CASES[name]
    return np.array([family.whitened(fit, family.checked(truth)) for fit in runs.estimates])


def off(errors, expected, rows):
    """By how many standard errors beyond the allowance the covariances of fits are off, largest."""
    g, h = np.triu_indices(len(errors))
    products = rows * (errors[g] * errors[h]).mean(axis=2)
    seen, error = mean_and_error(products)
    beyond = np.abs(seen - rows * expected[g, h]) - ALLOWED * rows * expected[g, h]
    return (beyond / error).max()


@pytest.mark.parametrize("name", SUMMARIZED)
def test_every_family_has_the_covariance_of_its_workflow(name):
    family, truth = CASES[name]
    for i, workflow in enumerate(
        [replace(ROWS), accumulate(ROWS), fixed_real(ROWS, real_weight=0.7), window(ROWS, 2), forget(ROWS, 0.6)]
    ):
        schedule = workflow.compile(LAST)
        replicates = REPLICATES.get(name, 1000)
        runs = run_summaries(family, truth, schedule, replicates=replicates, rng=stream(61, name, i))
        errors = whitened(name, runs)
        assert off(errors, covariance(schedule, limit=True), ROWS) < Z
        assert runs.horizon() is None
        if i == 0:
            late = covariance(replace(ROWS), limit=True, generations=LAST + 1)[1:, 1:]
            assert off(errors, late, ROWS) > 2 * Z  # control: one generation off
        if i == 1:
            assert off(errors, drawn_anew(ROWS), ROWS) > 2 * Z  # control: fresh in the place of reused batches


def drawn_anew(rows):
    """Covariance if every generation drew all its rows anew from all models so far."""
    growing = [rows * (g + 1) for g in range(LAST + 1)]
    rule = {"tag": "rows", "from": "model", "of": "each", "include_truth": True, "rows": growing}
    workflow = Workflow.from_dict({"emit": [rule], "train": [{"select": {"fresh": True}}]})
    return covariance(workflow, limit=True, generations=LAST)


@pytest.mark.parametrize("name", REGRESSIONS)
def test_regressions_have_the_covariance_of_their_workflow(name):
    family, truth = CASES[name]
    for i, workflow in enumerate([replace(ROWS), accumulate(ROWS)]):
        schedule = workflow.compile(2)
        runs = run_family_rows(family, truth, schedule, replicates=500, rng=stream(62, name, i))
        errors = whitened(name, runs)
        assert off(errors, covariance(schedule, limit=True), ROWS) < Z
        if i == 0:
            late = covariance(workflow, limit=True, generations=3)[1:, 1:]
            assert off(errors, late, ROWS) > 2 * Z  # control: one generation off


@pytest.mark.parametrize("name", CASES)
def test_every_workflow_row_by_row(name):
    """The definition takes them all; 15 % of 80 rows' worth of second order is not told from theory, a factor 2 is."""
    family, truth = CASES[name]
    rows = 80
    for i, workflow in enumerate([*whole(rows), *subsampled(rows), mixed(rows)]):
        schedule = workflow.compile(2)
        runs = run_family_rows(family, truth, schedule, replicates=120, rng=stream(63, name, i))
        assert runs.estimates.shape == (3, 120, len(truth))
        assert np.isfinite(runs.estimates).all()
        assert runs.ended.mean() < 0.05
        squares = np.median((whitened(name, runs) ** 2).mean(axis=2), axis=1)
        middle = stats.chi2(family.free).median() / family.free
        expected = middle * np.diag(covariance(schedule, limit=True))
        assert (squares > 0.55 * expected).all()
        assert (squares < 1.9 * expected).all()


@pytest.mark.parametrize("name", SUMMARIZED)
def test_statistics_have_the_law_of_rows(name):
    family, truth = CASES[name]
    for i, workflow in enumerate([accumulate(30), fixed_real(30, real_weight=0.6)]):
        schedule = workflow.compile(2)
        one = run_summaries(family, truth, schedule, replicates=2000, rng=stream(64, name, i))
        other = run_family_rows(family, truth, schedule, replicates=2000, rng=stream(65, name, i))
        fewer = run_family_rows(family, truth, accumulate(22).compile(2), replicates=2000, rng=stream(66, name, i))
        squares = [(whitened(name, runs)[-1] ** 2).mean(axis=1) for runs in (one, other, fewer)]
        jitter = 1e-9 * stream(67, name).random((3, 2000))
        assert stats.ks_2samp(squares[0] + jitter[0], squares[1] + jitter[1]).pvalue > 1e-5
        if i == 0:
            assert stats.ks_2samp(squares[0], squares[2]).pvalue < 1e-5  # control: 22 rows in the place of 30


def test_the_gaussian_chain_has_its_exact_moments():
    """E of the square of the variance after 30 generations of 20 rows, either divisor; the other one is rejected."""
    for divisor, other in (("maximum_likelihood", "unbiased"), ("unbiased", "maximum_likelihood")):
        runs = run_summaries(
            Gaussian(1, divisor), [0.0, 1.0], replace(20).compile(10), replicates=40_000, rng=stream(68, divisor)
        )
        seen, error = mean_and_error(np.sqrt(runs.estimates[-1, :, 1]))
        right, wrong = (variance_moment(0.5, rows=20, generation=10, divisor=d) for d in (divisor, other))
        assert abs(seen - right) < Z * error
        assert abs(seen - wrong) > 2 * Z * error
    tiny = run_summaries(Gaussian(), [1e3, 1.0], replace(5).compile(150), replicates=50, rng=stream(69, "tiny"))
    assert (tiny.estimates[-1, :, 1] > 0).all()  # variances of 1e-20 beside a mean of 1,000 keep their digits
    assert np.median(tiny.estimates[-1, :, 1]) < 1e-20


def negative_log_likelihoods(y, w):
    return {
        "gamma_shape": lambda t: -(w * stats.gamma(t[0], scale=t[1] / t[0]).logpdf(y)).sum(),
        "beta": lambda t: -(w * stats.beta(*t).logpdf(y)).sum(),
        "gaussian": lambda t: -(w * stats.norm(t[0], np.sqrt(t[1])).logpdf(y)).sum(),
    }


@pytest.mark.parametrize("name", ["gamma_shape", "beta", "gaussian"])
def test_estimates_maximize_the_likelihood(name):
    family, truth = CASES[name]
    rng = stream(70, name)
    rows = family.draw(np.array([truth]), 60, rng)
    weights = rng.random(60)
    weights /= weights.sum()
    found, exists = family.estimate(rows, weights, 60.0)
    y = np.exp(rows[0, :, 0]) if name == "beta" else rows[0, :, 0]
    likelihood = negative_log_likelihoods(y, weights)[name]
    best = optimize.minimize(likelihood, truth, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14})
    assert exists.all()
    np.testing.assert_allclose(found[0], best.x, rtol=2e-6)


def test_dirichlet_solves_its_equations_from_far_away():
    for truth in ([1e-3, 1e-2], [1e-2, 50.0, 3.0], [1e4, 2e4, 3e4]):
        family = FAMILIES["dirichlet"](len(truth))
        rows = family.draw(np.array([truth] * 3), 50, stream(71, str(truth)))
        found, exists = family.estimate(rows, np.full(50, 0.02), 50.0)
        assert exists.all()
        left = digamma(found) - digamma(found.sum(axis=1, keepdims=True)) - rows.mean(axis=1)
        np.testing.assert_allclose(left, 0, atol=1e-7 * np.abs(rows.mean(axis=1)).max())


def test_regressions_equal_scikit_learn():
    for name, model in (
        ("logistic_regression", LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000, solver="newton-cholesky")),
        ("poisson_regression", PoissonRegressor(alpha=0, tol=1e-12, max_iter=1000, solver="newton-cholesky")),
    ):
        family, truth = FAMILIES[name](2), [0.3, 0.8, -0.5]
        rows = family.draw(np.array([truth]), 80, stream(72, name))
        weights = stream(73, name).random(80) / 40
        found, exists = family.estimate(rows, weights, 80.0)
        model.fit(rows[0, :, :2], rows[0, :, 2], sample_weight=weights * 80)
        assert exists.all()
        np.testing.assert_allclose(found[0], [float(np.ravel(model.intercept_)[0]), *np.ravel(model.coef_)], rtol=1e-6)


def test_information_of_regressions():
    """Against 400,000 rows drawn at random."""
    for kind in ("logistic", "poisson"):
        family, truth = Regression(kind, 2), np.array([0.2, 0.6, -0.3])
        z = np.column_stack([np.ones(400_000), stream(74, kind).standard_normal((400_000, 2))])
        mean = np.exp(z @ truth) if kind == "poisson" else 1 / (1 + np.exp(-z @ truth))
        weight = mean if kind == "poisson" else mean * (1 - mean)
        terms = (z * weight[:, None])[:, :, None] * z[:, None, :]
        seen, error = mean_and_error(np.moveaxis(terms, 0, -1))
        assert (np.abs(seen - family.information(truth)) < Z * error + 1e-12).all()


@pytest.mark.parametrize(
    ("kind", "x", "y", "exists"),
    [
        ("logistic", [-2, -1, 1, 2], [0, 0, 1, 1], False),  # parted
        ("logistic", [-2, 0, 0, 2], [0, 0, 1, 1], False),  # parted but for a tie
        ("logistic", [-2, 1, -1, 2], [0, 0, 1, 1], True),
        ("logistic", [-2, 1, -1, 2], [1, 1, 1, 1], False),  # all alike
        ("poisson", [-2, -1, 1, 2], [0, 0, 0, 0], False),  # no count
        ("poisson", [-2, -1, 1, 2], [0, 0, 3, 0], True),
        ("poisson", [-2, -1, 1, 2], [0, 0, 0, 3], False),  # one count at the edge
        ("poisson", [-2, -1, 1, 2], [0, 0, 1, 3], True),  # two counts fix both coefficients
    ],
)
def test_when_an_estimate_exists(kind, x, y, exists):
    design, labels = np.column_stack([np.ones(4), x]), np.array(y, dtype=float)
    assert estimate_exists(kind, design, labels, np.full(4, 0.25)) is exists
    rows = np.column_stack([x, y])[None].astype(float)
    assert Regression(kind, 1).estimate(rows, np.full(4, 0.25), 4.0)[1][0] == exists


def test_a_horizon_is_reported_and_not_passed():
    family, truth = CASES["logistic_regression"]
    runs = run_family_rows(family, truth, replace(25).compile(12), replicates=60, rng=stream(75, "horizon"))
    assert runs.horizon() is not None
    assert runs.horizon() < 12
    assert (np.diff(runs.ended.sum(axis=1)) >= 0).all()
    gone = runs.ended[6]
    assert gone.any()
    assert np.array_equal(runs.estimates[6, gone], runs.estimates[-1, gone])


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: run_rows_of("logistic_regression", 2, [0.0, 9.0]), "generation 0.*separable"),
        (lambda: run_rows_of("poisson_regression", 5, [-9.0, 0.0]), "generation 0.*counts above 0"),
        (lambda: run_rows_of("gaussian", 1, [0.0, 1.0]), "generation 0.*very least 2"),
        (lambda: run_rows_of("gamma_shape", 1, [1.0, 1.0]), "generation 0.*all rows are the same"),
        (lambda: run_rows_of("gaussian", 5, [0.0, -1.0]), "not symmetric and positive"),
        (lambda: run_rows_of("multinomial", 5, [0.5, 0.5, 0.0]), "not inside the family"),
        (lambda: run_rows_of("beta", 5, [0.5]), "is not 2 finite numbers"),
        (lambda: run_rows_of("gamma_shape", 5, ["a", 1]), "holds no numbers"),
        (lambda: Gaussian(1, "biased"), "divisor"),
        (lambda: Gaussian(0), "dim"),
        (lambda: Regression("probit"), "kind"),
    ],
)
def test_what_is_refused(ask, said):
    with pytest.raises(Problem, match=f"(?s){said}"):
        ask()


def run_rows_of(name, rows, truth):
    return run_family_rows(CASES[name][0], truth, replace(rows).compile(3), replicates=20, rng=stream(76, name))


def test_the_statistics_engine_says_what_it_cannot_run():
    for name, workflow, said in (
        ("logistic_regression", replace(50), "no statistic of fixed size"),
        ("gaussian", subsampled(50)[0], "of generation 1 trains on a subsample"),
        ("gaussian", mixed(50), "have mixed origins"),
    ):
        with pytest.raises(Problem, match=said):
            run_summaries(*CASES[name], workflow.compile(2), replicates=5, rng=stream(77, name))
    with pytest.raises(Problem, match="numbers to keep"):
        run_family_rows(*CASES["gaussian"], replace(10**8).compile(2), replicates=5, rng=stream(77, "large"))
