"""How far is a fit that is centers and normal noise from a truth that is a mixture of normal parts?

centers: (..., rows). weights: of mean 1, (..., rows), or (1,) where all rows count alike. deviation: of the noise,
(...). part_*: of the truth, (parts,).
"""

from __future__ import annotations

import numpy as np

from genloss.metrics.evidence import Array

_POINTS = 2049
_REACH = 6.0  # deviations of a part beyond which it has no mass


def variance_left(
    *,
    kernel_centers: Array,
    kernel_weights: Array,
    kernel_deviation: Array,
    part_weights: Array,
    part_means: Array,
    part_deviations: Array,
) -> Array:
    """Variance of a row of the fit over that of a row of the truth."""
    second = _central(kernel_centers, kernel_weights, 2) + kernel_deviation**2
    return np.asarray(second / _true_variance(part_weights, part_means, part_deviations))


def kurtosis(*, kernel_centers: Array, kernel_weights: Array, kernel_deviation: Array) -> Array:
    """Kurtosis of a row of the fit, 3 for a normal law: how heavy its tails are."""
    second, fourth = (_central(kernel_centers, kernel_weights, power) for power in (2, 4))
    noise = kernel_deviation**2
    return np.asarray((fourth + 6 * second * noise + 3 * noise**2) / (second + noise) ** 2)


def wave_left(
    *,
    kernel_centers: Array,
    kernel_weights: Array,
    kernel_deviation: Array,
    part_weights: Array,
    part_means: Array,
    part_deviations: Array,
    frequency: float,
) -> Array:
    """Real part of the fit's characteristic function over the truth's, at a frequency: how much of the wave is left."""
    fitted = (kernel_weights * np.exp(1j * frequency * kernel_centers)).mean(axis=-1)
    blur = np.exp(-((frequency * kernel_deviation) ** 2) / 2)
    true = (part_weights * np.exp(1j * frequency * part_means - (frequency * part_deviations) ** 2 / 2)).sum()
    return np.asarray((fitted * blur / true).real)


def transport_distance(
    *,
    kernel_centers: Array,
    kernel_weights: Array,
    kernel_deviation: Array,
    part_weights: Array,
    part_means: Array,
    part_deviations: Array,
) -> Array:
    """Wasserstein-1 distance of the fit from the truth over the truth's standard deviation.

    The area between distribution functions on 2,049 points; centers between two points are shared by both.
    """
    from scipy.special import ndtr  # loaded where it is needed

    low = min((part_means - _REACH * part_deviations).min(), (kernel_centers.min(-1) - _REACH * kernel_deviation).min())
    high = max(
        (part_means + _REACH * part_deviations).max(), (kernel_centers.max(-1) + _REACH * kernel_deviation).max()
    )
    x = np.linspace(low, high, _POINTS)
    true = (part_weights * ndtr((x[:, None] - part_means) / part_deviations)).sum(axis=-1)
    centers = kernel_centers.reshape(-1, kernel_centers.shape[-1])
    weights = np.broadcast_to(kernel_weights, kernel_centers.shape).reshape(centers.shape)
    deviation = np.sqrt(_true_variance(part_weights, part_means, part_deviations))
    found = [
        np.trapezoid(np.abs(_function(c, w, float(h), x) - true), x) / deviation
        for c, w, h in zip(centers, weights, np.ravel(kernel_deviation), strict=True)
    ]
    return np.asarray(found).reshape(kernel_centers.shape[:-1])


def _function(centers: Array, weights: Array, deviation: float, x: Array) -> Array:
    """Distribution function at points: the centers' masses at points, spread by a normal law in one convolution."""
    from scipy.special import ndtr

    step = x[1] - x[0]
    place = (centers - x[0]) / step
    left = np.minimum(place.astype(np.int64), x.size - 2)
    right = place - left
    mass = np.bincount(left, weights * (1 - right), x.size) + np.bincount(left + 1, weights * right, x.size)
    mass = mass / weights.sum()
    offsets = step * np.arange(1 - x.size, x.size)
    spread = ndtr(offsets / deviation) if deviation > 0 else np.heaviside(offsets, 0.5)
    size = 4 * (x.size - 1)
    together = np.fft.irfft(np.fft.rfft(mass, size) * np.fft.rfft(spread, size), size)
    return np.asarray(together[x.size - 1 : 2 * x.size - 1])


def _central(centers: Array, weights: Array, power: int) -> Array:
    """Central moment of the centers."""
    mean = (weights * centers).mean(axis=-1, keepdims=True)
    return np.asarray((weights * (centers - mean) ** power).mean(axis=-1))


def _true_variance(weights: Array, means: Array, deviations: Array) -> float:
    center = weights @ means
    return float(weights @ (deviations**2 + (means - center) ** 2))
