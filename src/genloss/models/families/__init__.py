"""WHAT several parameters are refitted: families by maximum likelihood, one file each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from genloss.models.families.dirichlet import Dirichlet
from genloss.models.families.gamma_shape import GammaShape
from genloss.models.families.gaussian import Gaussian
from genloss.models.families.multinomial import Multinomial
from genloss.models.families.prior import Prior, WithPrior
from genloss.models.families.protocol import Family, Summarized
from genloss.models.families.regression import Regression

FAMILIES: dict[str, Callable[..., Any]] = {
    "gamma_shape": GammaShape,
    "beta": partial(Dirichlet, 2, name="beta"),
    "dirichlet": Dirichlet,
    "gaussian": Gaussian,
    "multivariate_gaussian": Gaussian,
    "multinomial": Multinomial,
    "logistic_regression": partial(Regression, "logistic"),
    "poisson_regression": partial(Regression, "poisson"),
}
"""Every family of several parameters by name; a new one is one file and one line here."""

__all__ = [
    "FAMILIES",
    "Dirichlet",
    "Family",
    "GammaShape",
    "Gaussian",
    "Multinomial",
    "Prior",
    "Regression",
    "Summarized",
    "WithPrior",
]


def __dir__() -> list[str]:
    return sorted(__all__)
