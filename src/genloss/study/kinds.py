"""Which tables and metrics go together in one study? Those of one subject, told by the kind of the population."""

from collections.abc import Mapping
from dataclasses import dataclass

from genloss.study.keys import GENERATOR, POPULATION


@dataclass(frozen=True, slots=True)
class Kind:
    """What a subject's studies may hold. populations, generators: kinds. predictor: whether one may be judged."""

    populations: frozenset[str]
    generators: frozenset[str]
    predictor: bool


KINDS: Mapping[str, Kind] = {
    "regression": Kind(frozenset(POPULATION), frozenset(GENERATOR), predictor=True),
}


def subject_name(population: str) -> str:
    """Return the subject that a population of this kind belongs to."""
    return next(name for name, kind in KINDS.items() if population in kind.populations)
