"""What did generations lose that nobody thought of? Directions and regions in which earlier ones were short of rows.

After generations 1 to 8, 10, 12, 14, 17, ... it is looked up where the last few lost most: along which direction they
varied least, in which half of the directions, to which side their mean moved, in which balls around real rows some are
missing. What was found is frozen and asked of later generations only, which had no part in finding it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from genloss.audit.packed import packed, unpacked
from genloss.audit.scores import SMALL, blocks

Array = NDArray[np.float64]

AXES = 48
"""Axes of largest variance among which directions are looked for."""
MEMORY, MEMORY_OF_REGIONS = 0.75, 0.2
"""What an earlier generation counts, beside the next one, where it is looked for what is being lost: directions, which
want many rows, and regions, which may be lost from one generation to the next."""
_LEAST = 1e-4
_SHARES = 1.2588  # the sum of (j + 2) to the power -3/2 over j from 1 on, rounded up


def learns_after(generation: int) -> bool:
    """Whether something new is looked for after this generation.

    >>> [g for g in range(1, 30) if learns_after(g)]
    [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 29]
    """
    at = 1
    while at < generation:
        at = max(at + 1, round(at * 6 / 5))
    return at == generation


def place_of(generation: int) -> int:
    """Return the how-manieth time it is that something is learned, from 1."""
    return sum(learns_after(g) for g in range(1, generation + 1))


def share_of(place: int) -> float:
    """Return the share of a metric's weight of what is learned the how-manieth time; they add up to less than 1."""
    return float((place + 2) ** -1.5 / _SHARES)


@dataclass(frozen=True, eq=False)
class Recent:
    """What recent generations were like, together. count: of rows, decayed. total (k,), squares (k, k): sums of rows
    and of their products along leading axes. looked: rows, sooner decayed, of which so many lie in each of overlapping
    balls, regions (balls,)."""

    count: float
    total: Array
    squares: Array
    looked: float
    regions: Array

    @classmethod
    def none(cls, axes: int, regions: int) -> Self:
        """Before any generation."""
        return cls(0.0, np.zeros(axes), np.zeros((axes, axes)), 0.0, np.zeros(regions))

    def then(self, turned: Array, inside: Array) -> Recent:
        """Return what it becomes with one more generation: rows along leading axes, and how many lie in each ball."""
        centered = turned - turned.mean(axis=0)
        return Recent(
            MEMORY * self.count + len(turned),
            MEMORY * self.total + turned.sum(axis=0),
            MEMORY * self.squares + centered.T @ centered,
            MEMORY_OF_REGIONS * self.looked + len(turned),
            MEMORY_OF_REGIONS * self.regions + inside,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        arrays = {name: packed(getattr(self, name)) for name in ("total", "squares", "regions")}
        return {"count": self.count, "looked": self.looked} | arrays

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        total, squares, regions = (unpacked(data[name]) for name in ("total", "squares", "regions"))
        return cls(float(data["count"]), total, squares, float(data["looked"]), regions)


@dataclass(frozen=True, eq=False)
class Learned:
    """What was frozen after a generation. least (k,): the direction of least variance. lower (k, q): the directions of
    the lower half of variances. side (k,): to which the mean moved. missing (balls,): how short of rows each is."""

    after: int
    least: Array
    lower: Array
    side: Array
    missing: Array

    @property
    def name(self) -> str:
        """By which its scores are known."""
        return f"learned after {self.after}"

    def scores(self, turned: Array) -> dict[str, Array]:
        """Return scores of rows along leading axes (rows, k)."""
        least = blocks(turned @ self.least, SMALL).var(axis=1, ddof=1)
        lower = blocks(turned @ self.lower, SMALL).var(axis=1, ddof=1)
        return {
            f"{self.name}, least": np.log(np.maximum(least, _LEAST)),
            f"{self.name}, lower half": np.log(np.maximum(lower, _LEAST)).mean(axis=1),
            f"{self.name}, side": turned @ self.side,
        }

    def shortage(self, nearest: NDArray[np.int64]) -> Array:
        """Return how short of rows the balls around each row were, (rows,). nearest (rows, some): these balls."""
        return np.asarray(self.missing[nearest].mean(axis=1))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        arrays = {name: packed(getattr(self, name)) for name in ("least", "lower", "side", "missing")}
        return {"after": self.after} | arrays

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        return cls(int(data["after"]), *(unpacked(data[name]) for name in ("least", "lower", "side", "missing")))


def learned(after: int, recent: Recent, mean: Array, real: Array) -> Learned:
    """Look for what recent generations are short of. mean (k,): of the rows that fitted the axes, of variance 1 along
    each. real (balls,): shares of these rows in each ball."""
    values, vectors = np.linalg.eigh(recent.squares / recent.count)
    order = np.argsort(values, kind="stable")
    half = vectors[:, order[: max(1, len(values) // 2)]]
    away = recent.total / recent.count - mean
    length = float(np.linalg.norm(away))
    side = away / length if length > 0 else vectors[:, order[0]]
    missing = np.log((recent.looked * real + 1) / (recent.regions + 1))
    return Learned(after, _signed(vectors[:, order[0]]), half, side, missing)


def _signed(direction: Array) -> Array:
    """Return a direction whose largest part is positive: which of two signs an algorithm returns is its own affair."""
    return np.asarray(direction * np.sign(direction[np.argmax(np.abs(direction))]))
