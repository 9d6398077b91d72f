"""What does a table show a logistic or Poisson regression, before anything is believed of its truth?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from genloss.advise.forecasts.worlds.clusters import Clusters, clusters
from genloss.advise.forecasts.worlds.directions import directions, signed
from genloss.advise.forecasts.worlds.protocol import Array, Places
from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.models.likelihood import LINKS, unbiased
from genloss.models.pairs import Pairs, pairs_of

_LEAST = 0.5  # of a residual's variance that fitting may have left


@dataclass(frozen=True, eq=False)
class Shown:
    """A table as a regression sees it. turned (T, k): rows along the directions of the standardized inputs.

    intercept, slopes: of the fit whose first-order bias is taken off. basis, eigenvalues: of the information on the
    slopes for each row. dispersion: variance of labels over that of the law. leverage: of each row. offset (T,): what
    linear predictors have beside the coefficients. kind: of the law. clusters: of rows of one entity, or None.
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
    kind: str
    clusters: Clusters | None = None

    @property
    def entities(self) -> Places | None:
        """Of each row, or None."""
        return self.clusters.entities if self.clusters else None

    @cached_property
    def ones(self) -> Array:
        """A column of ones and the rows along their directions, (T, k + 1)."""
        return np.column_stack([np.ones(len(self.turned)), self.turned])

    @cached_property
    def pairs(self) -> Pairs:
        """Products of the same columns."""
        return pairs_of(self.ones)

    @cached_property
    def fitted(self) -> Array:
        """Linear predictors, (T,)."""
        return np.asarray(self.intercept + self.turned @ self.slopes + self.offset)

    @cached_property
    def lost(self) -> Array:
        """By how much fitting has made residuals smaller, from the leverage of each row or of its entity, (T,)."""
        kept = 1 - (
            self.leverage if self.entities is None else np.bincount(self.entities, self.leverage)[self.entities]
        )
        return np.asarray(1 / np.maximum(kept, _LEAST))

    @cached_property
    def spread(self) -> Array:
        """Covariance of the slopes, whatever the law of the labels (the sandwich), (k, k)."""
        link, p = LINKS[self.kind], self.ones.shape[1]
        inverse = np.linalg.inv((self.ones * link.weight(self.fitted)[:, None]).T @ self.ones)
        scores = ((self.labels - link.mean(self.fitted)) * self.lost)[:, None] * self.ones
        if self.entities is not None:
            together = np.zeros((int(self.entities.max()) + 1, p))
            np.add.at(together, self.entities, scores)
            scores = together
        away = (scores @ inverse)[:, 1:]
        return np.asarray(away.T @ away)

    def kept(self, count: int, rng: np.random.Generator) -> Array:
        """Draw which part of the slopes is truth, (count,): 1 - chi^2(k) / z'z, at least 0, z in deviations.

        What is believed of 1 / (1 + t^2) where slopes are N(0, t^2 spread) and nothing is known of log(1 + t^2).
        """
        shown = float(self.slopes @ np.linalg.pinv(self.spread, hermitian=True) @ self.slopes)
        return np.asarray(np.maximum(1 - rng.chisquare(self.slopes.size, size=count) / max(shown, 1e-300), 0.0))


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
    shown = Shown(turned, y, float(fit[0]), fit[1:], basis, np.maximum(e, 1e-300), dispersion, hat, offset, kind)
    return shown if entities is None else _clustered(shown, kind, ones, weight, entities)


def _clustered(shown: Shown, kind: str, ones: Array, weight: Array, entities: Places) -> Shown:
    """Say how alike standardized residuals are within entities."""
    root = np.sqrt(weight)
    mean = LINKS[kind].mean(ones @ np.append(shown.intercept, shown.slopes) + shown.offset)
    loads = root if kind == "poisson" else None  # what counts of one entity share is a factor of their means
    alike = clusters((shown.labels - mean) / root, root[:, None] * ones, entities, loads)
    return replace(shown, clusters=alike)
