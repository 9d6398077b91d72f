"""WHAT is measured: pure functions of fits or their rows beside the truth or real rows, each with unit and range."""

from __future__ import annotations

from genloss.metrics.evidence import (
    AnyErrors,
    CategoricalErrors,
    Errors,
    ExpectedErrors,
    FamilyErrors,
    LabelErrors,
    LinearErrors,
    Measured,
    PoolErrors,
    SampleErrors,
    SmoothedErrors,
    TextErrors,
)
from genloss.metrics.table import METRICS, Metric, measure, named

__all__ = [
    "METRICS",
    "AnyErrors",
    "CategoricalErrors",
    "Errors",
    "ExpectedErrors",
    "FamilyErrors",
    "LabelErrors",
    "LinearErrors",
    "Measured",
    "Metric",
    "PoolErrors",
    "SampleErrors",
    "SmoothedErrors",
    "TextErrors",
    "measure",
    "named",
]


def __dir__() -> list[str]:
    return sorted(__all__)
