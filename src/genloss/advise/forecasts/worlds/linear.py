"""Least squares and ridge: the truth is linear, labels have noise of one variance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import clone

from genloss.advise.assumption import Assumption
from genloss.advise.estimators.empirical_bayes import Keeps, keeps_of
from genloss.advise.forecasts.worlds.clusters import Clusters, clusters
from genloss.advise.forecasts.worlds.columns import sure
from genloss.advise.forecasts.worlds.directions import Directions, directions
from genloss.advise.forecasts.worlds.functions import Function, FunctionWorld
from genloss.advise.forecasts.worlds.noise import Tail, tail_of, tail_shape
from genloss.advise.forecasts.worlds.places import own_labeled
from genloss.advise.forecasts.worlds.protocol import (
    LATER_ROWS_ARE_ALIKE,
    Array,
    Labels,
    Places,
    Truths,
    leverage,
    tested,
    untestable,
)
from genloss.errors import Problem
from genloss.models.pairs import Pairs, pairs_of, turned
from genloss.populations.entities import bootstrap_weights

_KURTOSIS = 6.0
_TAIL = 0.55


@dataclass(frozen=True, eq=False)
class Seen:
    """Rows of a table as least squares sees them.

    turned (T, k): rows along the directions of the inputs. level: mean label. eigenvalues, coefficients:
    variance of each direction, least squares there. residuals: corrected for the degrees of freedom. noise_variance:
    theirs. leverage: of each row. labels: as they are. directions: of the inputs. clusters: of rows of one entity, or
    None.
    """

    turned: Array
    level: float
    eigenvalues: Array
    coefficients: Array
    residuals: Array
    noise_variance: float
    leverage: Array
    labels: Array
    directions: Directions
    clusters: Clusters | None = None

    @cached_property
    def ones(self) -> Array:
        """A column of ones and the rows along their directions, (T, k + 1)."""
        return np.column_stack([np.ones(len(self.turned)), self.turned])

    @cached_property
    def pairs(self) -> Pairs:
        """Products of the same columns, each of mean square 1."""
        return pairs_of(self.ones / self.scale)

    @property
    def scale(self) -> Array:
        """Root mean square of each of these columns, (k + 1,)."""
        return np.append(1.0, np.sqrt(self.eigenvalues))

    @cached_property
    def keeps(self) -> Keeps:
        """What is believed of the part of each coefficient that is truth."""
        return keeps_of(self.eigenvalues, self.coefficients, self.own)

    @cached_property
    def tail(self) -> Tail:
        """What is believed of the variance of the noise."""
        return tail_of(self.residuals)

    @property
    def own(self) -> Array:
        """Variance of each coefficient, (k,)."""
        alone = self.noise_variance / (len(self.turned) * self.eigenvalues)
        return alone if self.clusters is None else alone * self.clusters.effects(self.turned)

    @property
    def signal(self) -> float:
        """Power of the truth, the mean of what is believed: what least squares shows, less its noise, at least 0."""
        shown = float((self.eigenvalues * self.coefficients**2).sum())
        return max(0.0, shown - float((self.eigenvalues * self.own).sum()))


def see(x: Array, y: Array, *, standardized: bool = True, entities: Places | None = None) -> Seen:
    """Fit least squares; refuse rows that say nothing of the noise. standardized: the inputs, or as they are.

    entities: of each row, where rows of one have residuals that are alike.
    """
    found, level = directions(x, spare=6, standardized=standardized), float(y.mean())
    turned, values = found.turn(x), found.variances
    coefficients = turned.T @ (y - level) / len(x) / values
    left = y - level - turned @ coefficients
    spare = len(x) - values.size - 1
    if not float(np.ptp(y)) > 0:
        raise Problem("y", f"{y[0]:g} in every row", "give labels that vary")
    leverage = 1 / len(x) + (turned**2 / values).sum(axis=1) / len(x)
    if entities is None:
        residuals = left * np.sqrt(len(x) / spare)
        return Seen(turned, level, values, coefficients, residuals, float(left @ left / spare), leverage, y, found)
    alike = clusters(left, np.column_stack([np.ones(len(x)), turned]), entities)
    residuals = left * np.sqrt(alike.variance / np.mean(left**2))
    return Seen(turned, level, values, coefficients, residuals, alike.variance, leverage, y, found, alike)


@dataclass(frozen=True, eq=False)
class Populations:
    """Populations that the rows could come from.

    weights (count, T): of the rows, adding up to 1. lines (count, k + 1): level and slopes of the truth along the
    directions. residuals (count, T): of the rows. noise (count,): deviation. gram: weighted sums of the columns that
    they were drawn in, or None.
    """

    weights: Array
    lines: Array
    residuals: Array
    noise: Array
    gram: Array | None = None

    def functions(self, ones: Array) -> list[Function]:
        """Return them as truths. ones (T, k + 1): 1, and the rows along the directions."""
        parts = self.lines @ ones.T, self.noise.tolist(), self.residuals, self.weights
        return [Function(*each) for each in zip(*parts, strict=True)]


def drawn_populations(
    seen: Seen, count: int, rng: np.random.Generator, columns: tuple[Pairs, Array] | None = None
) -> Populations:
    """Draw populations: weights of the rows, coefficients and noise.

    Weights are those of a Bayesian bootstrap: inputs are known no better than the rows show them, and where noise is
    larger it stays larger. Coefficients: what empirical Bayes keeps of those shown, and of how far the weighted least
    squares fit is from them. Noise: in every second population what its tails may hold, see `noise`.
    columns: others (T, m) in whose sums fits are found, and 1 and the directions in them, (k + 1, m); then weights are
    no whole parts, as no rows are drawn by them.
    """
    rows, entities = len(seen.turned), seen.clusters.entities if seen.clusters else None
    weights = bootstrap_weights(rows, count, rng, entities, whole=columns is None)
    keep, tails = seen.keeps.draw(count, rng), seen.tail.believed(count // 2, rng)
    lost = rows / (rows - seen.ones.shape[1])
    gram, moved = _weighted_fits(seen, weights, columns)
    left = seen.residuals - moved @ seen.ones.T
    variance = lost * np.einsum("nt,nt,nt->n", weights, left, left)
    noise = variance.copy()
    noise[1::2] = tails
    slopes = keep * seen.coefficients + np.sqrt(keep) * moved[:, 1:]
    left *= np.sqrt(lost * noise / variance)[:, None]
    return Populations(
        weights, np.column_stack([seen.level + moved[:, 0], slopes]), left, np.sqrt(noise), gram if columns else None
    )


def populations(seen: Seen, count: int, rng: np.random.Generator) -> list[Function]:
    """Draw populations as truths, see `drawn_populations`."""
    return drawn_populations(seen, count, rng).functions(seen.ones)


def _weighted_fits(seen: Seen, weights: Array, columns: tuple[Pairs, Array] | None) -> tuple[Array, Array]:
    """Return sums of columns under each row of weights, and least squares fits to the residuals, (count, k + 1)."""
    pairs, scale = columns[0] if columns else seen.pairs, seen.scale
    sums, right = pairs.sums(weights), (weights * seen.residuals) @ pairs.values
    gram = sums
    if columns:
        even = columns[1] / scale[:, None]
        gram, right = turned(sums, even.T), right @ even.T
    plain, fits = sure(gram), np.empty_like(right)
    fits[plain] = np.linalg.solve(gram[plain], right[plain, :, None])[..., 0]
    if not plain.all():
        cut = float(np.finfo(float).eps) * scale.size
        fits[~plain] = (np.linalg.pinv(gram[~plain], rcond=cut, hermitian=True) @ right[~plain, :, None])[..., 0]
    return sums, np.asarray(fits / scale)


@dataclass(frozen=True, eq=False)
class LinearWorld(FunctionWorld):
    """Every truth is a population of its own, see `populations`."""

    estimator: Any
    inputs: Array
    seen: Seen
    later: Array | None = None
    """Rows that judge fits: 1 and their directions, (later rows, k + 1); None: the population that rows come from."""

    def risk(self, fits: Array, truth: Function) -> Array:
        """Return the mean of (f - truth)^2 over the population's inputs, or over later ones."""
        if self.later is None:
            return super().risk(fits, truth)
        return np.asarray((self._later(fits - truth.clean) ** 2).mean(axis=-1))

    def plain_risk(self, truth: Function) -> float:
        """Return the mean square of the truth, less its mean over the population, over the same inputs."""
        if self.later is None:
            return super().plain_risk(truth)
        return float((self._later(truth.clean - truth.mean(truth.clean)) ** 2).mean())

    def _later(self, values: Array) -> Array:
        """Continue lines, given by their values on the rows in hand (..., T), to later rows (..., later rows)."""
        assert self.later is not None
        return np.asarray(values @ self.seen.ones / self.rows / self.seen.scale**2 @ self.later.T)

    @property
    def clusters(self) -> Clusters | None:  # type: ignore[override]
        """Rows of one entity."""
        return self.seen.clusters

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return len(self.inputs)

    def draw_truths(self, count: int, rng: np.random.Generator) -> list[Function]:
        """Draw weights, coefficients and noise from what is believed of them."""
        return populations(self.seen, count, rng)

    def own_rows(self, rows: int, runs: int, rng: np.random.Generator) -> Labels:
        """Take the rows in hand, all of them or some."""
        return own_labeled(self.seen.labels, rows, runs, rng)

    def estimate(self, rows: Labels, weights: Array, size: float) -> tuple[Array, Truths]:
        """Refit the user's own estimator; a fit is its predictions for the given rows."""
        places, labels = rows
        each = np.broadcast_to(weights * size, places.shape)
        even = np.ptp(each) < 1e-12 * each.flat[0]
        x, fits = self.inputs, []
        for at, y, w in zip(places, labels, each, strict=True):
            asked: dict[str, Any] = {} if even else {"sample_weight": w}
            fits.append(clone(self.estimator).fit(x[at], y, **asked).predict(x))
        return np.array(fits), np.ones(len(fits), dtype=bool)

    def assumptions(self) -> tuple[Assumption, ...]:
        """Leverage, tails, noise; linear truth and later rows are not known."""
        tail = tail_shape(self.seen.residuals**2 * self.seen.leverage)
        kurtosis = float(np.mean(self.seen.residuals**4) / np.mean(self.seen.residuals**2) ** 2)
        return (
            *([self.clusters.assumption()] if self.clusters else []),
            leverage(float(self.seen.leverage.max())),
            tested(
                "rows like the largest are among these",
                tail < _TAIL,
                f"what a row adds to the variance of a fit has tail index {tail:.2g}; above {_TAIL:g}, rows that are "
                "not here may add most of it, and bands have covered too little",
            ),
            tested(
                "noise of one kind",
                kurtosis < _KURTOSIS,
                f"kurtosis of the residuals {kurtosis:.1f} (3: Gaussian); later generations draw Gaussian noise",
            ),
            untestable("the truth is linear in X", "risk is measured against the best linear fit"),
            LATER_ROWS_ARE_ALIKE,
        )
