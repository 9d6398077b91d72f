"""Which law do the rows of a smoothing generator have at every generation, and what of the truth is still in it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, as_numbers, checked_generation, checked_range, guarded
from genloss.theory.loops.smoothing_steps import carried, origins_of, steps_of
from genloss.workflows import TRUTH, Schedule, WorkflowLike
from genloss.workflows.checks import whole

_MOST = 100_000
_HIGHEST = 40


@dataclass(frozen=True)
class Components:
    """The law sum_k weights[k] Law(scales[k] X + noise of variance variances[k]), X a row of the truth; all (K,)."""

    weights: Array
    scales: Array
    variances: Array


@guarded
def components(workflow: WorkflowLike, *, bandwidth: ArrayLike, generation: int, scale: ArrayLike = 1.0) -> Components:
    r"""Return the law of the rows that the fit of a generation draws, as a mixture of smoothed truths.

    .. math:: q_g = \sum_{k \le g} w_{gk} \, p * N(0, (k+1) h^2), \quad
       w_{gk} = \alpha (1-\alpha)^k, \; w_{gg} = (1-\alpha)^g

    for a share alpha of new real rows beside rows of the last fit; any other workflow by the same recursion over the
    origins of its rows. bandwidth: h >= 0, scale: a in [0, 1] of x' = a x + h z, one number or one per generation. For
    rows of several columns h^2 is times a covariance: variances are the factors of it.
    Errors: `Problem` where more than 100,000 different components arise (bandwidths that change, under accumulate).
    Status: exact, the mean over training sets of any size. Source: the limit in arXiv 2606.13796; derived for every
    generation in docs/theory/smoothing.md. Checked by tests/unit/test_smoothing.py and
    tests/statistical/test_smoothing.py.

    >>> from genloss.workflows import fresh_real
    >>> found = components(fresh_real(10, 90), bandwidth=0.5, generation=2)
    >>> found.weights.round(3).tolist(), found.variances.tolist()
    ([0.1, 0.09, 0.81], [0.25, 0.5, 0.75])
    """
    last = int(checked_generation(whole(generation, "generation", lowest=0, meaning="a generation, from 0")))
    steps = steps_of(
        workflow, bandwidth=bandwidth, scale=scale, generations=None if isinstance(workflow, Schedule) else last
    )
    if last >= steps.fits:
        raise Problem("generation", f"{last} of a schedule of {steps.fits}", "give an earlier one")
    laws: list[dict[tuple[float, float], float]] = []
    for g in range(last + 1):
        law: dict[tuple[float, float], float] = {}
        a, noise = float(steps.scale[g]), float(steps.bandwidth[g]) ** 2
        for origin, share in origins_of(steps.schedule, g).items():
            for (scaled, spread), weight in ({(1.0, 0.0): 1.0} if origin == TRUTH else laws[origin]).items():
                key = _near(a * scaled), _near(a**2 * spread + noise)
                law[key] = law.get(key, 0.0) + share * weight
        if len(law) > _MOST:
            raise Problem("bandwidth", f"{len(law):,} components at generation {g}", "give one bandwidth for all")
        laws.append(law)
    found = sorted(laws[last].items(), key=lambda item: (item[0][1], -item[0][0]))
    return Components(
        *(np.array(each) for each in ([w for _, w in found], *zip(*(key for key, _ in found), strict=True)))
    )


def _near(value: float) -> float:
    """Round, so that sums of the same numbers in another order are one component."""
    return float(f"{value:.12e}")


@guarded
def density(at: ArrayLike, law: Components, *, weights: ArrayLike, means: ArrayLike, deviations: ArrayLike) -> Array:
    """Return the density of a law of `components` at points, where the truth is a mixture of normal laws.

    at: any shape. weights, means, deviations: of the truth's parts, (parts,), deviations > 0, weights that add up to 1.
    Returns the shape of `at`, in 1 / units of a row.
    Status: exact. Source: definition; docs/theory/smoothing.md. Checked by tests/unit/test_smoothing.py.

    >>> law = Components(np.array([1.0]), np.array([1.0]), np.array([0.0]))
    >>> float(density(0.0, law, weights=[1.0], means=[0.0], deviations=[1.0]).round(6))
    0.398942
    """
    points = as_numbers("at", at, "points")[..., None, None]
    parts = [as_numbers(name, each, "one number a part") for name, each in _named(weights, means, deviations)]
    if len({each.shape for each in parts}) > 1 or parts[0].ndim != 1:
        raise Problem("weights", "parts of unlike shapes", "give weights, means and deviations of one length")
    share, center, spread = parts
    sd = np.sqrt(law.scales[:, None] ** 2 * spread**2 + law.variances[:, None])
    z = (points - law.scales[:, None] * center) / sd
    each = np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * sd)
    return np.asarray((law.weights[:, None] * share * each).sum(axis=(-2, -1)))


def _named(weights: ArrayLike, means: ArrayLike, deviations: ArrayLike) -> list[tuple[str, ArrayLike]]:
    return [("weights", weights), ("means", means), ("deviations", deviations)]


@guarded
def wave_gain(
    workflow: WorkflowLike, frequencies: ArrayLike, *, bandwidth: ArrayLike, generations: int | None = None
) -> Array:
    r"""Return by what each wave of the truth is multiplied in the law of every fit's rows, (fits, frequencies).

    .. math:: E e^{i t x} = \varphi_p(t) \, G_g(t), \quad
       G_g(t) = e^{-h_g^2 t^2/2} \sum_o W_{g,o} G_o(t), \; G_{truth} = 1

    frequencies: t >= 0, in 1 / units of a row, (F,); for rows of several columns and noise of covariance H give
    sqrt(t' H t) and bandwidth 1. A share alpha of new real rows has the limit alpha r / (1 - (1 - alpha) r), r the gain
    of one smoothing: slow waves stay, fast ones keep alpha r of themselves.
    Status: exact, the mean over training sets of any size. Source: derived in docs/theory/smoothing.md. Checked by
    tests/unit/test_smoothing.py and tests/statistical/test_smoothing.py.

    >>> from genloss.workflows import replace
    >>> wave_gain(replace(9), [0.0, 1.0], bandwidth=1.0, generations=1).round(4).tolist()
    [[1.0, 0.6065], [1.0, 0.3679]]
    """
    steps = steps_of(workflow, bandwidth=bandwidth, generations=generations)
    t = np.atleast_1d(checked_range("frequencies", frequencies, lowest=0, meaning="frequencies >= 0"))
    factors = np.exp(-((steps.bandwidth[:, None] * t) ** 2) / 2)
    return carried(steps.schedule, factors, np.ones(t.size))


@guarded
def hermite_gain(
    workflow: WorkflowLike, orders: Sequence[int], *, time: ArrayLike, generations: int | None = None
) -> Array:
    r"""Return by what E He_n(x) is multiplied in rows of diffusion models that stop early, (fits, orders).

    .. math:: c_n^{(g)} = e^{-n t_g} \sum_o W_{g,o} c_n^{(o)}

    A model that knows the score of its training rows exactly and runs the reverse process down to time t draws them
    by the forward process at t, x' = e^-t x + sqrt(1 - e^-2t) z, which multiplies Hermite coefficients of order n by
    e^-nt. orders: n >= 0. time: t >= 0, one or one per generation. With a share alpha of new real rows the limit is
    alpha r / (1 - (1 - alpha) r), r = e^-nt. Rows have the truth's scale: mean 0, variance 1.
    Status: exact, the mean over training sets of any size. Source: arXiv 2606.13796, derived in
    docs/theory/smoothing.md. Checked by tests/unit/test_smoothing.py (moments of the mixture).

    >>> from genloss.workflows import fresh_real
    >>> hermite_gain(fresh_real(10, 90), [2, 4], time=0.05, generations=60)[-1].round(3).tolist()
    [0.487, 0.311]
    """
    steps = steps_of(workflow, bandwidth=0.0, generations=generations)
    n = checked_range("orders", orders, lowest=0, meaning="whole numbers >= 0", whole=True)
    times = checked_range("time", time, lowest=0, meaning="times >= 0")
    if times.ndim > 1 or (times.ndim == 1 and times.size < steps.fits):
        raise Problem("time", f"shape {times.shape} for {steps.fits} generations", "give one, or one per generation")
    each = np.broadcast_to(times, (steps.fits,)) if times.ndim == 0 else times[: steps.fits]
    return carried(steps.schedule, np.exp(-np.outer(each, np.atleast_1d(n))), np.ones(n.size))


@guarded
def expected_moments(
    workflow: WorkflowLike,
    truth: ArrayLike,
    *,
    bandwidth: ArrayLike,
    scale: ArrayLike = 1.0,
    generations: int | None = None,
) -> Array:
    r"""Return the expected raw moments 1, E x, E x^2, ... of the rows of every fit, (fits, orders).

    .. math:: E x'^r = \sum_j \binom{r}{j} a^{r-j} h^j E z^j \, E x^{r-j}

    truth: the same moments of the truth, from order 0 (which is 1) on, (orders,). bandwidth, scale: as `components`.
    Status: exact, the mean over training sets of any size. Source: docs/theory/smoothing.md. Checked by
    tests/unit/test_smoothing.py and tests/statistical/test_smoothing.py.

    >>> from genloss.workflows import fresh_real
    >>> found = expected_moments(fresh_real(10, 90), [1, 0, 1, 0, 3], bandwidth=0.5, generations=200)[-1]
    >>> round(float(found[2]), 4), round(float(found[4] / found[2] ** 2), 4)
    (3.5, 4.3776)
    """
    steps = steps_of(workflow, bandwidth=bandwidth, scale=scale, generations=generations)
    real = checked_range("truth", truth, lowest=-np.inf, meaning="moments of the truth, from order 0 on")
    if real.ndim != 1 or not 2 <= real.size <= _HIGHEST or abs(real[0] - 1) > 1e-9:
        raise Problem("truth", f"shape {real.shape}, first {real.flat[0]:g}", "give 1, E x, E x^2, ... in one list")
    found = np.zeros((steps.fits, real.size))
    for g in range(steps.fits):
        for origin, share in origins_of(steps.schedule, g).items():
            found[g] += share * (real if origin == TRUTH else found[origin])
        found[g] = step_of_moments(float(steps.scale[g]), float(steps.bandwidth[g]), real.size) @ found[g]
    return found


def step_of_moments(scale: float, bandwidth: float, orders: int) -> Array:
    """Return the matrix by which one step a x + h z takes raw moments to raw moments, (orders, orders)."""
    normal = [1.0, 0.0]  # E z^j
    while len(normal) < orders:
        normal.append((len(normal) - 1) * normal[-2])
    step = np.zeros((orders, orders))
    for r in range(orders):
        for j in range(0, r + 1, 2):
            step[r, r - j] = comb(r, j) * scale ** (r - j) * bandwidth**j * normal[j]
    return step


@guarded
def cumulants(moments: ArrayLike) -> Array:
    r"""Return cumulants of orders 1, 2, ... from raw moments of orders 0, 1, 2, ..., over the last axis.

    .. math:: \kappa_n = m_n - \sum_{k<n} \binom{n-1}{k-1} \kappa_k m_{n-k}

    Smoothing by one normal law adds to the second alone; that rows are smoothed unlike times adds to the fourth and
    beyond: with k smoothings, kappa_4 grows by 3 h^4 Var k.
    Status: exact. Source: definition. Checked by tests/unit/test_smoothing.py.

    >>> cumulants([1.0, 0.0, 3.5, 0.0, 53.625]).tolist()
    [0.0, 3.5, 0.0, 16.875]
    """
    m = checked_range("moments", moments, lowest=-np.inf, meaning="raw moments, from order 0 on")
    if m.ndim == 0 or m.shape[-1] < 2:
        raise Problem("moments", f"shape {m.shape}", "give 1, E x, E x^2, ... along the last axis")
    found = np.zeros((*m.shape[:-1], m.shape[-1] - 1))
    for n in range(1, m.shape[-1]):
        known = sum(comb(n - 1, k - 1) * found[..., k - 1] * m[..., n - k] for k in range(1, n))
        found[..., n - 1] = m[..., n] - known
    return found
