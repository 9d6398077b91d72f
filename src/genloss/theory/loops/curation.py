"""What does it do to a law when users choose the better of several samples, or a verifier filters them?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlog1py

from genloss.errors import Problem, shown
from genloss.theory.arguments import LARGEST, Array, as_numbers, checked_one, checked_range, guarded

__all__ = [
    "CuratedGaussian",
    "Verified",
    "curated",
    "curated_equilibrium",
    "curated_gaussian",
    "first_order_shift",
    "verified",
]


class CuratedGaussian(NamedTuple):
    """Mean and variance of a normal law."""

    mean: float
    variance: float


class Verified(NamedTuple):
    """error: share of wrong labels after the filter. kept: share of rows that pass. threshold: see `verified`."""

    error: float
    kept: float
    threshold: float


@guarded
def curated(law: ArrayLike, reward: ArrayLike, *, choices: float) -> Array:
    r"""Return the law of what is chosen out of K samples by a Bradley-Terry choice.

    .. math:: p'_i = p_i \, E\Big[\frac{K e^{r_i}}{e^{r_i} + \sum_{k<K} e^{r_{I_k}}}\Big]
        = K p_i e^{r_i} \int_0^\infty e^{-t e^{r_i}} \varphi(t)^{K-1} dt, \qquad \varphi(t) = \sum_j p_j e^{-t e^{r_j}}

    (write 1 / S as an integral of exp(-t S)); K = infinity: p' proportional to p e^r.
    law: p (n,), sums to 1. reward: r (n,). choices: K >= 1 whole, or inf; 1 leaves p.
    Status: exact, by quadrature to 1e-9. Source: after arXiv 2407.09499, docs/theory/closed_loop.md.
    Checked by tests/unit/test_curation.py (every outcome listed, K = 2, 3).

    >>> curated([0.5, 0.5], [0.0, 1.0], choices=2).round(4).tolist()
    [0.3845, 0.6155]
    """
    p = checked_range("law", law, lowest=0, smallest=0.0, meaning="shares >= 0 that sum to 1")
    r = checked_range("reward", reward, lowest=-np.inf, meaning="a finite reward for each")
    if p.ndim != 1 or p.shape != r.shape or abs(p.sum() - 1) > 1e-9:
        raise Problem(
            "law", f"shapes {p.shape} and {r.shape}, sum {p.sum():g}", "give shares that sum to 1, a reward each"
        )
    many = _choices(choices)
    if many != np.floor(many):
        raise Problem("choices", shown(choices), "give a whole number of samples from 1 on, or inf")
    if np.ptp(r) > 500:
        raise Problem(
            "reward", f"rewards {np.ptp(r):g} apart: e to that is beyond a computer", "give differences up to 500"
        )
    worth = np.exp(r - r.max())
    if np.isinf(many):
        return np.asarray(p * worth / (p @ worth))
    # log t from far below 1 / (K worth) to far above 1 / worth: the integrand falls off doubly exponentially
    points = np.linspace(-35 - np.log(many), 5 - np.log(worth.min()), 6001)
    t = np.exp(points)
    decay = np.exp(-t[:, None] * worth)
    others = xlog1py(many - 1, np.expm1(-t[:, None] * worth) @ p)
    inside = decay * np.exp(others + points)[:, None]
    chosen = p * worth * np.trapezoid(inside, points, axis=0)
    return np.asarray(chosen / chosen.sum())


@guarded
def curated_equilibrium(real: ArrayLike, reward: ArrayLike, *, choices: float, real_share: float) -> Array:
    r"""Return the law that a loop of choosing ends in when a share of real rows is mixed in each generation.

    .. math:: p = \pi p_0 + (1-\pi) \, \mathrm{curated}(p)

    real: p_0 (n,), > 0. real_share: pi from .001 to 1; without real rows the loop ends in the best reward alone.
    Status: exact for the limit of many rows, by iteration from p_0 to 1e-11; asymptotic for finite rows.
    Source: after arXiv 2407.09499, docs/theory/closed_loop.md. Checked by tests/unit/test_curation.py.

    >>> curated_equilibrium([0.5, 0.5], [0.0, 1.0], choices=float("inf"), real_share=0.5).round(4).tolist()
    [0.3253, 0.6747]
    """
    share = checked_one("real_share", real_share, lowest=1e-3, highest=1, meaning="a share from .001 to 1")
    start = np.asarray(real, dtype=float)
    law = start
    for _ in range(100_000):
        moved = share * start + (1 - share) * curated(law, reward, choices=choices)
        if np.abs(moved - law).max() < 1e-11 * share:
            return np.asarray(moved)
        law = moved
    raise Problem("real_share", f"{share:g}: 100,000 steps do not end near one law", "give a larger share")


@guarded
def curated_gaussian(mean: float, variance: float, *, slope: float, bend: float = 0.0) -> CuratedGaussian:
    r"""Return what choosing among very many samples (K = infinity) makes of N(m, v) under the reward a x - b x^2 / 2.

    .. math:: v' = \frac{1}{1/v + b}, \qquad m' = v' (m / v + a)

    Status: exact (a normal law times exp of a quadratic). Refused where 1 + v b <= 1e-5: no such law.
    Source: docs/theory/closed_loop.md. Checked by tests/unit/test_curation.py.

    >>> curated_gaussian(0.0, 1.0, slope=0.5, bend=1.0)
    CuratedGaussian(mean=0.25, variance=0.5)
    """
    center = checked_one("mean", mean, lowest=-np.inf, meaning="a number")
    spread = checked_one("variance", variance, lowest=0, meaning="a variance > 0")
    rise = checked_one("slope", slope, lowest=-np.inf, meaning="a number")
    curve = checked_one("bend", bend, lowest=-np.inf, meaning="a number")
    left = 1 + spread * curve
    if spread == 0 or left <= 1e-5:
        raise Problem(
            "bend",
            f"{curve:g} beside variance {spread:g}: the reward outgrows the tails",
            "give bend > -.99999 / variance",
        )
    return CuratedGaussian((center + rise * spread) / left, spread / left)


@guarded
def first_order_shift(variance: float, *, slope: float, choices: float) -> float:
    """Return the shift of the mean by one choice among K for a weak linear reward, a v (K - 1) / K.

    Status: asymptotic in small slope x standard deviation; 1 % off at about .4.
    Source: docs/theory/closed_loop.md. Checked by tests/unit/test_curation.py.

    >>> first_order_shift(1.0, slope=0.1, choices=2)
    0.05
    """
    spread = checked_one("variance", variance, lowest=0, meaning="a variance >= 0")
    rise = checked_one("slope", slope, lowest=-np.inf, meaning="a number")
    many = _choices(choices)
    return rise * spread * (1.0 if np.isinf(many) else (many - 1) / many)


def _choices(choices: float) -> float:
    """Return K, or say that it is no number of samples."""
    wanted = "a number of samples from 1 to 1e100, or inf"
    many = as_numbers("choices", choices, wanted)
    if many.ndim or not (1 <= many <= LARGEST or np.isposinf(many)):
        raise Problem("choices", shown(choices), f"give {wanted}")
    return float(many)


@guarded
def verified(error: float, *, keep_good: float, keep_bad: float) -> Verified:
    r"""Return what a verifier leaves of wrong labels, and up to which share of them a majority is recovered.

    .. math:: p' = \frac{p \psi}{p \psi + (1-p) \phi}, \qquad p^* = \frac{\phi}{\phi + \psi}

    error: p, the share of wrong labels; keep_good: phi, keep_bad: psi, the chances that a right or wrong one passes.
    p' < 1/2 exactly where p < p*: with two labels, more right than wrong ones are left.
    Status: exact identity; that a learner recovers the labels below p* is the limit of many rows.
    Source: after arXiv 2406.07515, docs/theory/closed_loop.md. Checked by tests/unit/test_curation.py.

    >>> verified(0.2, keep_good=0.9, keep_bad=0.3)
    Verified(error=0.07692307692307691, kept=0.78, threshold=0.75)
    """
    p, good, bad = (
        checked_one(name, value, lowest=0, highest=1, meaning="a probability")
        for name, value in (("error", error), ("keep_good", keep_good), ("keep_bad", keep_bad))
    )
    kept = p * bad + (1 - p) * good
    if kept == 0:
        raise Problem("keep_good", "nothing passes the verifier", "give probabilities that let some rows pass")
    return Verified(p * bad / kept, kept, good / (good + bad))


def __dir__() -> list[str]:
    return sorted(__all__)
