"""Where do generators that smooth end when they are refitted to their own rows, beside a share of real ones?

A kernel density estimate draws one of its training rows and adds noise of bandwidth h; a diffusion model that is
stopped early does the same, with rows drawn towards 0. Every generation the rows from models are smoothed once more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_one, checked_range, guarded
from genloss.theory.loops.smoothing_laws import (
    Components,
    components,
    cumulants,
    density,
    expected_moments,
    hermite_gain,
    wave_gain,
)
from genloss.theory.loops.smoothing_rows import (
    FiniteRows,
    covariance_factors,
    finite_rows,
    multiplied_variance,
    wave_power,
)
from genloss.theory.loops.smoothing_steps import carried, steps_of
from genloss.workflows import WorkflowLike
from genloss.workflows.traits import WHOLE_BATCHES

__all__ = [
    "Components",
    "FiniteRows",
    "SmoothingLimit",
    "components",
    "covariance_factors",
    "cumulants",
    "density",
    "early_stopped",
    "expected_moments",
    "finite_rows",
    "hermite_gain",
    "least_real_share",
    "limit_gain",
    "relative_variance",
    "silverman",
    "smoothing_limit",
    "wave_gain",
    "wave_power",
]


@dataclass(frozen=True)
class SmoothingLimit:
    """smoothings: how many times a row has been smoothed, on average. variance, kurtosis: of a row of the limit law."""

    smoothings: float
    variance: float
    kurtosis: float


@guarded
def smoothing_limit(share: float, *, bandwidth: float, variance: float = 1.0, kurtosis: float = 3.0) -> SmoothingLimit:
    r"""Return where a smoothing generator ends with a share alpha of new real rows in every generation.

    .. math:: q = \sum_{k \ge 1} \alpha (1-\alpha)^{k-1} p * N(0, k h^2), \quad Var = V + h^2/\alpha, \quad
       \kappa_4 = \kappa_4(p) + 3 h^4 (1-\alpha)/\alpha^2

    A row has been smoothed k times, k geometric: the law is wider than the truth, and heavier in its tails than any
    single smoothing. share: alpha in (0, 1]. bandwidth: h >= 0. variance: V > 0 and kurtosis of the truth.
    Status: exact. Source: after arXiv 2602.16601 and 2606.13796; derived in docs/theory/smoothing.md. Checked by
    tests/unit/test_smoothing.py and tests/statistical/test_smoothing.py.

    >>> smoothing_limit(0.1, bandwidth=0.5)
    SmoothingLimit(smoothings=10.0, variance=3.5, kurtosis=4.377551020408164)
    """
    part = _share(share)
    h = checked_one("bandwidth", bandwidth, lowest=0, meaning="the standard deviation of the noise, >= 0")
    spread = checked_one("variance", variance, lowest=0, meaning="the variance of the truth, > 0")
    peak = checked_one("kurtosis", kurtosis, lowest=1, meaning="the kurtosis of the truth, >= 1; 3 for a normal law")
    if spread == 0:
        raise Problem("variance", "0: nothing to smooth", "give a number > 0")
    whole = spread + h**2 / part
    fourth = (peak - 3) * (spread / whole) ** 2 + 3 * (1 - part) * (h**2 / part / whole) ** 2
    return SmoothingLimit(1 / part, whole, 3 + fourth)


@guarded
def limit_gain(share: float, *, once: ArrayLike) -> Array:
    r"""Return what is left in the limit of something of which one smoothing leaves r: alpha r / (1 - (1 - alpha) r).

    share: alpha in (0, 1], of new real rows. once: r from 0 to 1, any shape: exp(-h^2 t^2 / 2) of a wave of frequency
    t, exp(-n t) of a Hermite coefficient of order n of a diffusion model that stops at time t.
    Status: exact. Source: arXiv 2606.13796 for Hermite coefficients; docs/theory/smoothing.md. Checked by
    tests/unit/test_smoothing.py.

    >>> limit_gain(0.1, once=[1.0, 0.9, 0.5]).round(4).tolist()
    [1.0, 0.4737, 0.0909]
    """
    part = _share(share)
    r = checked_range("once", once, lowest=0, highest=1, meaning="numbers from 0 to 1")
    return np.asarray(part * r / (part + (1 - part) * (1 - r)))


@guarded
def early_stopped(time: ArrayLike) -> tuple[Array, Array]:
    """Return (scale, bandwidth) of a diffusion model that is stopped at a time: e^-t and sqrt(1 - e^-2t).

    time: t >= 0, any shape, of the Ornstein-Uhlenbeck process dx = -x dt + sqrt(2) dw, whose law at rest is standard
    normal. The exact score of an empirical law makes the reverse process, stopped at t, draw the forward process at t.
    Status: exact for exact scores and integration. Source: docs/theory/smoothing.md. Checked by
    tests/unit/test_smoothing.py and tests/statistical/test_smoothing.py (the reverse process integrated).

    >>> [round(float(x), 4) for x in early_stopped(0.05)]
    [0.9512, 0.3085]
    """
    t = checked_range("time", time, lowest=0, meaning="a time >= 0")
    return np.exp(-t), np.sqrt(-np.expm1(-2 * t))


@guarded
def silverman(rows: ArrayLike, *, factor: float = 1.06) -> Array:
    """Return the bandwidth of a rule of thumb over the deviation of the training rows: factor x rows^(-1/5).

    rows: n >= 1, any shape. factor: > 0, 1.06 for Silverman's rule in one column.
    Status: exact, a definition. Source: Silverman's rule of thumb. Checked by tests/unit/test_smoothing.py.

    >>> silverman([100, 3200]).round(4).tolist()
    [0.422, 0.211]
    """
    n = checked_range("rows", rows, lowest=1, meaning="numbers of rows, >= 1")
    size = checked_one("factor", factor, lowest=0, meaning="a number > 0")
    if size == 0:
        raise Problem("factor", "0: no bandwidth is left", "give a number > 0")
    return np.asarray(size * n**-0.2)


@guarded
def relative_variance(
    workflow: WorkflowLike, relative: ArrayLike, *, generations: int | None = None, limit: bool = False
) -> Array:
    r"""Return the variance of every fit over the truth's, (fits,), where h is b times the deviation of training rows.

    .. math:: v_g = (1 + b_g^2) \Big(\sum_o W_{g,o} (v_o + Var(m_o)) - Var(m_g)\Big), \quad v_{truth} = 1

    m_g: the mean of the training set, which errs by its batches' means, of variance v_o over their rows. relative:
    b >= 0, one or one per generation; `silverman` says the rule's. Each generation multiplies the variance instead of
    adding to it: it grows without end unless the share of real rows is above `least_real_share`. limit: many rows,
    where Var(m) is 0; without it whole batches alone.
    Status: exact, the mean over runs; with `limit` asymptotic in the rows. Source: docs/theory/smoothing.md.
    Checked by tests/unit/test_smoothing.py and tests/statistical/test_smoothing.py.

    >>> from genloss.workflows import replace
    >>> relative_variance(replace(9), 0.5, generations=2, limit=True).tolist()
    [1.25, 1.5625, 1.953125]
    >>> relative_variance(replace(9), 0.0, generations=1).round(6).tolist()
    [0.888889, 0.790123]
    """
    if limit:
        steps = steps_of(workflow, bandwidth=relative, generations=generations)
        return carried(steps.schedule, 1 + steps.bandwidth[:, None] ** 2, np.ones(1))[:, 0]
    steps = steps_of(workflow, bandwidth=relative, generations=generations, covered=WHOLE_BATCHES)
    return multiplied_variance(steps)


@guarded
def least_real_share(relative: ArrayLike) -> Array:
    """Return the share of real rows above which the variance stays finite with relative bandwidth b: b^2 / (1 + b^2).

    Above it the variance ends at alpha (1 + b^2) / (1 - (1 - alpha)(1 + b^2)) times the truth's. relative: b >= 0, any
    shape. Status: asymptotic in the rows, as `relative_variance`. Source: docs/theory/smoothing.md. Checked by
    tests/unit/test_smoothing.py.

    >>> least_real_share([0.5, 0.211]).round(4).tolist()
    [0.2, 0.0426]
    """
    b = checked_range("relative", relative, lowest=0, meaning="bandwidths over the deviation, >= 0")
    return np.asarray(b**2 / (1 + b**2))


def _share(share: float) -> float:
    part = checked_one("share", share, lowest=0, highest=1, meaning="a share above 0, up to 1")
    if part == 0:
        raise Problem("share", "0: without real rows there is no limit", "give a share above 0")
    return part


def __dir__() -> list[str]:
    return sorted(__all__)
