"""Is the answer to "does combining fits pay?" that of the estimator, and does it say so in plain words?"""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV

from genloss import Problem, advise
from genloss.advise import CombinedGenerations
from genloss.advise.estimators.mean_penalty import MeanPenaltyRidge
from genloss.streams import stream


def rows(name, count=200, dim=50):
    rng = stream(551, name)
    x = rng.standard_normal((count, dim))
    return x, x @ np.full(dim, dim**-0.5) + 0.5 * rng.standard_normal(count)


def test_it_pays_at_a_penalty_far_too_large_and_not_at_the_best():
    x, y = rows("pays")
    found = advise.combining_fits(x, y, estimator="ridge penalty=0.3")
    assert found.pays
    assert found.weights[0] > 1
    assert "Combining pays" in found.summary()
    assert "That is the simpler way." in found.summary()
    assert found.combined_there is False
    assert found.chosen_saved > 0
    best = advise.combining_fits(x, y, estimator={"kind": "ridge", "penalty": found.chosen_penalty})
    assert not best.pays
    assert "Combining does not pay: keep" in best.summary()
    np.testing.assert_allclose(best.chosen_saved, 0, atol=1e-3 * best.alone[0])


def test_it_is_the_estimator_on_standardized_inputs():
    x, y = rows("estimator")
    found = advise.combining_fits(3 * x + 5, y, estimator="ridge penalty=0.3", rounds=2, seed=4)
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    fit = CombinedGenerations(MeanPenaltyRidge(0.3), rounds=2, random_state=4).fit(scaled, y)
    np.testing.assert_allclose(found.weights, fit.found_weights_, rtol=1e-6)
    np.testing.assert_allclose([found.saved, found.evidence], [fit.saved_, fit.evidence_], rtol=1e-6)
    np.testing.assert_allclose(found.alone[0], fit.held_out_error_, rtol=1e-9)
    assert found.weights.size == found.alone.size == 3


def test_the_penalty_instead_is_the_one_of_leave_one_out():
    x, y = rows("instead")
    found = advise.combining_fits(x, y, estimator=Ridge(alpha=100.0))
    known = RidgeCV(alphas=np.logspace(-8, 4, 97) * len(y) * np.mean(x.var(axis=0))).fit(x, y)
    np.testing.assert_allclose(found.chosen_penalty * len(y), known.alpha_, rtol=1e-9)
    assert found.penalty == 0.5


def test_least_squares_has_nothing_to_combine_and_others_are_left_out_by_folds():
    x, y = rows("others", dim=3)
    plain = advise.combining_fits(x, y, estimator=LinearRegression())
    assert not plain.pays
    np.testing.assert_allclose(plain.saved, 0, atol=1e-12)
    kernel = advise.combining_fits(x, y, estimator="kernel_ridge penalty=0.1")
    assert kernel.left_out_by == "folds"
    assert kernel.chosen_penalty is None
    assert "leave-one-out" not in kernel.summary()


@pytest.mark.parametrize(
    ("x", "y", "more", "words"),
    [
        (np.ones((5, 2)), np.ones(5), {}, "too few"),
        (np.ones((9, 2)), np.ones(8), {}, "shapes"),
        (np.full((9, 2), np.nan), np.ones(9), {}, "X: NaN in row 0, column 0"),
        (np.ones((9, 2)), [1.0] * 7 + [np.nan] * 2, {}, "y: NaN in row 7 "),
        (np.ones((9, 2)), [1.0] * 8 + [-np.inf], {}, "y: infinity"),
        (np.ones((9, 2)), np.arange(9) * 1e200, {}, "y: 1e\\+200 in row 1 .*leave the range"),
        (np.ones((9, 2)), np.arange(9) * 1e-200, {}, "y: no label is larger than 8e-200"),
        (np.full((9, 2), 1e200), np.ones(9), {}, "X: 1e\\+200 in row 0, column 0"),
        ([["a"]] * 9, [1.0] * 9, {}, "not numbers"),
        (*rows("refused"), {"estimator": "rigde"}, "did you mean ridge"),
        (*rows("refused"), {"estimator": "logistic"}, "predicts classes"),
        (*rows("refused"), {"estimator": "gaussian"}, "no regressor"),
        (*rows("refused"), {"rounds": 0}, "rounds"),
    ],
)
def test_what_is_refused(x, y, more, words):
    with pytest.raises(Problem, match=words):
        advise.combining_fits(x, y, **more)


def test_labels_that_do_not_vary_have_nothing_to_combine():
    """Rounding was once told as a gain of 100 %."""
    found = advise.combining_fits(rows("constant")[0], np.full(200, 3.1), estimator="ridge penalty=0.1")
    assert (found.pays, found.saved, found.weights.tolist()) == (False, 0, [1, 0])
    assert "labels do not vary, nothing to combine" in found.summary()
    assert "Another penalty" not in found.summary()


def test_the_penalty_is_told_as_scikit_learn_does_too():
    x, y = rows("both")
    found = advise.combining_fits(x, y, estimator=Ridge(alpha=200.0))
    assert (found.penalty, found.alpha) == (1.0, 200.0)
    assert found.chosen_alpha == found.chosen_penalty * 200
    assert "instead of 1 (alpha = 200)" in found.summary()
    assert "alpha of scikit-learn's Ridge is penalty x 200 rows" in found.summary()


def test_refits_whose_parts_cancel_are_not_used():
    x, y = rows("too large", count=60, dim=5)
    found = advise.combining_fits(x, y, estimator="ridge penalty=0.01", rounds=5)
    assert found.weights[-1] == 0
    assert np.abs(found.weights).sum() < 1000
    assert "of 5, since with one more the parts" in found.summary()
