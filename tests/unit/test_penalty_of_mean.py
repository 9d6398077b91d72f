"""Does a penalty in words belong to the mean loss of every fit, and scikit-learn's alpha and C to the sum?"""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge, RidgeCV

import genloss
from genloss.advise import GenerationRidge
from genloss.advise.estimators.mean_penalty import MeanPenaltyKernelRidge, MeanPenaltyLogistic, MeanPenaltyRidge
from genloss.advise.estimators.named import estimator_named
from genloss.advise.estimators.penalty_words import penalty_words
from genloss.advise.estimators.recognized import squared_penalty_of
from genloss.advise.forecasts.worlds import world_of
from genloss.models.likelihood import LINKS
from genloss.streams import stream

ROWS, PENALTY = 50, 0.3


def rows_of(seed):
    rng = stream(seed, "penalty of the mean")
    x = rng.standard_normal((ROWS, 3))
    return x, 20 + x @ [0.8, -0.4, 0.2], rng


FITS = [
    ("ridge", lambda alpha: Ridge(alpha=alpha)),
    ("kernel_ridge", lambda alpha: KernelRidge(alpha=alpha, kernel="rbf", gamma=1 / 12)),
    ("logistic", lambda alpha: LogisticRegression(C=1 / alpha, tol=1e-12, max_iter=10_000)),
]


@pytest.mark.parametrize(("word", "plain"), FITS, ids=[word for word, _ in FITS])
def test_every_fit_is_scikit_learns_at_penalty_x_its_own_rows(word, plain):
    """Fits of 30 and of 170 rows, weighted; control: alpha = penalty x rows of the table is another fit."""
    x, eta, rng = rows_of(1)
    label = (
        (lambda at: LINKS["logistic"].draw(LINKS["logistic"].mean(eta[at] - 20), rng))
        if word == "logistic"
        else (lambda at: eta[at] + rng.standard_normal(at.shape))
    )
    world = world_of(estimator_named(f"{word} penalty={PENALTY}", features=3), x, label(np.arange(ROWS)))
    for count in (30, 170):
        places = rng.integers(ROWS, size=(2, count))
        labels, weights = label(places), rng.uniform(0.5, 1.5, (2, count))
        weights /= weights.mean(axis=1, keepdims=True)
        fits, exists = world.estimate((places, labels), weights / count, float(count))
        assert exists.all()
        for run in range(2):
            at, y, w = places[run], labels[run], weights[run]
            level = np.average(y, weights=w) if word == "kernel_ridge" else 0.0

            def told(alpha, at=at, y=y, w=w, level=level):
                fit = plain(alpha).fit(x[at], y - level, sample_weight=w)
                return fit.decision_function(x) if word == "logistic" else fit.predict(x) + level

            seen = world.predictors(fits)[run] if word == "logistic" else fits[run]
            np.testing.assert_allclose(seen, told(PENALTY * count), atol=2e-4)
            assert np.abs(seen - told(PENALTY * ROWS)).max() > 0.02


def test_the_estimators_of_words_are_what_the_words_say():
    x, y, rng = rows_of(2)
    weights = rng.uniform(0.5, 2, ROWS)
    total = weights.sum()
    mine = MeanPenaltyRidge(PENALTY).fit(x, y, weights)
    np.testing.assert_allclose(mine.predict(x), Ridge(alpha=PENALTY * total).fit(x, y, weights).predict(x))
    assert mine.alpha_ == pytest.approx(PENALTY * total)
    for shift in (0.0, 253.15):
        fit = MeanPenaltyKernelRidge(PENALTY, gamma=0.2).fit(x, y + shift, weights)
        model = KernelRidge(alpha=PENALTY * total, kernel="rbf", gamma=0.2).fit(
            x, y - np.average(y, weights=weights), weights
        )
        np.testing.assert_allclose(fit.predict(x) - shift - np.average(y, weights=weights), model.predict(x), atol=1e-9)
    labels = np.where(y > 20, "yes", "no")
    fit = MeanPenaltyLogistic(PENALTY).fit(x, labels)
    model = LogisticRegression(C=1 / (PENALTY * ROWS), tol=1e-10, max_iter=10_000).fit(x, labels)
    np.testing.assert_allclose(fit.predict_proba(x), model.predict_proba(x), atol=1e-6)
    assert fit.predict(x).tolist() == model.predict(x).tolist()
    assert estimator_named("ridge penalty=.2", features=3).penalty == 0.2
    poisson, own = estimator_named("poisson penalty=0.3", features=3), PoissonRegressor(alpha=0.3)
    assert type(poisson) is type(own)  # scikit-learn's alpha is of the mean there
    assert poisson.get_params() == own.get_params()


def test_poissons_alpha_is_of_the_mean():
    """Every row twice is the same fit; control: not so for LogisticRegression's C."""
    x, eta, rng = rows_of(3)
    counts = rng.poisson(np.exp((eta - 20) / 2))
    one, two = (PoissonRegressor(alpha=0.3, tol=1e-10).fit(np.tile(x, (k, 1)), np.tile(counts, k)) for k in (1, 2))
    np.testing.assert_allclose(one.coef_, two.coef_, atol=1e-6)
    one, two = (LogisticRegression(C=0.1).fit(np.tile(x, (k, 1)), np.tile(counts > 1, k)) for k in (1, 2))
    assert np.abs(one.coef_ - two.coef_).max() > 0.01


class Mine(Ridge):
    """A subclass may fit in its own way."""


@pytest.mark.parametrize(
    ("estimator", "known"),
    [
        (LinearRegression(), (0.0, True)),
        (Ridge(alpha=3), (3.0, False)),
        (MeanPenaltyRidge(0.2), (0.2, True)),
        (GenerationRidge(0.4), (0.4, True)),
        (Ridge(alpha=3, positive=True), None),
        (Ridge(alpha=3, fit_intercept=False), None),
        (Ridge(alpha=3, solver="saga"), None),
        (LinearRegression(positive=True), None),
        (RidgeCV(), None),
        (Mine(alpha=3), None),
    ],
    ids=str,
)
def test_squared_penalties(estimator, known):
    assert squared_penalty_of(estimator) == known


SQUARED, HALF = "mean squared error", "mean log likelihood beside half of |coefficients|²"


@pytest.mark.parametrize(
    ("estimator", "said"),
    [
        (LinearRegression(), None),
        (LogisticRegression(C=np.inf), None),
        (MeanPenaltyLogistic(), None),
        (MeanPenaltyRidge(0.1), f"0.1 of the {SQUARED}: alpha = 0.1 x the rows of each fit, 30 at 300 rows, 4 at 40"),
        (Ridge(alpha=60), f"alpha 60 as in scikit-learn: penalty 0.2 at 300 rows, 1.5 at 40, of the {SQUARED}"),
        (KernelRidge(alpha=3), f"alpha 3 as in scikit-learn: penalty 0.01 at 300 rows, 0.075 at 40, of the {SQUARED}"),
        (
            MeanPenaltyKernelRidge(0.01),
            f"0.01 of the {SQUARED}: alpha = 0.01 x the rows of each fit, 3 at 300 rows, 0.4 at 40, of labels less "
            "their mean",
        ),
        (
            LogisticRegression(C=0.5),
            f"C 0.5 as in scikit-learn: penalty 0.00667 at 300 rows, 0.05 at 40, of the {HALF}",
        ),
        (
            MeanPenaltyLogistic(0.01),
            f"0.01 of the {HALF}: C = 1 / (0.01 x the rows of each fit), 0.333 at 300 rows, 2.5 at 40",
        ),
        (PoissonRegressor(alpha=0.5), f"0.5 of the {HALF}: scikit-learn's alpha, whatever the rows"),
        (RidgeCV(), "chosen in every fit from scikit-learn's alphas 0.1, 1, 10"),
        (Mine(alpha=3), "alpha 3 as in scikit-learn, in every fit"),
    ],
    ids=str,
)
def test_the_penalty_is_echoed(estimator, said):
    assert penalty_words(estimator, [300, 40, 40]) == said


def test_an_answer_says_its_penalty():
    x, y, rng = rows_of(4)
    y = y + rng.standard_normal(ROWS)
    small = {"generations": 1, "replicates": 50, "workflow": "replace rows=40"}
    word = genloss.forecast({"kind": "ridge", "penalty": 0.1}, x, y, **small)
    assert dict(word.asked)["penalty"].startswith("0.1 of the mean squared error: alpha = 0.1 x the rows of each fit")
    assert "Penalty: 0.1 of the mean" in word.summary()
    own = genloss.forecast(Ridge(alpha=4), x, y, **small)
    assert "penalty=" not in own.call()
    assert "Penalty: alpha 4 as in scikit-learn: penalty 0.1 at 40 rows, of" in own.summary()
    assert "Penalty:" not in genloss.forecast("least_squares", x, y, **small).summary()
