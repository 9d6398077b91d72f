"""How do rows become labeled arrays?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from math import nan, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from genloss.errors import Problem
from genloss.results.pooling import joined
from genloss.results.row import Row, Scalar, axis_names
from genloss.results.summary import runs

if TYPE_CHECKING:
    import xarray

BY = "by"
"""The dimension of theory and simulation."""
MOST_CELLS = 50_000_000


_FIELDS = (
    ("value", nan),
    ("standard_error", nan),
    ("allowance", nan),
    ("replicates", 0),
    ("status", ""),
    ("engine", ""),
)
"""What of a row stands on the grid, and what stands there where there is no row."""


def needed(module: str, what: str) -> Any:
    """Return a module of the extra `arrays`. what: what it is needed for, to say where it is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        raise Problem(what, f"{module} is not installed", 'install the extra: pip install "genloss[arrays]"') from error


def by_case(study: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, xarray.Dataset]:
    """Return arrays of all rows under "", or of each case under its name where cases have other axes.

    Then "" holds the attributes alone. Names are made plain, as those of a group in a file must be; the coordinate
    `case` has them in full.
    """
    axes = {row.case: tuple(row.axes) for row in rows}
    if len({frozenset(names) for names in axes.values()}) < 2:
        return {"": to_dataset(study, rows)}
    empty = needed("xarray", "to_xarray").Dataset(attrs=_attributes(study, rows))
    parts = {case: [row for row in rows if row.case == case] for case in axes}
    names = plain_names(list(axes))
    return {"": empty} | {names[case]: to_dataset(study, part) for case, part in parts.items()}


def plain_names(names: Sequence[str]) -> dict[str, str]:
    """Return a name for each that every file and folder can bear: letters, digits, "_", "-"; no two the same.

    >>> plain_names(["a/b", "a b", "ridge, λ = .1"])
    {'a/b': 'a_b', 'a b': 'a_b_2', 'ridge, λ = .1': 'ridge_1'}
    """
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9-]+", "_", name).strip("_") or "case"
        taken = {each.casefold() for each in found.values()}
        endings = ("", *(f"_{number}" for number in range(2, len(names) + 2)))
        found[name] = next(plain + ending for ending in endings if (plain + ending).casefold() not in taken)
    return found


def to_dataset(study: Mapping[str, Any], rows: Sequence[Row]) -> xarray.Dataset:
    """Return value, standard_error, allowance (float), replicates (int), status and engine on one full grid.

    Dimensions: case, every axis of the study, generation, metric, by (theory or simulation: the column `method` of a
    table, a name that xarray's `sel` takes for something else); quantile (float) has also probability. Where
    the study has no row, the numbers are NaN, replicates 0, status and engine "". A case without some axis stands at
    NaN (a word axis: at "") on it.
    """
    library = needed("xarray", "to_xarray")
    axes = axis_names(rows)
    words = {key for key in axes if any(isinstance(row.axes.get(key), str) for row in rows)}
    labels = [_labels(row, axes, words) for row in rows]
    names = ["case", *axes, "generation", "metric", BY]
    columns = zip(*labels, strict=True) if labels else ([] for _ in names)
    coordinates = {name: _coordinate(column) for name, column in zip(names, columns, strict=True)}
    shape = tuple(map(len, coordinates.values()))
    _refuse_huge(shape, names)
    place = [{value: i for i, value in enumerate(values)} for values in coordinates.values()]
    index = tuple(np.array([[p[v] for p, v in zip(place, label, strict=True)] for label in labels], dtype=int).T)
    filled = {name: (names, _scattered(rows, name, shape, index, empty)) for name, empty in _FIELDS}
    levels = sorted({level for row in rows for level in row.quantiles}, key=float)
    if levels:
        _refuse_huge((*shape, len(levels)), [*names, "probability"])
        each = np.full((*shape, len(levels)), nan)
        each[index] = [[row.quantiles.get(level, nan) for level in levels] for row in rows]
        filled["quantile"] = ([*names, "probability"], each)
        coordinates["probability"] = [float(level) for level in levels]
    units = {row.metric: row.unit for row in rows}
    unit = ("metric", [units[metric] for metric in coordinates["metric"]])
    coords: dict[str, Any] = {name: _array(values, name in words) for name, values in coordinates.items()}
    made: xarray.Dataset = library.Dataset(filled, coords=coords | {"unit": unit}, attrs=_attributes(study, rows))
    return made


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
        **({"stop_at_se": str(study["stop_at_se"])} if "stop_at_se" in study else {}),
    }
