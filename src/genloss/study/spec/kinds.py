"""Which tables and metrics go together in one study? Those of one subject, told by the kind of the population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from genloss.study.spec import (
    category_keys,
    count_keys,
    family_keys,
    own_keys,
    regression_keys,
    smoothing_keys,
    text_keys,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a subject's studies may hold.

    populations, generators: kinds; a study without a generator has the `default` one, if there is one. predictor:
    whether one may be judged.
    """

    populations: frozenset[str]
    generators: frozenset[str]
    default: str | None = None
    predictor: bool = False


KINDS: Mapping[str, Kind] = {
    "regression": Kind(frozenset(regression_keys.POPULATION), frozenset(regression_keys.GENERATOR), predictor=True),
    "family": Kind(frozenset(family_keys.POPULATION), frozenset(family_keys.GENERATOR), "maximum_likelihood"),
    "categories": Kind(frozenset(category_keys.POPULATION), frozenset(category_keys.GENERATOR), "counting"),
    "counts": Kind(frozenset(count_keys.POPULATION), frozenset(count_keys.GENERATOR), "maximum_likelihood"),
    "text": Kind(frozenset(text_keys.POPULATION), frozenset(text_keys.GENERATOR), "ngram"),
    "smoothing": Kind(frozenset(smoothing_keys.POPULATION), frozenset(smoothing_keys.GENERATOR)),
    "samples": Kind(frozenset(own_keys.POPULATION), frozenset(own_keys.GENERATOR), "object"),
}


def subject_name(population: str) -> str:
    """Return the subject that a population of this kind belongs to."""
    return next(name for name, kind in KINDS.items() if population in kind.populations)
