"""Which of the estimators that forecasts know is this? By its class and its settings, whatever the class is called."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from numbers import Real
from typing import Any

from genloss.errors import Problem

_LINEAR = "sklearn.linear_model"
CLASSES: Mapping[str, tuple[str, str]] = {
    "LinearRegression": (_LINEAR, "linear"),
    "Ridge": (_LINEAR, "linear"),
    "RidgeCV": (_LINEAR, "linear"),
    "GenerationRidge": ("genloss.advise.estimators.ridge", "linear"),
    "KernelRidge": ("sklearn.kernel_ridge", "kernel"),
    "LogisticRegression": (_LINEAR, "logistic"),
    "PoissonRegressor": (_LINEAR, "poisson"),
    "EmpiricalCovariance": ("sklearn.covariance", "gaussian"),
}
"""Every class whose forecasts were tested: the module it is of, and its kind.

A subclass counts as its class. Linear kinds are refitted by their own `fit`; the others are fitted by code of ours
that does what the class does, so that a subclass with methods of its own is refused.
"""

_MEAN = "genloss.advise.estimators.mean_penalty"
OF_WORDS: Mapping[str, tuple[str, str]] = {
    "MeanPenaltyRidge": (_MEAN, "linear"),
    "MeanPenaltyKernelRidge": (_MEAN, "kernel"),
    "MeanPenaltyLogistic": (_MEAN, "logistic"),
}
"""What words mean where scikit-learn has no such penalty, likewise."""

_CLOSED = ("auto", "svd", "cholesky")  # solvers of Ridge that do not iterate
_OF_THE_CLASS = ("fit", "predict", "_get_kernel")


def kind_of(estimator: Any) -> str:
    """Return "linear", "kernel", "logistic", "poisson" or "gaussian"; refuse others, and settings unknown, by name."""
    if isinstance(estimator, type):
        raise Problem("estimator", f"the class {estimator.__name__}", f"give an instance, {estimator.__name__}()")
    ours = _class_of(estimator)
    if ours is not None:
        known, kind = ours
        _check_methods(estimator, known, kind)
        _SETTINGS.get(kind, _no_settings)(estimator)
        return kind
    given = type(estimator)
    found = f"{given.__name__} is not one whose forecasts were tested"
    if given.__name__ in CLASSES:
        public = ".".join(_public(given.__name__))
        found = f"{given.__module__}.{given.__name__} is called like {public}, but is another class"
    raise Problem("estimator", found, f"give one of {', '.join(CLASSES)}, or a Pipeline that ends in one")


def _class_of(estimator: Any) -> tuple[type, str] | None:
    """Return the class that this is one of, and its kind."""
    for name, (module, kind) in {**CLASSES, **OF_WORDS}.items():
        known = getattr(sys.modules.get(module), name, None)  # where there is an instance, its module is loaded
        if known is not None and isinstance(estimator, known):
            return known, kind
    return None


def _public(name: str) -> tuple[str, str]:
    module = CLASSES[name][0]
    return ("genloss.advise" if module.startswith("genloss") else module, name)


def _check_methods(estimator: Any, known: type, kind: str) -> None:
    given = type(estimator)
    own = [name for name in _OF_THE_CLASS if getattr(given, name, None) is not getattr(known, name, None)]
    if kind != "linear" and own:
        found = f"{given.__name__} has a {own[0]} of its own, and forecasts fit as {known.__name__} does"
        raise Problem("estimator", found, f"give {known.__name__} itself, with settings of its own")


def is_of_words(estimator: Any) -> bool:
    """Whether this is one of the estimators of `estimators.mean_penalty`, whose penalty is of the mean."""
    known = _class_of(estimator)
    return known is not None and known[0].__name__ in OF_WORDS


def squared_penalty_of(estimator: Any) -> tuple[float, bool] | None:
    """Return the penalty on |coefficients|^2 of a linear kind, and whether it stands beside the mean of squared errors.

    False: beside their sum, so that it counts less the more rows a fit has. The intercept is free. None: there is no
    such number, or the estimator has a fit or settings of its own: only its `fit` knows what it does.

    >>> from sklearn.linear_model import Ridge
    >>> squared_penalty_of(Ridge(alpha=2.0))
    (2.0, False)
    """
    known, given = _class_of(estimator), type(estimator)
    if known is None or given is not known[0]:  # a subclass may fit in its own way
        return None
    name, settings = known[0].__name__, estimator.get_params(deep=False)
    if name in ("MeanPenaltyRidge", "GenerationRidge"):
        return float(settings["penalty"]), True
    if name not in ("LinearRegression", "Ridge") or not settings["fit_intercept"] or settings["positive"]:
        return None
    if name == "LinearRegression":
        return 0.0, True
    closed = settings["solver"] in _CLOSED and isinstance(settings["alpha"], Real)
    return (float(settings["alpha"]), False) if closed else None


def kernel_penalty_of(estimator: Any) -> tuple[float, bool]:
    """Return the same of a kernel kind, beside |f|^2; those beside the mean take the mean label off before they fit."""
    if is_of_words(estimator):
        return float(estimator.penalty), True
    return estimator.alpha, False


def likelihood_of(estimator: Any) -> tuple[str, float, bool]:
    """Return the kind of a logistic or Poisson regression, its penalty on half of |coefficients|^2, and as above."""
    kind = kind_of(estimator)
    if kind == "poisson":
        return kind, float(estimator.alpha), True
    if is_of_words(estimator):
        return kind, float(estimator.penalty), True
    return kind, 0.0 if getattr(estimator, "penalty", "") is None else 1 / float(estimator.C), False


def _poisson(estimator: Any) -> None:
    _only(estimator, {"fit_intercept": True})


def _logistic(estimator: Any) -> None:
    _only(estimator, {"l1_ratio": 0.0, "class_weight": None, "fit_intercept": True, "dual": False})
    if is_of_words(estimator):
        return
    kind = getattr(estimator, "penalty", "deprecated")
    if kind not in ("deprecated", "l2", None):
        raise Problem("estimator", f"penalty = {kind!r}", "use a squared penalty (C), or none (C = inf)")
    if estimator.solver == "liblinear" and kind is not None and float(estimator.C) < float("inf"):
        raise Problem("estimator", "solver = 'liblinear' penalizes the intercept too", "take the default solver")


def _kernel(estimator: Any) -> None:
    if isinstance(estimator.kernel, str) and estimator.kernel == "precomputed":
        raise Problem("estimator", "kernel = 'precomputed'", "name the kernel, or give a function of two rows")


def _gaussian(estimator: Any) -> None:
    _only(estimator, {"assume_centered": False})


def _no_settings(estimator: Any) -> None:
    del estimator


_SETTINGS = {"poisson": _poisson, "logistic": _logistic, "kernel": _kernel, "gaussian": _gaussian}


def _only(estimator: Any, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        given = getattr(estimator, name, value)
        if given != value and not (value == 0.0 and given is None):
            raise Problem("estimator", f"{name} = {given!r}", f"forecasts know {name} = {value!r} alone")


def taken_apart(estimator: Any) -> tuple[Any, Any]:
    """Return the steps before the last of a scikit-learn Pipeline, as one transformer or None, and its last step."""
    pipeline = getattr(sys.modules.get("sklearn.pipeline"), "Pipeline", None)
    if pipeline is None or not isinstance(estimator, pipeline):
        return None, estimator
    if type(estimator).fit is not pipeline.fit:
        found = f"{type(estimator).__name__} has a fit of its own"
        raise Problem("estimator", found, "give a Pipeline of scikit-learn")
    return (estimator[:-1] if len(estimator.steps) > 1 else None), estimator.steps[-1][1]
