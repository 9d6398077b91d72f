"""In which ways can one key of a study be written, and which numbers stand in each of them?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Tables = Mapping[str, Mapping[str, Any]]

_NESTED = ("coefficients", "deviations")


def form_of(value: Any) -> str:
    """Name the way in which a value is written: "number", "isotropic", "power_law", "given" (a list), "none", ...

    >>> form_of(0.3), form_of({"alpha": 60.0}), form_of({"start": 10, "ratio": 2.0}), form_of([1.0, 2.0])
    ('number', 'alpha', 'growth', 'given')
    """
    if value is None:
        return "none"
    if isinstance(value, bool | str):
        return str(value).lower()
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, Mapping):
        first = next(iter(value))
        inner = value[first]
        if first in _NESTED and isinstance(inner, Mapping):
            return form_of(inner)
        return {"start": "growth"}.get(first, "given" if isinstance(inner, list) else first)
    return "given"


def leaves(value: Any) -> dict[str, float]:
    """Return the numbers in a value that can be moved, by the name behind the key; "" for the value itself.

    >>> leaves({"coefficients": {"power_law": 0.25}}), leaves(3)
    ({'power_law': 0.25}, {'': 3})
    """
    form = form_of(value)
    if form == "number":
        return {"": value}
    if form in ("none", "given") or not isinstance(value, Mapping):
        return {}
    first = next(iter(value))
    if first in _NESTED:
        return leaves(value[first])
    return (
        ({"rows_power": value["rows_power"], "factor": value.get("factor", 1.0)})
        if first == "rows_power"
        else {name: inner for name, inner in value.items() if isinstance(inner, int | float)}
    )


def with_leaf(value: Any, name: str, number: float) -> Any:
    """Return a value with one of its numbers changed.

    >>> with_leaf({"coefficients": {"power_law": 0.25}}, "power_law", 1.0)
    {'coefficients': {'power_law': 1.0}}
    """
    if name == "":
        return number
    first = next(iter(value))
    if first in _NESTED:
        return {first: with_leaf(value[first], name, number)}
    return {**value, name: number}


def first_rows(tables: Tables) -> int:
    """Return the rows of the first batch, or 100 where a rule says them."""
    rows = tables["workflow"].get("rows", 100)
    if isinstance(rows, Mapping):
        rows = rows.get("start", 100)
    return int(rows[0] if isinstance(rows, list) else rows)


def _one_number(tables: Tables, table: str, key: str) -> float:
    """The one number that a rule gives at first."""
    value = tables[table].get(key)
    rows = tables["predictor"]["rows"] if "predictor" in tables else first_rows(tables)
    numbers = leaves(value)
    form = form_of(value)
    if form == "alpha":
        return float(f"{numbers['alpha'] / (first_rows(tables) if table != 'predictor' else rows):.3g}")
    if form == "rows_power":
        return float(f"{numbers['factor'] * float(rows) ** numbers['rows_power']:.3g}")
    if isinstance(value, Mapping) and "by_generation" in value:
        return float(value["by_generation"][0])
    return float(numbers[""]) if form == "number" else 0.1


def _rows_of(tables: Tables, table: str) -> float:
    return float(tables["predictor"]["rows"]) if table == "predictor" else float(first_rows(tables))


def _alpha(tables: Tables, table: str, key: str) -> Any:
    return {"alpha": float(f"{_one_number(tables, table, key) * _rows_of(tables, table):.3g}") or 1.0}


def _whole_number(tables: Tables, table: str, key: str) -> Any:
    form = form_of(tables[table].get(key))
    if form in ("growth", "given", "none"):
        return first_rows(tables)
    return max(1, round(_one_number(tables, table, key)))


_PENALTY: Mapping[str, Callable[[Tables, str, str], Any]] = {"number": _one_number, "alpha": _alpha}
_ROWS: Mapping[str, Callable[[Tables, str, str], Any]] = {
    "number": _whole_number,
    "growth": lambda tables, _, __: {"start": first_rows(tables), "ratio": 1.05},
}
FORMS: Mapping[str, Mapping[str, Callable[[Tables, str, str], Any]]] = {
    "population.spectrum": {
        "isotropic": lambda *_: "isotropic",
        "power_law": lambda *_: {"power_law": 1.0},
    },
    "population.synthetic_spectrum": {
        "isotropic": lambda *_: "isotropic",
        "power_law": lambda *_: {"power_law": 1.0},
    },
    "population.synthetic_mean": {"norm": lambda *_: {"norm": 1.0}},
    "population.signal": {
        "norm": lambda *_: {"norm": 1.0},
        "power_law": lambda *_: {"coefficients": {"power_law": 0.5}},
    },
    "generator.shift": {
        "norm": lambda *_: {"norm": 0.5},
        "power_law": lambda *_: {"deviations": {"power_law": 1.0}},
    },
    "generator.penalty": _PENALTY,
    "predictor.penalty": _PENALTY,
    "population.dim": {"number": _whole_number},
    "workflow.rows": _ROWS,
    "workflow.synthetic_rows": _ROWS,
}
"""The ways that can be chosen of each key that has several, and what stands there then; given tables, table and key."""

NUMERIC = ("penalty", "dim", "rows", "synthetic_rows")
"""Keys whose number stands under the key itself, so that the choice of the form has an address of its own."""


def form_key(table: str, key: str) -> str:
    """Return how an address names the choice of a form."""
    return f"{table}.{key}.form" if key in NUMERIC else f"{table}.{key}"
