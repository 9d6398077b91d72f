"""How much do many chains of ridge fits lose when their rows are drawn anew and labeled by several earlier models?

The recursion of theory/ridge/mixture.py, for settings in columns (theory/ridge/columns.py) whose schedules differ in
their numbers of rows alone. It is linear in the squares of noises: moments are followed for the signal, and for one
unit of the generator's noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from genloss.theory.arguments import Array, Flags
from genloss.theory.ridge.columns import Curves, Signal, added, common_levels, fits_of
from genloss.theory.ridge.fit import finite_size_error
from genloss.theory.ridge.pools import Pools

__all__ = ["Mixtures", "places_of_models"]


@dataclass(frozen=True, slots=True)
class _Fit:
    """As `WeightedFit`: (nodes, settings), (blocks, settings) or (settings,). Squares, sums and products stand by.

    heard: what one unit of noise, of the signal or of the labels, is to it, (2, settings). bias: as if the truth
    labeled all rows.
    """

    shrink: Array
    rest: Array
    df2: Array
    effective: Array
    lift: Array
    noise_factor: Array
    exact: Flags
    square: Array
    rest_square: Array
    all_lift: Array
    heard: Array
    bias: Array


@dataclass(frozen=True, slots=True)
class _Moments:
    """What a fit is by itself. A leading axis of 2 is (by the signal, by one unit of noise).

    own: of its errors, (2, nodes, settings). bias, drift, own_error: for its allowance; by_own_noise: what one unit of
    a noise of all its own rows adds.
    """

    own: Array
    loss: Array
    bias: Array
    drift: Array
    own_error: Array
    exact: Flags
    by_own_noise: Array


@dataclass(frozen=True, slots=True)
class _Teachers:
    """Some models that label rows: power (2, models, models, nodes, settings), loss (models, nodes, settings).

    drift, exact: (models, settings).
    """

    power: Array
    loss: Array
    drift: Array
    exact: Flags

    def put(self, place: int, cross: Array, fit: _Moments) -> None:
        """Let a fit stand in a place. cross: its moments with all others, (2, models, nodes, settings)."""
        self.power[:, place] = cross
        self.power[:, :, place] = cross
        self.power[:, place, place], self.loss[place] = fit.own, fit.loss
        self.drift[place], self.exact[place] = fit.drift, fit.exact


def places_of_models(pools: Pools) -> tuple[list[int], int]:
    """Return where each model stands while rows are asked of it, the truth first, -1 if none are, and how many places.

    A place is free again after the last fit that asks: cross moments are needed among models that label together.
    """
    last = [0] * (pools.fits + 1)
    for f in range(pools.fits):
        for origin in pools.origin[pools.uses[f]].tolist():
            last[origin + 1] = max(last[origin + 1], f)
    places, free, held = [0], list[int](), 1
    for f in range(pools.fits):
        free += [places[m] for m in range(1, f + 1) if last[m] == f and places[m] >= 0]
        if last[f + 1] <= f:
            places.append(-1)
        elif free:
            places.append(free.pop())
        else:
            places.append(held)
            held += 1
    return places, held


class Mixtures:
    """Chains of fits; those that label rows of later fits have a place while these are to come, the truth the first."""

    def __init__(self, signal: Signal, pools: Pools, rows: Array, penalty: Array) -> None:
        """Follow chains. rows: expected, (batches of one origin, settings), penalty: (fits, settings)."""
        fits, settings = penalty.shape
        places, held = places_of_models(pools)
        self.signal, self.theta = signal, np.stack([signal.power, np.zeros_like(signal.power)])
        self.last: tuple[tuple[Array, Array, Array], _Fit] | None = None
        self.fits: list[_Moments] = []
        known, before, weights = self._nobody(held, settings), None, np.empty(0)
        for f in range(fits):
            used = np.flatnonzero(pools.uses[f])
            origin = [places[o + 1] for o in pools.origin[used].tolist()]
            asked = pools.shape_of(f), rows[used].tobytes()
            if asked != before:
                before, weights = asked, np.round(pools.weights(f, rows)[used], 12)
            one, cross = self._next(known, origin, rows[used], weights, pools.scale[used], penalty[f])
            if places[f + 1] >= 0:
                known.put(places[f + 1], cross, one)
            self.fits.append(one)

    def _nobody(self, models: int, settings: int) -> _Teachers:
        """Return places for models; the truth stands in the first."""
        nodes = self.signal.values.size
        return _Teachers(
            np.zeros((2, models, models, nodes, settings)),
            np.zeros((models, nodes, settings)),
            np.zeros((models, settings)),
            np.ones((models, settings), dtype=bool),
        )

    def _fit(self, rows: Array, omega: Array, penalty: Array) -> _Fit:
        """Return `_weighted`, or what it was where nothing has changed since the fit before."""
        asked = rows, omega, penalty
        if self.last is None or not all(map(np.array_equal, self.last[0], asked)):
            self.last = asked, _weighted(self.signal, *asked)
        return self.last[1]

    def _next(
        self, known: _Teachers, origin: Sequence[int], rows: Array, omega: Array, scale: Array, penalty: Array
    ) -> tuple[_Moments, Array]:
        """Return what one more fit is, and its cross moments. origin: the places of who labels its rows."""
        signal = self.signal
        fit = self._fit(rows, omega, penalty)
        power, loss = known.power, known.loss
        blocks, pi = range(len(origin)), fit.effective
        with_mean = _mean(pi, [power[:, a] for a in origin])
        mean_power = _mean(pi, [with_mean[:, a] for a in origin])
        mean_loss = _mean(pi, [loss[a] for a in origin])
        theta, heard = self.theta, fit.heard
        missed = _over_nodes(fit.rest_square * (mean_power + (1 - 2 * mean_loss) * theta))
        parts = []
        for b, a in zip(blocks, origin, strict=True):
            differ = power[:, a, a] - 2 * with_mean[:, a] + mean_power
            along = with_mean[:, a] - mean_power + (mean_loss - loss[a]) * theta
            parts.append(scale[b] * heard + _over_nodes(differ + along * (2 * fit.rest)))
        lift, square = fit.all_lift, fit.square
        seen = _mean(fit.lift, parts) + lift * missed
        mixed = fit.rest * (2 * fit.shrink * mean_loss + fit.rest) * theta
        own = square * (mean_power + signal.multiplicity * seen[:, None]) + mixed
        alone = fit.exact & (len(set(origin)) == 1)
        own_error = np.where(alone, 0.0, finite_size_error(1 / lift))
        inherited = _mean(pi, [known.drift[a] for a in origin])
        moments = _Moments(
            own,
            fit.rest + fit.shrink * mean_loss,
            fit.bias,
            inherited + own_error,
            own_error,
            alone & np.logical_and.reduce([known.exact[a] for a in origin], axis=0),
            fit.df2 * lift * fit.noise_factor,
        )
        return moments, fit.shrink * with_mean + fit.rest * loss * theta[:, None]

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
            origin = [min(origin, 1) for origin, _ in kept]
            found.append(self._next(self._before(n, at), origin, blocks, *alike, penalty)[0])
        return _curves(found, judged=True)

    def _before(self, n: int, at: Array) -> _Teachers:
        """Return who may label the rows of a predictor of generation n: the truth, and the fit before."""
        known = self._nobody(1 + (n > 0), at.size)
        if n:
            one = _Moments(*(getattr(self.fits[n - 1], each.name)[..., at] for each in fields(_Moments)))
            known.put(1, np.zeros((2, *known.loss.shape)), one)
        return known


def _curves(fits: Sequence[_Moments], *, judged: bool) -> Curves:
    by_signal, by_noise = np.moveaxis(added(np.stack([np.moveaxis(fit.own, 1, 0) for fit in fits], axis=1)), 1, 0)
    own = np.array([fit.by_own_noise for fit in fits])
    return Curves(
        by_signal,
        by_noise,
        own if judged else 0.0 * own,
        0.005 + np.array([fit.drift for fit in fits]),
        np.array([2 * fit.bias * fit.own_error for fit in fits]),
        np.array([fit.exact for fit in fits]),
    )


def _mean(weights: Array, parts: Sequence[Array]) -> Array:
    """Add the parts by their weights, in order."""
    total = np.asarray(weights[0] * parts[0])
    for weight, part in zip(weights[1:], parts[1:], strict=True):
        total += weight * part
    return total


def _over_nodes(parts: Array) -> Array:
    """Sum over nodes, (2, nodes, settings) to (2, settings)."""
    if parts.shape[-1] == 1:
        return np.asarray(np.add.accumulate(parts[..., 0], axis=1)[:, -1:])
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
    lift, ignored = share * relative**2 / slack, rest**2
    total_lift, heard = added(lift), np.stack([0.0 * factor, factor])
    bias = added(ignored * signal.power) * (1 + df2 * total_lift)
    effective = share * relative
    return _Fit(shrink, rest, df2, effective, lift, factor, exact, shrink**2, ignored, total_lift, heard, bias)
