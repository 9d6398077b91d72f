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
from genloss.study.spec.lineages import OF_PAIRS

Measure = Callable[[str, AnyErrors], Array]

__all__ = ["between", "reported", "whole"]


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
    of_whole = {metric: measure(metric, joined) for metric in metrics}
    pairs = [metric for metric in metrics if metric in OF_PAIRS]
    return Measured(of_whole | {metric: between(mean[metric], of_whole[metric], len(errors)) for metric in pairs})


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


def between(mean: Array, of_whole: Array, count: int) -> Array:
    """Return what two different lineages have, from the mean of each and from the whole of `count` lineages.

    >>> round(between(0.4, 0.7, 4), 12)
    0.8
    """
    return (of_whole - mean / count) / (1 - 1 / count)


def _mean(errors: Sequence[AnyErrors], name: str) -> Array:
    return np.asarray(np.mean([getattr(each, name) for each in errors], axis=0))
