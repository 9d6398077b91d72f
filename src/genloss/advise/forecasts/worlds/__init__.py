"""Worlds that a table's rows could come from, one kind for each kind of estimator."""

from typing import Any

from genloss.advise.forecasts.worlds.gaussian import gaussian_world
from genloss.advise.forecasts.worlds.kernel import kernel_world
from genloss.advise.forecasts.worlds.linear import LinearWorld, see
from genloss.advise.forecasts.worlds.protocol import Array, Assumption, World, tested
from genloss.advise.forecasts.worlds.regression import regression_world
from genloss.errors import Problem

__all__ = ["KNOWN", "LIKELIHOODS", "Assumption", "World", "likelihood_of", "tested", "world_of"]

LINEAR = ("LinearRegression", "Ridge", "RidgeCV", "GenerationRidge")
LIKELIHOODS = ("LogisticRegression", "PoissonRegressor")
KNOWN = (*LINEAR, "KernelRidge", *LIKELIHOODS, "EmpiricalCovariance")


def world_of(estimator: Any, x: Array, y: Array | None) -> World:
    """Say which worlds the rows could come from, as this estimator sees them; others are refused by name."""
    if isinstance(estimator, type):
        raise Problem("estimator", f"the class {estimator.__name__}", f"give an instance, {estimator.__name__}()")
    name = type(estimator).__name__
    if name not in KNOWN:
        raise Problem("estimator", f"{name} is not one whose forecasts were tested", f"give one of {', '.join(KNOWN)}")
    if name == "EmpiricalCovariance":
        _only(estimator, {"assume_centered": False})
        if y is not None:
            raise Problem("y", "labels for a law of the rows alone", "leave y out")
        return gaussian_world(x)
    if y is None:
        raise Problem("y", f"no labels, and {name} needs them", "give y")
    if name == "KernelRidge":
        return kernel_world(estimator, x, y)
    if name in LIKELIHOODS:
        kind, penalty = likelihood_of(estimator)
        return regression_world(kind, x, y, penalty, by_rows=kind == "logistic")
    return LinearWorld(estimator, x, see(x, y))


def likelihood_of(estimator: Any) -> tuple[str, float]:
    """Return the kind of a LogisticRegression or PoissonRegressor and its penalty; refuse settings not known here."""
    if type(estimator).__name__ == "PoissonRegressor":
        _only(estimator, {"fit_intercept": True})
        return "poisson", float(estimator.alpha)
    _only(estimator, {"l1_ratio": 0.0, "class_weight": None, "fit_intercept": True, "dual": False})
    kind = getattr(estimator, "penalty", "deprecated")
    if kind not in ("deprecated", "l2", None):
        raise Problem("estimator", f"penalty = {kind!r}", "use a squared penalty (C), or none (C = inf)")
    return "logistic", 0.0 if kind is None else 1 / float(estimator.C)


def _only(estimator: Any, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        given = getattr(estimator, name, value)
        if given != value and not (value == 0.0 and given is None):
            raise Problem("estimator", f"{name} = {given!r}", f"forecasts know {name} = {value!r} alone")
