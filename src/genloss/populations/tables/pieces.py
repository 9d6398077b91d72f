"""How are the entries of a file read, some rows at a time?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from genloss.populations.draw import Array
from genloss.populations.tables.choices import Choices
from genloss.populations.tables.column import Column, named
from genloss.populations.tables.source import TableSource, gathered

Progress = Callable[[int, int], None]
"""Called with how much is read and how much there is."""

_PART = 1 << 20  # entries that are worked on at once


def codes_of(
    source: TableSource,
    wanted: tuple[int, ...],
    columns: list[Column],
    choices: Choices,
    progress: Progress | None,
) -> Iterator[tuple[Array, NDArray[np.int64]]]:
    """Read codes (rows, columns), some rows at a time, with the numbers of the rows."""
    order = tuple(sorted(wanted))
    back = [order.index(place) for place in wanted]
    most = max(512, min(_PART // len(columns), 1 << 14))
    before = 0
    for piece in gathered(source.pieces(order), most):
        arrays = [
            named(piece.batch.column(place), () if column.target else source.classes.get(column.name, ()))
            for place, column in zip(back, columns, strict=True)
        ]
        for first in range(0, max(piece.batch.num_rows, 1), most):
            parts = [array.slice(first, most) for array in arrays]
            read = [
                choices.codes(column, part, piece.where, piece.first_row + first)
                for column, part in zip(columns, parts, strict=True)
            ]
            yield np.column_stack(read), before + 1 + np.arange(first, first + len(parts[0]))
        before += piece.batch.num_rows
        if progress:
            progress(min(piece.done, source.total), source.total)
    if progress:
        progress(source.total, source.total)
