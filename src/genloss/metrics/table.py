"""Which quantities can a study measure? One visible table, with meaning, unit and range."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from genloss.metrics import models_of_data as data
from genloss.metrics import risk
from genloss.metrics.errors_of_fits import AnyErrors, Array


@dataclass(frozen=True, slots=True)
class Metric:
    """A named quantity: what it means, its unit, its smallest value, and how it is computed.

    subjects: the studies that have it. population: "real" or "linear" where only such a population of regressions
    has it; "any" otherwise. more_is_better: whether a fit that lost nothing has the largest value.
    indicator: whether a chain has 0 or 1, so that the mean is a share of chains.
    """

    name: str
    meaning: str
    unit: str
    lowest: float
    compute: Callable[[Any], Array]
    population: str = "any"
    more_is_better: bool = False
    indicator: bool = False
    subjects: tuple[str, ...] = ("regression",)


_FAMILY, _CATEGORIES, _TEXT = ("family",), ("categories",), ("text",)

METRICS = {
    metric.name: metric
    for metric in (
        Metric("excess_risk", "error above the noise floor", "label^2", 0.0, risk.excess_risk),
        Metric(
            "held_out_excess_risk",
            "excess risk on held-out real rows",
            "label^2",
            0.0,
            risk.held_out_excess_risk,
            "real",
        ),
        Metric("test_error", "error on new noisy labels", "label^2", 0.0, risk.test_error),
        Metric(
            "parameter_error",
            "squared error of the coefficients",
            "coefficient^2",
            0.0,
            risk.parameter_error,
            "linear",
        ),
        Metric(
            "standardized_error",
            "squared error of the parameters over that of a first fit to many rows",
            "first fit's",
            0.0,
            data.standardized_error,
            subjects=_FAMILY,
        ),
        Metric(
            "variance_left",
            "variance of a row of the fit over the truth's",
            "truth's",
            0.0,
            data.variance_left,
            more_is_better=True,
            subjects=_FAMILY,
        ),
        Metric(
            "log_variance",
            "logarithm of the variance left",
            "nats",
            -inf,
            data.log_variance,
            more_is_better=True,
            subjects=_FAMILY,
        ),
        Metric(
            "below_one_percent",
            "share of chains with less than 1 % of the variance left",
            "share",
            0.0,
            data.below_one_percent,
            indicator=True,
            subjects=_FAMILY,
        ),
        Metric(
            "ended",
            "share of chains that have left the interior of the family",
            "share",
            0.0,
            data.ended,
            indicator=True,
            subjects=_FAMILY,
        ),
        Metric(
            "squared_distance",
            "squared Wasserstein distance over the truth's variance",
            "truth's variance",
            0.0,
            data.squared_distance,
            subjects=_FAMILY,
        ),
        Metric("perplexity", "perplexity of held-out real text", "words", 1.0, data.perplexity, subjects=_TEXT),
        Metric(
            "heterozygosity",
            "probability that two rows of the fit differ",
            "probability",
            0.0,
            data.heterozygosity,
            more_is_better=True,
            subjects=_CATEGORIES,
        ),
        Metric("entropy", "entropy of the fit", "nats", 0.0, data.entropy, more_is_better=True, subjects=_CATEGORIES),
        Metric(
            "distinct",
            "categories or words that the fit still has",
            "count",
            0.0,
            data.distinct,
            more_is_better=True,
            subjects=_CATEGORIES + _TEXT,
        ),
        Metric(
            "lost_mass",
            "probability that a real row is one the fit has lost",
            "probability",
            0.0,
            data.lost_mass,
            subjects=_CATEGORIES + _TEXT,
        ),
        Metric(
            "total_variation",
            "total variation distance from the truth",
            "probability",
            0.0,
            data.total_variation,
            subjects=_CATEGORIES,
        ),
        Metric(
            "lost_once",
            "share of the words seen once in real text that the fit has lost",
            "share",
            0.0,
            data.lost_once,
            subjects=_TEXT,
        ),
    )
}


def measure(name: str, errors: AnyErrors) -> Array:
    """Compute the metric called `name`."""
    return METRICS[name].compute(errors)
