r"""How alike are what a fit leaves of rows of one entity, and what does that do to how well the truth is known?

Residuals e of rows i, j of one entity have Cov = b l_i l_j, those of others none, Var e_i = a + b l_i^2; l are loads,
1 where all rows are alike. With M = I - H of the fit, Z the entities' indicators times l,

.. math:: E\, r'r = a\, tr M + b\, tr(M Z Z'), \qquad E\, r'ZZ'r = a\, tr(M Z Z') + b\, tr(M Z Z' M Z Z')

which are solved for a and b. A sum of t_i e_i then has the variance a sum t^2 + b sum over entities of (sum t l)^2;
over that of independent rows this is the design effect. With l = 1 it is Moulton's factor,
1 + rho (sum over entities of (sum t)^2 - sum t^2) / sum t^2, rho = b / (a + b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from genloss.advise.assumption import Assumption
from genloss.advise.forecasts.worlds.protocol import Array, Places, tested

LIKE, FEWEST = 0.95, 10
_LATENT = np.linspace(0.0, LIKE, 39)
_NODES, _MASS = np.polynomial.hermite_e.hermegauss(40)


@dataclass(frozen=True, eq=False)
class Clusters:
    """Entities of the given rows, (T,), 0, 1, ..., their loads (T,), and the variances a and b."""

    entities: Places
    loads: Array
    own: float
    shared: float

    @property
    def variance(self) -> float:
        """Mean variance of a row's residual."""
        return self.own + self.shared * float((self.loads**2).mean())

    @property
    def alike(self) -> float:
        """How residuals of two rows of one entity correlate, for rows of mean load."""
        return 1 - self.own / self.variance

    @property
    def sizes(self) -> Array:
        """Rows of each entity."""
        return np.bincount(self.entities).astype(float)

    def effects(self, along: Array, alone: float | None = None) -> Array:
        """Return the design effect of sums of along_i e_i, (k,), for along (T, k).

        alone: the variance of a row that independent rows are said to have; None: theirs.
        """
        squares = np.maximum((along**2).sum(axis=0), 1e-300)
        together = (_summed(self.entities, along * self.loads[:, None]) ** 2).sum(axis=0)
        base = self.variance if alone is None else alone
        return np.asarray((self.own * squares + self.shared * together) / (base * squares))

    @property
    def effect_on_a_mean(self) -> float:
        """The design effect of the mean of all rows."""
        return float(self.effects(np.ones((len(self.entities), 1)))[0])

    def assumption(self) -> Assumption:
        """Whether there are enough entities to believe what they say together."""
        sizes, effect = self.sizes, self.effect_on_a_mean
        found = (
            f"{sizes.size} for {sizes.sum():g} rows, at least {FEWEST} are asked for; what a fit leaves of two rows of "
            f"one entity correlates by {self.alike:.2g}: a mean varies as that of {effect:.3g} times fewer rows (the "
            "design effect), which is counted"
        )
        return tested("enough entities", sizes.size >= FEWEST, found)


def apart(entities: Places) -> Clusters:
    """Return entities whose rows share nothing."""
    return Clusters(entities, np.ones(len(entities)), 1.0, 0.0)


def _summed(entities: Places, values: Array) -> Array:
    """Sum rows (T, k) by entity."""
    found = np.zeros((int(entities.max()) + 1, values.shape[1]))
    np.add.at(found, entities, values)
    return found


def clusters(residuals: Array, design: Array, entities: Places, loads: Array | None = None) -> Clusters:
    """Return how alike residuals (T,) of a least squares fit to design (T, p) are within entities.

    Status: unbiased moments, b cut off below 0 and at 19 a. Checked by tests/unit/test_clusters.py.
    """
    load = np.ones(len(residuals)) if loads is None else loads
    q, _ = np.linalg.qr(design)
    sizes, s = np.bincount(entities, weights=load**2), _summed(entities, q * load[:, None])
    left = np.bincount(entities, weights=load * residuals)
    own, shared = len(q) - q.shape[1], float(sizes.sum() - (s**2).sum())
    both = float((sizes**2).sum() - 2 * (sizes @ (s**2).sum(axis=1)) + ((s.T @ s) ** 2).sum())
    total, together = float(residuals @ residuals), float(left @ left)
    size = own * both - shared**2
    b = (own * together - shared * total) / size if size > 1e-9 * own * both else 0.0  # not: each has one row
    if b <= 0:
        return Clusters(entities, load, total / own, 0.0)
    least = b * float((load**2).mean()) * (1 - LIKE) / LIKE
    return Clusters(entities, load, max((total - b * shared) / own, least), b)


def stretches(places: Places, entities: Places) -> Places:
    """Number the entities of drawn places (runs, rows) along each run, 0, 1, ...; one that comes again is another."""
    of = entities[places]
    new = (np.diff(of, axis=1) != 0) | (np.diff(places, axis=1) <= 0)
    return np.concatenate([np.zeros((len(places), 1), dtype=np.intp), np.cumsum(new, axis=1)], axis=1)


def shared_normals(places: Places, entities: Places, rng: np.random.Generator) -> Array:
    """Draw one standard normal number for each entity drawn, and give it to all its rows, (runs, rows)."""
    at = stretches(places, entities)
    return np.asarray(np.take_along_axis(rng.standard_normal((len(at), int(at.max()) + 1)), at, axis=1))


def latent_correlation(means: Array, alike: float) -> float:
    """Return the correlation of normal numbers z whose labels [Phi(z) < mean] correlate by `alike`, on average."""
    limits = ndtri(np.clip(np.quantile(means, (np.arange(25) + 0.5) / 25), 1e-9, 1 - 1e-9))
    mean = ndtr(limits)
    inside = (limits[:, None] - np.sqrt(_LATENT)[:, None, None] * _NODES) / np.sqrt(1 - _LATENT)[:, None, None]
    both = ndtr(inside) ** 2 @ (_MASS / _MASS.sum())
    seen = ((both - mean**2) / (mean * (1 - mean))).mean(axis=1)
    return float(np.interp(alike, seen, _LATENT))
