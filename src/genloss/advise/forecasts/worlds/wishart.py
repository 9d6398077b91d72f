r"""Generations of a Gaussian law in many truths at once: of rows that a law makes, a fit needs mean and covariance.

Of n rows of a law with mean m and covariance S = R R' these are drawn as they are,

.. math:: \bar x \sim N(m, S / n), \qquad n \hat S = R A A' R', \quad A A' \sim W(n - 1, 1)

A is triangular, with normal numbers below its diagonal and roots of chi^2(n - 1), chi^2(n - 2), ... on it (Bartlett);
with n <= d, n - 1 columns of normal numbers.

Status: exact in law. Checked by tests/unit/test_wishart.py against `GaussianWorld`, whose rows are drawn one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from genloss.advise.forecasts.worlds.gaussian import RANK, GaussianWorld, Weighted
from genloss.advise.forecasts.worlds.protocol import Array, Truths
from genloss.simulation.loop import generations
from genloss.workflows import Batch, Schedule, Use


@dataclass(frozen=True, eq=False)
class Moments:
    """Means (paths, d) and covariances (paths, d, d) of batches or of laws."""

    mean: Array
    covariance: Array


@dataclass(frozen=True, eq=False)
class Law:
    """Fitted laws: moments, a root of the covariance, its inverse, and which paths have no law from here on."""

    mean: Array
    covariance: Array
    root: Array
    inverse: Array
    ended: Truths


@dataclass(frozen=True, eq=False)
class WishartWorld:
    """Runs of many truths of a Gaussian law, together."""

    world: GaussianWorld

    def run(
        self, truths: Sequence[Weighted], runs: int, schedule: Schedule, rng: np.random.Generator, *, own: bool = False
    ) -> tuple[Array, Truths]:
        """Run generations for all truths: risks, and whether a run has ended, (truths, runs, generations + 1).

        own: the real rows of generation 0 are those of the table.
        """
        turn, paths = self.world.turn, len(truths) * runs

        def draw(batch: Batch, fits: Sequence[Law]) -> Moments:
            if not batch.real:
                return made(fits[batch.origins[0][0]], batch.rows, rng)
            if own and batch.birth == 0:
                return moments(self.world.own_rows(batch.rows, paths, rng) @ turn)
            every = [self.world.draw_real(truth, batch.rows, runs, rng) for truth in truths]
            return moments(np.concatenate(every) @ turn)

        def fit(g: int, uses: Sequence[Use], kept: Mapping[int, Moments], fits: Sequence[Law]) -> Law:
            del uses
            found = law_of(mixed([(share, kept[b]) for b, share in schedule.shares(g).items()]))
            return following(found, fits[-1]) if g else found

        laws = self.world.laws(truths)
        true = Moments(*(np.repeat(e, runs, axis=0) for e in (laws.mean @ turn, turn.T @ laws.covariance @ turn)))
        every = [(divergences(law, true), law.ended) for law in generations(schedule, draw, fit)]
        risks, ended = (np.stack(each, axis=1).reshape(len(truths), runs, -1) for each in zip(*every, strict=True))
        return risks, ended


def moments(rows: Array) -> Moments:
    """Return means and covariances, divisor rows, of (paths, rows, d)."""
    mean = rows.mean(axis=1)
    away = rows - mean[:, None]
    return Moments(mean, away.mT @ away / rows.shape[1])


def made(law: Law, rows: int, rng: np.random.Generator) -> Moments:
    """Draw the moments of so many rows of each law."""
    paths, d = law.mean.shape
    mean = law.mean + (law.root @ rng.standard_normal((paths, d, 1)))[..., 0] / np.sqrt(rows)
    if rows > d:
        scale = np.tril(rng.standard_normal((paths, d, d)), -1)
        np.einsum("kii->ki", scale)[:] = np.sqrt(rng.chisquare(rows - 1 - np.arange(d), size=(paths, d)))
    else:
        scale = rng.standard_normal((paths, d, rows - 1))
    root = law.root @ scale
    return Moments(mean, root @ root.mT / rows)


def mixed(parts: Sequence[tuple[float, Moments]]) -> Moments:
    """Return the moments of all rows of batches, each with its share of the weight."""
    if len(parts) == 1:
        return parts[0][1]
    mean = np.sum([share * each.mean for share, each in parts], axis=0)
    covariance = np.zeros_like(parts[0][1].covariance)
    for share, each in parts:
        away = each.mean - mean
        covariance += share * (each.covariance + away[:, :, None] * away[:, None, :])
    return Moments(mean, covariance)


def law_of(found: Moments) -> Law:
    """Return the laws of the largest likelihood; without one where the covariance has no full rank."""
    covariance = found.covariance
    try:
        root, inverse = np.linalg.cholesky(covariance), np.linalg.inv(covariance)
        spread = np.einsum("kii->k", covariance) * np.einsum("kii->k", inverse)
    except np.linalg.LinAlgError:
        values, basis = np.linalg.eigh(covariance)
        root = basis * np.sqrt(np.maximum(values, 0.0))[:, None, :]
        inverse, spread = np.linalg.pinv(covariance, hermitian=True), np.zeros(len(covariance))
    ended = ~((spread > 0) & (spread < 1 / RANK))  # at least the ratio of the largest value to the least
    if ended.any():
        values = np.linalg.eigvalsh(covariance[ended])
        ended[ended] = values[:, 0] <= RANK * np.maximum(values[:, -1], 1e-300)
    return Law(found.mean, covariance, np.asarray(root), np.asarray(inverse), ended)


def following(found: Law, before: Law) -> Law:
    """Return laws that follow others: a path that has ended keeps its last law."""
    ended = before.ended | found.ended
    if not ended.any():
        return found
    parts = {part.name: getattr(found, part.name).copy() for part in fields(found)}
    for name, part in parts.items():
        part[ended] = getattr(before, name)[ended]
    return Law(**parts | {"ended": ended})


def divergences(law: Law, true: Moments) -> Array:
    """Return KL(truth, law) of every path, see `GaussianWorld.risk`."""
    off = law.mean - true.mean
    inside = (law.inverse * (true.covariance + off[:, :, None] * off[:, None, :])).sum(axis=(1, 2))
    sizes = np.linalg.slogdet(law.covariance)[1] - np.linalg.slogdet(true.covariance)[1]
    return np.asarray((inside - off.shape[1] + sizes) / 2)
