"""WHAT is measured: pure functions of a fit's errors, each with its unit and range."""

from genloss.metrics.errors_of_fits import Errors, ExpectedErrors, LinearErrors, PoolErrors
from genloss.metrics.risk import METRICS, Metric, measure

__all__ = ["METRICS", "Errors", "ExpectedErrors", "LinearErrors", "Metric", "PoolErrors", "measure"]
