"""How do words become numbers that say what was lost? By how common they are in half of the real rows.

Places of kinds in their column, commonest first; what that half does not have is one place further than all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.audit.scores import LARGE, blocks

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Kinds = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Coding:
    """places: of each kind, by column. rarity: of each place minus the logarithm of its share, by column."""

    places: tuple[Mapping[str, int], ...]
    rarity: tuple[Array, ...]

    def coded(self, kinds: Kinds) -> Places:
        """Return the place of every entry, (rows, columns)."""
        every = [
            [known.get(kind, len(known)) for kind in column] for known, column in zip(self.places, kinds.T, strict=True)
        ]
        return np.array(every, dtype=int).reshape(len(self.places), len(kinds)).T

    def rarest(self, places: Places) -> Array:
        """Return how rare the rarest kind of each row is, (rows,)."""
        parts = [of_kind[column] for of_kind, column in zip(self.rarity, places.T, strict=True)]
        return np.asarray(np.max(parts, axis=0)) if parts else np.zeros(len(places))

    def commonest(self, most: int) -> list[tuple[int, int]]:
        """Return column and place of the commonest kinds, at most so many, that less than all rows have."""
        shares = [
            (float(np.exp(-rarity)), column, place)
            for column, of_kind in enumerate(self.rarity)
            for place, rarity in enumerate(of_kind[:-1])
        ]
        return [(column, place) for share, column, place in sorted(shares, reverse=True) if 0.02 < share < 0.98][:most]


def coding_of(kinds: Kinds) -> Coding:
    """Order the kinds of each column (rows, columns) by how common they are.

    >>> found = coding_of(np.array([["a"], ["b"], ["b"]], dtype=object))
    >>> found.coded(np.array([["b"], ["a"], ["c"]], dtype=object)).ravel().tolist()
    [0, 1, 2]
    """
    places, rarity = [], []
    for column in kinds.T:
        counted = sorted(Counter(column).items(), key=lambda item: (-item[1], item[0]))
        places.append({kind: place for place, (kind, _) in enumerate(counted)})
        rarity.append(-np.log(np.array([*(count for _, count in counted), 0.5]) / len(kinds)))
    return Coding(tuple(places), tuple(rarity))


def variety(places: Places) -> Array:
    """Return for each large block how many kinds it has, summed over columns, (blocks,)."""
    parts = blocks(places.astype(float), LARGE)
    return np.array([float(sum(len(np.unique(column)) for column in block.T)) for block in parts])
