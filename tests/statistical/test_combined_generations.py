"""Does the estimator that combines fits save what theory says where it pays, and keep the plain fit where it does not?

Rule: Z standard errors over 200 data sets of one setting, sizes fixed before the first look; risks are exact, given
the coefficients. Blind spot: a saving of less than about 2 % of the risk. Controls: the best penalty, where nothing is
to be gained, and labels that were shuffled.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.utils.estimator_checks import parametrize_with_checks

from genloss.advise import CombinedGenerations, CombinedGenerationsClassifier
from genloss.advise.estimators.mean_penalty import MeanPenaltyKernelRidge, MeanPenaltyLogistic, MeanPenaltyRidge
from genloss.streams import stream
from genloss.theory.combine import best_combination, self_training
from genloss.theory.reuse import risk

DIM, ROWS, NOISE, SETS = 50, 200, 0.5, 200
TRUTH = np.full(DIM, DIM**-0.5)
BEST = NOISE**2 * DIM / ROWS


@parametrize_with_checks(
    [
        CombinedGenerations(),
        CombinedGenerations(rounds=3, least_evidence=0),
        CombinedGenerations(LinearRegression()),
        CombinedGenerations(MeanPenaltyKernelRidge(0.1, gamma=0.1), folds=3),
        CombinedGenerationsClassifier(folds=3),
        CombinedGenerationsClassifier(GaussianNB(), rounds=2, least_evidence=0),
    ]
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


def fitted(name, penalty, **settings):
    """Coefficient errors of plain and combined fit, (2, sets, dim), and how often fits were combined."""
    rng, errors, combined = stream(541, name), np.empty((2, SETS, DIM)), []
    for r in range(SETS):
        x = rng.standard_normal((ROWS, DIM))
        y = x @ TRUTH + NOISE * rng.standard_normal(ROWS)
        fit = CombinedGenerations(MeanPenaltyRidge(penalty), random_state=r, **settings).fit(x, y)
        coefficients = np.stack([one.coef_ for one in fit.fits_])
        errors[:, r] = coefficients[0] - TRUTH, fit.weights_ @ coefficients - TRUTH
        combined.append(fit.combined_)
    return errors, np.mean(combined)


@pytest.mark.parametrize(("rounds", "lost"), [(1, 0.03), (2, 0.06)])
def test_it_saves_nearly_what_the_best_weights_would(rounds, lost):
    """Penalty .3, five times too large. lost: of the plain risk, by weights that are estimated."""
    errors, often = fitted(f"saves {rounds}", 0.3, rounds=rounds)
    risks = (errors**2).sum(axis=-1)
    batches = self_training(ROWS, noise=NOISE, rounds=rounds, design="same")
    known = best_combination(risk(np.ones(DIM), TRUTH, batches, penalty=0.3).cross)
    mean, error = mean_and_error((1 - risks[1] / risks[0])[None])
    assert often == 1
    assert known.gain - lost - Z * error < mean < known.gain + 0.01 + Z * error
    assert mean > Z * error


def test_at_the_best_penalty_little_is_combined_and_little_lost():
    errors, often = fitted("best", BEST)
    risks = (errors**2).sum(axis=-1)
    mean, error = mean_and_error((risks[1] / risks[0] - 1)[None])
    assert mean < 0.01 + Z * error
    assert often < 0.4
    always, _ = fitted("best", BEST, least_evidence=0)
    eager = (always**2).sum(axis=-1)
    assert eager[1].mean() >= risks[1].mean() * 0.999


def test_where_there_is_nothing_to_learn_it_shrinks_or_keeps_and_never_steps_away():
    """Labels of noise alone: averaging is right there, since the truth is 0."""
    rng, risks, away = stream(542, "noise"), np.empty((2, SETS)), 0
    for r in range(SETS):
        x, y = rng.standard_normal((ROWS, DIM)), rng.standard_normal(ROWS)
        fit = CombinedGenerations(MeanPenaltyRidge(0.1), random_state=r).fit(x, y)
        coefficients = np.stack([one.coef_ for one in fit.fits_])
        risks[:, r] = (coefficients[0] ** 2).sum(), ((fit.weights_ @ coefficients) ** 2).sum()
        away += fit.weights_[0] > 1
    mean, error = mean_and_error((risks[0] - risks[1])[None])
    assert mean > Z * error
    assert away == 0


def test_probabilities_that_shrink_too_much_are_stretched_and_predict_better():
    """Logistic regression of a penalty far too large, 40 data sets; the Brier score on 2,000 new rows each."""
    rng, scores = stream(543, "classes"), np.empty((2, 40))
    for r in range(scores.shape[1]):
        x = rng.standard_normal((2200, 5))
        y = (x @ np.full(5, 0.8) + rng.logistic(size=2200) > 0) * 1
        fit = CombinedGenerationsClassifier(MeanPenaltyLogistic(1.0), folds=4, random_state=r).fit(x[:200], y[:200])
        each = fit.fits_[0].predict_proba(x[200:])[:, 1], fit.predict_proba(x[200:])[:, 1]
        scores[:, r] = [np.mean((p - y[200:]) ** 2) for p in each]
        assert fit.weights_[0] >= 1
    mean, error = mean_and_error((scores[0] - scores[1])[None])
    assert mean > Z * error
