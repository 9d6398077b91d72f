"""Which cells does a study's grid have? Functions of the resolved study, which is read once."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from sys import intern
from typing import Any

from genloss.errors import Problem
from genloss.grouping import grouped
from genloss.identity import identity_of, plain_text, text_of_tables
from genloss.results.row import Scalar
from genloss.study.language.key import axis_values
from genloss.study.spec.rules import apply_rules, is_rule
from genloss.study.spec.tables import TABLES
from genloss.study.spec.workflow_forms import long_form, long_text

MOST_CELLS = 100_000

Case = Mapping[str, Any]
"""The tables of a resolved case, and its name."""


@dataclass(frozen=True)
class Cell:
    """One point of the grid: all settings single-valued.

    axes: its value on every axis of the study, as it can stand in a column. long_settings: the settings, whatever
    form the workflow was given in. simulated: False where the case asks for theory alone.
    """

    case: str
    axes: Mapping[str, Scalar]
    settings: Mapping[str, Mapping[str, Any]]
    long_settings: Mapping[str, Mapping[str, Any]] = field(repr=False)
    simulated: bool = True

    @cached_property
    def id(self) -> str:
        """Identity of the settings, whatever form the workflow was given in."""
        long = long_text(self.texts["workflow"])
        return identity_of(text_of_tables(self.texts | {"workflow": long}))

    @cached_property
    def texts(self) -> dict[str, str]:
        """Each table as plain text, by which equal ones are known; cells share equal texts."""
        return {table: intern(plain_text(keys)) for table, keys in self.settings.items()}


@dataclass(frozen=True)
class Grid:
    """The cells of a study, the names of every case's own axes, and the generations that are reported."""

    cells: tuple[Cell, ...]
    axes: Mapping[str, list[str]]
    report: tuple[int, ...]

    @cached_property
    def by_case(self) -> Mapping[str, list[Cell]]:
        """The cells of every case."""
        return grouped(self.cells, lambda cell: cell.case)

    def axis_names(self) -> list[str]:
        """Every axis of some case."""
        return list(dict.fromkeys(name for axes in self.axes.values() for name in axes))


def grid_of(resolved: Mapping[str, Any]) -> Grid:
    """Return the grid of a resolved study; one of more than 100,000 cells is refused."""
    count = cell_count(resolved)
    if count > MOST_CELLS:
        raise Problem("study", f"a grid of {count:,} cells", f"give fewer values; at most {MOST_CELLS:,} cells")
    axes = {case["name"]: [".".join(key) for key in axes_of(case)] for case in cases_of(resolved)}
    return Grid(tuple(_cells(resolved)), axes, tuple(resolved["report"]))


def cases_of(resolved: Mapping[str, Any]) -> list[Case]:
    """Return the cases; a study without cases is one case without a name."""
    tables = {name: resolved[name] for name in TABLES if name in resolved}
    cases: list[Case] = resolved.get("case", [{"name": "", **tables}])
    return cases


def axes_of(case: Case) -> dict[tuple[str, str], list[Any]]:
    """Return the axes of a case: (table, key) and their values."""
    axes: dict[tuple[str, str], list[Any]] = {}
    for table, kinds in TABLES.items():
        for key, spec in kinds[case[table]["kind"]].items() if table in case else ():
            values = axis_values(spec, case[table].get(key))
            if values is not None:
                axes[table, key] = values
    return axes


def cell_count(resolved: Mapping[str, Any]) -> int:
    """Return how many cells a resolved study has."""
    return sum(math.prod(len(values) for values in axes_of(case).values()) for case in cases_of(resolved))


def label(value: Any) -> Scalar:
    """Return a value as it can stand in a column."""
    if value is None:
        return "none"
    if isinstance(value, dict) and set(value) == {"alpha"}:
        return f"alpha = {value['alpha']:g}"
    return value if isinstance(value, int | float | str) else json.dumps(value)


def with_long_workflow(case: Case) -> dict[str, Any]:
    """Write a workflow without axes or rules in its long form, so that every form of it has one identity."""
    workflow = case["workflow"]
    keys = TABLES["workflow"][workflow["kind"]]
    if any(axis_values(spec, workflow[key]) is not None or is_rule(workflow[key]) for key, spec in keys.items()):
        return dict(case)
    return {**case, "workflow": long_form(workflow)}


def _cells(resolved: Mapping[str, Any]) -> Iterator[Cell]:
    """Every point of the grid, case by case, the last axis fastest."""
    cases = cases_of(resolved)
    shown = list(dict.fromkeys(key for case in cases for key in axes_of(case)))
    for case in cases:
        axes, simulated = axes_of(case), case.get("simulate", True)
        for values in itertools.product(*axes.values()):
            settings = _settings(case, dict(zip(axes, values, strict=True)))
            labels = {
                f"{table}.{key}": label(settings[table][key]) for table, key in shown if key in settings.get(table, {})
            }
            long = {**settings, "workflow": long_form(settings["workflow"])}
            yield Cell(case["name"], labels, settings, long, simulated)


def _settings(case: Case, values: Mapping[tuple[str, str], Any]) -> dict[str, dict[str, Any]]:
    """The tables of a case with one value on each axis, and with numbers in place of rules."""
    settings = {name: dict(case[name]) for name in TABLES if name in case}
    for (table, key), value in values.items():
        settings[table][key] = value
    for role in ("generator", "predictor"):
        if role in settings and settings[role].get("noise", 0.0) is None:
            settings[role]["noise"] = settings["population"]["noise"]
    apply_rules(settings)
    return settings
