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
        (np.full((9, 2), np.nan), np.ones(9), {}, "finite"),
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
