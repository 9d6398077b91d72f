"""Every model that a study can name keeps its contract, and every named workflow is known where it must be."""

import numpy as np
import pytest

from genloss.models import MODELS, KernelRidge, LeastSquares, Ridge, ShiftedTruth
from genloss.study.spec.tables import TABLES

RNG = np.random.default_rng(71)
INPUTS, TARGETS, NEW = RNG.standard_normal((3, 20, 4)), RNG.standard_normal((3, 20)), RNG.standard_normal((3, 5, 4))


def line(penalty: float, weights=None):
    """Predictions of a ridge fit, by its normal equations."""
    w = np.ones(20) if weights is None else weights
    fits = [
        np.linalg.solve((x * w[:, None]).T @ x + penalty * 20 * np.eye(4), x.T @ (w * y))
        for x, y in zip(INPUTS, TARGETS, strict=True)
    ]
    return np.einsum("rnd,rd->rn", NEW, np.array(fits))


def kernel(penalty: float, gamma: float):
    """Predictions of kernel ridge, by its definition."""

    def gram(a, b):
        return np.exp(-gamma * ((a[:, None] - b[None]) ** 2).sum(axis=-1))

    return np.array(
        [
            gram(new, x) @ np.linalg.solve(gram(x, x) + penalty * 20 * np.eye(20), y)
            for x, y, new in zip(INPUTS, TARGETS, NEW, strict=True)
        ]
    )


EXAMPLES = {
    "least_squares": (LeastSquares(), line(0.0)),
    "ridge": (Ridge(0.3), line(0.3)),
    "kernel_ridge": (KernelRidge(0.3, gamma=0.2), kernel(0.3, 0.2)),
    "shifted_truth": (ShiftedTruth(0.3), None),  # is not fitted to rows
}


def test_every_model_has_an_example() -> None:
    assert MODELS.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_one_of_its_class_and_a_study_can_name_it(name: str) -> None:
    model, _ = EXAMPLES[name]
    assert type(model) is MODELS[name]
    assert model.penalty >= 0
    assert name in TABLES["generator"]
    assert name in TABLES["predictor"] or name == "shifted_truth"


@pytest.mark.parametrize("name", [name for name, (_, right) in EXAMPLES.items() if right is not None])
def test_a_model_gives_the_predictions_of_its_definition(name: str) -> None:
    model, right = EXAMPLES[name]
    fitted = model.fit((INPUTS, TARGETS))
    np.testing.assert_allclose(fitted.predict(NEW), right, rtol=1e-8, atol=1e-10)
    alone = model.fit((INPUTS[1], TARGETS[1])).predict(NEW[1])
    np.testing.assert_allclose(alone, right[1], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ["least_squares", "ridge"])
def test_weights_multiply_squared_residuals(name: str) -> None:
    model, right = EXAMPLES[name]
    weights = np.arange(1.0, 21.0)
    found = model.fit((INPUTS, TARGETS), weights).predict(NEW)
    np.testing.assert_allclose(found, line(model.penalty, weights), rtol=1e-8, atol=1e-10)
    assert not np.allclose(found, right, rtol=1e-2)
