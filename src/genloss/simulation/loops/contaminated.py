"""Draw rows for ever from pools that hold real rows and rows of earlier fits: how far is each fit from the truth?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.simulation import loop
from genloss.simulation.families.runs import checked_replicates, refuse_many_rows
from genloss.workflows import NAMED, Batch, Use

Array = NDArray[np.float64]

__all__ = ["contaminated_run", "distance_of_rows"]

_GRID = 401  # places at which a kernel estimate is compared


def contaminated_run(
    real: int,
    synthetic: int,
    *,
    report: Sequence[int],
    replicates: int,
    rng: np.random.Generator,
    law: str = "normal",
    bandwidth: float = 0.0,
    power: float = 0.2,
) -> list[Array]:
    """Return the distance W1 of the fit to the truth in every reported round, each (replicates,).

    Every round adds `real` rows of the truth and `synthetic` rows of the last fit to all rows so far; round 0 has real
    rows alone. The fit is the empirical law of all rows (bandwidth 0), or their Gaussian kernel estimate of the
    bandwidth `bandwidth` x rows^-power. law: "normal" or "uniform", of mean 0 and variance 1.
    Cost: replicates x rows in memory. Errors: `Problem` where that is too much.
    """
    checked_replicates(replicates)
    if law not in ("normal", "uniform"):
        raise Problem("law", f"{law!r} is not a law", 'give "normal" or "uniform"')
    last = max(report)
    refuse_many_rows(2 * replicates * (real + last * (real + synthetic)), "contaminated_rounds")

    def width(pool: Array) -> float:
        return float(bandwidth * pool.shape[1] ** -power)

    def drawn(batch: Batch, fits: Sequence[Array]) -> Array:
        if batch.real:
            return _true_rows(law, rng, (replicates, batch.rows))
        pool = fits[-1]
        chosen = np.take_along_axis(pool, rng.integers(pool.shape[1], size=(replicates, batch.rows)), axis=1)
        return np.asarray(chosen + width(pool) * rng.standard_normal(chosen.shape) if bandwidth else chosen)

    def fitted(_g: int, _uses: Sequence[Use], kept: Mapping[int, Array], fits: Sequence[Array]) -> Array:
        new = [rows for b, rows in kept.items() if b not in seen]
        seen.update(kept)
        return np.concatenate([*fits[-1:], *new], axis=1)

    seen: set[int] = set()
    schedule = NAMED["accumulate_fresh"](real, synthetic).compile(last)
    found = {}
    for g, pool in enumerate(loop.generations(schedule, drawn, fitted, forget=np.empty((replicates, 0)))):
        if g in report:
            found[g] = _of_kernels(pool, width(pool), law) if bandwidth else distance_of_rows(pool, law)
    return [found[g] for g in report]


def distance_of_rows(rows: Array, law: str = "normal") -> Array:
    """Return the distance W1 between the empirical law of rows, (..., rows), and the truth, (...), exactly.

    The integral of |x - Q(u)| over the part of u that each row has in order, Q the truth's quantile function.

    >>> distance_of_rows(np.zeros((1, 4)), "uniform").round(6).tolist()
    [0.866025]
    """
    ordered = np.sort(rows, axis=-1)
    ends = np.linspace(0, 1, rows.shape[-1] + 1)
    low, high = ends[:-1], ends[1:]
    below, area = _distribution(law)
    kink = np.clip(below(ordered), low, high)
    sizes = ordered * (2 * kink - low - high) - 2 * area(kink) + area(low) + area(high)
    return np.asarray(sizes.sum(axis=-1))


def _of_kernels(pool: Array, width: float, law: str) -> Array:
    """Return the distance between kernel estimates and the truth, (replicates,), by a sum over places."""
    from scipy.special import ndtr

    below, _ = _distribution(law)
    places = np.linspace(-6, 6, _GRID)
    fitted = np.array([[ndtr((x - row) / width).mean() for x in places] for row in pool])
    return np.asarray(np.trapezoid(np.abs(fitted - below(places)), places, axis=1))


def _true_rows(law: str, rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.standard_normal(shape) if law == "normal" else rng.uniform(-np.sqrt(3), np.sqrt(3), shape)


def _distribution(law: str):  # type: ignore[no-untyped-def]
    """Return the truth's distribution function, and the integral of its quantile function from 0."""
    from scipy.special import ndtr, ndtri

    if law == "normal":
        return ndtr, lambda u: -np.exp(-(ndtri(u) ** 2) / 2) / np.sqrt(2 * np.pi)
    root = np.sqrt(3)
    return lambda x: np.clip((x / root + 1) / 2, 0, 1), lambda u: root * (u * u - u)
