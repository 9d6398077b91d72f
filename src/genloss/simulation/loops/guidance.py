"""Draw guided samples of normal classes by integrating the sampler numerically, fit the classes again, repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.simulation import loop
from genloss.workflows import NAMED, Batch, Use

Array = NDArray[np.float64]

__all__ = ["guided_chain", "guided_samples"]

_FAR, _NEAR = 1e7, 1e-6  # noise variances between which steps are taken, of the pooled and the within-class variance


def guided_samples(
    means: Array,
    within: float,
    between: float,
    *,
    guidance: float,
    sampler: str,
    count: int,
    rng: np.random.Generator,
    cutoff: float = 0.0,
    steps: int = 1000,
) -> Array:
    """Return samples of every class, (classes, count), under the score (1 + w) conditional - w unconditional.

    means: (classes,); within: s; between: tau of the law that the unconditional model knows, N(0, s^2 + tau^2).
    "ode": Heun's method on dx/d sigma = -sigma score, sigma^2 = t; "sde": Euler-Maruyama on the reverse SDE; both
    in even steps of the logarithm of the noise variance t, of error (1 / steps)^2 and 1 / steps.
    "tilt": drawn from its normal law. cutoff: as in `theory.guidance.guided`.
    """
    if sampler not in ("ode", "sde", "tilt"):
        raise Problem("sampler", f"{sampler!r}", 'give "ode", "sde" or "tilt"')
    s2, pooled = within**2, within**2 + between**2
    shape = (means.size, count)
    if sampler == "tilt":
        spread = 1 / ((1 + guidance) / s2 - guidance / pooled)
        return np.asarray((1 + guidance) / s2 * spread * means[:, None] + np.sqrt(spread) * rng.standard_normal(shape))
    x = np.sqrt(_FAR * pooled) * rng.standard_normal(shape)
    times = np.geomspace(_FAR * pooled, _NEAR * s2, steps + 1)
    if cutoff > 0:
        times = np.sort(np.append(times, np.clip(cutoff, times[-1], times[0])))[::-1]

    def score(x: Array, t: float, before: float) -> Array:
        w = guidance if before > cutoff else 0.0  # `before`: the step's earlier end, which decides the whole step
        return np.asarray(-(1 + w) * (x - means[:, None]) / (s2 + t) + w * x / (pooled + t))

    for t, later in zip(times[:-1].tolist(), times[1:].tolist(), strict=True):
        size = t - later
        if sampler == "sde":
            x = x + size * score(x, t, t) + np.sqrt(size) * rng.standard_normal(shape)
            continue
        level, lower = np.sqrt(t), np.sqrt(later)  # the flow is nearly straight in the noise's standard deviation
        slope = level * score(x, t, t)
        ahead = lower * score(x + (level - lower) * slope, later, t)
        x = x + (level - lower) / 2 * (slope + ahead)
    return np.asarray(x, dtype=float)


def guided_chain(
    within: float,
    between: float,
    *,
    guidance: float,
    sampler: str,
    classes: int,
    count: int,
    generations: int,
    rng: np.random.Generator,
    unconditional: float = 0.0,
    cutoff: float = 0.0,
    steps: int = 1000,
) -> tuple[Array, Array]:
    """Return the fitted s and tau of every generation, (generations + 1,) each; generation 0 is fitted to real samples.

    Each generation draws `count` samples of every class, a share `unconditional` of them from the pooled law without
    guidance, and fits class means, one within-class variance and the variance of means (its noise taken off).
    """
    mixed = round(unconditional * count)

    def drawn(batch: Batch, fits: Sequence[_Classes]) -> Array:
        if batch.real:
            real = between * rng.standard_normal(classes)
            return np.asarray(real[:, None] + within * rng.standard_normal((classes, count)))
        fit = fits[-1]
        data = guided_samples(
            fit.means,
            fit.within,
            fit.between,
            guidance=guidance,
            sampler=sampler,
            count=count,
            rng=rng,
            cutoff=cutoff,
            steps=steps,
        )
        pooled = np.sqrt(fit.within**2 + fit.between**2)
        data[:, :mixed] = pooled * rng.standard_normal((classes, mixed))
        return data

    def fitted(g: int, uses: Sequence[Use], kept: Mapping[int, Array], _fits: Sequence[_Classes]) -> _Classes:
        return _fit(kept[uses[0].batches[0]], g)

    chain = list(loop.generations(NAMED["replace"](count).compile(generations), drawn, fitted))
    return np.array([fit.within for fit in chain]), np.array([fit.between for fit in chain])


@dataclass(frozen=True, eq=False)
class _Classes:
    """Fitted class means about their mean, (classes,), the deviation within classes and that of their means."""

    means: Array
    within: float
    between: float


def _fit(data: Array, generation: int) -> _Classes:
    """Fit class means, one within-class variance and the variance of means, its noise taken off."""
    means = data.mean(axis=1)
    inside = float(data.var(axis=1, ddof=1).mean())
    outside = float(means.var(ddof=1)) - inside / data.shape[1]
    if outside <= 0:
        raise Problem(
            "between",
            f"class means of generation {generation} differ by no more than their noise",
            "give more samples or classes",
        )
    return _Classes(means - means.mean(), float(np.sqrt(inside)), float(np.sqrt(outside)))
