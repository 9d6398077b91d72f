"""What happens to the tail of a heavy-tailed law, by cuts and by generations? All the answers behind one door."""

from genloss.theory.tails.by_cut import (
    Plateau,
    cut_error,
    mixed_error,
    mixed_plateau,
    tail_mass,
    temperature_error,
    top_p_cut,
    unseen_mass,
    zipf_error,
)
from genloss.theory.tails.by_generation import (
    empirical_error,
    empirical_law,
    support_bound,
    support_error,
    two_stage_error,
)

__all__ = [
    "Plateau",
    "cut_error",
    "empirical_error",
    "empirical_law",
    "mixed_error",
    "mixed_plateau",
    "support_bound",
    "support_error",
    "tail_mass",
    "temperature_error",
    "top_p_cut",
    "two_stage_error",
    "unseen_mass",
    "zipf_error",
]


def __dir__() -> list[str]:
    return sorted(__all__)
