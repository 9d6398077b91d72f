"""A Gaussian law fitted to rows, then to rows of its own: nothing is labeled, the rows themselves are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from genloss.advise.assumption import Assumption
from genloss.advise.forecasts.worlds.clusters import apart
from genloss.advise.forecasts.worlds.directions import directions, positive, signed
from genloss.advise.forecasts.worlds.noise import Tail, tail_of
from genloss.advise.forecasts.worlds.places import own_places
from genloss.advise.forecasts.worlds.protocol import LATER_ROWS_ARE_ALIKE, Array, Places, Truths, tested, untestable
from genloss.errors import Problem
from genloss.models.pairs import Pairs, pairs_of
from genloss.populations.entities import bootstrap_weights, drawn_rows

RANK = 1e-10
_KURTOSIS = 6.0
_LEAST = 0.5  # of a row's length that may be left
_LITTLE, _MOST = 1e-3, 0.5  # how much more than shown tails may add: whole Pareto tails gave a quarter too much


@dataclass(frozen=True, eq=False)
class Weighted:
    """A truth: rows (T, d), how much longer than these they are, (T,), their weights (T,), mean and covariance."""

    table: Array
    longer: Array
    weights: Array
    mean: Array
    covariance: Array

    @property
    def rows(self) -> Array:
        """Rows as long as they are, (T, d)."""
        return self.table * self.longer[:, None]


@dataclass(frozen=True, eq=False)
class Laws:
    """Truths, of one table: how much longer rows are and their weights, (truths, T), means and covariances."""

    pairs: Pairs
    longer: Array
    weights: Array
    mean: Array
    covariance: Array

    def truths(self) -> list[Weighted]:
        """Return them one by one."""
        each = zip(self.longer, self.weights, self.mean, self.covariance, strict=True)
        return [Weighted(self.pairs.values, *parts) for parts in each]

    def fourths(self) -> Array:
        """Return the mean of |z|^4 over each population, z its rows with mean 0 and covariance 1, (truths,)."""
        inverse: Array = np.asarray(np.linalg.pinv(self.covariance, hermitian=True))
        turned = (inverse @ self.mean[..., None])[..., 0]
        squares = self.longer**2 * self.pairs.forms(inverse)
        squares += (self.mean * turned).sum(axis=1, keepdims=True) - 2 * self.longer * (turned @ self.pairs.values.T)
        return np.asarray((self.weights * squares**2).sum(axis=1))

    def plain_risks(self) -> Array:
        """Return the divergence of independent columns; infinity for one column, which has no plainer law."""
        if self.mean.shape[1] == 1:
            return np.full(len(self.mean), np.inf)
        alone = np.log(np.einsum("kii->ki", self.covariance)).sum(axis=1)
        return np.asarray((alone - np.linalg.slogdet(self.covariance)[1]) / 2)


@dataclass(frozen=True, eq=False)
class GaussianWorld:
    """Rows (T, d) under unknown weights (a Bayesian bootstrap); fits have the largest likelihood, divisor rows.

    A fit is the mean and the covariance, (d + d^2,). entities: of each row; it is these that have unknown weights,
    and all rows of one that are drawn.
    """

    x: Array
    entities: Places | None = None
    unit: str = "divergence of the fitted law, nats a row"
    plain: str = "independent columns of the right variance"
    missing: str = "rows lie in fewer directions than there are columns"

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return len(self.x)

    def draw_truths(self, count: int, rng: np.random.Generator) -> list[Weighted]:
        """Draw truths, see `drawn_laws`."""
        return self.drawn_laws(count, rng).truths()

    def drawn_laws(self, count: int, rng: np.random.Generator) -> Laws:
        """Draw weights of the rows and, in every second truth, how much longer than shown the longest are.

        Rows are first made as long as they would be if mean and covariance were not theirs, the covariance kept. What
        rows add to a risk goes with the fourth power of their length, whose tail `noise` has.
        """
        rows, squared = self._lengthened
        weights = bootstrap_weights(self.rows, count, rng, self.entities)
        excess = np.minimum(self._tail.draw(count, rng) / (weights @ squared**2) - 1, _MOST)
        longer = np.ones_like(weights)
        for k in range(1, count, 2):
            if excess[k] > _LITTLE:
                longer[k] = np.sqrt(rng.gamma(1 / excess[k], excess[k], size=self.rows))
        once = weights * longer
        mean = once @ rows
        covariance = self._pairs.sums(once * longer) - mean[:, :, None] * mean[:, None, :]
        return Laws(self._pairs, longer, weights, mean, covariance)

    def laws(self, truths: Sequence[Weighted]) -> Laws:
        """Return truths together."""
        names = ("longer", "weights", "mean", "covariance")
        return Laws(self._pairs, *(np.stack([getattr(each, name) for each in truths]) for name in names))

    @cached_property
    def turn(self) -> Array:
        """Directions of the table, (d, d): what is drawn along them does not follow the order of columns."""
        away = self.x - self.x.mean(axis=0)
        return signed(away, np.linalg.eigh(away.T @ away / self.rows)[1])

    @cached_property
    def _tail(self) -> Tail:
        return tail_of(self._lengthened[1])

    @cached_property
    def _pairs(self) -> Pairs:
        return pairs_of(self._lengthened[0])

    @cached_property
    def _lengthened(self) -> tuple[Array, Array]:
        """Rows less their mean (T, d), fourth powers longer by 1 / (1 - leverage), and their squared lengths (T,)."""
        away = self.x - self.x.mean(axis=0)
        covariance = away.T @ away / self.rows
        leverage = (1 + _squared(away, covariance)) / self.rows
        longer = away * (np.maximum(1 - leverage, _LEAST) ** -0.25)[:, None]
        root = np.linalg.cholesky(covariance)
        even = np.linalg.solve(root, longer.T).T  # rows whose covariance would be 1, but for their lengths
        values, basis = np.linalg.eigh(even.T @ even / self.rows)
        kept = even @ (basis / np.sqrt(values)) @ basis.T  # whatever the units and the order of columns
        return kept @ root.T, (kept**2).sum(axis=1)

    def draw_real(self, truth: Weighted, rows: int, runs: int, rng: np.random.Generator) -> Array:
        """Draw given rows by their weights."""
        if self.entities is not None:
            return np.asarray(truth.rows[drawn_rows(self.entities, (runs, rows), rng, truth.weights)])
        return np.asarray(truth.rows[rng.choice(self.rows, size=(runs, rows), p=truth.weights)])

    def own_rows(self, rows: int, runs: int, rng: np.random.Generator) -> Array:
        """Take the rows in hand, all of them or some."""
        return np.asarray(self.x[own_places(self.rows, rows, runs, rng)])

    def draw_synthetic(self, fits: Array, truth: Weighted, rows: int, rng: np.random.Generator) -> Array:
        """Draw rows of the fitted laws."""
        del truth
        mean, covariance = self._parts(fits)
        values, basis = np.linalg.eigh(covariance)
        root = positive(basis) * np.sqrt(np.maximum(values, 0.0))[:, None, :]
        return np.asarray(mean[:, None] + rng.standard_normal((len(fits), rows, mean.shape[1])) @ root.mT)

    def estimate(self, rows: Array, weights: Array, size: float) -> tuple[Array, Truths]:
        """Return weighted means and covariances, and whether the covariance has full rank."""
        del size
        each = np.broadcast_to(weights, rows.shape[:2])[..., None]
        mean = (each * rows).sum(axis=1)
        away = rows - mean[:, None]
        covariance = (away * each).mT @ away
        values = np.linalg.eigvalsh(covariance)
        exists = values[:, 0] > RANK * np.maximum(values[:, -1], 1e-300)
        return np.concatenate([mean, covariance.reshape(len(rows), -1)], axis=1), exists

    def risk(self, fits: Array, truth: Weighted) -> Array:
        r"""Return KL(truth, fit): (tr S^-1 S0 + |S^-1/2 (m - m0)|^2 - d + log det S / det S0) / 2."""
        mean, covariance = self._parts(fits)
        inverse = np.linalg.pinv(covariance, hermitian=True)
        off = mean - truth.mean
        inside = (inverse * truth.covariance).sum(axis=(1, 2)) + np.einsum("ri,rij,rj->r", off, inverse, off)
        sizes = np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(truth.covariance)[1]
        return np.asarray((inside - off.shape[1] + sizes) / 2)

    def plain_risk(self, truth: Weighted) -> float:
        """Return the divergence of independent columns; infinity for one column, which has no plainer law."""
        return float(self.laws([truth]).plain_risks()[0])

    def _parts(self, fits: Array) -> tuple[Array, Array]:
        d = self.x.shape[1]
        return fits[:, :d], fits[:, d:].reshape(-1, d, d)

    def assumptions(self) -> tuple[Assumption, ...]:
        """Tails; that later rows are like these is not known."""
        away = self.x - self.x.mean(axis=0)
        turned = away @ np.linalg.pinv(np.linalg.cholesky(away.T @ away / len(away))).T
        d = self.x.shape[1]
        kurtosis = 3 * float(np.mean((turned**2).sum(axis=1) ** 2)) / (d * (d + 2))
        found = [] if self.entities is None else [apart(self.entities).assumption()]
        return (
            *found,
            tested("tails are not heavy", kurtosis < _KURTOSIS, f"kurtosis {kurtosis:.1f} (3: Gaussian)"),
            untestable("the law is Gaussian", "the divergence compares means and covariances alone"),
            LATER_ROWS_ARE_ALIKE,
        )


def _squared(away: Array, covariance: Array) -> Array:
    """Return the squared lengths of rows (T, d) in deviations, (T,)."""
    return np.asarray(((away @ np.linalg.pinv(covariance, hermitian=True)) * away).sum(axis=1))


def gaussian_world(x: Array, entities: Places | None = None) -> GaussianWorld:
    """Refuse rows without a covariance of full rank. entities: of each row."""
    if len(x) < 2 * x.shape[1] + 6:
        found = f"{len(x)} rows for {x.shape[1]} columns"
        raise Problem("X", found, f"give at least {2 * x.shape[1] + 6} rows")
    along = directions(x, spare=6)
    if along.variances.size < x.shape[1]:
        raise Problem(
            "X",
            "a column that is constant, or a sum of others",
            "leave it out: gaussian needs columns that vary, each in its own way",
        )
    # the divergence does not know units, and ranks are decided in these
    return GaussianWorld((x - along.center) / along.scale, entities)
