"""How much do fits of a workflow lose that train on rows again, where models' rows have inputs of their own?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from genloss.models import Generator, Predictor
from genloss.populations import LinearGaussian
from genloss.theory.reuse.batch import SharedRows
from genloss.theory.reuse.of_workflow import from_workflow, reuse_reason
from genloss.theory.reuse.unlike import unlike_risk
from genloss.theory.ridge.risk import Risk
from genloss.theory.ridge.sources_setting import predictor_blocks
from genloss.workflows import TRUTH, Schedule
from genloss.workflows.traits import SUBSAMPLE

__all__ = ["unlike_chain_risk", "unlike_reason"]

_MOST = 40  # fits: the work grows like their fourth power


def unlike_reason(population: LinearGaussian, schedule: Schedule, fits: int) -> str | None:
    """Say why `unlike_chain_risk` does not apply, or None."""
    if population.synthetic_mean is not None:
        return "where rows are trained on again, inputs of another mean have no formula here"
    if SUBSAMPLE in schedule.traits:
        return "where synthetic rows have inputs of their own, subsamples have no formula here"
    if fits > _MOST:
        return f"{fits} fits that share rows of unlike inputs: the formula takes up to {_MOST}"
    return reuse_reason(schedule)


def unlike_chain_risk(
    population: LinearGaussian,
    schedule: Schedule,
    generator: Generator,
    predictor: Predictor | None,
    generations: Sequence[int],
    which: int,
) -> Risk:
    """Risk of the generator's fits, or of the predictor's model `which`, by generation, from `unlike_risk`.

    Status: asymptotic. Source: docs/theory/unlike_sources.md. Checked by tests/statistical/test_unlike_reuse.py.
    """
    batches = from_workflow(schedule, noise=generator.noise)
    penalties = [generator.penalty_at(g) for g in range(len(schedule.train))]
    told: list[tuple[int, list[SharedRows], list[float], list[int]]]
    if predictor is None:
        told = [(max(generations) + 1, [], penalties, list(generations))]
    else:
        own = predictor.models[which].penalty
        told = [(n, _judged(predictor, n), [*penalties[:n], own], [n]) for n in generations]
    found = [_risk(population, batches, *each) for each in told]
    total, bias, variance, allowance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Risk(total, bias, variance, total - bias - variance, allowance, "asymptotic")


def _risk(
    population: LinearGaussian,
    batches: Sequence[SharedRows],
    fits: int,
    more: list[SharedRows],
    penalties: Sequence[float],
    places: list[int],
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], ...]:
    """Return total, bias, variance and allowance at places, of the first fits and one that sees `more` batches."""
    size = fits + bool(more)
    used = [_of_first(batch, fits, size) for batch in batches if np.any(np.asarray(batch.weights)[:fits])]
    every = [*used, *more]
    own = population.spectrum if population.synthetic_spectrum is None else population.synthetic_spectrum
    spectra = np.array([own if np.any(batch.teachers) else population.spectrum for batch in every])
    told = unlike_risk(
        population.coefficients, every, spectra, penalty=penalties[:size], test_spectrum=population.spectrum
    )
    return told.total[places], told.bias[places], told.variance[places], told.allowance[places]


def _of_first(batch: SharedRows, fits: int, size: int) -> SharedRows:
    """Return a batch for the first fits, and unused by what follows."""
    weights, teachers = np.zeros(size), np.zeros((size, size))
    weights[:fits] = np.asarray(batch.weights)[:fits]
    known = np.asarray(batch.teachers)
    teachers[:fits, :fits] = known[:fits, :fits]
    teachers[fits:, :fits] = known[fits, :fits] if len(known) > fits else 0.0
    return replace(batch, weights=weights, teachers=teachers, replace=False)


def _judged(predictor: Predictor, generation: int) -> list[SharedRows]:
    """Return the predictor's rows, which nobody else uses: the last fit."""
    size = generation + 1
    batches = []
    for block in predictor_blocks(predictor, generation):
        teachers = np.zeros((size, size))
        if block.origin != TRUTH:
            teachers[-1, block.origin] = 1.0
        batches.append(SharedRows(block.rows, np.eye(size)[-1], teachers, block.noise))
    return batches
