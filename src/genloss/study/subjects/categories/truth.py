"""Which probabilities do the settings of a population of categories describe?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem

Array = NDArray[np.float64]


@lru_cache(maxsize=64)
def known_truth(population: str) -> Array:
    """Return what `truth_of` does for settings as plain text, not to be changed; many cells have the same."""
    found = truth_of(json.loads(population))
    found.flags.writeable = False
    return found


def truth_of(population: Mapping[str, Any]) -> Array:
    """Return the probabilities that a population's settings describe."""
    if population["kind"] == "zipf":
        weights = np.arange(1, population["categories"] + 1, dtype=float) ** -population["exponent"]
        return np.asarray(weights / weights.sum())
    given = np.array(population["probabilities"], dtype=float)
    if abs(given.sum() - 1) > 1e-9:
        raise Problem("population.probabilities", f"they add up to {given.sum():g}", "give numbers that add up to 1")
    return given
