"""Are rows left out as refitting without them leaves them out, are weights least squares, and what does it refuse?"""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from genloss.advise import CombinedGenerations, CombinedGenerationsClassifier
from genloss.advise.estimators.combined_generations import advice
from genloss.advise.estimators.held_out_chain import chain_of, held_out, leave_one_out_chain, predictions_of
from genloss.advise.estimators.held_out_weights import cancellation, judged_weights
from genloss.advise.estimators.mean_penalty import MeanPenaltyRidge
from genloss.errors import Problem
from genloss.streams import stream


def rows(name, count=30, dim=4):
    rng = stream(531, name)
    x = rng.standard_normal((count, dim)) + 2
    return x, 3 + x @ np.arange(1.0, dim + 1) / dim + rng.standard_normal(count)


@pytest.mark.parametrize("dim", [1, 4, 40])
def test_the_closed_form_leaves_out_as_refitting_does(dim):
    """30 rows; control: the chain that has seen the row."""
    x, y = rows("left out", dim=dim)
    known = np.empty((len(y), 4))
    for i in range(len(y)):
        others = np.arange(len(y)) != i
        known[i] = predictions_of(chain_of(Ridge(alpha=2.5), x[others], y[others], 3), x[i : i + 1])[0]
    found = leave_one_out_chain(x, y, 2.5, 3)
    np.testing.assert_allclose(found, known, rtol=1e-8, atol=1e-8)
    assert np.abs(predictions_of(chain_of(Ridge(alpha=2.5), x, y, 3), x) - known).max() > 1e-2


def test_least_squares_is_left_out_too_and_one_row_that_decides_goes_to_folds():
    x, y = rows("least squares")
    predicted, how = held_out(LinearRegression(), x, y, 1, folds=5)
    assert how == "leave-one-out"
    np.testing.assert_allclose(predicted[:, 0], predicted[:, 1], atol=1e-9)
    x[:, 0] = np.arange(len(y)) == 3
    assert held_out(LinearRegression(), x, y, 1, folds=5)[1] == "folds"
    assert held_out(Ridge(alpha=1.0), x, y, 1, folds=5)[1] == "leave-one-out"
    assert held_out(Ridge(alpha=1.0), x, y, 1, folds=5, unlabeled=x)[1] == "folds"


def test_folds_are_fits_to_the_other_rows():
    x, y = rows("folds")
    model, folds = KernelRidge(alpha=0.5, kernel="rbf", gamma=0.1), KFold(3)
    predicted, how = held_out(model, x, y, 2, folds=folds)
    train, test = list(folds.split(x))[1]
    first = model.fit(x[train], y[train])
    np.testing.assert_array_equal(predicted[test, 0], first.predict(x[test]))
    again = clone(model).fit(x[train], first.predict(x[train]))
    np.testing.assert_allclose(predicted[test, 1], again.predict(x[test]), rtol=1e-12)
    assert how == "folds"


def test_a_mean_penalty_counts_all_rows():
    """Closed form keeps penalty x rows as it is with a row left out; within a part 1 / rows of refitting."""
    x, y = rows("mean penalty")
    one = held_out(MeanPenaltyRidge(0.2), x, y, 1, folds=5)[0]
    np.testing.assert_array_equal(one, held_out(Ridge(alpha=0.2 * len(y)), x, y, 1, folds=5)[0])


def test_weights_are_least_squares_and_no_row_judges_its_own():
    rng = stream(532, "weights")
    predicted = rng.standard_normal((60, 3))
    y = predicted @ [1.5, -0.7, 0.2] + 0.1 * rng.standard_normal(60)
    found = judged_weights(predicted, y, np.random.default_rng(0))
    np.testing.assert_allclose(found.weights.sum(), 1, rtol=1e-12)
    step = rng.standard_normal((50, 3)) * 0.05
    tried = found.weights + step - step.mean(axis=1, keepdims=True)
    errors = ((y[:, None] - predicted @ tried.T) ** 2).mean(axis=0)
    assert (errors >= ((y - predicted @ found.weights) ** 2).mean()).all()
    assert found.evidence > 4
    far = y.copy()
    far[7] += 1000  # a row that its own weights would follow
    moved = judged_weights(predicted, far, np.random.default_rng(0))
    assert moved.saved < found.saved + moved.standard_error
    np.testing.assert_allclose(judged_weights(predicted[:, :1].repeat(3, axis=1), y, rng).saved, 0, atol=1e-12)


def test_it_predicts_the_combination_or_the_plain_fit_to_the_digit():
    x, y = rows("predicts", count=80, dim=30)
    eager = CombinedGenerations(Ridge(alpha=60.0), rounds=2, least_evidence=0).fit(x, y)
    assert eager.combined_
    by_hand = sum(w * fit.predict(x) for w, fit in zip(eager.weights_, eager.fits_, strict=True))
    np.testing.assert_allclose(eager.predict(x), by_hand, rtol=1e-12)
    np.testing.assert_allclose(eager.weights_.sum(), 1)
    shy = CombinedGenerations(Ridge(alpha=60.0), rounds=2, least_evidence=1e6).fit(x, y)
    assert not shy.combined_
    assert shy.weights_.tolist() == [1, 0, 0]
    np.testing.assert_array_equal(shy.predict(x), Ridge(alpha=60.0).fit(x, y).predict(x))
    np.testing.assert_array_equal(shy.found_weights_, eager.found_weights_)
    assert "not combined" in shy.advice_
    assert "combined with weights" in eager.advice_


def test_refits_to_unlabeled_inputs_learn_from_them_alone():
    x, y = rows("unlabeled")
    other = stream(533, "inputs").standard_normal((25, 4))
    found = CombinedGenerations(Ridge(alpha=3.0), least_evidence=0).fit(x, y, unlabeled=other)
    first = Ridge(alpha=3.0).fit(x, y)
    np.testing.assert_array_equal(found.fits_[1].coef_, Ridge(alpha=3.0).fit(other, first.predict(other)).coef_)
    assert found.left_out_by_ == "folds"


@pytest.mark.parametrize(
    "model", [make_pipeline(StandardScaler(), Ridge()), RandomForestRegressor(5, random_state=0), KernelRidge()]
)
def test_any_regressor_goes_in_and_the_same_rows_give_the_same_answer(model):
    x, y = rows("any")
    found = [CombinedGenerations(model, rounds=1, folds=3).fit(x, y).predict(x) for _ in range(2)]
    np.testing.assert_array_equal(*found)


def test_few_rows_are_not_judged():
    x, y = rows("few", count=5)
    found = CombinedGenerations().fit(x, y)
    assert (found.combined_, found.left_out_by_) == (False, "none")
    assert "too few" in found.advice_


@pytest.mark.parametrize(
    ("settings", "fit", "words"),
    [
        ({"rounds": 0}, {}, "rounds"),
        ({"rounds": 1.5}, {}, "rounds"),
        ({"rounds": True}, {}, "rounds"),
        ({"least_evidence": -1}, {}, "least_evidence"),
        ({"least_evidence": "much"}, {}, "least_evidence"),
        ({"estimator": LogisticRegression()}, {}, "predicts classes"),
        ({"estimator": Ridge}, {}, "no regressor"),
        ({"estimator": "ridge"}, {}, "no regressor"),
        ({}, {"unlabeled": [[0.0, 1, 2, 3], [0, 1, np.nan, 3]]}, "unlabeled: NaN in row 1, column 2"),
        ({}, {"unlabeled": np.ones((3, 2))}, "unlabeled: 2 features beside 4"),
    ],
)
def test_what_is_refused(settings, fit, words):
    with pytest.raises(Problem, match=words):
        CombinedGenerations(**settings).fit(*rows("refused"), **fit)


def classes(name, count=90):
    x = stream(534, name).standard_normal((count, 3))
    return x, np.array(["a", "b", "c"])[
        np.digitize(x[:, 0] + 0.8 * stream(535, name).standard_normal(count), [-0.5, 0.5])
    ]


def test_a_refit_to_probabilities_is_a_fit_to_weighted_copies_of_rows():
    x, y = classes("copies")
    found = CombinedGenerationsClassifier(GaussianNB(), least_evidence=0).fit(x, y)
    chances = found.fits_[0].predict_proba(x)
    copies = GaussianNB().fit(np.tile(x, (3, 1)), np.repeat([0, 1, 2], len(x)), sample_weight=chances.T.ravel())
    np.testing.assert_allclose(found.fits_[1].predict_proba(x), copies.predict_proba(x), rtol=1e-9)
    assert found.classes_.tolist() == ["a", "b", "c"]


def test_combined_probabilities_are_probabilities_and_the_plain_fit_stays_where_nothing_is_shown():
    x, y = classes("probabilities")
    shy = CombinedGenerationsClassifier(LogisticRegression(C=0.01), least_evidence=1e6).fit(x, y)
    plain = LogisticRegression(C=0.01).fit(x, y)
    np.testing.assert_array_equal(shy.predict_proba(x), plain.predict_proba(x))
    np.testing.assert_array_equal(shy.predict(x), plain.predict(x))
    eager = CombinedGenerationsClassifier(LogisticRegression(C=0.01), least_evidence=0).fit(x, y)
    assert eager.combined_
    chances = eager.predict_proba(x)
    assert (chances >= 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-12)
    brier = [
        ((each.predict_proba(x) - np.eye(3)[np.unique(y, return_inverse=True)[1]]) ** 2).sum() for each in (shy, eager)
    ]
    assert brier[1] < brier[0]


def test_what_gives_no_probabilities_is_refused():
    with pytest.raises(Problem, match="gives no probabilities"):
        CombinedGenerationsClassifier(Ridge()).fit(*classes("refused"))


def test_columns_of_unlabeled_inputs_are_those_of_the_rows_by_name():
    """As in predict: the same names in the same order. Control: the same columns in order are taken."""
    x, y = rows("names")
    table, other = (pd.DataFrame(values, columns=list("abcd")) for values in (x, x[:20] + 1))
    named = CombinedGenerations(Ridge()).fit(table, y, unlabeled=other)
    bare = CombinedGenerations(Ridge()).fit(x, y, unlabeled=x[:20] + 1)
    np.testing.assert_allclose(named.predict(table), bare.predict(x), rtol=1e-12)
    for wrong in (other[["b", "a", "c", "d"]], other.rename(columns={"a": "z"})):
        with pytest.raises(Problem, match="unlabeled: The feature names should match"):
            CombinedGenerations(Ridge()).fit(table, y, unlabeled=wrong)


@pytest.mark.parametrize("level", [3.1, 0.0, -1e9])
def test_labels_that_do_not_vary_are_not_combined(level):
    """Nor is rounding taken for a gain where nothing else differs: least squares, any evidence."""
    x, y = rows("constant")
    found = CombinedGenerations(least_evidence=0, rounds=3).fit(x, np.full(len(y), level))
    assert (found.combined_, found.weights_.tolist()) == (False, [1, 0, 0, 0])
    assert "labels do not vary, nothing to combine" in found.advice_
    same = CombinedGenerations(LinearRegression(), least_evidence=0).fit(x, y + level)
    assert (same.combined_, same.saved_) == (False, 0)
    assert "the refits predict what it does" in same.advice_


def test_classes_that_do_not_vary_are_not_combined():
    x, _ = classes("one")
    found = CombinedGenerationsClassifier(GaussianNB()).fit(x, ["a"] * len(x))
    assert not found.combined_
    assert "labels do not vary" in found.advice_


def test_refits_whose_parts_cancel_are_not_used():
    """Small penalty, five refits nearly alike. Control: least squares of all weights, which are in the thousands."""
    x, y = rows("cannot tell", count=100)
    predicted, _ = held_out(Ridge(alpha=1.0), x, y, 5, folds=5)
    apart = predicted[:, 1:] - predicted[:, :1]
    free = np.linalg.lstsq(apart, y - predicted[:, 0], rcond=1e-10)[0]
    assert np.abs(free).sum() > 1000
    assert cancellation(apart, free) > 10
    found = CombinedGenerations(Ridge(alpha=1.0), rounds=5, least_evidence=0).fit(x, y)
    used = np.flatnonzero(found.found_weights_).max()
    assert used < 5
    assert cancellation(apart, found.found_weights_[1:]) <= 10
    fewer = judged_weights(predicted[:, : used + 1], y, np.random.default_rng(0))
    np.testing.assert_array_equal(found.found_weights_[: used + 1], fewer.weights)
    np.testing.assert_array_equal([found.saved_, found.evidence_], [fewer.saved, fewer.evidence])
    assert judged_weights(predicted[:, : used + 2], y, np.random.default_rng(0)).unused == 1
    assert f"refits used: {used} of 5, since with one more the parts" in found.advice_


def test_one_refit_that_needs_a_large_weight_is_used():
    """A penalty a hundred times the inputs' variance: the rows tell the weight well, however large."""
    x, y = rows("large weight", count=100)
    found = CombinedGenerations(Ridge(alpha=3e4)).fit(x, y)
    assert found.combined_
    assert found.weights_[0] > 50
    assert found.evidence_ > 3


def told_weights(moved):
    """The advice for two fits whose best weights are 1 - moved, moved."""
    rng = stream(536, "told")
    predicted = rng.standard_normal((80, 2))
    y = predicted @ [1 - moved, moved] + 0.1 * rng.standard_normal(80)
    return advice(judged_weights(predicted, y, np.random.default_rng(0)), True)


def test_an_average_has_weights_between_0_and_1():
    assert "an average with the refits" in told_weights(0.4)
    assert "a step away from the refit, an extrapolation" in told_weights(-0.8)
    beyond = told_weights(1.7)
    assert "(an extrapolation)" in beyond
    assert "average" not in beyond


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([[1.0, np.nan]] * 9, np.arange(9.0), "X: NaN in row 0, column 1"),
        (np.ones((9, 1)), [*range(8), np.nan], "y: NaN in row 8"),
        (np.ones((9, 1)), np.arange(9) * 1e200, r"y: 1e\+200 in row 1 .*leave the range"),
        ([[1.0], [1e90]] * 5, np.arange(10), r"X: 1e\+90 in row 1, column 0"),
    ],
)
def test_numbers_that_cannot_be_used_are_named(x, y, words):
    with pytest.raises(Problem, match=words):
        CombinedGenerations().fit(x, y)
    if words.startswith("X"):
        with pytest.raises(Problem, match=words):
            CombinedGenerationsClassifier().fit(x, np.arange(len(y)) % 2)


def test_there_is_no_sample_weight():
    x, y = rows("weights")
    with pytest.raises(TypeError, match="sample_weight"):
        CombinedGenerations().fit(x, y, sample_weight=np.ones(len(y)))
