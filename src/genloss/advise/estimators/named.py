"""Which estimator is meant by a word? Six words, a penalty of the mean loss, standardized inputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from genloss.doors import COMMAND, Advice, Setting, Words
from genloss.errors import Problem, nearest
from genloss.theory.arguments import checked_one
from genloss.workflows.given import table_of_words


def estimator_named(given: str | Mapping[str, Any], *, features: int) -> Any:
    """Return the estimator of "ridge", "ridge penalty=0.1", or {"kind": "ridge", "penalty": 0.1}.

    features: of the table that it will be fitted to. penalty: of the mean squared error beside |coefficients|^2
    (default .1 for ridge, .01 for kernel_ridge: scikit-learn's alpha is penalty x the rows of each fit); of the mean
    log likelihood beside half of it (default 0, for logistic and poisson). gamma: of the RBF kernel, default
    1 / (4 features); labels of kernel_ridge are taken less their mean in every fit.
    Errors: `Problem` for words and settings that are not known.

    >>> estimator_named("ridge penalty=0.5", features=2)
    MeanPenaltyRidge(penalty=0.5)
    """
    table = table_of_words(given, "estimator", "ridge penalty=0.1") if isinstance(given, str) else dict(given)
    kind = table.pop("kind", None)
    if kind not in MODELS:
        raise Problem("estimator", f"{kind!r} is not an estimator", nearest(str(kind), list(MODELS)))
    known = [name for name in inspect.signature(MODELS[kind]).parameters if name != "features"]
    for name in table:
        if name not in known:
            others = [other for other, make in MODELS.items() if name in inspect.signature(make).parameters]
            raise Problem(
                "estimator", Advice(bare(model_words(kind)), " with ", Setting(name)), _without(name, others, known)
            )
    read = {
        name: checked_one(f"estimator: {name}", value, lowest=0, meaning=f"a {name} from 0 on")
        for name, value in table.items()
    }
    return MODELS[kind](features=features, **read)


def model_words(kind: str) -> Words:
    """Call a model as it was asked for by its word.

    >>> model_words("ridge").at(COMMAND), model_words("ridge").python
    ('--model ridge', '"ridge"')
    """
    return Words(f'"{kind}"', Setting("estimator", kind).at(COMMAND))


def called(given: Any, last: Any) -> str | Words:
    """Call an estimator as its user does: by the word that was given, or else by the class of its last step."""
    if isinstance(given, str):
        return model_words(given.split()[0])
    return model_words(str(given["kind"])) if isinstance(given, Mapping) else type(last).__name__


def bare(model: str | Words) -> str | Words:
    """Call it so where the option stands before it: "--model: ridge ..."."""
    return Words(model.python, model.command.partition(" ")[2]) if isinstance(model, Words) else model


def _without(name: str, others: list[str], known: list[str]) -> str:
    """Say which models have a setting that another has not."""
    if not others:
        return nearest(name, known)
    words = [part for other in others for part in (" or ", model_words(other))][1:]
    return Advice("leave ", Setting(name), " out, or take ", *words)


def _least_squares(*, features: int) -> Any:
    from sklearn.linear_model import LinearRegression

    del features
    return LinearRegression()


def _ridge(*, features: int, penalty: float = 0.1) -> Any:
    from genloss.advise.estimators.mean_penalty import MeanPenaltyRidge

    del features
    return MeanPenaltyRidge(penalty)


def _kernel_ridge(*, features: int, penalty: float = 0.01, gamma: float | None = None) -> Any:
    from genloss.advise.estimators.mean_penalty import MeanPenaltyKernelRidge

    return MeanPenaltyKernelRidge(penalty, gamma=1 / (4 * features) if gamma is None else gamma)


def _logistic(*, features: int, penalty: float = 0.0) -> Any:
    from genloss.advise.estimators.mean_penalty import MeanPenaltyLogistic

    del features
    return MeanPenaltyLogistic(penalty)


def _poisson(*, features: int, penalty: float = 0.0) -> Any:
    from sklearn.linear_model import PoissonRegressor

    del features
    return PoissonRegressor(alpha=penalty)


def _gaussian(*, features: int) -> Any:
    from sklearn.covariance import EmpiricalCovariance

    del features
    return EmpiricalCovariance()


MODELS: Mapping[str, Callable[..., Any]] = {
    "least_squares": _least_squares,
    "ridge": _ridge,
    "kernel_ridge": _kernel_ridge,
    "logistic": _logistic,
    "poisson": _poisson,
    "gaussian": _gaussian,
}
"""Every word, and what makes its estimator; its settings are the arguments."""
