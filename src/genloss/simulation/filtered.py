"""A model failed: how few rows had a filter left it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from genloss.workflows import Schedule, Use


class RowsLeft(str):
    """A note on an error of a model: how many rows a filter had left it."""


@contextmanager
def told_of_filter(uses: Sequence[Use], schedule: Schedule, left: int) -> Iterator[None]:
    """Note on the error of a fit how many of its rows a filter left. uses: its terms. left: rows that it trains on."""
    try:
        yield
    except Exception as error:
        drawn = sum(use.take or sum(schedule.batches[b].rows for b in use.batches) for use in uses)
        if any(use.filter is not None for use in uses) and left < drawn:
            error.add_note(RowsLeft(f"the filter of workflow.train left {left:,} of {drawn:,} rows"))
        raise


def rows_left(error: BaseException) -> str:
    """Return what was noted of a filter on an error, "" where there was none.

    >>> rows_left(ValueError("too few"))
    ''
    """
    return next((str(note) for note in getattr(error, "__notes__", ()) if isinstance(note, RowsLeft)), "")
