"""Models of other libraries as models that keep the contract: one file a library, loaded when such a model is given."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from genloss.models.protocol import Model

__all__ = ["ADAPTERS", "adapted", "is_model"]

ADAPTERS = {
    "copulas": "genloss.models.adapters.of_copulas",
    "markovify": "genloss.models.adapters.of_markovify",
    "sdv": "genloss.models.adapters.of_sdv",
    "sklearn": "genloss.models.adapters.scikit_learn",
    "statsmodels": "genloss.models.adapters.of_statsmodels",
    "transformers": "genloss.models.neural.of_transformers",
}
"""By the package in which a class stands: the file whose `adapt(model)` returns a model, or None for no such model."""


def adapted(model: Any) -> Any:
    """Return a model that keeps the contract: itself, or what the adapter of its library makes of it.

    Of a class that inherits from several libraries the nearest counts. What no adapter knows is returned as it is.

    >>> from sklearn.mixture import GaussianMixture
    >>> adapted(GaussianMixture(2))
    Density(estimator=GaussianMixture(n_components=2))
    """
    for kind in type(model).__mro__:
        home = ADAPTERS.get(kind.__module__.partition(".")[0])
        if home is not None:
            made = import_module(home).adapt(model)
            if made is not None:
                return made
    return model


def is_model(model: Any) -> bool:
    """Whether this keeps the contract, or an adapter knows it."""
    return isinstance(adapted(model), Model)


def __dir__() -> list[str]:
    return sorted(__all__)
