"""Which real rows train, and which judge? The study's seed parts them once; each seed draws its own training rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.populations.own_rows import take
from genloss.streams import stream
from genloss.workflows import TRUTH, Batch, Schedule

Places = NDArray[np.int64]


def split(population: Mapping[str, Any], seed: int) -> tuple[Places, Places]:
    """Return the places of the rows that train and of those that judge; the study's seed draws them."""
    order = stream(seed, "own rows", population["sha256"]).permutation(population["rows"])
    count = held_out_rows(population["rows"], population["held_out"])
    return order[count:], np.sort(order[:count])


def held_out_rows(rows: int, share: float) -> int:
    """Return how many rows judge, where a share of them shall."""
    return max(1, round(share * rows))


def real_batches(schedule: Schedule) -> list[Batch]:
    """Return the batches that hold real rows, in the order in which they are drawn."""
    return [batch for batch in schedule.batches if any(origin == TRUTH for origin, _ in batch.origins)]


def excerpts(rows: Any, order: Places, schedule: Schedule) -> dict[tuple[int, str, int], Any]:
    """Return the real rows of every batch that has some, by its key: each row stands in one batch only."""
    used, found = 0, {}
    for batch in real_batches(schedule):
        found[batch.key] = take(rows, order[used : used + batch.rows])
        used += batch.rows
    return found


def refuse_too_many(training: int, schedule: Schedule) -> None:
    """Refuse a workflow that wants more real rows than there are."""
    needed = sum(batch.rows for batch in real_batches(schedule))
    if needed > training:
        found = f"the workflow needs {needed:,} real rows, and {training:,} are not held out"
        raise Problem("workflow.rows", found, "give fewer rows or generations, or hold out less")


def first_of(schedule: Schedule) -> str:
    """Name what generation 0 is fitted to: workflows with the same name have the same fit of it."""
    batches = {
        b: (schedule.batches[b].birth, schedule.batches[b].rows) for use in schedule.train[0] for b in use.batches
    }
    uses = [(use.take, use.replace, use.weight, use.factors, len(use.batches)) for use in schedule.train[0]]
    return repr((sorted(batches.values()), uses))
