"""Which part does a regression play? The generator labels the next generation; the predictor is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from genloss.models.protocol import Array, Predicts


class Labeled(NamedTuple):
    """What a regression trains on: inputs (..., rows, features), targets (..., rows). Leading axes are replicates."""

    inputs: Array
    targets: Array


class Regression(Protocol):
    """A model of labels. It keeps the contract but for `sample`: inputs come from a population (models/labeler.py)."""

    @property
    def penalty(self) -> float:
        """Ridge penalty, 0 for none."""
        ...

    def fit(
        self,
        data: Labeled,
        weights: Array | None = None,
        rng: np.random.Generator | None = None,
        *,
        start: Any = None,
    ) -> Predicts:
        """Fit labeled rows; weights (..., rows) multiply squared residuals, None: all 1. `rng`, `start`: unused."""
        ...


@dataclass(frozen=True, slots=True)
class Generator:
    """The model whose output feeds the next generation.

    noise: standard deviation of the noise in the labels it is fitted to. design: "fresh" inputs
    for every fit, or the "same" inputs for all. penalties: empty, or the model's penalty by
    generation, whose last value continues.
    """

    model: Regression
    noise: float
    design: str = "fresh"
    penalties: tuple[float, ...] = ()

    def penalty_at(self, generation: int) -> float:
        """Return the penalty of the fit of a generation."""
        return self.penalties[min(generation, len(self.penalties) - 1)] if self.penalties else self.model.penalty

    def at(self, generation: int) -> Regression:
        """Return the model that a generation fits."""
        return replace(self.model, penalty=self.penalty_at(generation)) if self.penalties else self.model  # type: ignore[type-var]

    @property
    def penalized(self) -> bool:
        """Whether any generation's fit is penalized."""
        return any(penalty > 0 for penalty in self.penalties or (self.model.penalty,))


@dataclass(frozen=True, slots=True)
class Predictor:
    """The models whose error is reported, all read off the same rows.

    Generation n is fitted to `rows` rows. The generator's fit n - 1 labels `synthetic_rows` of them,
    the last ones, and the truth the others; at n = 0 the truth labels all. One draw of inputs and
    noise serves all generations of a replicate: only the labels change, so generations are compared
    on the same rows. noise: as in `Generator`. synthetic_share: the share of the rows that the
    generator labels. features: None, or how many random projections of the inputs (iid Gaussian,
    variance 1 / features, drawn anew for every replicate) the models see in their place.
    """

    models: tuple[Regression, ...]
    rows: int
    noise: float
    synthetic_share: float = 1.0
    features: int | None = None

    @property
    def synthetic_rows(self) -> int:
        """The share in whole rows, rounded to the nearest."""
        return round(self.synthetic_share * self.rows)
