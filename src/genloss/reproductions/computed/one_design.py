"""Linear regression on one design: are the labels of earlier generations replaced, kept, or sampled from?

Every generation labels the same inputs by the fit before it, with new noise. What is followed is how far labels are
from the truth's, so that no truth need be drawn: least squares commutes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from genloss.reproductions.computed.part import Array, Part, Theory


def parts(settings: Mapping[str, Any]) -> list[Part]:
    """Return a part for each workflow. settings: rows, features, noise, generations (generation 0 is the first fit)."""
    generations = tuple(settings["generations"])
    rows, features, noise = settings["rows"], settings["features"], float(settings["noise"])
    ways: Mapping[str, Callable[..., Array]] = {"replace": _replace, "accumulate": _accumulate, "subsample": _subsample}
    first = noise**2 * features / (rows - features - 1)
    growth: Mapping[str, Callable[[int], float]] = {
        "replace": lambda g: g + 1.0,
        "accumulate": lambda g: float(sum(1 / t**2 for t in range(1, g + 2))),
    }

    def theory(way: str) -> dict[int, Theory]:
        known = growth.get(way)
        return {} if known is None else {g: Theory(first * known(g), "exact", "one_design") for g in generations}

    return [
        Part(way, generations, draw=partial(_drawn, ways[way], rows, features, noise, generations), theory=theory(way))
        for way in settings["workflows"]
    ]


def _drawn(
    way: Callable[..., Array],
    rows: int,
    features: int,
    noise: float,
    generations: tuple[int, ...],
    rng: np.random.Generator,
    replicates: int,
) -> Array:
    """Return the excess risk, the squared error of the coefficients under isotropic inputs, by generation."""
    x = rng.standard_normal((replicates, rows, features))
    errors = way(x, noise, max(generations), rng)
    return np.asarray((errors[list(generations)] ** 2).sum(axis=-1))


def _fitted(x: Array, labels: Array) -> Array:
    """Least squares, replicate by replicate: x (replicates, rows, features), labels (replicates, rows)."""
    return np.asarray((np.linalg.pinv(x) @ labels[..., None])[..., 0])


def _labels(x: Array, error: Array, noise: float, rng: np.random.Generator) -> Array:
    """Return how far new labels are from the truth's, without noise."""
    return np.asarray((x @ error[..., None])[..., 0] + noise * rng.standard_normal(x.shape[:2]))


def _replace(x: Array, noise: float, last: int, rng: np.random.Generator) -> Array:
    return _on_means(x, noise, last, rng, keep=False)


def _accumulate(x: Array, noise: float, last: int, rng: np.random.Generator) -> Array:
    return _on_means(x, noise, last, rng, keep=True)


def _on_means(x: Array, noise: float, last: int, rng: np.random.Generator, *, keep: bool) -> Array:
    """Fit to the newest labels, or to the mean of all: on one design that is the fit to all rows."""
    solve, error, total = np.linalg.pinv(x), np.zeros((len(x), x.shape[2])), np.zeros(x.shape[:2])
    found = []
    for g in range(last + 1):
        labels = _labels(x, error, noise, rng)
        total = total + labels if keep else labels
        error = (solve @ (total / (g + 1 if keep else 1))[..., None])[..., 0]
        found.append(error)
    return np.array(found)


def _subsample(x: Array, noise: float, last: int, rng: np.random.Generator) -> Array:
    """Fit to as many rows as the design has, drawn without replacement from all labels so far."""
    replicates, rows, features = x.shape
    error, pool, found = np.zeros((replicates, features)), np.empty((replicates, 0)), []
    own = np.arange(replicates)[:, None]
    for _ in range(last + 1):
        pool = np.concatenate([pool, _labels(x, error, noise, rng)], axis=1)
        chosen = np.array([rng.choice(pool.shape[1], rows, replace=False) for _ in range(replicates)])
        error = _fitted(x[own, chosen % rows], pool[own, chosen])
        found.append(error)
    return np.array(found)
