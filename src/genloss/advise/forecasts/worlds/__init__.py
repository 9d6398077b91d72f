"""Worlds that a table's rows could come from, one kind for each kind of estimator."""

from __future__ import annotations

from typing import Any

from genloss.advise.assumption import Assumption
from genloss.advise.estimators.recognized import kind_of, likelihood_of
from genloss.advise.forecasts.worlds.gaussian import gaussian_world
from genloss.advise.forecasts.worlds.kernel import kernel_world
from genloss.advise.forecasts.worlds.linear import LinearWorld, see
from genloss.advise.forecasts.worlds.protocol import Array, Places, World, tested
from genloss.advise.forecasts.worlds.regression import regression_world
from genloss.errors import Problem

__all__ = ["Assumption", "World", "tested", "world_of"]


def world_of(
    estimator: Any,
    x: Array,
    y: Array | None,
    kind: str | None = None,
    *,
    exposure: Array | None = None,
    entities: Places | None = None,
) -> World:
    """Say which worlds the rows could come from, as this estimator sees them; kind: None to recognize it.

    exposure: of each row, for counts. entities: of what each row is, 0, 1, ...
    """
    kind = kind_of(estimator) if kind is None else kind
    if kind == "gaussian":
        return gaussian_world(x, entities)
    if y is None:
        raise Problem("y", f"no labels, and {type(estimator).__name__} needs them", "give y")
    if kind == "kernel":
        return kernel_world(estimator, x, y, entities)
    if kind == "linear":
        return LinearWorld(estimator, x, see(x, y, entities=entities))
    _, penalty, of_mean = likelihood_of(estimator)
    return regression_world(kind, x, y, penalty, by_rows=not of_mean, exposure=exposure, entities=entities)


def __dir__() -> list[str]:
    return sorted(__all__)
