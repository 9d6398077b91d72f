"""What has the fit of a family lost: how far are its parameters off, and how much of the variance is left?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.metrics.evidence import Array, Spread


def standardized_error(*, law: Spread, estimates: Array, true_parameters: Array, first_rows: float) -> Array:
    """Squared error of the parameters in units of a first fit's: 1 at generation 0, for many rows."""
    off = law.whitened(_flat(estimates), true_parameters)
    return np.asarray(first_rows * (off**2).mean(axis=-1)).reshape(estimates.shape[:-1])


def variance_left(*, law: Spread, estimates: Array, true_parameters: Array) -> Array:
    """Variance of a row of the fit over that of a row of the truth: diversity left, 1 for none lost."""
    whole = float(law.row_variance(true_parameters[None])[0])
    left = np.maximum(law.row_variance(_flat(estimates)), 0.0) / whole
    return np.asarray(left).reshape(estimates.shape[:-1])


def log_variance(*, law: Spread, estimates: Array, true_parameters: Array) -> Array:
    """Logarithm of `variance_left`: what a typical chain does. Minus infinity where a chain has ended at a point."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(variance_left(law=law, estimates=estimates, true_parameters=true_parameters)))


def below_one_percent(*, law: Spread, estimates: Array, true_parameters: Array) -> Array:
    """Whether less than 1 % of the variance is left, 0 or 1: its mean is a share of chains."""
    left = variance_left(law=law, estimates=estimates, true_parameters=true_parameters)
    return np.asarray(left < 0.01, dtype=float)


def ended(*, ended: NDArray[np.bool_]) -> Array:
    """Whether the fit has left the interior of its family and stays, 0 or 1: its mean is a share of chains."""
    return np.asarray(ended, dtype=float)


def excess_log_loss(*, divergence: Array) -> Array:
    """Expected log loss of a real label under the fit, less that under the truth: the divergence, in nats a row."""
    return divergence


def squared_distance(*, distance: Array) -> Array:
    """Squared Wasserstein-2 distance of the fitted law from the truth, over the truth's variance."""
    return distance


def _flat(estimates: Array) -> Array:
    return estimates.reshape(-1, estimates.shape[-1])
