"""Where rows cannot tell that correcting a kernel's penalty helps, is it that of leave-one-out, and only there?"""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV, LeaveOneOut

from genloss.advise import GenerationKernelRidge
from genloss.advise.estimators import kernel_ridge
from genloss.advise.estimators.when_not_to import LIGHT, kernel_limit_of, share_harmed
from genloss.streams import stream

ROWS, GAMMA = 40, 0.2


def rows_of(signal, *, key=0):
    """Two inputs, labels of noise 1 about a smooth function of the first."""
    rng = stream(97, "when not to", key)
    x = rng.standard_normal((ROWS, 2))
    return x, signal * np.sin(x[:, 0]) + rng.standard_normal(ROWS)


@pytest.mark.parametrize("generator_penalty", [1e-5, 0.1])
def test_an_uncorrected_fit_is_that_of_leave_one_out(generator_penalty, monkeypatch):
    x, y = rows_of(0.5)
    model = GenerationKernelRidge(gamma=GAMMA, generation=3, generator_penalty=generator_penalty)
    monkeypatch.setattr(kernel_ridge, "kernel_limit_of", lambda _: -1.0)
    fit = clone(model).fit(x, y)
    ours = np.flatnonzero(fit.penalties_ == fit.penalty_)[0]
    alphas = fit.penalties_[max(ours - 40, 0) : ours + 41 : 20] * ROWS
    search = GridSearchCV(
        KernelRidge(kernel="rbf", gamma=GAMMA), {"alpha": alphas}, cv=LeaveOneOut(), scoring="neg_mean_squared_error"
    ).fit(x, y - y.mean())
    assert not fit.corrected_
    assert fit.alpha_ == search.best_params_["alpha"]
    assert alphas[0] < fit.alpha_ < alphas[-1]
    np.testing.assert_allclose(fit.predict(x), search.predict(x) + y.mean(), rtol=1e-7)
    monkeypatch.setattr(kernel_ridge, "kernel_limit_of", lambda _: 1.0)
    other = model.fit(x, y)
    assert other.corrected_
    assert other.penalty_ == other.penalties_[np.argmin(other.risks_)]
    assert other.alpha_ != fit.alpha_  # control: the correction is another penalty


def test_some_rows_cannot_tell_and_others_can():
    """By the limits as they are: both happen, and the words, the flag and the chance are of one mind."""
    seen = set()
    for key in range(4):
        for generator_penalty in (1e-5, 0.1):
            for signal in (0.0, 0.5, 2.0):
                x, y = rows_of(signal, key=key)
                fit = GenerationKernelRidge(gamma=GAMMA, generation=4, generator_penalty=generator_penalty).fit(x, y)
                assert 0 <= fit.chance_of_harm_ <= 1
                assert fit.corrected_ == ("not corrected: the penalty is the one that leave-one-out" not in fit.advice_)
                if fit.corrected_:
                    assert fit.penalty_ == fit.penalties_[np.argmin(fit.risks_)]
                seen.add(fit.corrected_)
    assert seen == {True, False}


def test_light_generators_are_corrected_by_another_limit():
    assert kernel_limit_of(LIGHT) > kernel_limit_of(LIGHT - 1e-9)
    x, _ = rows_of(0.5)
    asked = []
    for penalty in (1e-5, 10.0):
        model = GenerationKernelRidge(gamma=GAMMA, generation=2, generator_penalty=penalty)
        values = np.linalg.eigvalsh(model._model().gram(x, x) / ROWS)
        asked.append(model._limit(values[values > 1e-12], ROWS))
    assert asked == [kernel_limit_of(1.0), kernel_limit_of(0.0)]


@pytest.mark.parametrize("settings", [{"generation": 0}, {"generation": 3, "penalty": 0.01}])
def test_what_is_real_or_given_is_not_compared(settings):
    fit = GenerationKernelRidge(gamma=GAMMA, **settings).fit(*rows_of(0.5))
    assert fit.corrected_
    assert np.isnan(fit.chance_of_harm_)
    assert "not corrected" not in fit.advice_


def test_the_share_that_is_harmed():
    weights = np.array([0.2, 0.8])
    shown, shared = np.ones((2, 1)), np.array([[1.0], [0.0]])  # all is truth; nothing is
    less, more = np.array([0.1]), np.array([0.9])
    assert share_harmed(weights, shown, shared, ours=less, theirs=more) == pytest.approx(0.2)
    assert share_harmed(weights, shown, shared, ours=more, theirs=less) == pytest.approx(0.8)
