"""A family of laws as a model that keeps the contract: fitted by maximum likelihood, sampled as fitted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from genloss.errors import Problem
from genloss.models.families.protocol import Array, Truths


class Estimated(Protocol):
    """What a family must know to be fitted and sampled row by row."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw rows (replicates, rows, width)."""
        ...

    def estimate(self, rows: Array, weights: Array, size: float) -> tuple[Array, Truths]:
        """Maximize the likelihood: parameters, and whether the estimate exists."""
        ...


@dataclass(frozen=True, eq=False)
class FamilyFit:
    """Fitted parameters of many replicates.

    parameters: (replicates, parameters). ended: which replicates have no estimate, in this generation or an earlier
    one; they keep the last parameters that there were.
    """

    family: Estimated
    parameters: Array
    ended: Truths

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> Array:
        """Draw rows (replicates, count, width) of the fitted laws."""
        if sampler:
            found = f"a sampler that sets {', '.join(sampler)}"
            raise Problem(self.family.name, found, "leave it out: families are sampled as they were fitted")
        return self.family.draw(self.parameters, count, rng)

    def state(self) -> Mapping[str, Array]:
        """Return parameters, and 1 where a replicate has ended."""
        return {"parameters": self.parameters, "ended": self.ended.astype(float)}

    def after(self, before: "FamilyFit") -> "FamilyFit":
        """Return this fit, of the replicates that had not ended before, beside the last fits of those that had.

        A replicate without an estimate keeps its last one too, and has ended.
        """
        parameters, ended = before.parameters.copy(), before.ended.copy()
        going = np.flatnonzero(~before.ended)
        parameters[going[~self.ended]] = self.parameters[~self.ended]
        ended[going[self.ended]] = True
        return replace(self, parameters=parameters, ended=ended)


@dataclass(frozen=True)
class MaximumLikelihood:
    """A family's estimate of largest likelihood, fitted to rows (replicates, rows, width)."""

    family: Estimated

    def fit(
        self, data: Array, weights: Array | None, rng: np.random.Generator, *, start: FamilyFit | None = None
    ) -> FamilyFit:
        """Fit; weights (replicates, rows) of mean 1, None: all rows count alike."""
        del rng, start  # the estimate is the one maximum
        rows = data.shape[1]
        within = np.full(rows, 1 / rows) if weights is None else weights / rows
        parameters, exists = self.family.estimate(data, within, float(rows))
        return FamilyFit(self.family, parameters, ~exists)
