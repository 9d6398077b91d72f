"""Logistic and Poisson regression: the truth is linear in the link, labels are drawn from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from genloss.advise.assumption import Assumption
from genloss.advise.forecasts.worlds.clusters import Clusters, latent_correlation, shared_normals
from genloss.advise.forecasts.worlds.directions import directions
from genloss.advise.forecasts.worlds.places import own_labeled
from genloss.advise.forecasts.worlds.populations import Line, populations
from genloss.advise.forecasts.worlds.protocol import (
    LATER_ROWS_ARE_ALIKE,
    Array,
    Labels,
    Places,
    Truths,
    leverage,
    pooled,
    tested,
    untestable,
)
from genloss.advise.forecasts.worlds.shown import Shown, show
from genloss.models.likelihood import ALL_ALIKE, HIGHEST, LINKS
from genloss.models.pairs import Pairs, pairs_of
from genloss.models.shared_design import cumulants, maximize_shared, means
from genloss.populations.entities import drawn_places

_EVENTS = 10.0  # for each coefficient


def penalized(x: Array) -> tuple[Array, Array]:
    """Return a design (T, k) of unit columns, and p (k,): a penalty on its slopes b, sum p b^2, is |slopes of x|^2.

    Slopes that have the least squared length lie in the span Q of the rows: x Q, each column over its deviation.
    """
    found = directions(x, spare=6)
    span, _ = np.linalg.qr(np.where(np.isfinite(found.scale), found.scale, 0.0)[:, None] * found.basis)
    along = (x - found.center) @ span
    deviations = along.std(axis=0)
    return along / deviations, 1 / deviations**2


@dataclass(frozen=True, eq=False)
class Against:
    """Truths, each of an array (truths, T): linear predictors, their means and A, and weights of rows."""

    kind: str
    eta: Array
    mean: Array
    cumulant: Array
    weights: Array

    def risks(self, predictors: Array) -> Array:
        """Return the mean divergence of laws at (truths, runs, T) from the true ones, (truths, runs)."""
        rise = cumulants(self.kind, predictors)
        rise -= self.cumulant[:, None]
        rise -= self.mean[:, None] * (predictors - self.eta[:, None])
        return np.asarray((rise @ self.weights[..., None])[..., 0])


@dataclass(frozen=True, eq=False)
class RegressionWorld:
    """Every truth is a population of its own, see `populations`; labels of models are drawn from the law.

    design (T, k): what fits see. penalty (k,): on the squares of its slopes / 2, beside the mean log likelihood;
    by_rows: it is divided by the number of rows.
    """

    kind: str
    shown: Shown
    design: Array
    penalty: Array
    by_rows: bool
    unit: str = "excess log loss, nats a row"
    plain: str = "one mean for all"

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return len(self.shown.turned)

    @property
    def missing(self) -> str:
        """Why there is no estimate."""
        return ALL_ALIKE[self.kind] if self.penalty.any() else LINKS[self.kind].missing

    @property
    def clusters(self) -> Clusters | None:
        """Rows of one entity."""
        return self.shown.clusters

    @cached_property
    def ones(self) -> Array:
        """What fits see, a column of ones first, (T, k + 1)."""
        return np.column_stack([np.ones(self.rows), self.design])

    @cached_property
    def pairs(self) -> Pairs:
        """Products of the same columns."""
        return pairs_of(self.ones)

    def draw_truths(self, count: int, rng: np.random.Generator) -> list[Line]:
        """Draw populations that the rows could come from."""
        return populations(self.shown, count, rng)

    def draw_real(self, truth: Line, rows: int, runs: int, rng: np.random.Generator) -> Labels:
        """Draw given inputs by their weights; counts are those of their row in the truth, classes are drawn.

        Classes of one entity are as alike as those of the rows: Phi(z) < mean, z of normal numbers that they share.
        """
        places = self._places(truth, runs, rows, rng)
        mean = truth.labels[places]
        if self.kind == "poisson":
            return places, mean
        if self.clusters and self.clusters.alike > 0:
            z = shared_normals(places, self.clusters.entities, rng)
            z = np.sqrt(self._shared) * z + np.sqrt(1 - self._shared) * rng.standard_normal(z.shape)
            return places, (ndtr(z) < mean).astype(float)
        return places, LINKS[self.kind].draw(mean, rng)

    @cached_property
    def _shared(self) -> float:
        """The latent correlation of classes of one entity."""
        assert self.clusters is not None
        return latent_correlation(LINKS[self.kind].mean(self.shown.fitted), self.clusters.alike)

    def _places(self, truth: Line, runs: int, rows: int, rng: np.random.Generator) -> Places:
        entities = self.clusters.entities if self.clusters else None
        return drawn_places(self.rows, runs, rows, rng, entities, truth.weights)

    def own_rows(self, rows: int, runs: int, rng: np.random.Generator) -> Labels:
        """Take the rows in hand, all of them or some."""
        return own_labeled(self.shown.labels, rows, runs, rng)

    def draw_synthetic(self, fits: Array, truth: Line, rows: int, rng: np.random.Generator) -> Labels:
        """Draw given inputs by their weights, and labels of the fits."""
        places = self._places(truth, len(fits), rows, rng)
        eta = np.take_along_axis(self.predictors(fits), places, axis=1)
        return places, LINKS[self.kind].draw(LINKS[self.kind].mean(eta), rng)

    def estimate(self, rows: Labels, weights: Array, size: float) -> tuple[Array, Truths]:
        """Maximize the likelihood; rows that were drawn more than once are one row of more weight."""
        return self.climbed(*pooled(rows, weights, self.rows), size)

    def climbed(self, shares: Array, labels: Array, size: float, start: Array | None = None) -> tuple[Array, Truths]:
        """Fit every run to the given rows with shares and mean labels (runs, T) that stand for so many rows.

        start: fits from which to climb, or None.
        """
        return maximize_shared(self.kind, self.pairs, labels, shares, self.beside(size), self.shown.offset, start)

    def beside(self, size: float) -> Array:
        """Return the penalty beside the mean log likelihood of so many rows, (k,)."""
        return self.penalty / (size if self.by_rows else 1)

    def risk(self, fits: Array, truth: Line) -> Array:
        """Return the mean divergence of the law that is fitted from the true one, over the population."""
        return np.asarray(self.against([truth]).risks(self.predictors(fits)[None])[0])

    def against(self, truths: Sequence[Line]) -> Against:
        """Return what judges fits in each of some truths."""
        eta, weights = (np.stack([getattr(each, name) for each in truths]) for name in ("eta", "weights"))
        return Against(self.kind, eta, means(self.kind, eta), cumulants(self.kind, eta), weights)

    def plain_risk(self, truth: Line) -> float:
        """Return the same of one mean for all rows, of one rate where they have exposures."""
        return float(self.plain_risks([truth])[0])

    def plain_risks(self, truths: Sequence[Line]) -> Array:
        """Return the plain risk of each truth, (truths,)."""
        against, offset = self.against(truths), self.shown.offset
        level = (against.weights * against.mean).sum(axis=1) / (against.weights @ np.exp(offset))
        plain = np.log(level) if self.kind == "poisson" else np.log(level / (1 - level))
        return np.asarray(against.risks(np.asarray(plain[:, None, None] + offset))[:, 0])

    def predictors(self, fits: Array) -> Array:
        """Return linear predictors of the given rows, (runs, T)."""
        eta = fits @ self.ones.T + self.shown.offset
        return np.asarray(np.minimum(eta, HIGHEST) if self.kind == "poisson" else eta)

    def assumptions(self) -> tuple[Assumption, ...]:
        """Leverage, events, dispersion; the link and later rows are not known."""
        y, shown = self.shown.labels, self.shown
        events = float(min(y.sum(), len(y) - y.sum()) if self.kind == "logistic" else y.sum()) / shown.slopes.size
        e, b = shown.eigenvalues, shown.basis.T @ shown.slopes
        power = float((e * b**2).sum())
        noise = shown.dispersion * e.size / self.rows
        found = [
            *([self.clusters.assumption()] if self.clusters else []),
            leverage(float(shown.leverage.max())),
            tested(
                "enough labels of each kind",
                events >= _EVENTS,
                f"{events:.3g} for each coefficient; below {_EVENTS:g} the normal law of what is believed is rough",
            ),
            tested(
                "the labels hold a signal",
                power > 2 * noise,
                f"what the fit shows is {power / noise:.2g} times what no signal would show",
            ),
        ]
        if self.kind == "poisson":
            words = f"those of the rows vary {shown.dispersion:.2g} times as much, which new real rows keep"
            found.append(untestable("counts of models vary as the law says", words))
        return (
            *found,
            untestable("the truth is linear in the link", "risk is measured against such a truth"),
            LATER_ROWS_ARE_ALIKE,
        )


def regression_world(
    kind: str,
    x: Array,
    y: Array,
    penalty: float,
    *,
    by_rows: bool,
    exposure: Array | None = None,
    entities: Places | None = None,
) -> RegressionWorld:
    """Return the world of a penalty on the squared slopes of x / 2; 0: none. exposure, entities: of each row."""
    shown = show(kind, x, y, exposure, entities)
    design, weights = penalized(x) if penalty > 0 else (shown.turned, np.zeros(shown.turned.shape[1]))
    plain = "one mean for all" if exposure is None else "one rate for all"
    return RegressionWorld(kind, shown, design, penalty * weights, by_rows, plain=plain)
