"""Do the estimators that know of earlier generators choose well, and are their formulas right?

Rule: Z standard errors over data sets, all sizes fixed before the first look. Controls: the same estimators told that
nothing was inherited.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from genloss.advise import GenerationKernelRidge, GenerationRidge, GenerationRidgeCV
from genloss.advise.estimators.empirical_bayes import mallows
from genloss.advise.estimators.inherited_noise import (
    least_squares_noise,
    resampled_noise,
    ridge_chain,
    synthetic_weight,
)
from genloss.errors import Problem
from genloss.streams import stream

DIM, ROWS, NOISE, GENERATION, GENERATOR_ROWS = 20, 80, 1.0, 3, 60
SPECTRUM = 1 / np.arange(1.0, DIM + 1)
TRUTH = 0.5 * np.ones(DIM)


@parametrize_with_checks(
    [GenerationRidge(), GenerationRidgeCV(), GenerationRidgeCV(method="mallows_cp"), GenerationKernelRidge()]
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


def rows_of(rng, count, coefficients):
    x = rng.standard_normal((count, DIM)) * np.sqrt(SPECTRUM)
    return x, x @ coefficients + NOISE * rng.standard_normal(count)


def taught(rng, generation, penalty=0.0):
    """Coefficients of the last of so many generators."""
    w = TRUTH
    for _ in range(generation):
        x, y = rows_of(rng, GENERATOR_ROWS, w)
        w = np.linalg.solve(x.T @ x + penalty * GENERATOR_ROWS * np.eye(DIM), x.T @ y)
    return w


def risk(model):
    return float((SPECTRUM * (model.coef_ - TRUTH) ** 2).sum())


def test_what_labels_inherit():
    """Second and cross moments of the third generator, least squares and ridge, 3,000 chains; 10 % is seen."""
    prior = (TRUTH**2)[None]
    for penalty, allowed in ((0.0, 0.0), (0.05, 0.05)):
        rng = stream(81, "chain", str(penalty))
        w = np.array([taught(rng, GENERATION, penalty) for _ in range(3000)])
        if penalty:
            second, cross = ridge_chain(
                prior,
                SPECTRUM,
                noise_variance=np.array(1.0),
                generation=3,
                generator_rows=GENERATOR_ROWS,
                penalty=penalty,
            )
        else:
            noise = GENERATION * least_squares_noise(SPECTRUM, generator_rows=GENERATOR_ROWS)
            second, cross = prior + noise, prior
        for seen, known in (((w**2 * SPECTRUM).T, second * SPECTRUM), ((w * TRUTH * SPECTRUM).T, cross * SPECTRUM)):
            (level, error) = mean_and_error(seen.sum(axis=0))
            assert abs(level - known.sum()) < Z * error + allowed * known.sum()
        level, error = mean_and_error((w**2 * SPECTRUM).sum(axis=1))
        assert abs(level - (prior * SPECTRUM).sum()) > 2 * Z * error + allowed  # control: nothing inherited


def test_resampled_noise_is_that_of_gaussian_rows():
    rng = stream(82, "rows")
    x = rng.standard_normal((20_000, 6)) * [3, 2, 1, 1, 0.5, 0.5]
    found = resampled_noise(x, np.eye(6), generator_rows=40, rng=rng)
    known = least_squares_noise(np.array([9, 4, 1, 1, 0.25, 0.25]), generator_rows=40)
    np.testing.assert_allclose(found, known, rtol=0.3)
    assert np.abs(np.log(resampled_noise(x, np.eye(6), generator_rows=20, rng=rng) / known)).min() > 0.5  # control


def test_mallows_with_inherited_noise_is_unbiased():
    """Mean over 3,000 data sets of predicted minus true risk, at three penalties; control: told of no generators."""
    penalties = np.array([0.02, 0.2, 2.0, np.inf])
    off, blind = np.empty((2, 3000, 3))
    rng = stream(83, "mallows")
    for r in range(3000):
        x, y = rows_of(rng, ROWS, taught(rng, GENERATION))
        values, basis = np.linalg.eigh(x.T @ x / ROWS)
        moments = basis.T @ x.T @ y / ROWS
        keep = values / (values + penalties[:, None])
        turned = basis.T @ TRUTH
        true = (values * (keep * moments / values - turned) ** 2).sum(axis=1)
        for told, found in ((GENERATION, off), (0, blind)):
            turns = ((basis.T / SPECTRUM) * basis.T).sum(axis=1)
            inherited = told * NOISE**2 / (GENERATOR_ROWS - DIM - 1) * values * turns
            predicted = mallows(
                values, moments / values, noise_variance=NOISE**2, rows=ROWS, inherited=inherited, penalties=penalties
            )
            found[r] = (predicted - (true - true[-1]))[:3]
    (level, error), (wrong, its_error) = mean_and_error(off.T), mean_and_error(blind.T)
    assert (np.abs(level) < Z * error).all()
    assert (np.abs(wrong) > 2 * Z * its_error).all()


def test_the_penalty_that_knows_saves_and_one_that_does_not_know_saves_nothing():
    """Risk of RidgeCV minus ours, paired over 100 data sets."""
    rng = stream(84, "saving")
    saved, blind, cp = [], [], []
    for _ in range(100):
        x, y = rows_of(rng, ROWS, taught(rng, GENERATION))
        theirs = risk(RidgeCV(alphas=ROWS * np.logspace(-6, 3, 60)).fit(x, y))
        for told, method, kept in (
            (3, "empirical_bayes_robust", saved),
            (0, "empirical_bayes", blind),
            (3, "mallows_cp", cp),
        ):
            ours = GenerationRidgeCV(generation=told, generator_rows=GENERATOR_ROWS, method=method).fit(x, y)
            kept.append(theirs - risk(ours))
    (gain, error), (none, its_error), (simple, simple_error) = (
        mean_and_error(np.array(kept)) for kept in (saved, blind, cp)
    )
    assert gain > Z * error
    assert simple > Z * simple_error
    assert none < gain / 3 + Z * its_error


def test_a_weighted_pool_is_worth_what_is_said():
    """Error of least squares on 40 real and 80 synthetic rows, by weight; 300 data sets; the mean is allowed 60 %."""
    weight = synthetic_weight(generation=GENERATION, rows=ROWS, generator_rows=GENERATOR_ROWS, dim=DIM)
    rng = stream(85, "pool")
    errors = {"weighted": [], "alike": []}
    for _ in range(300):
        (real, truth), (made, labels) = rows_of(rng, 40, TRUTH), rows_of(rng, ROWS, taught(rng, GENERATION))
        x, y = np.concatenate([real, made]), np.concatenate([truth, labels])
        mask = np.arange(len(y)) < 40
        ours = GenerationRidge(0.0, generation=GENERATION, generator_rows=GENERATOR_ROWS).fit(x, y, real_rows=mask)
        assert ours.advice_.startswith("the pool is worth")
        assert ours.synthetic_weight_ == pytest.approx(weight)
        errors["weighted"].append(risk(ours))
        errors["alike"].append(risk(LinearRegression(fit_intercept=True).fit(x, y)))
    (best, error), (other, its_error) = (mean_and_error(np.array(errors[name])) for name in ("weighted", "alike"))
    known = DIM / (40 + weight * ROWS)
    assert abs(best - known) < Z * error + 0.6 * known  # few rows: the design's own variation comes on top
    assert other - best > Z * np.hypot(error, its_error)


def test_one_penalty_is_ridge_regression():
    x, y = load_diabetes(return_X_y=True)
    ours = GenerationRidge(0.002, generation=2, generator_rows=200).fit(x, y)
    theirs = Ridge(alpha=0.002 * len(y)).fit(x, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9)
    assert ours.intercept_ == pytest.approx(theirs.intercept_, rel=1e-9)
    assert ours.alpha_ == pytest.approx(0.002 * len(y))
    twice = GenerationRidge(0.002).fit(np.repeat(x, 2, axis=0), np.repeat(y, 2))
    weighed = GenerationRidge(0.002).fit(x, y, sample_weight=np.full(len(y), 2.0))
    np.testing.assert_allclose(twice.coef_, weighed.coef_, rtol=1e-9)


def test_kernel_ridge_chooses_more_where_more_was_inherited():
    rng = stream(86, "kernel")
    x = rng.standard_normal((120, 3))
    truth = np.sin(x[:, 0]) + 0.5 * x[:, 1]

    def labels(generation):
        shown = truth
        for _ in range(generation):
            chosen = rng.integers(120, size=120)
            fit = GenerationKernelRidge(gamma=0.2, penalty=1e-3, generation=0)
            shown = fit.fit(x[chosen], shown[chosen] + 0.5 * rng.standard_normal(120)).predict(x)
        return shown + 0.5 * rng.standard_normal(120)

    knowing, blind = [], []
    for _ in range(25):
        y = labels(4)
        risks = []
        for told in (4, 0):
            model = GenerationKernelRidge(gamma=0.2, generation=told, generator_penalty=1e-3).fit(x, y)
            risks.append(((model.predict(x) - truth) ** 2).mean())
        knowing.append(risks[0])
        blind.append(risks[1])
    gain, error = mean_and_error(np.array(blind) - np.array(knowing))
    assert gain > Z * error / 2
    assert "signal" in model.advice_ or "real" in model.advice_


def test_an_unknown_number_of_generators_is_told_from_a_signal_that_decays():
    """80 data sets of no and of many generators, signal in few directions: the believed number, paired."""
    rng, told = stream(95, "unknown"), {0: [], 12: []}
    truth = np.where(np.arange(DIM) < 3, 1.0, 0.0)
    for _ in range(40):
        for generation, kept in told.items():
            w = truth
            for _ in range(generation):
                x, y = rows_of(rng, GENERATOR_ROWS, w)
                w = np.linalg.solve(x.T @ x, x.T @ y)
            fit = GenerationRidgeCV(generation=None, generator_rows=GENERATOR_ROWS, method="empirical_bayes")
            kept.append(fit.fit(*rows_of(rng, 400, w)).generation_)
            assert 0 <= fit.generation_interval_[0] <= fit.generation_interval_[1] <= 20
            assert "generators are likely (90 %)" in fit.advice_
    rise, error = mean_and_error(np.array(told[12]) - np.array(told[0]))
    assert rise > Z * error


def test_advice_is_honest():
    rng = stream(87, "advice")
    x, y = rows_of(rng, ROWS, TRUTH)
    assert "real" in GenerationRidgeCV(generation=0).fit(x, y).advice_
    noise = stream(88, "noise").standard_normal(ROWS)
    useless = GenerationRidgeCV(generation=30, generator_rows=25).fit(x, 0.01 * x[:, 0] + noise)
    assert "not worth using" in useless.advice_
    assert useless.psi_ > 3
    shrunk = GenerationRidgeCV(generation=2, generator_penalty=1.0).fit(x, y)
    assert "not the lever" in shrunk.advice_ or "not worth" in shrunk.advice_
    good = GenerationRidgeCV(generation=1, generator_rows=2000).fit(x, y)
    assert "usable" in good.advice_
    assert good.psi_interval_[0] <= good.psi_ <= good.psi_interval_[1]


def test_they_stand_in_pipelines_and_searches():
    x, y = load_diabetes(return_X_y=True)
    pipe = make_pipeline(StandardScaler(), GenerationRidgeCV(generation=2, generator_rows=100))
    assert pipe.fit(x, y).score(x, y) > 0.3
    search = GridSearchCV(GenerationRidge(), {"penalty": [1e-4, 1e-2]}, cv=3).fit(x, y)
    assert search.best_params_["penalty"] in (1e-4, 1e-2)
    assert clone(pipe[-1]).get_params() == pipe[-1].get_params()


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda x, y: GenerationRidge(-1.0).fit(x, y), "penalty"),
        (lambda x, y: GenerationRidge(generation=-1).fit(x, y), "generation"),
        (lambda x, y: GenerationRidge(generation=None).fit(x, y), "generation"),
        (
            lambda x, y: GenerationRidgeCV(generation=None, method="mallows_cp").fit(x, y),
            "needs the number of generators",
        ),
        (
            lambda x, y: GenerationRidgeCV(generation=None).fit(x, y, real_rows=np.arange(ROWS) < 9),
            "real rows are given",
        ),
        (lambda x, y: GenerationRidge(generation=1.5).fit(x, y), "generation"),
        (lambda x, y: GenerationRidgeCV(method="gcv").fit(x, y), "empirical_bayes_robust, empirical_bayes, mallows_cp"),
        (lambda x, y: GenerationRidgeCV(generator_rows=DIM).fit(x, y), "give more than 21, or the generators' penalty"),
        (lambda x, y: GenerationRidgeCV(noise=0.0).fit(x, y), "noise"),
        (
            lambda x, y: GenerationRidgeCV(method="mallows_cp", generator_penalty=0.1).fit(x, y),
            "only for labels that least squares made",
        ),
        (lambda x, y: GenerationRidgeCV().fit(x, y, real_rows=[0, 1]), "True or False"),
        (lambda x, y: GenerationRidgeCV(generator_penalty=1e300).fit(x, y), "1e.100"),
        (lambda x, y: GenerationRidgeCV().fit(x[:15], y[:15]), "give noise|give more than"),
        (lambda x, y: GenerationKernelRidge(kernel="cosine").fit(x, y), "kernel"),
        (lambda x, y: GenerationKernelRidge(generator_penalty=0.0).fit(x, y), "penalty > 0"),
    ],
)
def test_mistakes(ask, said):
    x, y = rows_of(stream(89, "mistakes"), ROWS, TRUTH)
    with pytest.raises(Problem, match=said):
        ask(x, y)


def test_labels_that_are_all_alike_teach_nothing():
    x, y = rows_of(stream(88, "alike"), ROWS, TRUTH)
    assert "all alike" in GenerationRidgeCV(generation=2, generator_rows=GENERATOR_ROWS).fit(x, 0 * y).advice_
