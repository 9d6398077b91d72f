"""How much of what a generation was trained on descends from real rows directly, and how much through how many models?

Let s_g(0) be the share of the rows of generation g that are real, and w_g(k) the share that generation k made. Then

    s_g(m) = sum over k of w_g(k) s_k(m - 1),   m >= 1,

so that s_g sums to 1. Shares of the loss follow the same rule with weights in the place of numbers of rows. What a
model from outside made is unknown: it passed one model at least.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.ledger.record import REAL, Data, Generation, Part, Record

Weights = Callable[[Generation], list[float] | None]


@dataclass(frozen=True, slots=True)
class Descent:
    """Shares by number of models passed, from 0 on, and the share of which that is not known; they sum to 1."""

    shares: tuple[float, ...]
    unknown: float

    @property
    def real(self) -> float:
        """The share of real rows."""
        return self.shares[0]

    @property
    def mean(self) -> float:
        """The mean number of models passed; what is unknown counts as one, the least it can be."""
        return float(np.dot(np.arange(len(self.shares)), self.shares)) + self.unknown


def by_rows(generation: Generation) -> list[float] | None:
    """Return the share of the rows of each part."""
    total = sum(part.rows for part in generation.parts)
    return [part.rows / total for part in generation.parts]


def by_loss(generation: Generation) -> list[float] | None:
    """Return the share of the loss of each part; None where it is not said."""
    given = [part.weight for part in generation.parts]
    return None if None in given else [weight for weight in given if weight is not None]


def descents(record: Record, weights: Weights) -> list[Descent | None]:
    """Return the descent of each generation; None where its shares, or those of a model before it, are not known."""
    found: dict[str, tuple[NDArray[np.float64], float] | None] = {}
    for generation in record.generations:
        shares = weights(generation)
        found[generation.name] = (
            None if shares is None else _one(generation.parts, shares, record.data, found, len(found) + 1)
        )
    return [None if each is None else _kept(*each) for each in found.values()]


def _one(
    parts: tuple[Part, ...],
    weights: list[float],
    data: Mapping[str, Data],
    before: Mapping[str, tuple[NDArray[np.float64], float] | None],
    length: int,
) -> tuple[NDArray[np.float64], float] | None:
    shares, unknown = np.zeros(length), 0.0
    for part, weight in zip(parts, weights, strict=True):
        for maker in data[part.data].made_by:
            share = weight * maker.share
            if maker.who == REAL:
                shares[0] += share
            elif maker.who not in before:
                unknown += share
            else:
                parent = before[maker.who]
                if parent is None:
                    return None
                shares[1 : parent[0].size + 1] += share * parent[0]
                unknown += share * parent[1]
    return shares, unknown


def _kept(shares: NDArray[np.float64], unknown: float) -> Descent:
    """Leave out the depths that no row has, beyond the deepest."""
    last = int(np.flatnonzero(shares)[-1]) if shares.any() else 0
    return Descent(tuple(shares[: last + 1].tolist()), unknown)
