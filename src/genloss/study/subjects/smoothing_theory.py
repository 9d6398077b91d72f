"""What does theory say of a study's metrics where a generator smooths?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genloss.models.smoothing import EarlyStopped, KernelDensity
from genloss.simulation.loops.smoothing import NormalMixture
from genloss.theory.loops.smoothing import (
    components,
    cumulants,
    early_stopped,
    expected_moments,
    finite_rows,
    relative_variance,
    wave_gain,
)
from genloss.workflows import Schedule
from genloss.workflows.traits import WHOLE_BATCHES

Array = NDArray[np.float64]
Model = KernelDensity | EarlyStopped

FINITE = 10.0
"""Allowance of a ratio of moments, of the value: this over the fewest rows of a generation."""


class Curve(NamedTuple):
    """Values and allowances at the reported generations, status, and the formula's name."""

    values: Array
    allowed: Array
    status: str
    formula: str


def smoothing_curve(
    truth: NormalMixture, frequency: float, model: Model, schedule: Schedule, metric: str, report: Sequence[int]
) -> Curve | str:
    """Return theory's values, or why there are none."""
    relative = isinstance(model, KernelDensity) and model.rule == "silverman"
    kept = isinstance(model, KernelDensity) and model.keep_variance
    if metric == "variance_left":
        return _variance(truth, model, schedule, report, relative=relative, kept=kept)
    if metric not in ("kurtosis", "wave_left"):
        return f"no formula gives {metric}"
    if relative or kept:
        return f"no formula gives {metric} where the bandwidth follows the rows, or the variance is kept"
    return (
        _kurtosis(truth, model, schedule, report)
        if metric == "kurtosis"
        else _wave(truth, frequency, model, schedule, report)
    )


def _variance(
    truth: NormalMixture, model: Model, schedule: Schedule, report: Sequence[int], *, relative: bool, kept: bool
) -> Curve | str:
    reason = schedule.uncovered(WHOLE_BATCHES)
    if reason is not None:
        return f"the variance of finite rows has a formula for whole batches alone, and {reason}"
    if relative and not kept:
        return _exact(relative_variance(schedule, _relative(model, schedule)), report, "relative_variance")
    scale, bandwidth = (1.0, 0.0) if kept else _steps(model, schedule)
    moments = _moments(truth, 4)
    variance = float(cumulants(moments)[1])
    found = finite_rows(schedule, moments, bandwidth=bandwidth, scale=scale).variance
    return _exact(found / variance, report, "finite_rows")


def _relative(model: Model, schedule: Schedule) -> Array:
    """Return the bandwidth of each fit over the deviation of its training rows, (fits,)."""
    bandwidth = model.bandwidth if isinstance(model, KernelDensity) else 0.0
    rows = np.array([schedule.rows_used(g).sum() for g in range(len(schedule.train))])
    return np.asarray(bandwidth * model.decay ** np.arange(rows.size) * rows**-0.2)


def _kurtosis(truth: NormalMixture, model: Model, schedule: Schedule, report: Sequence[int]) -> Curve:
    scale, bandwidth = _steps(model, schedule)
    found = cumulants(expected_moments(schedule, _moments(truth, 4), bandwidth=bandwidth, scale=scale))
    values = (3 + found[:, 3] / found[:, 1] ** 2)[list(report)]
    fewest = min(float(schedule.rows_used(g).sum()) for g in range(len(schedule.train)))
    return Curve(values, FINITE / fewest * values, "asymptotic", "expected_moments")


def _wave(truth: NormalMixture, t: float, model: Model, schedule: Schedule, report: Sequence[int]) -> Curve:
    scale, bandwidth = _steps(model, schedule)
    if isinstance(model, KernelDensity):
        return _exact(wave_gain(schedule, [t], bandwidth=bandwidth)[:, 0], report, "wave_gain")
    values = []
    for g in report:
        law = components(schedule, bandwidth=bandwidth, scale=scale, generation=g)
        waves = np.array([_characteristic(truth, t * a) for a in law.scales.tolist()])
        wave = (law.weights * waves * np.exp(-law.variances * t**2 / 2)).sum()
        values.append(float((wave / _characteristic(truth, t)).real))
    return Curve(np.array(values), np.zeros(len(values)), "exact", "components")


def _characteristic(truth: NormalMixture, t: float) -> complex:
    return complex((truth.weights * np.exp(1j * t * truth.means - (t * truth.deviations) ** 2 / 2)).sum())


def _steps(model: Model, schedule: Schedule) -> tuple[Array, Array]:
    """Return the scale and the bandwidth of each fit, (fits,)."""
    fade: Array = np.asarray(model.decay ** np.arange(len(schedule.train)), dtype=np.float64)
    if isinstance(model, KernelDensity):
        return np.ones_like(fade), np.asarray(model.bandwidth * fade)
    scale, bandwidth = early_stopped(model.time * fade)
    return np.asarray(scale), np.asarray(bandwidth)


def _moments(truth: NormalMixture, highest: int) -> Array:
    """Return raw moments of orders 0 to `highest` of a mixture."""
    found = np.zeros((highest + 1, truth.means.size))
    found[0], found[1] = 1.0, truth.means
    for r in range(2, highest + 1):
        found[r] = truth.means * found[r - 1] + (r - 1) * truth.deviations**2 * found[r - 2]
    return np.asarray(found @ truth.weights / truth.weights.sum())


def _exact(values: Array, report: Sequence[int], formula: str) -> Curve:
    asked = values[list(report)]
    return Curve(asked, np.zeros(asked.size), "exact", formula)
