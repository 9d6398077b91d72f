"""What must be known of whole columns before their rows can be used? Counts, means, ends, which are equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.populations.draw import Array
from genloss.populations.tables.column import WORDS, Column


class Facts:
    """Facts of the columns of codes, gathered piece by piece; memory does not grow with the rows.

    columns: the columns of the codes, the target last. rows: how many so far. present: entries that
    are there, (columns,). mean, low, high: of these. counts: of every word, by column. groups: places of columns
    that have been equal so far, entry by entry, each group at least two.
    """

    def __init__(self, columns: list[Column]) -> None:
        self.columns = columns
        self.rows = 0
        self.present = np.zeros(len(columns), dtype=np.int64)
        self.mean = np.zeros(len(columns))
        self.low = np.full(len(columns), np.inf)
        self.high = np.full(len(columns), -np.inf)
        self.counts: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64) for _ in columns]
        self.groups = [list(range(len(columns)))]

    def add(self, codes: Array) -> None:
        """Take in some rows of codes, (rows, columns), nan where missing."""
        there = ~np.isnan(codes)
        present = there.sum(axis=0)
        mean = np.where(there, codes, 0.0).sum(axis=0) / np.maximum(present, 1)
        self.mean += (mean - self.mean) * present / np.maximum(self.present + present, 1)
        self.low = np.minimum(self.low, np.where(there, codes, np.inf).min(axis=0, initial=np.inf))
        self.high = np.maximum(self.high, np.where(there, codes, -np.inf).max(axis=0, initial=-np.inf))
        self.present += present
        self.rows += len(codes)
        for place, column in enumerate(self.columns):
            if column.kind == WORDS:
                self._count(place, codes[there[:, place], place].astype(np.int64))
        self.groups = [finer for group in self.groups for finer in self._refined(group, codes)]

    def share(self, place: int, level: int) -> float:
        """Share of a word among the entries of its column that are there."""
        counts = self.counts[place]
        return float(counts[level] / self.present[place]) if level < len(counts) else 0.0

    @property
    def missing(self) -> NDArray[np.int64]:
        """Missing entries, (columns,)."""
        return self.rows - self.present

    def _count(self, place: int, words: NDArray[np.int64]) -> None:
        counted = np.bincount(words, minlength=len(self.columns[place].levels))
        counted[: len(self.counts[place])] += self.counts[place]
        self.counts[place] = counted

    def _refined(self, group: list[int], codes: Array) -> list[list[int]]:
        """Split a group into those that are still equal. Two columns of words are equal up to their spelling."""
        finer: dict[tuple[str, bytes], list[int]] = {}
        for place in group:
            key = self.columns[place].kind, (codes[:, place] + 0.0).tobytes()
            finer.setdefault(key, []).append(place)
        return [places for places in finer.values() if len(places) > 1]
