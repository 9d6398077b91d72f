"""How are the values of single replicates laid out for other tools? A line for each, or an axis of the arrays."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from genloss.errors import Problem
from genloss.results.arrays import BY, MOST_CELLS
from genloss.results.marks import parquet_mark
from genloss.results.row import FIRST, Scalar
from genloss.results.store import as_csv, csv_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray

_BATCH = 200_000  # lines that are laid out at a time
REPLICATES, VALUES = "replicate", "replicate_value"
"""The axis of the arrays that counts replicates from 0, and the variable that has their values."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """Values of all replicates of one simulated cell, by metric and generation, in the order of their numbers."""

    study: str
    cell: str
    case: str
    axes: Mapping[str, Scalar]
    engine: str
    version: str
    values: Mapping[tuple[str, int], Sequence[float]]


def columns_of_values(axes: Sequence[str]) -> list[str]:
    """Return the columns of a table with a line for each replicate."""
    return [*FIRST, *axes, "generation", "metric", REPLICATES, "value", "engine", "version"]


def values_as_csv(axes: Sequence[str], cells: Iterable[Replicates]) -> str:
    """Return a table with a line for each replicate of each metric and generation, as text. axes: of all cells."""
    columns = columns_of_values(axes)
    return as_csv((columns, [])) + "".join(csv_of(frame, heading=False) for frame in _frames(columns, cells))


def values_as_parquet(kinds: Mapping[str, type], cells: Iterable[Replicates], mark: str) -> bytes:
    """Return the same table as Parquet, with its mark, written batch by batch. kinds: of values, by axis."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns, types = columns_of_values(list(kinds)), {int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    given: dict[str, type] = {**kinds, "generation": int, REPLICATES: int, "value": float}
    schema = pa.schema([(name, types.get(given.get(name, str), pa.string())) for name in columns])
    schema = schema.with_metadata(parquet_mark(mark))
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, schema) as writer:
        for frame in _frames(columns, cells):
            for name in columns:
                if given.get(name) is str:
                    frame[name] = frame[name].map(str, na_action="ignore")
            writer.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False))
    return buffer.getvalue()


def kinds_of(cells: Iterable[Mapping[str, Scalar]]) -> dict[str, type]:
    """Return by axis which kind holds all its values: what mixes words and numbers becomes words.

    >>> kinds_of([{"a": 1, "b": 1, "c": True}, {"a": 2.5, "b": "x", "c": False}])
    {'a': <class 'float'>, 'b': <class 'str'>, 'c': <class 'bool'>}
    """
    seen: dict[str, set[type]] = {}
    for axes in cells:
        for name, value in axes.items():
            seen.setdefault(name, set()).add(type(value))
    return {
        name: next(iter(kinds)) if len(kinds) == 1 else float if kinds <= {int, float} else str
        for name, kinds in seen.items()
    }


def _frames(columns: Sequence[str], cells: Iterable[Replicates]) -> Iterator[pd.DataFrame]:
    """Lay cells out, so many at a time that memory is bounded."""
    import pandas as pd

    for batch in _batches(pd.DataFrame(_lines(cell)) for cell in cells):
        yield pd.concat(batch, ignore_index=True).reindex(columns=list(columns))


def _batches(frames: Iterable[pd.DataFrame]) -> Iterator[list[pd.DataFrame]]:
    """Put frames together until there are enough lines."""
    batch: list[pd.DataFrame] = []
    count = 0
    for frame in frames:
        batch.append(frame)
        count += len(frame)
        if count >= _BATCH:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


def _lines(cell: Replicates) -> dict[str, Any]:
    """Return the columns of one cell's lines; what is the same in all is there once."""
    counts = [len(values) for values in cell.values.values()]
    numbers = [np.arange(count) for count in counts]
    return {
        "study": cell.study,
        "cell": cell.cell,
        "case": cell.case,
        **cell.axes,
        "generation": np.repeat([generation for _, generation in cell.values], counts),
        "metric": np.repeat([metric for metric, _ in cell.values], counts),
        REPLICATES: np.concatenate(numbers),
        "value": np.concatenate([np.asarray(values, dtype=float) for values in cell.values.values()]),
        "engine": cell.engine,
        "version": cell.version,
    }


def with_replicates(arrays: xarray.Dataset, cells: Iterable[Replicates]) -> xarray.Dataset:
    """Add the values of replicates to arrays of the same cells: NaN where there is none."""
    own = set(arrays.coords["case"].values.tolist())
    held = [cell for cell in cells if cell.case in own]
    count = max((len(values) for cell in held for values in cell.values.values()), default=0)
    names = [str(name) for name in arrays.value.dims if name != BY]
    shape = (*(arrays.sizes[name] for name in names), count)
    if np.prod(shape, dtype=float) > MOST_CELLS:
        found = f"all replicates on the full grid have {np.prod(shape, dtype=float):,.0f} places"
        raise Problem("--values", found, "export them as parquet or csv, one line each")
    filled = np.full(shape, nan)
    place = {name: {str(v): i for i, v in enumerate(arrays.coords[name].values.tolist())} for name in names}
    for cell in held:
        for (metric, generation), values in cell.values.items():
            labels = {"case": cell.case, **cell.axes, "generation": generation, "metric": metric}
            index = tuple(place[name][_as_label(arrays, name, labels[name])] for name in names)
            filled[index][: len(values)] = values
    coordinates = {REPLICATES: np.arange(count)}
    return arrays.assign({VALUES: ([*names, REPLICATES], filled)}).assign_coords(coordinates)


def _as_label(arrays: xarray.Dataset, name: str, value: Scalar) -> str:
    """Write a value as the coordinate of its axis has it: 1 stands as 1.0 among fractions."""
    return str(value) if arrays.coords[name].dtype.kind == "U" else str(arrays.coords[name].dtype.type(value))
