"""What does a forecast see of a user's table and estimator, and what does it refuse?"""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import ColumnTransformer
from sklearn.covariance import EmpiricalCovariance, LedoitWolf, MinCovDet
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    Lasso,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    RidgeCV,
)
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

import genloss
from genloss import Problem
from genloss.advise import GenerationRidge
from genloss.advise.estimators import named
from genloss.advise.estimators.recognized import kind_of
from genloss.advise.forecasts import from_rows
from genloss.advise.forecasts.table import seen_of
from genloss.cli.forecast import MODELS
from genloss.cli.main import run_command
from genloss.streams import stream

pytestmark = pytest.mark.usefixtures("without_pictures")

ROWS, SMALL = 60, {"generations": 2, "replicates": 50}
BANDS = ("risk", "standard_error", "low", "high", "truth_low", "truth_high", "run_low", "run_high", "worse")


def rows_of(seed):
    rng = stream(seed, "tables")
    x = rng.standard_normal((ROWS, 3)) * [1, 20, 0.5] + [1, -3, 40]
    frame = pd.DataFrame(x, columns=["age", "income", "rooms"])
    return frame, 2 + x @ [0.8, -0.04, 0.2] + rng.standard_normal(ROWS), rng


def same(one, other, tolerance=0.0):
    for name in BANDS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=tolerance, err_msg=name)


def seen(estimator, x, y, **given):
    return seen_of(estimator, x, y, **({"above": None, "held_out": None, "seed": 0} | given))


COMMANDS = [
    ({"kind": "least_squares"}, [], {}),
    ({"kind": "ridge", "penalty": 0.7}, ["--workflow", "window keep=2"], {"workflow": "window keep=2"}),
    ({"kind": "kernel_ridge", "gamma": 0.2}, [], {}),
    ({"kind": "gaussian"}, [], {}),
    ({"kind": "logistic", "penalty": 0.1}, ["--above", "10"], {"above": 10.0}),
    ({"kind": "logistic"}, ["--above", "10", "--held-out", "0.2", "--seed", "4"],
     {"above": 10.0, "held_out": 0.2, "seed": 4}),
]  # fmt: skip


@pytest.mark.parametrize(("word", "words", "given"), COMMANDS, ids=lambda case: str(case)[:40])
def test_the_command_and_the_function_answer_the_same(tmp_path, capsys, word, words, given):
    x, y, _ = rows_of(1)
    path = tmp_path / "table.csv"
    x.assign(y=y).to_csv(path, index=False)
    settings = [part for name, value in word.items() if name != "kind" for part in (f"--{name}", str(value))]
    common = ["--target", "y", "--generations", "2", "--replicates", "50", "--quiet", "--json", "-"]
    assert run_command(["forecast", str(path), "--model", word["kind"], *settings, *words, *common]) == 0
    said = json.loads(capsys.readouterr().out)
    assert set(said.pop("checksum")) == set(said) - {"schema"}
    answer = genloss.forecast(word, x, pd.Series(y, name="y"), **SMALL, **given).to_dict()
    assert bool(said.pop("advice")) == (word["kind"] in ("least_squares", "ridge"))  # what the command asks besides
    assert answer.pop("advice") == []
    assert said == json.loads(json.dumps(answer))
    line = " ".join([word["kind"], *(f"{name}={value}" for name, value in word.items() if name != "kind")])
    assert genloss.forecast(line, x.to_numpy(), list(y), **SMALL, **given).to_dict()["risk"] == answer["risk"]


def test_the_words_of_the_command_are_those_of_the_function():
    assert set(MODELS) == set(named.MODELS)


def test_a_word_is_an_estimator_on_standardized_inputs():
    x, y, _ = rows_of(2)
    word = genloss.forecast("ridge", x, y, **SMALL)
    same(word, genloss.forecast(make_pipeline(StandardScaler(), Ridge(alpha=0.1 * ROWS)), x, y, **SMALL), 1e-9)
    as_given = genloss.forecast(Ridge(alpha=0.1 * ROWS), x, y, **SMALL)
    assert abs(as_given.risk[2] / word.risk[2] - 1) > 1e-3  # other units are another penalty


def test_nothing_is_learned_from_rows_that_are_held_out():
    x, _, _ = rows_of(3)
    places = np.arange(ROWS)  # labels say which row is which
    found = seen("poisson", x, places, held_out=0.25)
    kept, away = found.labels.astype(int), found.held_out[1].astype(int)
    assert sorted([*kept, *away]) == places.tolist()
    assert len(away) == 15
    raw = x.to_numpy()
    center, scale = raw[kept].mean(axis=0), raw[kept].std(axis=0)
    np.testing.assert_allclose(found.rows, (raw[kept] - center) / scale)
    np.testing.assert_allclose(found.held_out[0], (raw[away] - center) / scale)
    other = x.copy()
    other.iloc[away] += 1e4  # seen by means of all rows
    np.testing.assert_array_equal(seen("poisson", other, places, held_out=0.25).rows, found.rows)
    assert (seen("poisson", x, places, held_out=0.25, seed=1).labels != found.labels).any()


def test_a_pair_that_is_held_out_is_prepared_as_the_rows_are():
    x, y, _ = rows_of(4)
    found = seen(make_pipeline(StandardScaler(), LogisticRegression(C=np.inf)), x, y > 10, held_out=(x[:7], y[:7] > 10))
    np.testing.assert_allclose(found.held_out[0], found.rows[:7])
    np.testing.assert_array_equal(found.held_out[1], found.labels[:7])
    with pytest.raises(Problem, match="same columns"):
        seen("logistic", x, y > 10, held_out=(x[:7].rename(columns={"age": "years"}), y[:7] > 10))


class MyRidge(Ridge):
    """A subclass that changes nothing."""


class Picky(Ridge):
    """A subclass that looks at the names of its columns."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X[["age", "income", "rooms"]], y, sample_weight)

    def predict(self, X):
        return super().predict(X[["age", "income", "rooms"]])


class QuietLogistic(LogisticRegression):
    """A subclass that changes nothing."""


class OwnLogistic(LogisticRegression):
    """A subclass with a fit of its own."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X, 1 - y, sample_weight)


def stranger(name):
    """A class of someone else's that bears a known name."""
    return type(name, (RegressorMixin, BaseEstimator), {"fit": lambda self, _x, _y: self, "__module__": "theirs"})()


def test_subclasses_count_as_their_class(monkeypatch):
    """They are refitted row by row, where the class itself is fitted from sums of rows."""
    monkeypatch.setattr(from_rows, "summed_world", lambda _world: None)
    x, y, _ = rows_of(5)
    plain = genloss.forecast(Ridge(alpha=2.0), x, y, **SMALL)
    same(genloss.forecast(MyRidge(alpha=2.0), x.to_numpy(), y, **SMALL), plain)
    same(genloss.forecast(MyRidge(alpha=2.0), x, y, **SMALL), plain, 1e-9)
    same(genloss.forecast(Picky(alpha=2.0), x, y, **SMALL), plain, 1e-9)
    shared = genloss.forecast(Picky(alpha=2.0), x, y, workflow="fixed_real real_weight=0.3", **SMALL)
    same(shared, genloss.forecast(Ridge(alpha=2.0), x, y, workflow="fixed_real real_weight=0.3", **SMALL), 1e-9)
    logistic = genloss.forecast(LogisticRegression(), x, y > 10, **SMALL)
    same(genloss.forecast(QuietLogistic(), x, y > 10, **SMALL), logistic)


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (LinearRegression(), "linear"), (RidgeCV(), "linear"), (GenerationRidge(), "linear"), (KernelRidge(), "kernel"),
        (PoissonRegressor(), "poisson"), (EmpiricalCovariance(), "gaussian"), (QuietLogistic(), "logistic"),
    ],
    ids=lambda case: type(case).__name__,
)  # fmt: skip
def test_kinds(estimator, kind):
    assert kind_of(estimator) == kind


@pytest.mark.parametrize(
    ("estimator", "said"),
    [
        (stranger("Ridge"), "theirs.Ridge is called like sklearn.linear_model.Ridge, but is another class"),
        (stranger("GenerationRidge"), "is called like genloss.advise.GenerationRidge"),
        (stranger("Forest"), "Forest is not one"),
        (Lasso(), "Lasso is not one"),
        (RidgeClassifier(), "RidgeClassifier is not one"),
        (GridSearchCV(Ridge(), {"alpha": [1.0]}), "GridSearchCV is not one"),
        (LogisticRegressionCV(), "LogisticRegressionCV has a fit of its own"),
        (OwnLogistic(), "OwnLogistic has a fit of its own"),
        (LedoitWolf(), "LedoitWolf has a fit of its own"),
        (MinCovDet(), "MinCovDet has a fit of its own"),
        (LogisticRegression(C=2.0, solver="liblinear"), "penalizes the intercept"),
        (LogisticRegression(class_weight="balanced"), "class_weight"),
        (PoissonRegressor(fit_intercept=False), "fit_intercept"),
        (KernelRidge(kernel="precomputed"), "precomputed"),
        (EmpiricalCovariance(assume_centered=True), "assume_centered"),
        (Ridge, r"instance, Ridge\(\)"),
        ("forest", "is not an estimator"),
        ("ridge penalti=1", "penalty"),
        ("ridge gamma=1", '"ridge" with gamma(.|\n)*leave gamma out, or take "kernel_ridge"'),
        ("ridge penalty=-1", "from 0 on"),
        ({"penalty": 1.0}, "is not an estimator"),
        (make_pipeline(StandardScaler(), Lasso()), "Lasso is not one"),
        (make_pipeline(SelectKBest(f_regression, k=2), Ridge()), "without labels"),
        (make_pipeline(PCA(n_components=50), Ridge()), "n_components"),
        (make_pipeline(StandardScaler(), LogisticRegressionCV()), "LogisticRegressionCV has a fit"),
    ],
    ids=lambda case: str(case)[:40],
)
def test_others_are_refused_by_name(estimator, said):
    x, y, _ = rows_of(6)
    labels = y > 10 if "Logistic" in str(estimator) or "logistic" in str(estimator) else np.abs(np.round(y))
    with pytest.raises(Problem, match=said):
        genloss.forecast(estimator, x, labels, **SMALL)


def test_a_pipeline_prepares_once_and_its_last_step_is_refitted():
    x, y, rng = rows_of(7)
    steps = PolynomialFeatures(2, include_bias=False)
    found = genloss.forecast(make_pipeline(steps, Ridge(alpha=2.0)), x, y, **SMALL)
    same(found, genloss.forecast(Ridge(alpha=2.0), steps.fit_transform(x), y, **SMALL))
    alone = genloss.forecast(Pipeline([("only", Ridge(alpha=2.0))]), x, y, **SMALL)
    same(alone, genloss.forecast(Ridge(alpha=2.0), x, y, **SMALL))
    inner = make_pipeline(make_pipeline(StandardScaler(), "passthrough"), PCA(2), KernelRidge(kernel="rbf", gamma=0.3))
    same(
        genloss.forecast(inner, x, y, **SMALL),
        genloss.forecast(inner[-1], make_pipeline(StandardScaler(), PCA(2)).fit_transform(x), y, **SMALL),
    )
    law = make_pipeline(StandardScaler(), EmpiricalCovariance())
    assert np.isfinite(genloss.forecast(law, x, **SMALL).risk).all()
    words = x.assign(city=rng.choice(["a", "b", "c"], ROWS))
    words.loc[3, "age"] = np.nan
    coded = ColumnTransformer(
        [("city", OneHotEncoder(drop="first"), ["city"]), ("numbers", SimpleImputer(), ["age", "income"])]
    )
    told = genloss.forecast(make_pipeline(coded, LinearRegression()), words, y, **SMALL)
    assert ("X", f"{ROWS} rows of 4 features (city__city_b, city__city_c, numbers__age, numbers__income)") in told.asked
    assert not hasattr(coded, "transformers_")  # the user's own steps stay as they were


def test_names_of_columns_are_repeated(tmp_path):
    x, y, _ = rows_of(8)
    told = genloss.forecast(Ridge(), x, y, **SMALL)
    assert ("X", f"{ROWS} rows of 3 features (age, income, rooms)") in told.asked
    assert "the truth is linear in X (age, income, rooms)" in [each.name for each in told.assumptions]
    assert "(age, income, rooms)" in told.save(tmp_path / "page.html").read_text()
    assert "the truth is linear in X" in [
        a.name for a in genloss.forecast(Ridge(), x.to_numpy(), y, **SMALL).assumptions
    ]
    many = pd.DataFrame(np.eye(12), columns=[f"c{i}" for i in range(12)])
    assert ", ..., c11" in dict(seen(Ridge(), many, np.arange(12.0)).words)["X"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: x.assign(income=x["income"].where(x.index != 7)), "missing entries in 1 of 60 rows: 'income'"),
        (lambda x: x.assign(rooms=1e200), "1e\\+200 in row 0 of column 'rooms'"),
        (lambda x: x.assign(city="Graz"), "'Graz' in column 'city' is not a number"),
        (lambda x: np.where(np.arange(ROWS)[:, None] == 2, np.inf, x.to_numpy()), "inf in row 2 of column 0"),
        (lambda x: x.to_numpy()[:, 0], r"shape \(60,\)"),
        (lambda _: [[1.0, 2.0], [3.0]], "X"),
    ],
)  # fmt: skip
def test_messages_name_columns(change, said):
    x, y, _ = rows_of(9)
    with pytest.raises(Problem, match=said):
        genloss.forecast(Ridge(), change(x), y, **SMALL)


def test_what_else_is_refused():
    x, y, _ = rows_of(10)
    with pytest.raises(Problem, match="column 'rooms' is constant"):
        genloss.forecast(EmpiricalCovariance(), x.assign(rooms=1.0), **SMALL)
    with pytest.raises(Problem, match="above"):
        genloss.forecast("ridge", x, y, above=3.0, **SMALL)
    with pytest.raises(Problem, match="a share of the rows"):
        genloss.forecast("logistic", x, y, above=10.0, held_out=0.95, **SMALL)
    with pytest.raises(Problem, match="with held_out"):
        genloss.forecast("gaussian", x, y, held_out=0.2, **SMALL)
    with pytest.raises(Problem, match="needs them"):
        genloss.forecast("ridge", x, **SMALL)
