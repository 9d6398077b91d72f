"""Do the seeds of a published experiment give its printed digits? The same draws in the same order, fitted here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from genloss.reproductions.computed.part import Array, Part

SEEDS, ROWS, FEATURES, TESTED = 100, 100, 10, 1000
"""Seeds 0 to 99; inputs, and inputs on which the error on labels without noise is measured."""


def parts(settings: Mapping[str, Any]) -> list[Part]:
    """Return a part for each workflow: nothing is drawn by our own generators. settings: workflows and generations."""
    generations = tuple(settings["generations"])
    last = max(generations)
    return [
        Part(way, generations, known={g: float(_means(way, last)[g]) for g in generations})
        for way in settings["workflows"]
    ]


@cache
def _means(workflow: str, last: int) -> Array:
    """Return the mean test error of every fit over the seeds."""
    return np.asarray(np.mean([_errors(seed, last, keep=workflow == "accumulate") for seed in range(SEEDS)], axis=0))


def _errors(seed: int, last: int, *, keep: bool) -> list[float]:
    """Return the test errors of one seed: drawn are the truth, inputs, noise, test inputs, then noise by generation."""
    rng = np.random.RandomState(seed)  # the published draws are of the legacy generator
    truth, x = rng.randn(FEATURES), rng.randn(ROWS, FEATURES)
    first, test = rng.randn(ROWS), rng.randn(TESTED, FEATURES)
    solve, fit, total, found = np.linalg.pinv(x), truth, np.zeros(ROWS), []
    for g in range(last + 1):
        labels = x @ fit + (first if g == 0 else rng.randn(ROWS))
        total = total + labels if keep else labels
        fit = solve @ (total / (g + 1 if keep else 1))
        found.append(float(np.mean((test @ (fit - truth)) ** 2)))
    return found
