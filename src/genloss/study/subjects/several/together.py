"""What do several models have together: on average, as one model, or between two of them?

of = "mean": the mean over the lineages of what each has. "whole": the model whose parameters are the mean of theirs;
for shares of categories and probabilities that is the mixture of their laws, for regressions the mean of predictions.
"between": what a pair of different lineages has where the metric is made of pairs, as the chance that two rows differ
is, or a product of errors: with K lineages whole = mean / K + between (1 - 1/K), which is solved for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from genloss.errors import Problem
from genloss.metrics import AnyErrors, CategoricalErrors, FamilyErrors, LinearErrors, Measured, PoolErrors
from genloss.metrics.evidence import Array

Measure = Callable[[str, AnyErrors], Array]

OF_PAIRS = ("heterozygosity", "excess_risk", "parameter_error", "standardized_error")
"""Metrics that are made of pairs: their mean over all pairs of lineages, each with itself too, is that of the whole."""

__all__ = ["OF_PAIRS", "between", "reported", "whole"]


def reported(
    of: str, names: Sequence[str], errors: Sequence[AnyErrors], metrics: Sequence[str], measure: Measure
) -> AnyErrors:
    """Return what a study reports of the fits of all lineages in one generation. errors: of each lineage."""
    if of in names:
        return errors[names.index(of)]
    if of == "whole":
        return whole(errors)
    mean = {metric: np.mean([measure(metric, each) for each in errors], axis=0) for metric in metrics}
    if of == "mean":
        notes = tuple(note for each in errors if isinstance(each, Measured) for note in each.notes)
        return Measured(mean, notes)
    joined = whole(errors)
    return Measured({metric: between(metric, mean[metric], measure(metric, joined), len(errors)) for metric in metrics})


def whole(errors: Sequence[AnyErrors]) -> AnyErrors:
    """Return the errors of the model whose parameters are the mean of those of all lineages."""
    first = errors[0]
    if isinstance(first, CategoricalErrors):
        return replace(first, fitted_shares=_mean(errors, "fitted_shares"))
    if isinstance(first, FamilyErrors):
        ended = np.logical_and.reduce([each.ended for each in errors if isinstance(each, FamilyErrors)])
        return replace(first, estimates=_mean(errors, "estimates"), ended=ended, distance=None)
    if isinstance(first, LinearErrors):
        return replace(first, coefficient_error=_mean(errors, "coefficient_error"))
    if isinstance(first, PoolErrors):
        held = _mean(errors, "held_out_error")
        return replace(first, prediction_error=_mean(errors, "prediction_error"), held_out_error=held)
    raise Problem("lineages.of", '"whole" is not known of these models', 'give "mean", or the name of a lineage')


def between(metric: str, mean: Array, of_whole: Array, count: int) -> Array:
    """Return what two different lineages have, from the mean of each and from the whole of `count` lineages.

    >>> between("heterozygosity", 0.4, 0.7, 4)
    0.8
    """
    if metric not in OF_PAIRS:
        mend = f'ask for metrics among {", ".join(OF_PAIRS)}, or give of = "mean"'
        raise Problem("lineages.of", f'{metric} has no "between": it is not made of pairs', mend)
    return (of_whole - mean / count) / (1 - 1 / count)


def _mean(errors: Sequence[AnyErrors], name: str) -> Array:
    return np.asarray(np.mean([getattr(each, name) for each in errors], axis=0))
