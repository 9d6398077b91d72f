"""Which labels does a regression draw on a table's own rows, and which fits do they have? Rows keep their exposure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.laws import LawFit
from genloss.models.likelihood import HIGHEST, LINKS, maximize
from genloss.populations.entities import drawn_rows
from genloss.simulation.chain import law_chain
from genloss.simulation.families.runs import ROWS
from genloss.workflows import Schedule

Array = NDArray[np.float64]
Truths = NDArray[np.bool_]
Labeled = tuple[NDArray[np.int64], Array]
"""Places of rows in the table, and their labels, (replicates, rows) each."""


@dataclass(frozen=True, eq=False)
class LabelLaw:
    """The law of labels on a table's rows, eta = design b + offset; rows are drawn with replacement.

    kind: of LINKS. design (T, p): a column of ones first. offset (T,): the logarithm of the exposure, or zeros.
    entities (T,): rows of one are drawn together; None: rows one by one. parameters: b, (replicates, p).
    """

    kind: str
    design: Array
    offset: Array
    entities: NDArray[np.int64] | None = None
    name: str = "labels"

    def predictors(self, parameters: Array) -> Array:
        """Return eta on all rows of the table, (..., T)."""
        return np.asarray(parameters @ self.design.T + self.offset)

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Labeled:
        """Draw rows of the table, and their labels."""
        shape = (len(parameters), rows)
        places = rng.integers(len(self.design), size=shape)
        if self.entities is not None:
            places = drawn_rows(self.entities, shape, rng)
        eta = np.take_along_axis(self.predictors(parameters), places, axis=1)
        return places, LINKS[self.kind].draw(LINKS[self.kind].mean(np.minimum(eta, HIGHEST)), rng)

    def estimate(self, rows: Labeled, weights: Array, size: float) -> tuple[Array, Truths]:
        """Maximize the likelihood."""
        del size
        places, labels = rows
        return maximize(self.kind, self.design[places], labels, weights, offset=self.offset[places])

    def divergence(self, parameters: Array, truth: Array) -> Array:
        """Return the mean divergence of the fitted laws from the true one on the table's rows, in nats, (...)."""
        return LINKS[self.kind].divergence(self.predictors(parameters), self.predictors(truth))


def fit_of(law: LabelLaw, labels: Array, where: str) -> Array:
    """Return the fit of the table's own labels, (p,)."""
    weights = np.full(len(labels), 1 / len(labels))
    found, exists = maximize(law.kind, law.design[None], labels[None], weights, offset=law.offset)
    if not exists[0]:
        raise Problem(where, LINKS[law.kind].missing, "give more rows, or leave columns out")
    return np.asarray(found[0])


def label_run(
    law: LabelLaw, truth: Array, schedule: Schedule, *, replicates: int, rng: np.random.Generator
) -> list[LawFit]:
    """Refit labels of the truth, then of earlier fits, as the workflow says; return the fits of all generations."""
    schedule.refuse_uncovered(ROWS, "leave it out")
    start = LawFit(law, np.tile(truth, (replicates, 1)), np.zeros(replicates, dtype=bool))
    return list(law_chain(law, lambda batch: start.sample(batch.rows, rng), schedule, rng, truth=start))
