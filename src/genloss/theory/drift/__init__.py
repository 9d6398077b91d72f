"""What happens to a law over categories that is fitted to its own samples? All the answers behind one door."""

from __future__ import annotations

from genloss.theory.drift.ancestors import ancestor_laws, expected_distinct, survival_of_category, survival_of_seen
from genloss.theory.drift.diversity import (
    accumulate_heterozygosity,
    effective_size,
    expected_heterozygosity,
    heterozygosity_limit,
    heterozygosity_of_workflow,
)
from genloss.theory.drift.few_real_rows import real_rows_limit, real_rows_stationary, real_rows_variances
from genloss.theory.drift.survival import (
    branching_loss,
    branching_survival,
    diffusion_survival,
    forgetting_generation,
    suresh_bound,
)
from genloss.theory.drift.times import diffusion_first_loss, diffusion_fixation, expected_first_loss, expected_fixation

__all__ = [
    "accumulate_heterozygosity",
    "ancestor_laws",
    "branching_loss",
    "branching_survival",
    "diffusion_first_loss",
    "diffusion_fixation",
    "diffusion_survival",
    "effective_size",
    "expected_distinct",
    "expected_first_loss",
    "expected_fixation",
    "expected_heterozygosity",
    "forgetting_generation",
    "heterozygosity_limit",
    "heterozygosity_of_workflow",
    "real_rows_limit",
    "real_rows_stationary",
    "real_rows_variances",
    "suresh_bound",
    "survival_of_category",
    "survival_of_seen",
]


def __dir__() -> list[str]:
    return sorted(__all__)
