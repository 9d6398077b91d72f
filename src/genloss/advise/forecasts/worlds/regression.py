"""Logistic and Poisson regression: the truth is linear in the link, labels are drawn from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from genloss.advise.estimators.empirical_bayes import draw_truths
from genloss.advise.forecasts.worlds.clusters import Clusters, clusters, latent_correlation, shared_normals
from genloss.advise.forecasts.worlds.directions import directions, signed
from genloss.advise.forecasts.worlds.places import own_labeled
from genloss.advise.forecasts.worlds.protocol import (
    LATER_ROWS_ARE_ALIKE,
    Array,
    Assumption,
    Labels,
    Places,
    Truths,
    leverage,
    own_risks,
    pooled,
    tested,
    untestable,
)
from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.models.likelihood import ALL_ALIKE, HIGHEST, LINKS, maximize, unbiased
from genloss.populations.entities import drawn_places

_EVENTS = 10.0  # for each coefficient
_DISPERSION = 1.5


@dataclass(frozen=True, eq=False)
class Shown:
    """A table as a regression sees it. turned (T, k): rows along the directions of the standardized inputs.

    intercept, slopes: of the fit whose first-order bias is taken off. basis, eigenvalues: of the information on the
    slopes for each row. dispersion: variance of labels over that of the law. leverage: of each row. offset (T,): what
    linear predictors have beside the coefficients. effects (k + 1,): of rows of one entity on the variance of the sum
    of labels, then of the slopes along the basis, 1 where there are none. clusters: of these rows.
    """

    turned: Array
    labels: Array
    intercept: float
    slopes: Array
    basis: Array
    eigenvalues: Array
    dispersion: float
    leverage: Array
    offset: Array
    effects: Array
    clusters: Clusters | None = None


def check_labels(kind: str, y: Array, where: str = "y", *, both: bool = True) -> None:
    """Refuse labels that the law cannot have made. both: and labels that are all alike."""
    if kind == "logistic" and not np.isin(y, (0, 1)).all():
        values = np.unique(y)
        found = f"{values.size} values, {', '.join(f'{value:g}' for value in values[:3])}, ..."
        mend = Advice("give two values: ", Setting("above"), " a number makes them")
        raise Problem(where, found, mend)
    if kind == "logistic" and both and not 0 < y.sum() < len(y):
        raise Problem(where, f"{y[0]:g} in every row", "give rows of both kinds")
    if kind == "poisson" and not ((y >= 0).all() and np.array_equal(y, np.round(y)) and (y.any() or not both)):
        raise Problem(where, "labels that are no counts", "give whole numbers from 0 on, not all 0")


def show(kind: str, x: Array, y: Array, exposure: Array | None = None, entities: Places | None = None) -> Shown:
    """Fit without first-order bias; refuse labels of another kind and rows that say too little.

    exposure: of each row; its unit does not matter. entities: of each row.
    """
    check_labels(kind, y)
    offset = np.zeros(len(y)) if exposure is None else np.log(exposure / exposure.mean())
    turned = directions(x, spare=6).turn(x)
    ones, link = np.column_stack([np.ones(len(x)), turned]), LINKS[kind]
    fit = unbiased(kind, ones, y, offset=offset)
    dispersion = 1.0
    if kind == "poisson":
        mean = link.mean(ones @ fit + offset)
        dispersion = max(1.0, float(((y - mean) ** 2 / mean).sum()) / (len(x) - len(fit)))
        fit = unbiased(kind, ones, y, dispersion, offset)
    weight = link.weight(ones @ fit + offset)
    information = ones.T @ (weight[:, None] * ones)
    slopes = information[1:, 1:] - np.outer(information[1:, 0], information[0, 1:]) / information[0, 0]
    e, v = np.linalg.eigh(slopes / len(x))
    hat = weight * ((ones @ np.linalg.inv(information)) * ones).sum(axis=1)
    basis = signed(turned, v)
    shown = Shown(
        turned, y, float(fit[0]), fit[1:], basis, np.maximum(e, 1e-300), dispersion, hat, offset, np.ones(len(fit))
    )
    return shown if entities is None else _clustered(shown, kind, ones, weight, entities)


def _clustered(shown: Shown, kind: str, ones: Array, weight: Array, entities: Places) -> Shown:
    """Say how alike standardized residuals are within entities, and what that does to sums of them."""
    root = np.sqrt(weight)
    mean = LINKS[kind].mean(ones @ np.append(shown.intercept, shown.slopes) + shown.offset)
    loads = root if kind == "poisson" else None  # what counts of one entity share is a factor of their means
    alike = clusters((shown.labels - mean) / root, root[:, None] * ones, entities, loads)
    center = weight @ shown.turned / weight.sum()
    along = np.column_stack([root, root[:, None] * ((shown.turned - center) @ shown.basis)])
    return replace(shown, effects=alike.effects(along, shown.dispersion), clusters=alike)


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
class Line:
    """A truth: linear predictors of the given rows, (T,)."""

    eta: Array


@dataclass(frozen=True, eq=False)
class RegressionWorld:
    """Labels are drawn from the law; counts that vary more than the law says are drawn so the first time.

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
    def _ones(self) -> Array:
        return np.column_stack([np.ones(self.rows), self.design])

    def draw_truths(self, count: int, rng: np.random.Generator) -> list[Line]:
        """Draw slopes from the posterior near the fit without bias, then intercepts that keep the sum of labels."""
        shown, link = self.shown, LINKS[self.kind]
        own = shown.dispersion * shown.effects[1:] / (self.rows * shown.eigenvalues)
        drawn = draw_truths(shown.eigenvalues, shown.basis.T @ shown.slopes, own, count, rng) @ shown.basis.T
        along = drawn @ shown.turned.T + shown.offset
        fitted = shown.intercept + shown.turned @ shown.slopes + shown.offset
        spread = np.sqrt(shown.dispersion * shown.effects[0] * link.weight(fitted).sum())
        total = np.maximum(shown.labels.sum() + spread * rng.standard_normal(count), 0.5)
        if self.kind == "logistic":
            total = np.minimum(total, self.rows - 0.5)
        low, high = np.full((2, count), [[-60.0], [60.0]])
        for _ in range(60):
            middle = (low + high) / 2
            above = link.mean(np.minimum(middle[:, None] + along, HIGHEST)).sum(axis=1) > total
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return [Line(a + each) for a, each in zip(low, along, strict=True)]

    def draw_real(self, truth: Line, rows: int, runs: int, rng: np.random.Generator) -> Labels:
        """Draw given inputs and labels of the truth; overdispersed counts by a gamma law of their means.

        Labels of one entity are as alike as those of the rows: of one normal number that they share, Phi(z) < mean for
        two kinds, a factor exp(s z - s^2 / 2) of their means for counts; means stay as they are.
        """
        places = self._places(runs, rows, rng)
        mean, extra = LINKS[self.kind].mean(truth.eta)[places], self.shown.dispersion - 1
        if self.clusters and self.clusters.alike > 0:
            z = shared_normals(places, self.clusters.entities, rng)
            if self.kind == "logistic":
                shared = self._shared
                z = np.sqrt(shared) * z + np.sqrt(1 - shared) * rng.standard_normal(z.shape)
                return places, (ndtr(z) < mean).astype(float)
            extra = self.clusters.own - 1
            mean = mean * (1 + self._shared) ** -0.5 * np.exp(np.sqrt(np.log1p(self._shared)) * z)
        if extra > 1e-6:
            mean = rng.gamma(np.maximum(mean / extra, 1e-12), extra)
        return places, LINKS[self.kind].draw(mean, rng)

    @cached_property
    def _shared(self) -> float:
        """The latent correlation of labels of two kinds; the squared variation of a factor that counts share."""
        shown, together = self.shown, self.shown.clusters
        assert together is not None
        if self.kind == "poisson":
            return together.shared
        return latent_correlation(LINKS[self.kind].mean(shown.intercept + shown.turned @ shown.slopes), together.alike)

    def _places(self, runs: int, rows: int, rng: np.random.Generator) -> Places:
        return drawn_places(self.rows, runs, rows, rng, self.clusters.entities if self.clusters else None)

    def own_rows(self, rows: int, runs: int, rng: np.random.Generator) -> Labels:
        """Take the rows in hand, all of them or some."""
        return own_labeled(self.shown.labels, rows, runs, rng)

    def parts(self, truths: Sequence[Line], own: Labels | None) -> Array:
        """Return 1, since truths hardly differ in risk, and, of the rows in hand, the risk of their fit."""
        return np.column_stack([np.ones(len(truths)), *own_risks(self, truths, own)])

    def draw_synthetic(self, fits: Array, truth: Line, rows: int, rng: np.random.Generator) -> Labels:
        """Draw given inputs and labels of the fits."""
        del truth
        places = self._places(len(fits), rows, rng)
        eta = np.take_along_axis(self._predictors(fits), places, axis=1)
        return places, LINKS[self.kind].draw(LINKS[self.kind].mean(eta), rng)

    def estimate(self, rows: Labels, weights: Array, size: float) -> tuple[Array, Truths]:
        """Maximize the likelihood; rows that were drawn more than once are one row of more weight."""
        shares, labels = pooled(rows, weights, self.rows)
        penalty = self.penalty / (size if self.by_rows else 1)
        design = np.broadcast_to(self._ones, (*shares.shape, self._ones.shape[1]))
        return maximize(self.kind, design, labels, shares, penalty, self.shown.offset)

    def risk(self, fits: Array, truth: Line) -> Array:
        """Return the mean divergence of the law that is fitted from the true one."""
        return LINKS[self.kind].divergence(self._predictors(fits), truth.eta)

    def plain_risk(self, truth: Line) -> float:
        """Return the same of one mean for all rows, of one rate where they have exposures."""
        link = LINKS[self.kind]
        level = float(link.mean(truth.eta).mean()) / float(np.exp(self.shown.offset).mean())
        return float(link.divergence(np.array([link.predictor(level) + self.shown.offset]), truth.eta)[0])

    def _predictors(self, fits: Array) -> Array:
        eta = fits @ self._ones.T + self.shown.offset
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
            words = f"{shown.dispersion:.2g} times the variance of the law; later generations draw from the law"
            found.append(tested("counts vary as the law says", shown.dispersion < _DISPERSION, words))
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
