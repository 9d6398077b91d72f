r"""How far apart are the mean risks of truths, each seen through a few runs? A random-effects model.

Truth k has mean risk m_k, over endless runs; its runs show u_k = m_k (1 + e_k). What a truth is made of (its noise,
what its rows show a fit, what shrinking costs: f_k, in units of risk) gives

.. math:: \log m_k = \log(f_k' a) + t z_k, \quad z_k \sim N(0, 1)

a >= 0: least squares of u_k / (f_k' a) on the simulated truths, one set of numbers a generation. n, the variance of
e_k, is that of runs about the mean of their truth. t, what the parts do not explain, has a half-normal prior whose
scale is `_BEYOND` times the deviation of log(f_k' a), and the likelihood of (K - 1) s^2 / (t^2 + n) ~ chi^2(K - 1),
s^2 the variance of what is left. The band of truths is the 2.5 and 97.5 % points of f_k' a exp(sqrt(t^2 + c) z) over
many truths k, most of which were never simulated, with c = s^2 / K, the error of the level: the error of the simulation
is inside the band, and truths are told apart by what they are, not by the luck of five runs.

Status: empirical Bayes; normal effects, parts to first order. Checked by tests/statistical/test_bands.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import nnls
from scipy.special import ndtr

from genloss.advise.forecasts.resampled import Resampled
from genloss.advise.forecasts.worlds.bracketed import crossing
from genloss.advise.forecasts.worlds.protocol import Array

_BEYOND = 0.3  # how far parts are believed to be from the whole, before any run is seen
_ALONE = 0.5  # likewise where truths have no parts that differ
_GRID = 200
_ROUNDS = 3
_CLOSE = 1e-9  # of a deviation, at which an end is found
_ROOT = np.sqrt(2 * np.pi)
_ENDS = np.array([0.025, 0.975])
_TINY = 1e-300
_NOTHING = 1e-9  # of the risk


@dataclass(frozen=True, eq=False)
class Levels:
    """Mean risks of truths in one generation. foretold (truths,): f_k' a. beyond: t^2. level: c. luck: n.

    narrow: by how much bands for rows like these are too narrow, s of `resampled`. share: in which parts a mean risk is
    made of what, a.
    """

    foretold: Array
    beyond: float
    level: float
    luck: float
    narrow: float = 1.0
    share: Array = field(default_factory=lambda: np.zeros(0))

    def drawn(self, away: Array) -> Array:
        """Return mean risks of the truths, (truths,), each off what is foretold by `away` deviations."""
        return np.asarray(self.foretold * np.exp(np.sqrt(self.beyond + self.level) * away))

    def band(self) -> Array:
        """Return the 2.5 and 97.5 % points of the mean risk of a truth, (2,)."""
        centers = np.log(np.maximum(self.foretold, _TINY))
        wide = max(float(np.sqrt(self.beyond + self.level)), 1e-12)
        low, high = np.full(2, centers.min() - 9 * wide), np.full(2, centers.max() + 9 * wide)
        end = np.quantile(centers, _ENDS) + wide * np.array([-1.0, 1.0])

        def beyond_share(at: Array) -> tuple[Array, Array]:
            off = (at[:, None] - centers) / wide
            return ndtr(off).mean(axis=1) - _ENDS, np.exp(-(off**2) / 2).mean(axis=1) / (wide * _ROOT)

        return self._held(crossing(beyond_share, end, low, high, _CLOSE * wide))

    def _held(self, ends: Array) -> Array:
        """Return the band that rows like these need, from the logarithms of its ends."""
        middle, half = ends.mean(), (ends[1] - ends[0]) / 2
        return np.asarray(np.exp(middle + half * self.narrow * np.array([-1.0, 1.0])))


def levels(risks: Array, parts: Array, believed: Array, resampled: Resampled | None = None) -> list[Levels]:
    """Return what is known of truths' mean risks, one for each generation.

    risks (truths, runs, generations + 1) > 0; parts (truths, generations + 1, p) of the truths that were simulated, and
    believed (many, generations + 1, p) of all that are believed. resampled: what resampled tables say of bands.
    """
    found = []
    for g in range(risks.shape[-1]):
        level = _levels(risks[..., g], parts[:, g], believed[:, g])
        if resampled is not None and level.share.any():
            level = replace(level, narrow=resampled.narrow(g, level.share))
        found.append(level)
    return found


def _levels(risks: Array, parts: Array, believed: Array) -> Levels:
    """Return what is known of one generation."""
    runs, shown = risks.shape[1], risks.mean(axis=1)
    used = parts.mean(axis=0) > _NOTHING * shown.mean()
    every = np.zeros(parts.shape[1])
    if not used.any():
        parts, believed, used = np.ones((len(parts), 1)), np.ones((len(believed), 1)), np.ones(1, dtype=bool)
    scale = shown
    for _ in range(_ROUNDS):
        share, _ = nnls(parts[:, used] / scale[:, None], shown / scale)
        scale = np.maximum(parts[:, used] @ share, _TINY)
    foretold = believed[:, used] @ share
    if used.size == every.size:
        every[used] = share
    ratios = shown / scale
    luck = float((risks.var(axis=1, ddof=1) / runs / scale**2).mean())
    left = float((ratios / ratios.mean()).var(ddof=1))
    prior = _BEYOND * float(np.log(np.maximum(foretold, _TINY)).std())
    found = beyond(left, luck, len(shown), prior if prior > _NOTHING else _ALONE)
    return Levels(foretold * ratios.mean(), found, left / len(shown), luck, share=every)


def beyond(left: float, luck: float, count: int, prior: float) -> float:
    """Return the posterior mean of t^2. left: s^2; prior: scale of t."""
    if left <= 0:
        return 0.0
    top = np.sqrt(left * (1 + 8 / np.sqrt(count)))
    t = (np.arange(_GRID) + 0.5) / _GRID * min(top, 4 * prior)
    whole = t**2 + luck
    logs = -(count - 1) / 2 * (np.log(whole) + left / whole) - (t / prior) ** 2 / 2
    weights = np.exp(logs - logs.max())
    return float(weights @ t**2 / weights.sum())
