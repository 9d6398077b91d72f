r"""How alike are what a fit leaves of rows of one entity, and what does that do to how well the truth is known?

Residuals e of rows i, j of one entity have Cov = s^2 rho, others none (exchangeable). With M = I - H of the fit, Z the
entities' indicators, a = s^2 (1 - rho), b = s^2 rho,

.. math:: E\, r'r = a\, tr M + b\, tr(M Z Z'), \qquad E\, r'ZZ'r = a\, tr(M Z Z') + b\, tr(M Z Z' M Z Z')

which are solved for a and b. A sum of t_i e_i then has the variance of independent rows times the design effect
1 + rho (sum over entities of (sum t)^2 - sum t^2) / sum t^2, Moulton's factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from genloss.advise.forecasts.worlds.protocol import Array, Assumption, Places, tested

LIKE, FEWEST = 0.95, 10
_LATENT = np.linspace(0.0, LIKE, 39)
_NODES, _MASS = np.polynomial.hermite_e.hermegauss(40)


@dataclass(frozen=True, eq=False)
class Clusters:
    """Entities of the given rows, (T,), 0, 1, ..., and rho, how alike what is left of rows of one entity is."""

    entities: Places
    alike: float

    @property
    def sizes(self) -> Array:
        """Rows of each entity."""
        return np.bincount(self.entities).astype(float)

    def effects(self, along: Array) -> Array:
        """Return the design effect of sums of along_i e_i, (k,), for along (T, k): at least 1 - rho."""
        each = np.zeros((self.sizes.size, along.shape[1]))
        np.add.at(each, self.entities, along)
        squares = (along**2).sum(axis=0)
        return np.asarray(1 + self.alike * ((each**2).sum(axis=0) / np.maximum(squares, 1e-300) - 1))

    def assumption(self) -> Assumption:
        """Whether there are enough entities to believe what they say together."""
        sizes = self.sizes
        rows = float((sizes**2).sum() / sizes.sum())
        effect = 1 + self.alike * (rows - 1)
        found = (
            f"{sizes.size} for {sizes.sum():g} rows, at least {FEWEST} are asked for; what a fit leaves of two rows of "
            f"one entity correlates by {self.alike:.2g}: a mean varies as that of {effect:.3g} times fewer rows (the "
            "design effect), which is counted"
        )
        return tested("enough entities", sizes.size >= FEWEST, found)


def clusters(residuals: Array, design: Array, entities: Places) -> tuple[Clusters, float]:
    """Return how alike residuals (T,) of a least squares fit to design (T, p) are within entities, and s^2.

    Status: unbiased moments for exchangeable residuals, cut off below 0. Checked by tests/unit/test_clusters.py.
    """
    q, _ = np.linalg.qr(design)
    sizes = np.bincount(entities).astype(float)
    s, left = np.zeros((sizes.size, q.shape[1])), np.bincount(entities, weights=residuals)
    np.add.at(s, entities, q)
    own, shared = len(q) - q.shape[1], float(len(q) - (s**2).sum())
    both = float((sizes**2).sum() - 2 * (sizes @ (s**2).sum(axis=1)) + ((s.T @ s) ** 2).sum())
    total, together = float(residuals @ residuals), float(left @ left)
    size = own * both - shared**2
    if size <= 1e-9 * own * both:  # every entity has one row
        return Clusters(entities, 0.0), total / own
    b = (own * together - shared * total) / size
    if b <= 0:
        return Clusters(entities, 0.0), total / own
    a = max((total - b * shared) / own, 0.0)
    return Clusters(entities, min(b / (a + b), LIKE)), a + b


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
