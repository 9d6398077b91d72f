"""Which rows does a data set of the catalog give to a model of one's own? Tables, images, passages of a text."""

from __future__ import annotations

from typing import Any

from genloss.errors import Problem
from genloss.populations.catalog import load
from genloss.populations.forms import Images, Table
from genloss.populations.own_rows.from_file import Wanted, rows_of_source
from genloss.populations.places import Places
from genloss.populations.tables.source import Piece, TableSource

PASSAGE = 50
"""Words of a passage."""


def rows_of_data(name: str, wanted: Wanted, places: Places) -> Any:
    """Return the rows of a data set.

    A table comes with all its columns, images as (images, height, width), or (images, classes) where the target is
    "class"; a text comes as passages of `PASSAGE` words in their order, what is left of them at the end left out.
    Errors: `Problem` for a data set that is not here.
    """
    data, where = load(name, places).data, f"data set {name}"
    if isinstance(data, Table):
        return rows_of_source(_source(data, where), wanted)
    if wanted.columns or wanted.drop:
        raise Problem(where, "has no columns with names", "leave columns and drop out")
    if isinstance(data, Images):
        if wanted.target not in ("", "class"):
            raise Problem(where, f"images have no {wanted.target!r}", 'give target = "class", or leave it out')
        pixels = _in_rows_and_columns(data.pixels.astype(float))
        return (pixels, data.classes) if wanted.target else pixels
    if wanted.target:
        raise Problem(where, "is a text, which has no column to predict", "leave target out")
    words = data.tokens
    return [" ".join(words[first : first + PASSAGE]) for first in range(0, len(words) - PASSAGE + 1, PASSAGE)]


def _in_rows_and_columns(pixels: Any) -> Any:
    """Return images (images, pixels) as (images, height, width), where they are square."""
    side = round(pixels.shape[1] ** 0.5)
    return pixels.reshape(len(pixels), side, side) if side**2 == pixels.shape[1] else pixels


def _source(table: Table, where: str) -> TableSource:
    """Return a table in memory as one that can be read."""
    import pyarrow as pa

    def pieces(chosen: tuple[int, ...]) -> Any:
        arrays = [pa.array(_plain(table.values[:, place])) for place in chosen]
        yield Piece(pa.record_batch(arrays, [table.columns[place] for place in chosen]), where, 1, len(table.values))

    return TableSource(where, (), table.columns, len(table.values), pieces)


def _plain(values: Any) -> Any:
    """Return classes, which a table holds as floats, as whole numbers."""
    whole = values.astype(int)
    return whole if (whole == values).all() and len(set(whole.tolist())) <= 20 else values
