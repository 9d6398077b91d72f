"""What has a fit of categories lost: how different are two of its rows, and what does it not have any more?"""

from __future__ import annotations

import numpy as np

from genloss.metrics import diversity
from genloss.metrics.evidence import Array


def heterozygosity(*, fitted_shares: Array) -> Array:
    """Probability that two rows of the fit differ, 1 - sum p^2."""
    return diversity.heterozygosity(fitted_shares)


def entropy(*, fitted_shares: Array) -> Array:
    """Shannon entropy of the fit, nats."""
    return diversity.entropy(fitted_shares)


def distinct(*, fitted_shares: Array) -> Array:
    """Categories that the fit still has."""
    return np.asarray(diversity.distinct(fitted_shares), dtype=float)


def lost_mass(*, fitted_shares: Array, true_shares: Array) -> Array:
    """Probability that a real row is one that the fit has lost."""
    return np.asarray(((fitted_shares == 0) * true_shares).sum(axis=-1))


def total_variation(*, fitted_shares: Array, true_shares: Array) -> Array:
    """Half the sum of |fitted - true share|, from 0 to 1."""
    return np.asarray(np.abs(fitted_shares - true_shares).sum(axis=-1) / 2)


def wasserstein_distance(*, fitted_shares: Array, true_shares: Array) -> Array:
    """Wasserstein-1 distance of the fit from the truth, categories at equal distances, in real standard deviations."""
    places = np.arange(true_shares.shape[-1])
    spread = np.sqrt((true_shares * places**2).sum(axis=-1) - (true_shares * places).sum(axis=-1) ** 2)
    off = np.cumsum(fitted_shares - true_shares, axis=-1)
    return np.asarray(np.abs(off).sum(axis=-1) / spread)
