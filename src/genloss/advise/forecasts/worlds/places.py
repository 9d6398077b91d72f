"""How often does a batch hold each of the given rows?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.advise.forecasts.worlds.protocol import Array, Labels, Places
from genloss.populations.entities import FINENESS, drawn_places

_SMALL = 1 << 16


def own_places(table: int, rows: int, runs: int, rng: np.random.Generator) -> Places:
    """Take all rows of a table in every run, or some, each at most once, (runs, rows)."""
    every = np.arange(table)
    if rows == table:
        return np.broadcast_to(every, (runs, table))
    return np.stack([rng.choice(every, size=rows, replace=False) for _ in range(runs)])


def own_labeled(labels: Array, rows: int, runs: int, rng: np.random.Generator) -> Labels:
    """Take the rows in hand, all of them or some, with their labels (table,)."""
    places = own_places(labels.size, rows, runs, rng)
    return places, labels[places]


def counted(places: Places, table: int) -> Array:
    """Return how often each row of a table was drawn, (runs, table)."""
    counts = np.empty((len(places), table))
    for run, drawn in enumerate(places):  # one run's counts stay in the cache: six times as fast as all at once
        counts[run] = np.bincount(drawn, minlength=table)
    return counts


@dataclass(frozen=True, eq=False)
class Copies:
    """Rows of a table as often as they weigh, for truths: places (truths, 32 T), see `bootstrap_weights`."""

    places: NDArray[Any]

    def drawn(self, runs: int, rows: int, rng: np.random.Generator) -> Places:
        """Draw places of rows for runs of every truth, (truths x runs, rows)."""
        drawn = rng.integers(self.places.shape[1], size=(len(self.places), runs, rows))
        for places, at in zip(self.places, drawn, strict=True):
            at[:] = places.take(at)
        return np.asarray(drawn.reshape(-1, rows))


def copies_of(weights: Array) -> Copies | None:
    """Copy rows as often as they weigh; None where truths have unlike numbers of copies. weights: (truths, table)."""
    truths, table = weights.shape
    parts = np.rint(weights * (FINENESS * table)).astype(np.intp)
    if np.ptp(parts.sum(axis=1)):
        return None
    every = np.arange(table, dtype=np.uint16 if table < _SMALL else np.intp)  # small ones stay in the cache
    return Copies(np.stack([np.repeat(every, each) for each in parts]).reshape(truths, -1))


def drawing(
    table: int, weights: Sequence[Array | None], entities: Places | None
) -> Callable[[int, int, np.random.Generator], Places]:
    """Return what draws rows for runs of every truth: places (truths x runs, rows) of runs, rows and a generator.

    weights: of the rows in each truth, None: all alike. entities: of each row, those of one are drawn together.
    """
    known = [each for each in weights if each is not None]
    copies = copies_of(np.stack(known)) if entities is None and len(known) == len(weights) else None
    if copies is not None:
        return copies.drawn

    def drawn(runs: int, rows: int, rng: np.random.Generator) -> Places:
        return np.concatenate([drawn_places(table, runs, rows, rng, entities, each) for each in weights])

    return drawn
