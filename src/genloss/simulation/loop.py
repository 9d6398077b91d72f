"""THE loop of all chains: draw what is born, hand every fit its batches, forget what no later fit needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from genloss.workflows import Batch, Schedule, Use

B = TypeVar("B")
F = TypeVar("F")

Draw = Callable[[Batch, Sequence[F]], B]
"""(batch, fits so far) to what is kept of the batch: its rows, or their sum."""
Fit = Callable[[int, Sequence[Use], Mapping[int, B], Sequence[F]], F]
"""(generation, its terms, kept batches by position, fits so far) to the next fit."""


def generations(
    schedule: Schedule, draw: Draw[F, B], fit: Fit[B, F], *, last: int | None = None, forget: F | None = None
) -> Iterator[F]:
    """Yield the fits of generations 0 to `last` (default: all that the schedule has).

    Order within a generation: every batch that is born is drawn, in the schedule's order, by fits of earlier
    generations; then its terms are fitted. forget: what stands in the place of a fit that draws no rows any more and is
    not the newest, so that memory does not grow with generations; None: all fits are held.

    >>> from genloss.workflows import replace
    >>> def drawn(batch, fits):
    ...     return "real" if batch.real else f"rows of {fits[-1]}"
    >>> def fitted(g, uses, kept, fits):
    ...     return f"fit {g} of {kept[uses[0].batches[0]]}"
    >>> list(generations(replace(10).compile(1), drawn, fitted))
    ['fit 0 of real', 'fit 1 of rows of fit 0 of real']
    """
    end = len(schedule.train) if last is None else last + 1
    fits: list[F] = []
    kept: dict[int, B] = {}
    for g in range(end):
        for b in schedule.born[g]:
            kept[b] = draw(schedule.batches[b], fits)
        fits.append(fit(g, schedule.train[g], kept, fits))
        for b in schedule.done[g]:
            del kept[b]
        if forget is not None:
            for old in schedule.unasked[g]:
                fits[old] = forget
        yield fits[-1]
