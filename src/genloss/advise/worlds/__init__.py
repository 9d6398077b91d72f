"""Worlds that a table's rows could come from, one kind for each kind of estimator."""

from typing import Any

import numpy as np

from genloss.advise.worlds.gaussian import gaussian_world
from genloss.advise.worlds.kernel import kernel_world
from genloss.advise.worlds.linear import LinearWorld, see
from genloss.advise.worlds.protocol import Array, Assumption, World, looked
from genloss.advise.worlds.regression import RegressionWorld, show
from genloss.errors import Problem

__all__ = ["KNOWN", "Assumption", "World", "looked", "world_of"]

LINEAR = ("LinearRegression", "Ridge", "RidgeCV", "GenerationRidge")
KNOWN = (*LINEAR, "KernelRidge", "LogisticRegression", "PoissonRegressor", "EmpiricalCovariance")


def world_of(estimator: Any, x: Array, y: Array | None) -> World:
    """Say which worlds the rows could come from, as this estimator sees them; others are refused by name."""
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
    if name == "LogisticRegression":
        _only(estimator, {"l1_ratio": 0.0, "class_weight": None, "fit_intercept": True, "dual": False})
        kind = getattr(estimator, "penalty", "deprecated")
        if kind not in ("deprecated", "l2", None):
            raise Problem("estimator", f"penalty = {kind!r}", "use a squared penalty (C), or none (C = inf)")
        penalty = 0.0 if kind is None else 1 / float(estimator.C)
        return RegressionWorld("logistic", show("logistic", x, y), penalty, True).checked()
    if name == "PoissonRegressor":
        _only(estimator, {"fit_intercept": True})
        return RegressionWorld("poisson", show("poisson", x, y), float(estimator.alpha), False).checked()
    return LinearWorld(estimator, see(x, y))


def _only(estimator: Any, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        given = getattr(estimator, name, value)
        if given is not value and not np.isclose(given if given is not None else np.nan, value or 0.0):
            raise Problem("estimator", f"{name} = {given!r}", f"forecasts know {name} = {value!r} alone")
