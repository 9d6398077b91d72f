"""How large are the errors of all fits of a workflow, together? One door for covariances, paths and limits."""

from __future__ import annotations

from genloss.theory.workflows.edited import edited_at_random, edited_limit, edited_variances
from genloss.theory.workflows.errors_of_fits import covariance, drift, long_run, variances
from genloss.theory.workflows.gaussian_paths import paths
from genloss.theory.workflows.information import unequal_information
from genloss.theory.workflows.limits import LongRun

__all__ = [
    "LongRun",
    "covariance",
    "drift",
    "edited_at_random",
    "edited_limit",
    "edited_variances",
    "long_run",
    "paths",
    "unequal_information",
    "variances",
]


def __dir__() -> list[str]:
    return sorted(__all__)
