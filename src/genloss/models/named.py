"""Which estimators of scikit-learn may a study name? Those of this list; no other code is executed for a name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from genloss.errors import Problem, nearest

ESTIMATORS = {
    "GaussianMixture": "sklearn.mixture",
    "BayesianGaussianMixture": "sklearn.mixture",
    "KernelDensity": "sklearn.neighbors",
    "LogisticRegression": "sklearn.linear_model",
    "LinearRegression": "sklearn.linear_model",
    "Ridge": "sklearn.linear_model",
    "Lasso": "sklearn.linear_model",
    "GaussianNB": "sklearn.naive_bayes",
    "KNeighborsClassifier": "sklearn.neighbors",
    "KNeighborsRegressor": "sklearn.neighbors",
    "DecisionTreeClassifier": "sklearn.tree",
    "DecisionTreeRegressor": "sklearn.tree",
    "RandomForestClassifier": "sklearn.ensemble",
    "RandomForestRegressor": "sklearn.ensemble",
    "HistGradientBoostingClassifier": "sklearn.ensemble",
    "HistGradientBoostingRegressor": "sklearn.ensemble",
    "MLPClassifier": "sklearn.neural_network",
    "MLPRegressor": "sklearn.neural_network",
}
"""Density models, which make rows, then models that label rows (X, y), with the module of each; more is one line."""


def estimator_of(name: str, options: Mapping[str, Any], where: str = "generator") -> Any:
    """Return an estimator of the list, made with these options. Errors: `Problem` for options that it does not take.

    >>> estimator_of("GaussianMixture", {"n_components": 3})
    GaussianMixture(n_components=3)
    """
    if name not in ESTIMATORS:
        raise Problem(f"{where}.estimator", f"{name!r} is not in the list", nearest(name, list(ESTIMATORS)))
    kind = getattr(import_module(ESTIMATORS[name]), name)
    known = sorted(kind().get_params())
    for option in options:
        if option not in known:
            raise Problem(f"{where}.options", f"{name} has no {option!r}", nearest(str(option), known))
    made = kind(**options)
    try:
        made._validate_params()  # what its fit does first, without rows
    except ValueError as error:
        raise Problem(f"{where}.options", str(error), f"give what help(sklearn.{_short(name)}) names") from error
    return made


def _short(name: str) -> str:
    """Name the class as help() finds it.

    >>> _short("Ridge")
    'linear_model.Ridge'
    """
    return f"{ESTIMATORS[name].removeprefix('sklearn.')}.{name}"
