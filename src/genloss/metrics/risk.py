"""How wrong is a regression? Squared errors against the truth, without and with the noise of a test label."""

from __future__ import annotations

import numpy as np

from genloss.metrics.evidence import Array


def excess_risk_of_coefficients(*, coefficient_error: Array, spectrum: Array) -> Array:
    """E(x.w - x.w0)^2 over Gaussian inputs: the test error above the noise floor.

    Returns the shape of the leading axes; unit: label squared; range [0, inf).

    >>> error, spectrum = np.array([[1.0, 2.0]]), np.array([1.0, 0.5])
    >>> excess_risk_of_coefficients(coefficient_error=error, spectrum=spectrum).tolist()
    [3.0]
    """
    return np.asarray((spectrum * coefficient_error**2).sum(axis=-1))


def excess_risk_of_predictions(*, prediction_error: Array) -> Array:
    """Mean of (f(x) - truth(x))^2 over the rows of a finite population."""
    return np.asarray((prediction_error**2).mean(axis=-1))


def expected_excess_risk(*, expected_excess_risk: Array) -> Array:
    """The excess risk, expected over label noise."""
    return expected_excess_risk


def held_out_excess_risk(*, held_out_error: Array) -> Array:
    """Mean of (f(x) - clean real label)^2 over real rows that no generation was trained on."""
    return np.asarray((held_out_error**2).mean(axis=-1))


def test_error_of_coefficients(*, coefficient_error: Array, spectrum: Array, noise: float) -> Array:
    """Expected squared error against a newly drawn noisy label: excess risk + noise^2."""
    return excess_risk_of_coefficients(coefficient_error=coefficient_error, spectrum=spectrum) + noise**2


def test_error_of_predictions(*, prediction_error: Array, noise: float) -> Array:
    """Mean squared error against newly drawn noisy labels: excess risk + noise^2."""
    return excess_risk_of_predictions(prediction_error=prediction_error) + noise**2


def expected_test_error(*, expected_excess_risk: Array, noise: float) -> Array:
    """The test error, expected over label noise."""
    return expected_excess_risk + noise**2


def parameter_error(*, coefficient_error: Array) -> Array:
    """|w - w0|^2, the squared error of the coefficients; unit: coefficient squared."""
    return np.asarray((coefficient_error**2).sum(axis=-1))
