"""What does theory say of the mean of several fits? Against closed forms, and against the fits by themselves."""

import numpy as np
import pytest

from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.populations import LinearGaussian
from genloss.theory.coverage import Setting, find, predict
from genloss.theory.whole import predict_means
from genloss.workflows import Lineages, accumulate, islands, pooled, replace, separate

DIM, NOISE, ROWS, LAST = 6, 0.5, 24, 4
POPULATION = LinearGaussian(np.arange(1, DIM + 1.0) ** -1, np.ones(DIM), NOISE)


def setting(lineages, workflow=None, model=None):
    schedule = lineages.compile(workflow or replace(ROWS), LAST)
    return Setting(POPULATION, schedule, Generator(model or LeastSquares(), NOISE), None)


def groups(lineages):
    return [lineages.fits(g) for g in range(LAST + 1)]


def values(found):
    return np.array([each.value for each in found])


def test_separate_least_squares_models_err_apart():
    """The mean of K independent models without bias loses a K-th of what one loses; and it is exact."""
    found = predict_means(setting(separate(3)), "excess_risk", groups(separate(3)))
    one = NOISE**2 * DIM / (ROWS - DIM - 1)
    np.testing.assert_allclose(values(found), one * np.arange(1, LAST + 2) / 3, rtol=1e-12)
    assert {each.status for each in found} == {"exact"}
    assert not any(each.allowance for each in found)


def test_least_squares_models_of_one_pool_meet_by_their_shares():
    """Q_kj of two models is the mean of all Q of the generation before, and Q_kk that and a fit's own part."""
    K = 3
    lineages = Lineages(pooled(K).names, pooled(K).exchange, by_rows=True)
    whole = values(predict_means(setting(lineages), "excess_risk", groups(lineages)))
    alone = [
        values(predict_means(setting(lineages), "excess_risk", [[fit] for fit in each])) for each in groups(lineages)
    ]
    for g in range(LAST):
        between = (whole[g + 1] - alone[g + 1].mean() / K) / (1 - 1 / K)
        assert between == pytest.approx(whole[g], rel=1e-12)


@pytest.mark.parametrize("workflow", [replace(ROWS), accumulate(ROWS)])
@pytest.mark.parametrize("model", [Ridge(0.2), LeastSquares()])
def test_the_mean_of_one_fit_is_the_fit(workflow, model):
    asked = setting(islands(2, 0.3), workflow, model)
    for fit, each in enumerate(predict_means(asked, "test_error", [[fit] for fit in range(2 * LAST)])):
        (alone,), _ = predict(asked, find(asked, "test_error"), "test_error", [fit])
        assert each.value == pytest.approx(alone[fit].value, rel=1e-12)
        assert each.allowance == pytest.approx(alone[fit].allowance, rel=1e-9, abs=1e-15)
        assert each.status == alone[fit].status


def test_a_bias_is_shared_and_noise_is_not():
    """Many separate models of one penalty: what is left of the whole is the square of the mean error."""
    many, few = (
        values(predict_means(setting(separate(K), model=Ridge(0.5)), "excess_risk", groups(separate(K))))
        for K in (40, 4)
    )
    one = values(predict_means(setting(separate(1), model=Ridge(0.5)), "excess_risk", groups(separate(1))))
    bias = (4 * few - one) / 3
    np.testing.assert_allclose(many, bias + (one - bias) / 40, rtol=1e-12)
    assert np.all(bias > 0)


def test_what_has_no_formula_is_said():
    asked = setting(islands(2, 0.3))
    assert predict_means(asked, "parameter_error", [[0, 1]]) == "no formula gives parameter_error"
    judged = Setting(POPULATION, asked.schedule, asked.generator, Predictor((LeastSquares(),), 30, NOISE))
    assert "how the errors of two such fits go together" in predict_means(judged, "excess_risk", [[0, 1]])
