"""How much do fits of a workflow lose where rows that models label have inputs of another law than real rows?"""

from __future__ import annotations

from collections.abc import Sequence

from genloss.models import Generator, Predictor
from genloss.populations import LinearGaussian
from genloss.theory.ridge.fresh import blocks_of
from genloss.theory.ridge.mixture import Block
from genloss.theory.ridge.risk import Risk
from genloss.theory.ridge.sources import Source, sources_risk
from genloss.workflows import TRUTH, Schedule

__all__ = ["predictor_blocks", "source_of", "sources_chain_risk"]

_LARGEST = 600  # features whose covariances may be matrices: a second a fit


def sources_chain_risk(
    population: LinearGaussian,
    schedule: Schedule,
    generator: Generator,
    predictor: Predictor | None,
    generations: Sequence[int],
    which: int,
) -> Risk:
    """Risk of the generator's fits, or of the predictor's model `which`, by generation, from `sources_risk`.

    Status: exact or asymptotic, as there. Source: docs/theory/unlike_sources.md.
    Checked by tests/statistical/test_sources.py.
    """
    fits = blocks_of(schedule, generator.noise)[: max(generations) + 1]
    penalties = [generator.penalty_at(g) for g in range(len(fits))]
    places = list(generations)
    if predictor is not None:
        fits = fits[: max(generations)]
        penalties = penalties[: len(fits)] + [predictor.models[which].penalty] * len(generations)
        places = list(range(len(fits), len(penalties)))
        fits = fits + [predictor_blocks(predictor, n) for n in generations]
    found = sources_risk(
        population.coefficients,
        [[source_of(population, block) for block in blocks] for blocks in fits],
        penalty=penalties,
        test_covariance=population.spectrum,
    )
    parts = (found.total, found.bias, found.variance, found.inherited, found.allowance)
    total, bias, variance, inherited, allowance = (part[places] for part in parts)
    exact = all(found.exact[place] for place in places)
    return Risk(total, bias, variance, inherited, allowance, "exact" if exact else "asymptotic")


def source_of(population: LinearGaussian, block: Block) -> Source:
    """Return rows with the inputs that rows of their origin have."""
    own, mean = population.synthetic_spectrum, population.synthetic_mean
    if block.origin == TRUTH:
        own, mean = None, None
    covariance = population.spectrum if own is None else own
    return Source(block.rows, block.origin, block.noise, covariance, mean, block.weight)


def predictor_blocks(predictor: Predictor, generation: int) -> list[Block]:
    """The predictor's rows by who labels them."""
    synthetic = predictor.synthetic_rows if generation else 0
    parts = [(predictor.rows - synthetic, TRUTH), (synthetic, generation - 1)]
    return [Block(rows, origin, predictor.noise) for rows, origin in parts if rows]


def means_too_large(population: LinearGaussian) -> str | None:
    """Say that matrices of so many features would take too long, or None."""
    if population.synthetic_mean is not None and population.dim > _LARGEST:
        return f"with a mean of inputs the formula works on matrices, and takes up to {_LARGEST} features"
    return None
