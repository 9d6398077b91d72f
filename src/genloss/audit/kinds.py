"""How are columns of words looked at? By how common each kind is in half of the real rows, and how many kinds come.

Kinds have places in their column, commonest first; what that half does not have is one place further than all of them.
Words are kept as keyed hashes, so that a state can be handed on without the values of a column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from genloss.audit.hashed_words import word_hashes
from genloss.audit.lens import CHANGED, DIFFERENCE, GAINED, HIGHER, LOSS, LOST, LOWER, SHIFT, Lens, Part, within
from genloss.audit.packed import packed, unpacked
from genloss.audit.scores import LARGE, blocks

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Words = NDArray[np.object_]

RARE = 0.1
"""Of rows: those whose rarest kind is rarest."""
COMMON, SLICES = 8, 32
"""How many of the commonest kinds are looked at one by one; of a column that was named, how many."""


@dataclass(frozen=True, eq=False)
class Column:
    """The kinds of one column. name: of the column. hashes (kinds,), counts (kinds,): commonest first."""

    name: str
    hashes: NDArray[np.uint64]
    counts: NDArray[np.int64]

    @property
    def rarity(self) -> Array:
        """Minus the logarithm of the share of each place, the last for what is not known, (kinds + 1,)."""
        return np.asarray(-np.log(np.append(self.counts, 0.5) / self.counts.sum()))

    def coded(self, words: Words, key: int) -> Places:
        """Return the place of each entry, (rows,)."""
        order = np.argsort(self.hashes)
        asked = word_hashes(words, key)
        found = np.minimum(np.searchsorted(self.hashes[order], asked), len(order) - 1)
        known = self.hashes[order][found] == asked
        return np.asarray(np.where(known, order[found], len(order)), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Kinds(Lens):
    """Rows of words (rows, columns) as scores. sliced: the place of a column whose kinds are looked at one by one."""

    kind: ClassVar[str] = "words"

    columns: tuple[Column, ...]
    key: int
    sliced: int | None = None

    def parts(self) -> Iterator[Part]:
        """Yield what is looked at in columns of words."""
        yield Part("kinds", "", LOSS, 1.0, "kinds", LOWER, None, DIFFERENCE)
        yield Part("kinds gained", "", SHIFT, 1.0, "kinds", HIGHER, None, DIFFERENCE)
        yield Part("rare kinds", "", LOSS, 1.0, "rarest", LOST, RARE)
        yield Part("rare kinds gained", "", SHIFT, 1.0, "rarest", GAINED, RARE)
        common = self._common()
        for column, place, share in common:
            name = self._named(column, place)
            yield Part("shares of kinds", name, SHIFT, 1 / len(common), f"is {name}", CHANGED, self._cut(share))
        slices = self._slices()
        for column, place, share in slices:
            name = self._named(column, place)
            yield Part("slices", name, LOSS, 1 / len(slices), f"is {name}", LOST, self._cut(share))

    def scores(self, rows: Words) -> Mapping[str, Array]:
        """Return scores of rows of words."""
        places = self.coded(rows)
        found = {"kinds": variety(places), "rarest": self._rarest(places)}
        for column, place, _ in (*self._common(), *self._slices()):
            found[f"is {self._named(column, place)}"] = np.asarray(places[:, column] == place, dtype=float)
        return found

    def coded(self, rows: Words) -> Places:
        """Return the place of every entry, (rows, columns)."""
        return np.column_stack([each.coded(words, self.key) for each, words in zip(self.columns, rows.T, strict=True)])

    def _rarest(self, places: Places) -> Array:
        parts = [each.rarity[column] for each, column in zip(self.columns, places.T, strict=True)]
        return np.asarray(np.max(parts, axis=0))

    def _shares(self) -> Iterator[tuple[float, int, int]]:
        for number, column in enumerate(self.columns):
            for place, count in enumerate(column.counts):
                yield float(count / column.counts.sum()), number, place

    def _common(self) -> list[tuple[int, int, float]]:
        """Return column, place and share of the commonest kinds that less than all rows have."""
        found = sorted(((-share, number, place) for share, number, place in self._shares() if 0.02 < share < 0.98))
        return [(number, place, -share) for share, number, place in found[:COMMON]]

    def _slices(self) -> list[tuple[int, int, float]]:
        every = [(n, place, share) for share, n, place in self._shares() if n == self.sliced and 0 < share < 1]
        return every[:SLICES]

    def _cut(self, share: float) -> float:
        return within(share, int(self.columns[0].counts.sum()))

    def _named(self, column: int, place: int) -> str:
        return f"{self.columns[column].name}, kind {place + 1}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: names of columns, hashes and counts of kinds."""
        columns = [{"name": c.name, "hashes": packed(c.hashes), "counts": packed(c.counts)} for c in self.columns]
        return {"columns": columns, "key": self.key, "sliced": self.sliced}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        every = data["columns"]
        columns = tuple(Column(c["name"], unpacked(c["hashes"]), unpacked(c["counts"])) for c in every)
        return cls(columns, int(data["key"]), data["sliced"])


def kinds_of(names: tuple[str, ...], rows: Words, key: int, sliced: str | None = None) -> Kinds:
    """Order the kinds of each column (rows, columns) by how common they are.

    >>> found = kinds_of(("color",), np.array([["a"], ["b"], ["b"]], dtype=object), 1)
    >>> found.coded(np.array([["b"], ["a"], ["c"]], dtype=object)).ravel().tolist()
    [0, 1, 2]
    """
    columns = []
    for name, words in zip(names, rows.T, strict=True):
        counted = sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))
        hashes = word_hashes(np.array([kind for kind, _ in counted], dtype=object), key)
        columns.append(Column(name, hashes, np.array([count for _, count in counted], dtype=np.int64)))
    return Kinds(tuple(columns), key, names.index(sliced) if sliced in names else None)


def variety(places: Places) -> Array:
    """Return for each large block how many kinds it has, summed over columns, (blocks,)."""
    parts = np.sort(blocks(places.astype(float), LARGE), axis=1)
    return np.asarray((1.0 + (np.diff(parts, axis=1) > 0).sum(axis=1)).sum(axis=1))
