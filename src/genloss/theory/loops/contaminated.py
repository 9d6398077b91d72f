r"""How fast does a model come near the truth if its data stay contaminated by what earlier models drew, for ever?

Every round adds m_1 real rows and m_2 rows of the last fit to all rows so far, M of them; the fit is their empirical
law, or a kernel estimate of it. The mean of any function of the rows that has variance 1 in the truth is unbiased, and
its variance v follows, with k the variance that kernels have added to a row and h the bandwidth,

.. math::

   v' = \frac{(M + m_2)^2 v + m_2 (1 + k + h^2 - v) + m_1}{(M + m_1 + m_2)^2}, \qquad
   k' = \frac{(M + m_2)\, k + m_2 h^2}{M + m_1 + m_2}

as the m_2 rows have the pool's mean, and around it the pool's variance, 1 + k - v, and h^2. With a the real share of
what a round adds, an error of the pool shrinks like rows^-a, new noise is of the order of rows^-1/2: the slower wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_generation, checked_one, guarded, guarded_infinite

__all__ = [
    "ContaminatedRounds",
    "contaminated_distance",
    "contaminated_exponent",
    "contaminated_rounds",
    "contaminated_slope",
    "rows_lost",
]

_ROWS = "a number of rows from 1 on"
_SHARE = "the real share of what a round adds, above 0, at most 1"


@dataclass(frozen=True)
class ContaminatedRounds:
    """One entry per round, 0 is real alone, (rounds + 1,) each.

    rows: of the pool. variance: v, of a mean over the pool, in units of a real row's variance. added: k, the variance
    that kernels have added to a row of the pool, in these units; 0 without a kernel. bandwidth: h of the fit.
    """

    rows: Array
    variance: Array
    added: Array
    bandwidth: Array


@guarded
def contaminated_rounds(
    real: int, synthetic: int, rounds: int, *, bandwidth: float = 0.0, power: float = 0.2
) -> ContaminatedRounds:
    """Return how the pool of every round errs, by the recursion at the head of this file.

    real: m_1, of round 0 too, which has no others. synthetic: m_2, from 0 on. rounds: the last one. bandwidth, power:
    h = bandwidth x rows^-power standard deviations of a real row; 0: the empirical law, whose rows are drawn again.
    With shares of categories the same recursion is that of `accumulate_fresh` at curvature -1.
    Status: exact for any truth with a variance, and, without a kernel, for every function of a row.
    Source: docs/theory/contaminated.md, for the setting of arXiv 2602.16065. Checked by
    tests/statistical/test_contaminated.py.

    >>> found = contaminated_rounds(50, 50, 2)
    >>> found.rows.tolist(), found.variance.round(6).tolist()
    ([50.0, 150.0, 250.0], [0.02, 0.013289, 0.010094])
    """
    m1 = checked_one("real", real, lowest=1, meaning=_ROWS)
    m2 = checked_one("synthetic", synthetic, lowest=0, meaning="a number of rows from 0 on")
    scale = checked_one("bandwidth", bandwidth, lowest=0, meaning="a factor of the bandwidth >= 0")
    fall = checked_one("power", power, lowest=0, highest=1, meaning="how fast the bandwidth falls, 0 to 1")
    pool, v, k = float(m1), 1 / float(m1), 0.0
    found = [(pool, v, k, scale * pool**-fall)]
    for _ in range(int(checked_generation(rounds))):
        total, square = pool + m1 + m2, found[-1][3] ** 2
        v = ((pool + m2) ** 2 * v + m2 * (1 + k + square - v) + m1) / total**2
        k = ((pool + m2) * k + m2 * square) / total
        pool = total
        found.append((pool, v, k, scale * pool**-fall))
    return ContaminatedRounds(*np.array(found, dtype=float).T)


@guarded
def contaminated_exponent(share: float, baseline: float = 0.5) -> float:
    """Return the power of the rows by which the distance to the truth falls in the end, -min(baseline, share).

    share: a, the real share of what a round adds, above 0, at most 1. baseline: the power without contamination, 1/2
    for the empirical law in one dimension; 2/5 for the bias of a kernel of bandwidth rows^-1/5, whose square it is.
    At share = baseline a logarithm comes on top. Up to thousands of rounds a fitted slope is short of it near
    share = baseline: see `contaminated_slope`. Errors: `Problem` for a share of 0, where no round adds a real row.
    Status: exact as a limit. Source: arXiv 2602.16065 (as an upper bound), docs/theory/contaminated.md. Checked by
    tests/unit/test_contaminated.py (the recursion, far out).

    >>> contaminated_exponent(0.3), contaminated_exponent(0.65)
    (-0.3, -0.5)
    """
    a = _real_share(share)
    return -min(a, checked_one("baseline", baseline, lowest=0, highest=1, meaning="a power from 0 to 1"))


@guarded_infinite
def rows_lost(share: float) -> float:
    """Return how many rows of such a pool are worth one real row in the end, 1 / (2 share - 1).

    share: a, the real share of what a round adds, above 0, at most 1; at 1/2 and below the number grows without a
    bound, inf. Errors: `Problem` at 0, where no round adds a real row.
    Status: exact as a limit, for every function of a row. Source: docs/theory/contaminated.md. Checked by
    tests/unit/test_contaminated.py.

    >>> round(rows_lost(0.65), 2), rows_lost(1.0), rows_lost(0.5)
    (3.33, 1.0, inf)
    """
    a = _real_share(share)
    return float(1 / (2 * a - 1)) if a > 0.5 else float("inf")


@guarded
def contaminated_slope(real: int, synthetic: int, *, first: int, last: int) -> float:
    """Return the slope of log distance on log rows that rounds first..last give, every round alike (least squares).

    real, synthetic: as in `contaminated_rounds`. first, last: rounds from 0 on. The distance goes as the root of v.
    Status: exact for the root of the mean square of any mean over the pool; of a mean distance, leading order in
    1/rows. Source: docs/theory/contaminated.md. Checked by tests/statistical/test_contaminated.py.

    >>> [round(contaminated_slope(50, m, first=10, last=2000), 4) for m in (450, 200, 75, 50, 0)]
    [-0.0992, -0.1967, -0.3711, -0.4329, -0.5]
    """
    begin, end = int(checked_generation(first)), int(checked_generation(last))
    if begin >= end:
        raise Problem("first", f"{begin} is not before {end}", "give two rounds, the earlier one first")
    found = contaminated_rounds(real, synthetic, end)
    x, y = np.log(found.rows[begin:]), np.log(found.variance[begin:]) / 2
    away = x - x.mean()
    return float(away @ y / (away @ away))


@guarded
def contaminated_distance(rounds: ContaminatedRounds, law: str = "normal") -> Array:
    r"""Return the expected distance W1 of every round's fit to the truth, in standard deviations, (rounds,).

    .. math::

       E W_1 \approx \int E\,|b + \sqrt{v\, (F_k (1 - F_k) - h f_k / \sqrt\pi)}\, Z|\, dx, \qquad
       b = F_{k + h^2} - F_0

    W1 is the integral of |fitted - true distribution function|; at every x the error has the mean b and a normal law
    around it. F_k, f_k: distribution function and density of a normal law of variance 1 + k, as of a row of the pool;
    the kernel of the fit itself smooths its errors by h f_k. Without a kernel it is sqrt(2 v / pi) times the integral
    of sqrt(F (1 - F)).
    rounds: of `contaminated_rounds`. law: "normal", or "uniform" (on an interval of variance 1; without a kernel).
    Status: leading order in 1/rows; with a kernel above the truth by some 10 % at h = .3, since errors are smoothed
    again with every row that is drawn. Source: docs/theory/contaminated.md. Checked by
    tests/statistical/test_contaminated.py.

    >>> contaminated_distance(contaminated_rounds(50, 50, 1)).round(4).tolist()
    [0.1822, 0.1485]
    """
    if law not in ("normal", "uniform"):
        raise Problem("law", f"{law!r} is not a law", 'give "normal" or "uniform"')
    if law == "uniform":
        if np.any(rounds.bandwidth > 0):
            raise Problem("law", "a kernel beyond the ends of a uniform law", 'give law = "normal"')
        return np.asarray(np.sqrt(2 * rounds.variance / np.pi) * np.pi / 8 * np.sqrt(12))
    x = np.linspace(-14, 14, 2001)
    by_round = zip(rounds.variance, rounds.added, rounds.bandwidth, strict=True)
    return np.array([_of_normal(x, *each) for each in by_round])


def distance_of_categories(truth: Array, variance: Array) -> tuple[Array, Array]:
    r"""Return the expected distance W1 of fits of ordered categories, and how far the formula may be off, (...) each.

    .. math:: E W_1 \approx \sqrt{2 v / \pi} \sum_k \sqrt{F_k (1 - F_k)} / \sigma

    truth: probabilities, (categories,), at equal distances; sigma: their standard deviation in these; F_k the sum of
    the first k. variance: v of each fit, 1 / rows of a fit to real rows alone, any shape.
    Status: leading order in v; off by the order of v / (4 F (1 - F)) of each part, which is the allowance, and not a
    number where that is above a quarter. Source: docs/theory/contaminated.md. Checked by
    tests/statistical/test_contaminated.py.

    >>> distance_of_categories(np.full(4, 0.25), np.array([0.01]))[0].round(5).tolist()
    [0.09749]
    """
    places = np.arange(truth.size)
    spread = np.sqrt(truth @ places**2 - (truth @ places) ** 2)
    below = np.cumsum(truth)[:-1]
    inside = below * (1 - below)
    parts = np.sqrt(2 / np.pi * inside) / spread
    values = np.sqrt(variance) * parts.sum()
    off = np.multiply.outer(variance, 1 / (4 * inside))
    allowed = np.where(off.max(axis=-1) <= 0.25, np.sqrt(variance) * (off @ parts), np.nan)
    return np.asarray(values), np.asarray(allowed)


def _real_share(share: float) -> float:
    a = checked_one("share", share, lowest=0, highest=1, meaning=_SHARE)
    if a == 0:
        raise Problem("share", "0: no round adds a real row, and the pool never comes nearer", f"give {_SHARE}")
    return a


def _of_normal(x: Array, variance: float, added: float, bandwidth: float) -> float:
    from scipy.special import ndtr

    z = x / np.sqrt(1 + added)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi * (1 + added))
    inside = np.clip(ndtr(z) * ndtr(-z) - bandwidth * density / np.sqrt(np.pi), 0, None)
    bias = ndtr(x / np.sqrt(1 + added + bandwidth**2)) - ndtr(x)
    return float(np.trapezoid(_mean_size(bias, np.sqrt(variance * inside)), x))


def _mean_size(mean: Array, spread: Array) -> Array:
    """E |mean + spread Z|."""
    from scipy.special import ndtr

    ratio = np.divide(mean, spread, out=40 * np.sign(mean), where=spread > np.abs(mean) / 40)
    return np.asarray(spread * np.sqrt(2 / np.pi) * np.exp(-ratio * ratio / 2) + mean * (1 - 2 * ndtr(-ratio)))


def __dir__() -> list[str]:
    return sorted(__all__)
