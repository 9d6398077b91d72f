"""How are a given number of rows chosen evenly while all go by once?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.populations.draw import Array


class RowSample:
    """Keeps `rows` of all rows that go by, every set of so many as probable as any other; None keeps all.

    Every row is given a number from `rng` and the smallest stay, so that the choice depends on the
    generator and on the order of the rows, not on how they come in pieces. Memory: twice the rows kept and one piece.
    Where rows come with their entity, it is entities that are given numbers, and all rows of an entity stay or none.
    """

    def __init__(self, rows: int | None, rng: np.random.Generator | None) -> None:
        self._rows = rows
        self._rng = rng
        self._kept: list[tuple[Array, NDArray[np.int64], Array]] = []  # codes, row numbers, keys
        self._waiting = 0
        self._bound = np.inf
        self._entities = np.empty(0)  # the number that each entity was given
        self._whole = False

    @property
    def all(self) -> bool:
        """Whether every row is kept."""
        return self._rows is None

    def add(self, codes: Array, numbers: NDArray[np.int64], entities: NDArray[np.int64] | None = None) -> None:
        """Take in some rows of codes, (rows, columns), with their numbers and their entities 0, 1, ..., (rows,)."""
        if self._rows is None or self._rng is None:
            self._kept.append((codes, numbers, np.empty(0)))
            return
        keys = self._rng.random(len(codes)) if entities is None else self._of(entities, self._rng)
        near = keys < self._bound
        self._kept.append((codes[near], numbers[near], keys[near]))
        self._waiting += int(near.sum())
        if self._waiting > 2 * self._rows:
            self._settle(self._rows)

    def kept(self) -> tuple[Array, NDArray[np.int64]]:
        """Return the codes and numbers of the rows kept, in the order in which they came."""
        if self._rows is not None:
            self._settle(self._rows)
        self._kept = [self._joined()]
        codes, numbers, _ = self._kept[0]
        return codes, numbers

    def _of(self, entities: NDArray[np.int64], rng: np.random.Generator) -> Array:
        self._whole = True
        new = int(entities.max(initial=-1)) + 1 - self._entities.size
        if new > 0:
            self._entities = np.append(self._entities, rng.random(new))
        return np.asarray(self._entities[entities])

    def _settle(self, rows: int) -> None:
        codes, numbers, keys = self._joined()
        if len(keys) > rows and self._whole:
            # the first entity that is too many bounds what can still come; one that is larger than all is cut
            order = np.sort(keys)
            self._bound = float(order[rows])
            chosen = np.flatnonzero(keys < self._bound)
            chosen = chosen if chosen.size else np.flatnonzero(keys == order[0])[:rows]
            codes, numbers, keys = codes[chosen], numbers[chosen], keys[chosen]
        elif len(keys) > rows:
            chosen = np.sort(np.argpartition(keys, rows)[:rows]) if rows else np.empty(0, dtype=np.int64)
            self._bound = float(keys[chosen].max(initial=0.0))
            codes, numbers, keys = codes[chosen], numbers[chosen], keys[chosen]
        self._kept, self._waiting = [(codes, numbers, keys)], len(keys)

    def _joined(self) -> tuple[Array, NDArray[np.int64], Array]:
        codes, numbers, keys = zip(*self._kept, strict=True)
        return np.concatenate(codes), np.concatenate(numbers), np.concatenate(keys)
