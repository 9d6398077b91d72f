"""How do the errors of several models that read each other grow, of each, of all and between two of them? One door."""

from __future__ import annotations

from genloss.theory.lineages.islands import (
    Islands,
    best_islands,
    heterozygosity_of_islands,
    island_rates,
    pooled_correlation,
    pooled_variance,
)
from genloss.theory.lineages.newest_fits import Crowd, crowd

__all__ = [
    "Crowd",
    "Islands",
    "best_islands",
    "crowd",
    "heterozygosity_of_islands",
    "island_rates",
    "pooled_correlation",
    "pooled_variance",
]


def __dir__() -> list[str]:
    return sorted(__all__)
