"""How wrong is a fit? Squared errors against the truth, without and with the noise of a test label."""

import numpy as np

from genloss.errors import Problem
from genloss.metrics.errors_of_fits import Array, Errors, ExpectedErrors, LinearErrors, PoolErrors


def excess_risk(errors: Errors) -> Array:
    """E(f(x) - truth(x))^2 over the population's inputs: the test error above the noise floor.

    Returns the shape of the leading axes; unit: label squared; range [0, inf).

    >>> excess_risk(LinearErrors(np.array([[1.0, 2.0]]), np.array([1.0, 0.5]), noise=0.1)).tolist()
    [3.0]
    """
    if isinstance(errors, LinearErrors):
        return np.asarray((errors.spectrum * errors.coefficients**2).sum(axis=-1))
    if isinstance(errors, ExpectedErrors):
        return errors.excess_risk
    return np.asarray((errors.pool**2).mean(axis=-1))


def held_out_excess_risk(errors: Errors) -> Array:
    """Mean of (f(x) - clean real label)^2 over real rows that no generation was trained on."""
    if not isinstance(errors, PoolErrors) or errors.held_out.shape[-1] == 0:
        raise Problem(
            "metrics: held_out_excess_risk",
            "this population holds no rows out",
            "give population.held_out, or ask for excess_risk",
        )
    return np.asarray((errors.held_out**2).mean(axis=-1))


def test_error(errors: Errors) -> Array:
    """Expected squared error against a newly drawn noisy label: excess_risk + noise^2."""
    return excess_risk(errors) + errors.noise**2


def parameter_error(errors: Errors) -> Array:
    """|w - w0|^2, the squared error of the coefficients; unit: coefficient squared."""
    if isinstance(errors, PoolErrors):
        raise Problem(
            "metrics: parameter_error",
            "real rows, and models that are not linear, have no true coefficients",
            "ask for excess_risk instead",
        )
    if isinstance(errors, ExpectedErrors):
        raise Problem(
            "metrics: parameter_error", "the integrated engine knows the excess risk only", "use another engine"
        )
    return np.asarray((errors.coefficients**2).sum(axis=-1))
