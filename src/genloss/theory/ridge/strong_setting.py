"""How much does a predictor lose that a generator of known error teaches in part, perhaps on random projections?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genloss.models import Generator, Predictor, ShiftedTruth
from genloss.theory.arguments import Array
from genloss.theory.ridge.risk import Risk
from genloss.theory.ridge.strong import strong_collapse_risk
from genloss.workflows import Schedule, chain

__all__ = ["strong_chain_risk"]


def strong_chain_risk(
    spectrum: Array,
    power: Array,
    schedule: Schedule,
    generator: Generator,
    predictor: Predictor,
    generations: Sequence[int],
    which: int,
) -> Risk:
    """Risk of the predictor's model `which` by generation, from `strong_collapse_risk`.

    What it inherits is the generator's error as a shift of the truth: independent of it, with variances
    shift^2, or of a chain of least-squares fits sum of noise^2 / (rows - dim - 1) / s.

    Status: asymptotic. Source: docs/theory/regression.md. Checked by tests/statistical/test_strong_collapse.py.
    """
    if isinstance(generator.model, ShiftedTruth):
        variances = np.tile(generator.model.shift**2, (len(schedule.train) + 1, 1))
        variances[0] = 0
    else:
        spare = np.array([batch.rows for batch in chain(schedule)]) - spectrum.size - 1.0
        variances = np.concatenate([[0.0], np.cumsum(generator.noise**2 / spare)])[:, None] / spectrum
    found = [
        strong_collapse_risk(
            spectrum,
            power / spectrum,
            variances[n],
            noise=predictor.noise,
            rows=predictor.rows,
            synthetic_share=predictor.synthetic_rows / predictor.rows if n else 0.0,
            penalty=predictor.models[which].penalty,
            features=predictor.features,
        )
        for n in generations
    ]
    names = ("total", "bias", "variance", "shift", "allowance")
    total, bias, variance, shift, allowance = (
        np.array([float(getattr(risk, name)) for risk in found]) for name in names
    )
    return Risk(total, bias, variance, shift, allowance, "asymptotic")
