"""Which kernels are known, and what do they need? One visible table; leading axes are replicates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a kernel's formula may use."""

    gamma: float
    degree: int
    coef0: float


def rbf(left: Array, right: Array, shape: Shape) -> Array:
    """exp(-gamma |x - z|^2), distances by one matrix product."""
    square = -2 * (left @ right.mT)
    square += (left**2).sum(axis=-1)[..., :, None]
    square += (right**2).sum(axis=-1)[..., None, :]
    np.maximum(square, 0.0, out=square)
    square *= -shape.gamma
    return np.asarray(np.exp(square, out=square))


def polynomial(left: Array, right: Array, shape: Shape) -> Array:
    """(gamma x.z + coef0)^degree."""
    return np.asarray((shape.gamma * (left @ right.mT) + shape.coef0) ** shape.degree)


def laplacian(left: Array, right: Array, shape: Shape) -> Array:
    """exp(-gamma |x - z|_1)."""
    from scipy.spatial.distance import cdist  # half a second that other kernels need not wait for

    if left.ndim == 2:
        return np.asarray(np.exp(-shape.gamma * cdist(left, right, "cityblock")))
    return np.array([laplacian(one, other, shape) for one, other in zip(left, right, strict=True)])


def arc_cosine(left: Array, right: Array, _: Shape) -> Array:
    """Wide networks of one layer of rectified units: |x||z| (sin u + (pi - u) cos u) / pi, u the angle."""
    size, cosine = _angles(left, right)
    return np.asarray(size * (np.sqrt(1 - cosine**2) + (np.pi - np.arccos(cosine)) * cosine) / np.pi)


def arc_cosine_steps(left: Array, right: Array, _: Shape) -> Array:
    """Wide networks of one layer of steps: 1 - u / pi, u the angle between x and z."""
    return np.asarray(1 - np.arccos(_angles(left, right)[1]) / np.pi)


def _angles(left: Array, right: Array) -> tuple[Array, Array]:
    """Product of the lengths, and the cosine of the angle; a row of zeros is at a right angle to all."""
    size = np.linalg.norm(left, axis=-1)[..., :, None] * np.linalg.norm(right, axis=-1)[..., None, :]
    cosine = np.divide(left @ right.mT, size, out=np.zeros_like(size), where=size > 0)
    return size, np.clip(cosine, -1.0, 1.0)


KERNELS: dict[str, Callable[[Array, Array, Shape], Array]] = {
    "rbf": rbf,
    "polynomial": polynomial,
    "laplacian": laplacian,
    "arc_cosine": arc_cosine,
    "arc_cosine_steps": arc_cosine_steps,
}
"""Every kernel by name; a new one is a function and a line here and below. The last two are of Cho and Saul (2009)."""

PARAMETERS: dict[str, tuple[str, ...]] = {
    "rbf": ("gamma",),
    "polynomial": ("degree", "gamma", "coef0"),
    "laplacian": ("gamma",),
    "arc_cosine": (),
    "arc_cosine_steps": (),
}
"""Which of `Shape` each kernel reads."""
