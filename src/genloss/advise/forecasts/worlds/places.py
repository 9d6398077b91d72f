"""Which of the given rows are drawn? All that worlds of labels know of how rows are drawn stands here."""

from __future__ import annotations

import numpy as np

from genloss.advise.forecasts.worlds.protocol import Array, Places


def drawn_places(rows_of_table: int, runs: int, rows: int, rng: np.random.Generator) -> Places:
    """Draw places of rows of a batch for every run, evenly and with replacement, (runs, rows)."""
    return np.asarray(rng.integers(rows_of_table, size=(runs, rows)))


def counted(places: Places, rows_of_table: int) -> Array:
    """Return how often each given row was drawn, (runs, rows_of_table)."""
    counts = np.empty((len(places), rows_of_table))
    for run, drawn in enumerate(places):  # one run's counts stay in the cache: six times as fast as all at once
        counts[run] = np.bincount(drawn, minlength=rows_of_table)
    return counts
