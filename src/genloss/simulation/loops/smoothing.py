"""Refit a generator that smooths to its own rows as a workflow says: row by row, many replicates side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloss.errors import impossible
from genloss.models.protocol import Array, Model
from genloss.models.smoothing import Smoothed
from genloss.simulation.chain import chain
from genloss.simulation.layouts import Replicated
from genloss.workflows import Schedule
from genloss.workflows.traits import MIXED_LAW, OVERLAP, SUBSAMPLE, WHOLE_BATCHES

__all__ = ["NormalMixture", "smoothing_run"]

COVERED = WHOLE_BATCHES | {MIXED_LAW, SUBSAMPLE, OVERLAP}


@dataclass(frozen=True)
class NormalMixture:
    """A truth: normal parts. weights add up to 1; all (parts,)."""

    weights: Array
    means: Array
    deviations: Array

    def draw(self, replicates: int, rows: int, rng: np.random.Generator) -> Array:
        """Draw rows, (replicates, rows)."""
        ends = np.cumsum(self.weights)[:-1]
        part = np.searchsorted(ends, rng.random((replicates, rows)), side="right")
        return np.asarray(self.means[part] + self.deviations[part] * rng.standard_normal((replicates, rows)))


def smoothing_run(
    model: Model[Array],
    truth: NormalMixture,
    schedule: Schedule,
    *,
    report: Sequence[int],
    replicates: int,
    rng: np.random.Generator,
) -> list[Smoothed]:
    """Return the fits of every reported generation. Every workflow but filters and samplers."""
    schedule.refuse_uncovered(COVERED, "leave it out; a smoothing generator draws its rows as it was fitted")
    fits = chain(
        model,
        lambda batch: truth.draw(replicates, batch.rows, rng),
        schedule,
        layout=Replicated(),
        random=lambda *_: rng,
        last=max(report),
    )
    asked: dict[int, Smoothed] = {}
    for g, fit in enumerate(fits):
        if not isinstance(fit, Smoothed):
            impossible("a generator that smooths was fitted to something else")
        if g in report:
            asked[g] = fit
    return [asked[g] for g in report]
