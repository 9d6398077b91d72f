"""Which rows does an edit in place take out of a data set? Every batch loses its share, and is split by lifetime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genloss.workflows.parts import Batch, Use

if TYPE_CHECKING:
    from genloss.workflows.schedule import Schedule

Whole = NDArray[np.int64]

_GOLDEN = 0.6180339887498949  # (sqrt(5) - 1) / 2

Losses = Sequence[Sequence[tuple[int, int]]]
"""By batch as it was drawn: the generations at which rows of it are replaced, in order, and how many each time."""


def lost_rows(rows: Whole, count: int, generation: int) -> Whole:
    """Return how many rows of each batch are replaced, (batches,), `count` in all.

    rows: the rows that each batch still has, (batches,). Of all rows in a line, batch after batch, those at equal
    distances are replaced, so a batch loses its share up to less than one row. Where the line begins changes with the
    generation (by the golden ratio, which repeats least): over generations a batch of few rows loses its share, too.

    >>> lost_rows(np.array([100, 10, 5]), 12, 1).tolist(), lost_rows(np.array([100, 10, 5]), 12, 2).tolist()
    ([10, 1, 1], [11, 1, 0])
    """
    total = int(rows.sum())
    if not 0 < count < total:
        return rows.copy() if count else np.zeros_like(rows)
    ends = np.cumsum(rows) * count / total - generation * _GOLDEN % 1
    ends[-1] = count
    return np.diff(np.ceil(np.round(ends, 9)), prepend=0.0).astype(np.int64)


def generations_of_parts(batches: Sequence[Batch], losses: Losses, last: int) -> int:
    """Return in how many generations up to the last the parts are there, added up: what `split` has to list."""
    gone = sum(g - batch.birth for batch, lost in zip(batches, losses, strict=True) for g, _ in lost)
    stay = sum(last + 1 - batch.birth for batch, lost in zip(batches, losses, strict=True) if batch.rows > _lost(lost))
    return gone + stay


def _lost(lost: Sequence[tuple[int, int]]) -> int:
    return sum(count for _, count in lost)


def split(
    batches: Sequence[Batch], train: Sequence[Sequence[Use]], losses: Losses
) -> tuple[tuple[Batch, ...], tuple[tuple[Use, ...], ...]]:
    """Split batches by the generation at which rows are replaced, so that every part is used whole or not at all.

    Rows of one batch are drawn alike, so which of them go changes no law: the first go first.
    """
    parts = [_parts(batch, lost) for batch, lost in zip(batches, losses, strict=True)]
    first = [0, *accumulate(len(each) for each in parts)]
    named = _numbered([part for each in parts for part in each])
    return named, tuple(tuple(_use(use, g, parts, first) for use in uses) for g, uses in enumerate(train))


def _parts(batch: Batch, lost: Sequence[tuple[int, int]]) -> list[Batch]:
    rest = batch.rows - _lost(lost)
    ends = [*lost, *([(None, rest)] if rest else [])]
    return [
        Batch(batch.birth, batch.tag, batch.origins, count, batch.number, batch.sampler, until) for until, count in ends
    ]


def _numbered(parts: Sequence[Batch]) -> tuple[Batch, ...]:
    """Count the parts of one tag and birth, for their names."""
    seen: dict[tuple[int, str], int] = {}
    named = []
    for part in parts:
        number = seen[part.birth, part.tag] = seen.get((part.birth, part.tag), -1) + 1
        named.append(Batch(part.birth, part.tag, part.origins, part.rows, number, part.sampler, part.until))
    return tuple(named)


def _use(use: Use, generation: int, parts: Sequence[Sequence[Batch]], first: Sequence[int]) -> Use:
    """Put the parts that are still there in the place of the batches of a term; a batch's factor by their rows."""
    places: list[int] = []
    factors: list[float] = []
    for position, b in enumerate(use.batches):
        here = [i for i, part in enumerate(parts[b]) if part.until is None or part.until > generation]
        places += [first[b] + i for i in here]
        if use.factors:
            rows = sum(parts[b][i].rows for i in here)
            factors += [use.factors[position] * parts[b][i].rows / rows for i in here]
    batches: Sequence[int] = tuple(places)
    if len(places) > 3 and places[-1] - places[0] + 1 == len(places):
        batches = range(places[0], places[-1] + 1)
    return replace(use, batches=batches, factors=tuple(factors))


def is_edited(schedule: Schedule) -> bool:
    """Whether rows take the place of others."""
    return any(batch.until is not None for batch in schedule.batches)


def places_in_data_set(batches: Sequence[Batch]) -> list[Whole]:
    """Return, by batch, which places of the data set its rows stand at, (rows,), whole numbers from 0.

    Rows that are replaced at a generation leave their places to the rows drawn for it, in the order of both; what is
    left without a place is put behind all others. So a label that is rewritten stands beside the inputs of its place.

    >>> from genloss.workflows import edit
    >>> [each.tolist() for each in places_in_data_set(edit(4, 0.5).compile(2).batches)]
    [[0, 1], [2], [3], [0], [1], [2, 0]]
    """
    held: list[Whole] = [np.arange(0)] * len(batches)
    end, start = 0, 0
    for low, high in pairwise(_births(batches)):
        generation = batches[low].birth
        gone = [held[b] for b in range(low) if batches[b].until == generation]
        free = np.concatenate([np.arange(0), *gone]).astype(np.int64)
        for b in range(low, high):
            taken, free = free[: batches[b].rows], free[batches[b].rows :]
            start, end = end, end + batches[b].rows - taken.size
            held[b] = np.concatenate([taken, np.arange(start, end)])
    return held


def _births(batches: Sequence[Batch]) -> list[int]:
    """Where the batches of each birth begin, and where they all end; batches stand in order of birth."""
    return [*(b for b in range(len(batches)) if not b or batches[b].birth != batches[b - 1].birth), len(batches)]
