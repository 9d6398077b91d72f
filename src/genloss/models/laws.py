"""A law of rows with parameters, as a model that keeps the contract: estimated for many replicates at once, sampled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.protocol import Array

Truths = NDArray[np.bool_]


class Law(Protocol):
    """What must be known to estimate parameters and to draw rows by them, for every replicate."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Any:
        """Draw rows, (replicates, rows, ...) or a tuple of such arrays."""
        ...

    def estimate(self, rows: Any, weights: Array, size: Any) -> tuple[Array, Truths]:
        """Return parameters (replicates, parameters), and whether the estimate exists, (replicates,).

        weights: (rows,) or (replicates, rows), adding up to 1. size: the number of rows that they stand for, one for
        all or, where a filter leaves rows out, (replicates,).
        """
        ...


@dataclass(frozen=True, eq=False)
class LawFit:
    """Fitted parameters of many replicates.

    parameters: (replicates, parameters). ended: which replicates have no estimate, in this generation or an earlier
    one; they keep the last parameters that there were.
    """

    law: Law
    parameters: Array
    ended: Truths

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> Any:
        """Draw rows of the fitted laws, (replicates, count, ...)."""
        if sampler:
            found = f"a sampler that sets {', '.join(sampler)}"
            raise Problem(self.law.name, found, "leave it out: rows are drawn from the fitted distribution as it is")
        return self.law.draw(self.parameters, count, rng)

    def state(self) -> Mapping[str, Array]:
        """Return parameters, and 1 where a replicate has ended."""
        return {"parameters": self.parameters, "ended": self.ended.astype(float)}

    def after(self, before: LawFit) -> LawFit:
        """Return this fit, of the replicates that had not ended before, beside the last fits of those that had.

        A replicate without an estimate keeps its last one too, and has ended.
        """
        parameters, ended = before.parameters.copy(), before.ended.copy()
        going = np.flatnonzero(~before.ended)
        parameters[going[~self.ended]] = self.parameters[~self.ended]
        ended[going[self.ended]] = True
        return replace(self, parameters=parameters, ended=ended)


@dataclass(frozen=True)
class LawModel:
    """A law whose parameters are estimated from rows (replicates, rows, ...), or a tuple of such arrays."""

    law: Law

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: LawFit | None = None) -> LawFit:
        """Fit; weights (replicates, rows) of mean 1, None: all rows count alike."""
        del rng, start  # the estimate is the one answer
        rows = (data[0] if isinstance(data, tuple) else data).shape[1]
        within = np.full(rows, 1 / rows) if weights is None else weights / rows
        parameters, exists = self.law.estimate(data, within, _size(rows, weights))
        return LawFit(self.law, parameters, ~exists)


def _size(rows: int, weights: Array | None) -> float | Array:
    """Return how many rows have a weight, by replicate where these are not all rows."""
    if weights is None or np.all(weights > 0):
        return float(rows)
    return np.asarray((weights > 0).sum(axis=-1), dtype=float)
