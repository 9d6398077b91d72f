"""Where rows cannot tell that correcting helps, is the penalty that of RidgeCV, to the digit, and only there?"""

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from genloss.advise import GenerationRidgeCV
from genloss.advise.estimators import penalty_choice
from genloss.advise.estimators.empirical_bayes import Belief
from genloss.advise.estimators.when_not_to import chance_of_harm, leave_one_out, limit_of
from genloss.streams import stream

ROWS = 60


def rows_of(signal, *, key=0):
    """Six inputs of unlike strength, the first alone with a signal, labels of noise 1."""
    rng = stream(96, "when not to", key)
    x = rng.standard_normal((ROWS, 6)) * [3, 2, 1, 1, 0.5, 0.5]
    return x, signal * x[:, 0] + rng.standard_normal(ROWS)


def belief(gains):
    """Believe as many truths, alike in weight: `gains` above 0 have no truth, below a truth that nothing hides."""
    shown = np.ones((len(gains), 1))
    shared = np.array([[0.0] if gain > 0 else [1.0] for gain in gains])
    weights = np.full(len(gains), 1 / len(gains))
    return Belief(shown.mean(axis=0), shared.mean(axis=0), 1.0, 1.0, 1.0, np.ones(1), weights, shown, shared)


@pytest.mark.parametrize("gains", [[1, 1, 1, 1], [1, 1, 1, -1], [1, -1, -1, -1], [-1, -1, -1, -1]])
def test_the_chance_of_harm_is_the_share_of_beliefs_in_which_correcting_costs(gains):
    one = np.ones(1)
    found = chance_of_harm(belief(gains), one, corrected=10.0, blind=0.1)
    assert found == pytest.approx(np.mean([gain < 0 for gain in gains]))
    turned = chance_of_harm(belief(gains), one, corrected=0.1, blind=10.0)
    assert turned == pytest.approx(1 - found)  # control: what is taken for which
    assert chance_of_harm(belief(gains), one, corrected=2.0, blind=2.0) == 0


@pytest.mark.parametrize("limit", [0.0, 0.24, 0.26, 1.0])
def test_the_blind_penalty_is_taken_above_the_limit_and_not_below(limit):
    before = penalty_choice.Choice(np.array([0.1, 10.0]), np.zeros(2), 10.0, 0.0, 0.0, 0.0, 1.0, 1, 1)
    found = penalty_choice._or_blind(before, belief([1, 1, 1, -1]), np.ones(1), 0.1, limit)
    assert (found.penalty, found.corrected) == ((0.1, False) if limit < 0.25 else (10.0, True))
    assert found.harm == pytest.approx(0.25)


@pytest.mark.parametrize("generator_penalty", [0.0, 0.5])
@pytest.mark.parametrize("method", ["empirical_bayes", "empirical_bayes_robust"])
@pytest.mark.parametrize("weighted", [False, True])
def test_an_uncorrected_fit_is_that_of_ridge_cv_to_the_digit(generator_penalty, method, weighted, monkeypatch):
    x, y = rows_of(0.3)
    weights = stream(96, "weights").uniform(0.5, 2, ROWS) if weighted else None
    model = GenerationRidgeCV(generation=4, generator_penalty=generator_penalty, method=method)
    monkeypatch.setattr(penalty_choice, "limit_of", lambda _: -1.0)
    fit = model.fit(x, y, weights)
    worth = ROWS if weights is None else weights.sum()
    theirs = RidgeCV(alphas=fit.penalties_[:-1] * worth).fit(x, y, weights)
    assert not fit.corrected_
    assert fit.alpha_ == theirs.alpha_
    np.testing.assert_allclose(fit.coef_, theirs.coef_, rtol=1e-9)
    monkeypatch.setattr(penalty_choice, "limit_of", lambda _: 1.0)
    other = model.fit(x, y, weights)
    assert other.corrected_
    assert other.alpha_ != theirs.alpha_  # control: the correction is another penalty


def test_some_rows_cannot_tell_and_others_can():
    """By the limits as they are: both happen, and the words, the flag and the chance are of one mind."""
    seen = set()
    for key in range(6):
        for generator_penalty in (0.0, 0.2):
            for signal in (0.0, 0.3, 2.0):
                fit = GenerationRidgeCV(generation=4, generator_penalty=generator_penalty).fit(
                    *rows_of(signal, key=key)
                )
                assert fit.corrected_ == (fit.chance_of_harm_ <= limit_of(generator_penalty))
                assert fit.corrected_ == ("not corrected: the penalty is the one that leave-one-out" not in fit.advice_)
                best = fit.penalties_[np.argmin(fit.risks_)]
                assert fit.corrected_ == (fit.penalty_ == best)
                seen.add((generator_penalty, fit.corrected_))
    assert seen == {(0.0, True), (0.0, False), (0.2, True), (0.2, False)}


@pytest.mark.parametrize(
    ("settings", "real"),
    [({"generation": 0}, 0), ({"generation": 4, "method": "mallows_cp"}, 0), ({"generation": 4}, 20)],
)
def test_what_has_no_generators_or_no_belief_is_not_compared(settings, real):
    mask = np.arange(ROWS) < real
    fit = GenerationRidgeCV(**settings).fit(*rows_of(0.3), real_rows=mask if real else None)
    assert fit.corrected_
    assert np.isnan(fit.chance_of_harm_)
    assert "not corrected" not in fit.advice_


def test_leave_one_out_takes_what_ridge_cv_takes():
    x, y = rows_of(0.3)
    penalties = np.append(np.logspace(-3, 2, 40), np.inf)
    found = leave_one_out(x - x.mean(axis=0), y - y.mean(), np.ones(ROWS), penalties)
    assert found * ROWS == RidgeCV(alphas=penalties[:-1] * ROWS).fit(x, y).alpha_
    assert penalties[0] < found < penalties[-2]
