"""What does a prior add to a fit? Rows that never change: as many as it stands for, with the statistic of its law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from genloss.errors import Problem
from genloss.models.families.protocol import Array, Truths


class Pulled(Protocol):
    """A family whose rows enter a fit by a statistic that is known at any parameters."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array: ...  # noqa: D102
    def summary(self, rows: Array, weights: Array) -> Array: ...  # noqa: D102
    def pooled(self, summaries: Sequence[Array], shares: Sequence[float]) -> Array: ...  # noqa: D102
    def solve(self, summary: Array, size: float) -> tuple[Array, Truths]: ...  # noqa: D102

    def expected(self, parameters: Array) -> Array:
        """Return the expected statistic of the rows of a law, (replicates, numbers)."""
        ...


@dataclass(frozen=True, eq=False)
class Prior:
    """A conjugate prior of an exponential family, in natural parameters.

    rows: how many rows it stands for, >= 0. parameters: of the law whose expected statistic they have, (parameters,);
    None: those of the fit of generation 0, which has no prior itself.
    """

    rows: float
    parameters: Array | None = None

    def pull(self, family: Pulled, summary: Array, size: float, first: Array | None = None) -> Array:
        """Return the statistic of data and prior together. first: that of generation 0; None: this is generation 0."""
        if self.rows == 0 or (self.parameters is None and first is None):
            return summary
        center = family.expected(self.parameters[None]) if self.parameters is not None else first
        whole = size + self.rows
        fixed = np.broadcast_to(np.asarray(center), summary.shape)
        return family.pooled([summary, fixed], [size / whole, self.rows / whole])


@dataclass(frozen=True, eq=False)
class WithPrior:
    """A law whose parameters are estimated with a prior that is given: the definition, from rows.

    Errors: `Problem` for a prior at the fit of generation 0, which a law by itself does not know.
    """

    family: Pulled
    prior: Prior

    def __post_init__(self) -> None:
        if self.prior.parameters is None and self.prior.rows > 0:
            mend = "give its parameters, or simulate by run_sums, run_picks or run_summaries"
            raise Problem("prior", "rows are fitted with a prior whose law is given, and it has no parameters", mend)

    @property
    def name(self) -> str:
        """Name of the family."""
        return self.family.name

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw rows by the fitted law."""
        return self.family.draw(parameters, rows, rng)

    def estimate(self, rows: Array, weights: Array, size: float) -> tuple[Array, Truths]:
        """Return parameters, and whether they exist."""
        pulled = self.prior.pull(self.family, self.family.summary(rows, weights), size)
        return self.family.solve(pulled, size + self.prior.rows)
