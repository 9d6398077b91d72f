"""How do rows become labeled arrays?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from genloss.errors import Problem
from genloss.results.pooling import joined
from genloss.results.row import Row, Scalar, axis_names
from genloss.results.summary import runs

if TYPE_CHECKING:
    import xarray

MOST_CELLS = 50_000_000


def to_dataset(study: Mapping[str, Any], rows: Sequence[Row]) -> xarray.Dataset:
    """Return value, standard_error, allowance (float), replicates (int) and status on one full grid.

    Dimensions: case, every axis of the study, generation, metric, method. Where the study has no
    row, the numbers are NaN, replicates 0 and status "". A case without some axis stands at NaN
    (a word axis: at "") on it.
    """
    try:
        import xarray
    except ImportError as error:
        raise Problem(
            "to_xarray", "xarray is not installed", 'install the extra: pip install "genloss[arrays]"'
        ) from error
    axes = axis_names(rows)
    words = {key for key in axes if any(isinstance(row.axes.get(key), str) for row in rows)}
    labels = [_labels(row, axes, words) for row in rows]
    names = ["case", *axes, "generation", "metric", "method"]
    columns = zip(*labels, strict=True) if labels else ([] for _ in names)
    coordinates = {name: _coordinate(column) for name, column in zip(names, columns, strict=True)}
    shape = tuple(map(len, coordinates.values()))
    _refuse_huge(shape, names)
    place = [{value: i for i, value in enumerate(values)} for values in coordinates.values()]
    index = tuple(np.array([[p[v] for p, v in zip(place, label, strict=True)] for label in labels], dtype=int).T)
    filled = {
        name: (names, _scattered(rows, name, shape, index, empty))
        for name, empty in (
            ("value", nan),
            ("standard_error", nan),
            ("allowance", nan),
            ("replicates", 0),
            ("status", ""),
        )
    }
    units = {row.metric: row.unit for row in rows}
    unit = ("metric", [units[metric] for metric in coordinates["metric"]])
    coords: dict[str, Any] = {name: _array(values, name in words) for name, values in coordinates.items()}
    return xarray.Dataset(filled, coords=coords | {"unit": unit}, attrs=_attributes(study, rows))


def _labels(row: Row, axes: Sequence[str], words: set[str]) -> tuple[Scalar | None, ...]:
    on_axes = (str(row.axes.get(key, "")) if key in words else row.axes.get(key) for key in axes)
    return (row.case, *on_axes, row.generation, row.metric, row.method)


def _coordinate(column: Sequence[Any]) -> list[Any]:
    """Return the distinct labels: numbers ascending and absence last, words by first appearance."""
    distinct = list(dict.fromkeys(column))
    if any(isinstance(value, str) for value in distinct):
        return distinct
    return sorted(distinct, key=lambda value: (value is None, value or 0))


def _array(values: list[Any], words: bool) -> list[Any]:
    return values if words else [nan if value is None else value for value in values]


def _scattered(
    rows: Sequence[Row], name: str, shape: tuple[int, ...], index: tuple[Any, ...], empty: float | int | str
) -> np.ndarray[Any, Any]:
    values = np.array([getattr(row, name) for row in rows], dtype=None if rows else type(empty))
    array = np.full(shape, empty, dtype=values.dtype)
    if rows:
        array[index] = values
    return array


def _refuse_huge(shape: tuple[int, ...], names: Sequence[str]) -> None:
    if prod(shape) > MOST_CELLS:
        sizes = " x ".join(f"{size} {name}" for size, name in zip(shape, names, strict=True))
        raise Problem("to_xarray", f"the full grid has {prod(shape):,} places ({sizes})", "select() one case first")


def _attributes(study: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, str]:
    return {
        "schema": "result/1",
        "study": joined(row.study for row in rows),
        "question": str(study.get("question", "")),
        "runs": runs(study),
        "engines_and_formulas": joined(row.engine for row in rows),
        "genloss": joined(row.version for row in rows),
    }
