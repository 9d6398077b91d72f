"""How much do many chains of ridge fits lose when their rows are drawn anew and labeled by several earlier models?

The recursion of theory/ridge/mixture.py, for settings in columns (theory/ridge/columns.py) whose schedules differ in
their numbers of rows alone. It is linear in the squares of noises: moments are followed for the signal, and for one
unit of the generator's noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.theory.arguments import Array, Flags
from genloss.theory.ridge.columns import Curves, Signal, added, common_levels, fits_of
from genloss.theory.ridge.fit import finite_size_error
from genloss.theory.ridge.pools import Pools

__all__ = ["Mixtures"]

_ALL = slice(None)


@dataclass(frozen=True, slots=True)
class _Fit:
    """As `WeightedFit`: (nodes, settings), (blocks, settings) or (settings,)."""

    shrink: Array
    rest: Array
    df2: Array
    effective: Array
    lift: Array
    noise_factor: Array
    exact: Flags


@dataclass(frozen=True, slots=True)
class _Moments:
    """What a fit is to the models before it. A leading axis of 2 is (by the signal, by one unit of noise).

    cross, own: of its errors, (2, models, nodes, settings) and (2, nodes, settings). bias, drift, own_error: for its
    allowance; by_own_noise: what one unit of a noise of all its own rows adds.
    """

    cross: Array
    own: Array
    loss: Array
    bias: Array
    drift: Array
    own_error: Array
    exact: Flags
    by_own_noise: Array


class Mixtures:
    """Chains of fits, model 0 the truth; models, nodes and settings are the axes of what is known of them."""

    def __init__(self, signal: Signal, pools: Pools, rows: Array, penalty: Array) -> None:
        """Follow chains. rows: expected, (batches of one origin, settings), penalty: (fits, settings)."""
        fits, settings = penalty.shape
        nodes = signal.values.size
        self.signal = signal
        self.power = np.zeros((2, fits + 1, fits + 1, nodes, settings))
        self.loss = np.zeros((fits + 1, nodes, settings))
        self.drift, self.exact = np.zeros((fits + 1, settings)), np.ones((fits + 1, settings), dtype=bool)
        self.fits: list[_Moments] = []
        for f in range(fits):
            used = np.flatnonzero(pools.uses[f])
            origin = (pools.origin[used] + 1).tolist()
            weights = np.round(pools.weights(f, rows)[used], 12)
            one = self.next(f, origin, rows[used], weights, pools.scale[used], penalty[f])
            self.power[:, f + 1, : f + 1] = self.power[:, : f + 1, f + 1] = one.cross
            self.power[:, f + 1, f + 1], self.loss[f + 1] = one.own, one.loss
            self.drift[f + 1], self.exact[f + 1] = one.drift, one.exact
            self.fits.append(one)

    def next(
        self, f: int, origin: Sequence[int], rows: Array, omega: Array, scale: Array, penalty: Array, at: Any = _ALL
    ) -> _Moments:
        """Return what one more fit is to the first models. at: the columns of the chains that teach it; all of them."""
        signal = self.signal
        fit = _weighted(signal, rows, omega, penalty)
        known, loss = self.power[:, : f + 1, : f + 1][..., at], self.loss[: f + 1][..., at]
        drift, sure = self.drift[: f + 1][..., at], self.exact[: f + 1][..., at]
        blocks, pi = range(len(origin)), fit.effective
        with_mean = added(np.stack([pi[b] * known[:, a] for b, a in zip(blocks, origin, strict=True)]))
        mean_power = added(np.stack([pi[b] * with_mean[:, a] for b, a in zip(blocks, origin, strict=True)]))
        mean_loss = added(np.stack([pi[b] * loss[a] for b, a in zip(blocks, origin, strict=True)]))
        theta = np.stack([signal.power, np.zeros_like(signal.power)])
        missed = _over_nodes(fit.rest**2 * (mean_power + (1 - 2 * mean_loss) * theta))
        parts = []
        for b, a in zip(blocks, origin, strict=True):
            differ = known[:, a, a] - 2 * with_mean[:, a] + mean_power
            along = with_mean[:, a] - mean_power + (mean_loss - loss[a]) * theta
            heard = np.stack([0.0 * fit.noise_factor, scale[b] * fit.noise_factor])
            parts.append(fit.lift[b] * (heard + _over_nodes(differ) + 2 * _over_nodes(along * fit.rest)))
        lift = added(fit.lift)
        seen = added(np.stack(parts)) + lift * missed
        square = fit.shrink**2
        mixed = fit.rest * (2 * fit.shrink * mean_loss + fit.rest) * theta
        own = square * mean_power + mixed + signal.multiplicity * square * seen[:, None]
        alone = fit.exact & (len(set(origin)) == 1)
        own_error = np.where(alone, 0.0, finite_size_error(1 / lift))
        inherited = added(np.stack([pi[b] * drift[a] for b, a in zip(blocks, origin, strict=True)]))
        return _Moments(
            fit.shrink * with_mean + fit.rest * loss * theta[:, None],
            own,
            fit.rest + fit.shrink * mean_loss,
            added(fit.rest**2 * signal.power) * (1 + fit.df2 * lift),
            inherited + own_error,
            own_error,
            alone & np.logical_and.reduce([sure[a] for a in origin], axis=0),
            fit.df2 * lift * fit.noise_factor,
        )

    def curves(self, generations: Sequence[int]) -> Curves:
        """Return the risk of the fits themselves."""
        return _curves([self.fits[n] for n in generations], judged=False)

    def judged(self, at: Array, rows: Array, made: Array, penalty: Array, generations: Sequence[int]) -> Curves:
        """Return the risk of predictors: `rows` rows, `made` of them labeled by the fit before; at: their chains.

        made: of no predictor, of all or of some their rows, the same in all.
        """
        found = []
        for n in generations:
            parts = [(0, rows - made), (n, made)] if n else [(0, rows)]
            kept = [(origin, part) for origin, part in parts if part.all()]
            blocks = np.stack([part for _, part in kept])
            alike = np.ones(blocks.shape), np.zeros(len(kept))
            found.append(self.next(n, [origin for origin, _ in kept], blocks, *alike, penalty, at))
        return _curves(found, judged=True)


def _curves(fits: Sequence[_Moments], *, judged: bool) -> Curves:
    by_signal, by_noise = (np.array([added(fit.own[part]) for fit in fits]) for part in (0, 1))
    own = np.array([fit.by_own_noise for fit in fits])
    return Curves(
        by_signal,
        by_noise,
        own if judged else 0.0 * own,
        0.005 + np.array([fit.drift for fit in fits]),
        np.array([2 * fit.bias * fit.own_error for fit in fits]),
        np.array([fit.exact for fit in fits]),
    )


def _over_nodes(parts: Array) -> Array:
    """Sum over nodes, (2, nodes, settings) to (2, settings)."""
    return added(np.moveaxis(parts, 1, 0))


def _weighted(signal: Signal, rows: Array, omega: Array, penalty: Array) -> _Fit:
    """Return `weighted_fit` of each setting. rows, omega: (blocks, settings), above 0."""
    total = added(rows)
    share, first = rows / total, np.max(omega, axis=0)
    alike = np.logical_and.reduce(omega == first, axis=0)
    plain_fit = fits_of(signal, total, penalty / first)
    shrink, rest, df2, slack = plain_fit.shrink, plain_fit.rest, plain_fit.df2, plain_fit.slack
    relative = np.ones(omega.shape)
    factor, exact = plain_fit.noise_factor, plain_fit.allowance == 0
    other = ~alike & ~((penalty == 0) & (total < signal.dim))
    if other.any():
        n, lam = total[other], penalty[other]
        level = common_levels(signal, share[:, other], omega[:, other], n, lam)
        kappa = lam / level
        below = signal.values + kappa
        shrink[:, other], rest[:, other] = signal.values / below, kappa / below
        followed = added(shrink[:, other] * signal.multiplicity)
        relative[:, other] = 1 / (level / omega[:, other] + followed / n)
        left = added(shrink[:, other] * rest[:, other] * signal.multiplicity)
        spread = share[:, other] * relative[:, other] ** 2 * (n * level / omega[:, other] + left)
        slack[other], df2[other] = added(spread), added(shrink[:, other] ** 2 * signal.multiplicity)
        factor[other], exact[other] = 1.0, False
    return _Fit(shrink, rest, df2, share * relative, share * relative**2 / slack, factor, exact)
