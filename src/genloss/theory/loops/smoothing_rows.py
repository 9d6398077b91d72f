"""What do finite training sets add to the law of a smoothing generator: to its variance, its mean and its spectrum?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_range, guarded
from genloss.theory.loops.smoothing_laws import expected_moments, wave_gain
from genloss.theory.loops.smoothing_steps import Steps, steps_of, variances
from genloss.workflows import TRUTH, WorkflowLike
from genloss.workflows.traits import WHOLE_BATCHES


@dataclass(frozen=True)
class FiniteRows:
    """Of the law of a fit to so many rows, (fits,) each.

    variance: its expected variance. of_mean: the variance of its mean between runs, which `variance` lacks.
    of_mean_square: the variance of its mean square between runs; about that of its variance, where the mean is near 0.
    """

    variance: Array
    of_mean: Array
    of_mean_square: Array


@guarded
def finite_rows(
    workflow: WorkflowLike,
    truth: ArrayLike,
    *,
    bandwidth: ArrayLike,
    scale: ArrayLike = 1.0,
    generations: int | None = None,
) -> FiniteRows:
    r"""Return what the numbers of rows do to a smoothing generator's variance.

    .. math:: E\,Var(q_g) = E x^2 - (E x)^2 - Var(\bar q_g)

    The expected law does not depend on the rows; how far runs lie apart does, and what their means have of the
    variance their laws lack. A mean over a training set errs by sum_b W (a delta_o + e_b), Var(e_b) the expected
    variance of a row within its fit, over its rows.
    truth: raw moments of orders 0 to 4, (5,). bandwidth, scale: as `smoothing.components`; whole batches alone.
    Status: exact. Source: docs/theory/smoothing.md. Checked by tests/unit/test_smoothing.py (by enumeration) and
    tests/statistical/test_smoothing.py.

    >>> from genloss.workflows import replace
    >>> finite_rows(replace(10), [1, 0, 1, 0, 3], bandwidth=0.0, generations=2).variance.round(6).tolist()
    [0.9, 0.81, 0.729]
    """
    steps = steps_of(workflow, bandwidth=bandwidth, scale=scale, generations=generations, covered=WHOLE_BATCHES)
    real = checked_range("truth", truth, lowest=-np.inf, meaning="moments of orders 0 to 4")
    if real.shape != (5,):
        raise Problem("truth", f"shape {real.shape}", "give 1, E x, E x^2, E x^3, E x^4")
    if real[2] < real[1] ** 2 * (1 - 1e-9) or real[4] < real[2] ** 2 * (1 - 1e-9):
        raise Problem("truth", "moments of no law: E x^2 < (E x)^2, or E x^4 < (E x^2)^2", "give those of the truth")
    moments = expected_moments(steps.schedule, real, bandwidth=steps.bandwidth, scale=steps.scale)
    factors = np.column_stack([steps.scale, steps.scale**2])
    known = np.asarray(moments[:, [1, 2]], dtype=complex), moments[:, [2, 4]]
    of = factors**2 * variances(steps, factors, *known, (np.asarray(real[[1, 2]], dtype=complex), real[[2, 4]]))
    within = moments[:, 2] - moments[:, 1] ** 2 - of[:, 0]
    return FiniteRows(np.maximum(within, 0.0), of[:, 0], of[:, 1])


@guarded
def covariance_factors(
    workflow: WorkflowLike, *, bandwidth: ArrayLike = 1.0, scale: ArrayLike = 1.0, generations: int | None = None
) -> tuple[Array, Array]:
    r"""Return (kept, added), (fits,) each: the expected covariance of a fit's law is kept Sigma + added H.

    .. math:: E\,Cov(q_g) = A_g \Sigma + B_g H

    for rows of several columns, Sigma the covariance of the truth and H that of the noise, times bandwidth^2. The
    number of columns does not matter. Other arguments as `finite_rows`.
    Status: exact. Source: docs/theory/smoothing.md. Checked by tests/unit/test_smoothing.py and
    tests/statistical/test_smoothing.py.

    >>> from genloss.workflows import replace
    >>> [part.round(4).tolist() for part in covariance_factors(replace(10), generations=1)]
    [[0.9, 0.81], [1.0, 1.9]]
    """
    steps = steps_of(workflow, bandwidth=bandwidth, scale=scale, generations=generations, covered=WHOLE_BATCHES)
    kept = finite_rows(steps.schedule, [1, 0, 1, 0, 3], bandwidth=0.0, scale=steps.scale)
    added = finite_rows(steps.schedule, [1, 0, 0, 0, 0], bandwidth=steps.bandwidth, scale=steps.scale)
    return kept.variance, added.variance


@guarded
def wave_power(
    workflow: WorkflowLike,
    frequencies: ArrayLike,
    truth: ArrayLike,
    *,
    bandwidth: ArrayLike,
    generations: int | None = None,
) -> Array:
    r"""Return E |characteristic function of a fit|^2 at frequencies, (fits, frequencies): signal and sampling noise.

    .. math:: E|\hat\varphi_g|^2 = |\varphi_p G_g|^2 + Var, \quad Var(e_b) = (1 - |\varphi_o|^2 - r^2 Var_o) / n_b

    r the gain of one smoothing, G the gain of `smoothing.wave_gain`. truth: |phi_p| at the frequencies, 0 to 1, (F,).
    Where 1/rows is more than the first part, a fit's wave is noise of its rows.
    Status: exact for whole batches. Source: docs/theory/smoothing.md. Checked by tests/unit/test_smoothing.py (by
    enumeration) and tests/statistical/test_smoothing.py.

    >>> from genloss.workflows import replace
    >>> wave_power(replace(10), [50.0], [0.0], bandwidth=0.0, generations=1).round(4).tolist()
    [[0.1], [0.19]]
    """
    steps = steps_of(workflow, bandwidth=bandwidth, generations=generations, covered=WHOLE_BATCHES)
    t = np.atleast_1d(checked_range("frequencies", frequencies, lowest=0, meaning="frequencies >= 0"))
    real = np.atleast_1d(checked_range("truth", truth, lowest=0, highest=1, meaning="absolute values from 0 to 1"))
    if real.shape != t.shape or t.ndim != 1:
        raise Problem("truth", f"shape {real.shape} for frequencies {t.shape}", "give one value a frequency")
    law = real * wave_gain(steps.schedule, t, bandwidth=steps.bandwidth)
    factors = np.exp(-((steps.bandwidth[:, None] * t) ** 2) / 2)
    ones = np.ones_like(law)
    left = variances(steps, factors, law.astype(complex), ones, (real.astype(complex), np.ones(t.size)))
    return np.asarray(law**2 + factors**2 * left)


def multiplied_variance(steps: Steps) -> Array:
    """Return the expected variance of each fit's law, (fits,), where h is `bandwidth` deviations of its training set.

    The truth has variance 1 and mean 0. Whole batches of one origin each.
    """
    schedule = steps.schedule
    loading, noise = np.zeros((steps.fits, len(schedule.batches))), np.zeros(len(schedule.batches))
    found, of_mean = np.zeros(steps.fits), np.zeros(steps.fits)
    for g in range(steps.fits):
        for b in schedule.born[g]:
            origin = schedule.batches[b].origin
            noise[b] = (1.0 if origin is None or origin == TRUTH else found[origin]) / schedule.batches[b].rows
        square = 0.0
        for b, share in schedule.shares(g).items():
            origin = schedule.batches[b].origin
            loading[g, b] += share
            if origin is None or origin == TRUTH:
                square += share
            else:
                loading[g] += share * loading[origin]
                square += share * (found[origin] + of_mean[origin])
        of_mean[g] = loading[g] ** 2 @ noise
        found[g] = (1 + steps.bandwidth[g] ** 2) * (square - of_mean[g])
    return found
