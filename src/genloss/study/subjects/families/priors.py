"""What does theory say of a study's metrics where fits have a prior?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.models.families import Multinomial, Prior
from genloss.models.families.quadratic import Quadratic
from genloss.theory.workflows.priors import PriorErrors, prior_errors
from genloss.workflows import Schedule

Array = NDArray[np.float64]
Curve = tuple[Array, Array, str, str]

_MOST_CATEGORIES = 100  # each of which is a recursion


def at_first_fit(prior: Prior | None) -> bool:
    """Whether a prior stands at the fit of generation 0."""
    return prior is not None and prior.parameters is None


def quadratic_curve(family: Quadratic, mean: float, prior: Prior, schedule: Schedule, metric: str) -> Curve | str:
    """Return theory's values of a family of quadratic variance, exact, or why there are none."""
    if metric not in ("standardized_error", "variance_left"):
        return f"no formula gives {metric}"
    _, slope, bend = family.coefficients
    whole, slope = float(family.variance(mean)), slope + 2 * bend * mean
    found = _errors(schedule, prior, whole, bend, slope, mean, None)
    if metric == "standardized_error":
        return _exact(float(schedule.rows_used(0).sum()) * found.mean_square / whole)
    return _exact(1 + (slope * found.bias + bend * found.mean_square) / whole)


def parametric_curve(family: object, truth: Array, prior: Prior, schedule: Schedule, metric: str) -> Curve | str:
    """Return theory's values of shares of categories, exact; of other families, why there are none."""
    if not isinstance(family, Multinomial) or metric not in ("standardized_error", "variance_left"):
        return f"no formula gives {metric} with a prior"
    if metric == "variance_left":
        return _exact(_heterozygosity(truth, prior, schedule))
    if truth.size > _MOST_CATEGORIES:
        return f"with a prior the formula of {metric} is for up to {_MOST_CATEGORIES} categories"
    each = [
        _errors(schedule, prior, p * (1 - p), -1.0, 1 - 2 * p, p, number) for number, p in enumerate(truth.tolist())
    ]
    total = np.sum([found.mean_square / p for found, p in zip(each, truth.tolist(), strict=True)], axis=0)
    return _exact(float(schedule.rows_used(0).sum()) * total / (truth.size - 1))


def _heterozygosity(truth: Array, prior: Prior, schedule: Schedule) -> Array:
    """Return E(1 - sum of squares) over the truth's: all categories together are one recursion."""
    whole = float(1 - (truth**2).sum())
    away = np.zeros_like(truth) if prior.parameters is None else prior.parameters - truth
    length = float(np.linalg.norm(away))
    slope = -2 * float(truth @ away) / length if length else 0.0
    found = prior_errors(
        schedule,
        prior_rows=prior.rows,
        prior_mean=length,
        variance=whole,
        curvature=-1.0,
        slope=slope,
        center="first_fit" if prior.parameters is None else "given",
    )
    return 1 + (slope * found.bias - found.mean_square) / whole


def _errors(
    schedule: Schedule, prior: Prior, variance: float, bend: float, slope: float, mean: float, number: int | None
) -> PriorErrors:
    """Return errors of one mean; number: of the category, None where there is one parameter."""
    center = mean if prior.parameters is None else float(prior.parameters[number or 0])
    return prior_errors(
        schedule,
        prior_rows=prior.rows,
        prior_mean=center,
        truth=mean,
        variance=variance,
        curvature=bend,
        slope=slope,
        center="first_fit" if prior.parameters is None else "given",
    )


def _exact(values: Array) -> Curve:
    return values, np.zeros_like(values), "exact", "prior_errors"
