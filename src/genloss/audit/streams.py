"""Which streams of counts are looked at, with which share of the chance of a false alarm?

Every stream has its scores, the cells into which they fall, and the laws that it looks for. Streams see the same rows
in other ways, so their evidence is neither multiplied nor averaged: each has a weight, weights add up to 1, and a
stream alarms where its evidence times its weight reaches 1 / alpha.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from genloss.audit.alternatives import GAINED as MORE
from genloss.audit.alternatives import LOST as LESS
from genloss.audit.alternatives import scaled, tilted
from genloss.audit.cells import PER_CELL, Cells, cells, tail_cells
from genloss.audit.hashed_words import tie_breaks
from genloss.audit.lens import CHANGED, DIFFERENCE, EITHER, GAINED, HIGHER, LOST, LOWER, Part
from genloss.audit.moments import Moments
from genloss.audit.packed import packed, unpacked
from genloss.audit.process import Others
from genloss.audit.wording import WEIGHTS as OF_TEXTS

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Hashes = NDArray[np.uint64]

WEIGHTS: Mapping[str, float] = {
    "variance": 0.20, "learned variance": 0.12, "spread": 0.04, "tail": 0.10, "tail gained": 0.03, "coverage": 0.05,
    "learned region": 0.20, "recall": 0.06, "diversity": 0.07, "location": 0.07, "learned location": 0.03,
    "unsupported": 0.03, "kinds": 0.06, "kinds gained": 0.03, "rare kinds": 0.05, "rare kinds gained": 0.02,
    "shares of kinds": 0.04, "slices": 0.10, "loss": 0.10,
    **OF_TEXTS,
}  # fmt: skip
"""Of every metric beside the others; those that are there are scaled to add up to 1, and shared by their streams."""
CELLS, MANY_CELLS, MANY = 12, 16, 1000


def _few(factors: tuple[float, ...]) -> Others:
    def others(balls: Array, drawn: int) -> Array:
        del drawn
        return scaled(balls, factors)

    return others


LAWS: Mapping[str, Others] = {
    LOWER: partial(tilted, sides=(-1,)),
    HIGHER: partial(tilted, sides=(1,)),
    EITHER: partial(tilted, sides=(-1, 1)),
    LOST: _few(LESS),
    GAINED: _few(MORE),
    CHANGED: _few((*LESS, *MORE)),
}
"""Of every word for what is looked for, the other laws."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of one stream in one generation. counts (K,): by cell. material (K,): as if the loss that is tolerated
    had been given back; none where no tolerance is asked of it. confirm, confirming: of moved or stretched rows."""

    counts: Counts
    moments: Moments
    material: Counts | None = None
    confirm: Counts | None = None
    confirming: Moments | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, without what is not there."""
        found: dict[str, Any] = {"counts": self.counts.tolist(), "moments": self.moments.to_list()}
        if self.material is not None:
            found["material"] = self.material.tolist()
        if self.confirm is not None and self.confirming is not None:
            found |= {"confirm": self.confirm.tolist(), "confirming": self.confirming.to_list()}
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        material, confirm = (np.array(data[n], dtype=np.int64) if n in data else None for n in ("material", "confirm"))
        confirming = Moments(*data["confirming"]) if "confirming" in data else None
        moments = Moments(*data["moments"])
        return cls(np.array(data["counts"], dtype=np.int64), moments, material, confirm, confirming)


@dataclass(frozen=True, eq=False)
class Stream:
    """One stream of counts. number: by which ties are broken. own: moments of the reference's scores. since: the
    generation after which it was learned, 0 where it was there from the first."""

    part: Part
    number: int
    weight: float
    cells: Cells
    own: Moments
    since: int = 0

    @property
    def others(self) -> Others:
        """The other laws that are looked for."""
        return LAWS[self.part.law]

    def scored(self, scores: Mapping[str, Array], hashes: Hashes, lost: float | None) -> Scored:
        """Count a generation's scores. hashes: of its rows, in their order. lost: the loss that is tolerated."""
        plain = scores[self.part.key]
        numbers = partial(self._numbers, plain, hashes)
        material = confirm = confirming = None
        if lost is not None and self.part.law == LOWER:
            material = self.cells.counts(plain + (lost if self.part.unit == DIFFERENCE else -np.log1p(-lost)), numbers)
        if self.part.confirm:
            stretched = scores[self.part.confirm]
            confirm, confirming = self.cells.counts(stretched, numbers), Moments.of(stretched)
        return Scored(self.cells.counts(plain, numbers), Moments.of(plain), material, confirm, confirming)

    def _numbers(self, scores: Array, hashes: Hashes) -> Array:
        return numbers_of(scores, hashes, self.number)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        part = {each.name: getattr(self.part, each.name) for each in fields(self.part)}
        cut = {"cuts": packed(self.cells.cuts), "gaps": self.cells.gaps.tolist()}
        more = {"number": self.number, "weight": self.weight, "since": self.since}
        return {"part": part} | more | cut | {"own": self.own.to_list()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        cut = Cells(unpacked(data["cuts"]), np.array(data["gaps"], dtype=np.int64))
        part, own = Part(**data["part"]), Moments(*data["own"])
        return cls(part, int(data["number"]), float(data["weight"]), cut, own, int(data["since"]))


def numbers_of(scores: Array, hashes: Hashes, number: int) -> Array:
    """Return a number for each score by which ties are broken: that of its row, or of the first of its block."""
    size = max(1, len(hashes) // len(scores)) if len(scores) else 1
    return tie_breaks(hashes[: size * len(scores) : size], number)


def weights_of(metrics: Iterable[str], weights: Mapping[str, float] = WEIGHTS) -> dict[str, float]:
    """Return the weight of each metric that is there; they add up to 1."""
    there = sorted(set(metrics))
    whole = sum(weights[each] for each in there)
    return {each: weights[each] / whole for each in there}


def streams_of(
    parts: Iterable[Part], weights: Mapping[str, float], scores: Mapping[str, Array], hashes: Hashes, *,
    begin: int = 0, since: int = 0,
) -> Iterator[Stream]:  # fmt: skip
    """Cut cells at the scores of reference rows; streams for which these are too few are left out.

    begin: the number of the first stream. hashes: of reference rows, in their order.
    """
    for number, part in enumerate(parts, begin):
        own = scores[part.key]
        numbers = numbers_of(own, hashes, number)
        if len(own) < 2 * PER_CELL - 1 or (part.outside is not None and _too_few(part.outside, len(own))):
            continue
        if part.outside is None:
            found = cells(own, numbers, MANY_CELLS if len(own) >= MANY else CELLS)
        else:
            found = tail_cells(own, numbers, part.outside)
        yield Stream(part, number, part.share * weights[part.metric], found, Moments.of(own), since)


def _too_few(outside: float, rows: int) -> bool:
    """Whether so few reference rows lie outside that a loss of all could not be told."""
    return round(outside * (rows + 1)) < 1 or round(outside * (rows + 1)) > rows
