"""What is not known of the law after the pilot runs? Draws of its parameters, from the prior to the data by degrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from genloss.advise.plans.pilots.law import DEVIATIONS, MEANS, NAMES, Array, Floor, Law, Sizes, likeness, spread
from genloss.advise.plans.pilots.runs import Pilot

DRAWS = 1200
_OF_MEAN = 0.5
"""The power of `scatter_counts` by which a mean counts; at 0 bands of skewed runs hold 83 to 96 of 100 truths."""
_MOVES, _LAST_MOVES = 6, 30
_STEP = 2.38 / np.sqrt(len(NAMES))


@dataclass(frozen=True, eq=False)
class Fitted:
    """Draws of parameters, (draws, 14), and the law they are of. scale: of one unit of the law in the metric."""

    law: Law
    draws: Array
    scale: float

    def loss(self, at: Sizes, generations: Array) -> Array:
        """Return the expected loss of every draw, (draws, generations)."""
        return self.scale * self.law.loss(self.draws, at, generations)

    def spread(self, at: Sizes, generations: Array) -> tuple[Array, Array]:
        """Return the standard deviations of a run: of its own past, and of measuring, (draws, generations) each."""
        own, noise = spread(self.draws, self.law.loss(self.draws, at, generations))
        return self.scale * own, self.scale * noise


def fitted(
    pilots: Sequence[Pilot], places: Sequence[Sizes], rng: np.random.Generator, *, floor: Floor = "above",
    draws: int = DRAWS,
) -> Fitted:  # fmt: skip
    """Fit the law to pilots. places: their sizes on its scale. floor: see `Law`."""
    thin = [pilot.thinned() for pilot in pilots]
    levels = [float(np.mean(pilot.mean)) for pilot in thin]
    scale = float(np.exp(np.mean([np.log(level) for level in levels if level > 0])))
    counts = scatter_counts(thin)
    law = Law(max(at.real for at in places), sign=floor)

    def log_likelihood(parameters: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = np.sum(
                [
                    _log_likelihood(law, parameters, pilot, at, scale, counts)
                    for pilot, at in zip(thin, places, strict=True)
                ],
                axis=0,
            )
        return np.where(np.isfinite(found), found, -1e30)

    return Fitted(law, tempered(log_likelihood, rng, draws), scale)


def tempered(log_likelihood: Callable[[Array], Array], rng: np.random.Generator, draws: int) -> Array:
    """Return draws of the posterior: from the prior, the data are let in by degrees, with random walks in between."""
    walkers = MEANS + DEVIATIONS * rng.standard_normal((draws, len(MEANS)))
    known = log_likelihood(walkers)
    heat = 0.0
    while heat < 1:
        step = _next(known, 1 - heat)
        weights = np.exp(step * (known - known.max()))
        heat += step
        places = _resampled(weights / weights.sum(), rng)
        walkers, known = walkers[places], known[places]
        walkers, known = _moved(log_likelihood, walkers, known, heat, rng, _MOVES if heat < 1 else _LAST_MOVES)
    return walkers


def _next(known: Array, most: float) -> float:
    """Return how much more of the data can be let in so that half of the draws still count."""

    def counting(step: float) -> float:
        weights = np.exp(step * (known - known.max()))
        return float(weights.sum() ** 2 / (weights**2).sum())

    if counting(most) >= len(known) / 2:
        return most
    low, high = 0.0, most
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if counting(middle) >= len(known) / 2 else (low, middle)
    return max(low, 1e-12)


def _resampled(weights: Array, rng: np.random.Generator) -> Array:
    places = (np.arange(len(weights)) + rng.random()) / len(weights)
    return np.asarray(np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1))


def _moved(
    log_likelihood: Callable[[Array], Array], walkers: Array, known: Array, heat: float, rng: np.random.Generator,
    moves: int,
) -> tuple[Array, Array]:  # fmt: skip
    """Walk at random with the covariance of the draws; step lengths vary, as the right one is not known."""
    for _ in range(moves):
        root = np.linalg.cholesky(np.cov(walkers.T) + 1e-10 * np.eye(walkers.shape[1]))
        length = _STEP * np.exp(rng.uniform(np.log(0.2), np.log(1.5), (len(walkers), 1)))
        tried = walkers + length * (rng.standard_normal(walkers.shape) @ root.T)
        new = log_likelihood(tried)
        change = heat * (new - known) + _log_prior(tried) - _log_prior(walkers)
        taken = np.log(rng.random(len(walkers))) < change
        walkers, known = np.where(taken[:, None], tried, walkers), np.where(taken, new, known)
    return walkers, known


def _log_prior(parameters: Array) -> Array:
    return np.asarray(-0.5 * (((parameters - MEANS) / DEVIATIONS) ** 2).sum(axis=-1))


def scatter_counts(pilots: Sequence[Pilot]) -> float:
    """Return how much a squared deviation of these runs says of their spread, beside that of normal ones.

    The variance of s^2 is s^4 (2 / (R - 1) + k / R) with k the excess kurtosis, 6 c^2 for gamma runs of relative
    spread c: 1 / (1 + 3 c^2).
    """
    known = [pilot for pilot in pilots if pilot.count > 1]
    if not known:
        return 1.0
    squares = [float(np.mean(pilot.deviation**2)) / max(float(np.mean(pilot.mean)) ** 2, 1e-300) for pilot in known]
    return float(1 / (1 + 3 * min(float(np.mean(squares)), 3.0)))


def _log_likelihood(
    law: Law, parameters: Array, pilot: Pilot, at: Sizes, scale: float, counts: float
) -> Array:  # fmt: skip
    """Return the log likelihood of the mean over runs and of the runs' scatter about it.

    counts: see `scatter_counts`. Of skewed runs a mean counts less, too, by the root of it, as one that is low by luck
    comes with a scatter that is low. It is a power of the likelihood: a larger variance instead, which goes with the
    loss, would draw the loss down.
    """
    loss = law.loss(parameters, at, pilot.generations)
    alike = likeness(parameters, pilot.generations)
    misfit = np.exp(parameters[..., NAMES.index("misfit"), None])
    of_run = _of_run(parameters, loss, alike)
    of_mean = of_run / pilot.count + _diagonal((misfit * loss) ** 2)
    found = -0.5 * counts**_OF_MEAN * (_log_det(of_mean) + _square(pilot.mean / scale - loss, of_mean))
    if pilot.count == 1:
        return np.asarray(found)
    if pilot.values is None:
        return np.asarray(found + _log_scatter_of_each(pilot, of_run, scale, counts))
    rest = (pilot.values - pilot.mean) / scale
    root = np.linalg.cholesky(of_run)
    logdet = 2 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1)
    solved = np.linalg.solve(root, np.broadcast_to(rest.T, (*root.shape[:-2], *rest.T.shape)))
    return np.asarray(found - 0.5 * counts * ((pilot.count - 1) * logdet + (solved**2).sum(axis=(-2, -1))))


def _of_run(parameters: Array, loss: Array, alike: Array) -> Array:
    own, noise = spread(parameters, loss)
    return own[..., :, None] * own[..., None, :] * alike + _diagonal(noise**2)


def _log_scatter_of_each(pilot: Pilot, of_run: Array, scale: float, counts: float) -> Array:
    """Return that of the variances alone: generations share luck, so that only doublings of 1 + g count as new."""
    fresh = min(1.0, (1 + np.log2((1 + pilot.generations[-1]) / (1 + pilot.generations[0]))) / len(pilot.generations))
    variance = np.diagonal(of_run, axis1=-2, axis2=-1)
    seen = (pilot.deviation / scale) ** 2
    return np.asarray(-0.5 * counts * fresh * (pilot.count - 1) * (np.log(variance) + seen / variance).sum(axis=-1))


def _log_det(covariance: Array) -> Array:
    root = np.linalg.cholesky(covariance)
    return np.asarray(2 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1))


def _square(away: Array, covariance: Array) -> Array:
    """Return the squared distance from 0 in units of a covariance."""
    return np.asarray((away * np.linalg.solve(covariance, away[..., None])[..., 0]).sum(axis=-1))


def _diagonal(values: Array) -> Array:
    return np.asarray(values[..., :, None] * np.eye(values.shape[-1]))
