"""WHAT is measured: pure functions of fits beside the truth, each with its unit and range."""

from genloss.metrics.errors_of_fits import (
    AnyErrors,
    CategoricalErrors,
    Errors,
    ExpectedErrors,
    FamilyErrors,
    LinearErrors,
    PoolErrors,
    TextErrors,
)
from genloss.metrics.table import METRICS, Metric, measure

__all__ = [
    "METRICS",
    "AnyErrors",
    "CategoricalErrors",
    "Errors",
    "ExpectedErrors",
    "FamilyErrors",
    "LinearErrors",
    "Metric",
    "PoolErrors",
    "TextErrors",
    "measure",
]
