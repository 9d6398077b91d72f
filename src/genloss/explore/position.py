"""What does a state of the page show? The controls of its study, and the study that the moved controls make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from genloss.errors import Problem, nearest
from genloss.explore.controls import Control, Fixed, Panel
from genloss.explore.forms import Tables, leaves, with_leaf
from genloss.explore.presets import Shelf
from genloss.explore.state import GENERATIONS, State
from genloss.identity import plain_text
from genloss.results.row import metric_words
from genloss.study.language.key import axis_values
from genloss.study.spec.grid import axes_of
from genloss.study.spec.tables import TABLES
from genloss.study.study import Study

GENERATION = "generation"
_ALL = 100  # generations that are all reported
_CURVES = 4  # generations that have a curve each, where curves run along a control
_POINTS = 25  # of a curve along a control that is no axis of the study
_MOST_POINTS = 40
_UNNAMED = "this study"


@dataclass(frozen=True)
class Position:
    """A position of the controls. state: with all names written out, and only the moves that change something.

    study: the case with the controls where they stand, and the values of `x` on its only axis.
    """

    state: State
    canonical: State
    controls: tuple[Control, ...]
    fixed: tuple[Fixed, ...]
    metrics: tuple[str, ...]
    values: tuple[float, ...]
    study: Study

    @property
    def query(self) -> str:
        """The address of the position, in the one way that it is written."""
        return self.canonical.query()

    @cached_property
    def by_key(self) -> Mapping[str, Control]:
        """The controls by name."""
        return {control.key: control for control in self.controls}

    @property
    def x_label(self) -> str:
        """What the curves run along."""
        return "generation" if self.state.x == GENERATION else self.by_key[self.state.x].label

    @property
    def y_label(self) -> str:
        """What is measured, in words."""
        return metric_words(self.state.metric)


def position_of(shelf: Shelf, state: State) -> Position:
    """Return the position that a state names. Errors: `Problem` for what the shelf, or the study, does not have."""
    name = state.preset or shelf.first()
    study = shelf.study(name)
    cases = {str(case["name"]) or _UNNAMED: case for case in study.cases}
    case = _named(state.case, list(cases), "case")
    metric = _named(state.metric, _metrics(study), "metric")
    panel = _panel(study, cases[case], dict(state.moves)).built()
    ways = ways_of(panel.controls)
    usual = usual_x(cases[case])
    x = _named(state.x, ways, "x", usual if usual in ways else GENERATION)
    controls = tuple(panel.controls)
    values = _values(x, next((each for each in controls if each.key == x), None), cases[case])
    whole = State(name, case, metric, x, tuple((each.key, each.text) for each in controls if each.moved))
    shown = _study(study, case, panel, metric, x, values)
    canonical = replace(
        whole,
        case="" if case == next(iter(cases)) else case,
        metric="" if metric == _metrics(study)[0] else metric,
        x="" if x == (usual if usual in ways else GENERATION) else x,
    )
    return Position(whole, canonical, controls, tuple(panel.fixed), tuple(_metrics(study)), values, shown)


def usual_x(case: Mapping[str, Any]) -> str:
    """Return what a case's curves run along where nothing else is asked: its longest axis, or generations."""
    axes = {
        f"{table}.{key}": values
        for (table, key), values in axes_of(case).items()
        if all(isinstance(value, int | float) for value in values) and len(values) > 1
    }
    return max(axes, key=lambda key: len(axes[key]), default=GENERATION)


def _named(asked: str, known: Sequence[str], where: str, usual: str | None = None) -> str:
    if asked and asked not in known:
        raise Problem(where, f"{asked!r} is not one of this study's", nearest(asked, list(known)))
    return asked or usual or known[0]


def _metrics(study: Study) -> list[str]:
    return [str(metric) for metric in study.resolved["metrics"]]


def ways_of(controls: Sequence[Control]) -> list[str]:
    """Return what curves can run along: generations, and the names of such controls."""
    return [GENERATION, *(control.key for control in controls if _runs(control))]


def _runs(control: Control) -> bool:
    """Whether curves can run along a control: any number whose key may be an axis of a grid."""
    if control.kind == "choice" or control.key == GENERATIONS:
        return False
    table, key = control.key.split(".")[:2]
    specs = [kinds[key] for kinds in TABLES[table].values() if key in kinds]
    return all(spec.axis in ("list", "each") for spec in specs)


def _panel(study: Study, case: Mapping[str, Any], moves: Mapping[str, str]) -> Panel:
    tables = single(case)

    def fits(others: Tables) -> bool:
        return _fits(_Asked(study.id, plain_text(others), study, others))

    return Panel(tables, int(study.resolved["generations"]), moves, numbers_seen(case), fits)


def single(case: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the tables of a case with the middle value of each of its axes; noise that follows the data's follows."""
    tables = {name: dict(case[name]) for name in TABLES if name in case}
    for (table, key), values in axes_of(case).items():
        tables[table][key] = values[len(values) // 2]
    for role in ("generator", "predictor"):
        if role in tables and "noise" in tables[role] and tables[role]["noise"] == tables["population"].get("noise"):
            tables[role]["noise"] = None
    return tables


def numbers_seen(case: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return the numbers that a case has for each control, on all of its grid."""
    seen: dict[str, list[float]] = {}
    for table in (name for name in TABLES if name in case):
        for key, spec in TABLES[table][case[table]["kind"]].items():
            value = case[table].get(key)
            values = axis_values(spec, value)
            for each in [value] if values is None else values:
                for leaf, number in leaves(each).items():
                    seen.setdefault(f"{table}.{key}.{leaf}".rstrip("."), []).append(number)
    return seen


@dataclass(frozen=True)
class _Asked:
    """Whether tables can stand in a study, as a question whose answer is remembered under study and text."""

    study_id: str
    text: str
    study: Study = field(compare=False)
    tables: Tables = field(compare=False)


@lru_cache(maxsize=4096)
def _fits(asked: _Asked) -> bool:
    try:
        asked.study.with_cases([{"name": "fits", **asked.tables}], generations=1, report=[1])
    except Problem:
        return False
    return True


def _values(x: str, control: Control | None, case: Mapping[str, Any]) -> tuple[float, ...]:
    """Return where a curve along a control is computed: on the study's own axis, or over the control's range."""
    if control is None:
        return ()
    axis = axes_of(case).get((x.split(".")[0], x.partition(".")[2]), [])
    numbers = [value for value in axis if isinstance(value, int | float)]
    low, high = control.low, control.high
    if len(numbers) > 1:
        spaced = numbers[:: -(-len(numbers) // _MOST_POINTS)]
    elif control.scale == "log":
        spaced = [float(f"{value:.4g}") for value in np.geomspace(low, high, _POINTS)]
    else:
        spaced = [float(f"{value:.4g}") for value in np.linspace(low, high, _POINTS)]
    whole = control.kind == "whole"
    made = {round(value) if whole else float(value) for value in [*spaced, float(control.value)]}
    return tuple(sorted(made))


def reported(last: int, own: Sequence[int]) -> list[int]:
    """Return the generations that a curve along them shows: all of few, or some of many with the study's own."""
    if last <= _ALL:
        return list(range(last + 1))
    spaced = np.unique(np.rint(np.geomspace(1, last, _ALL // 2)).astype(int)).tolist()
    return sorted({0, last, *spaced, *(g for g in own if g <= last)})


def few_generations(last: int, own: Sequence[int]) -> list[int]:
    """Return the generations that have a curve each where curves run along a control."""
    known = sorted({g for g in own if g <= last} | {0, last})
    if len(known) <= _CURVES:
        return known
    places = np.unique(np.rint(np.linspace(0, len(known) - 1, _CURVES)).astype(int))
    return [known[place] for place in places]


def _study(study: Study, case: str, panel: Panel, metric: str, x: str, values: Sequence[float]) -> Study:
    """Return the study of a position: one case, one metric, and an axis where curves run along a control."""
    tables = {name: dict(keys) for name, keys in panel.tables.items()}
    own = study.resolved["report"]
    report = reported(panel.generations, own) if x == GENERATION else few_generations(panel.generations, own)
    if x != GENERATION:
        table, key, *leaf = x.split(".")
        value = tables[table].get(key)
        each = [with_leaf(value, leaf[0] if leaf else "", number) for number in values]
        spec = TABLES[table][tables[table]["kind"]][key]
        tables[table][key] = {"each": each} if spec.axis == "each" else each
    return study.with_cases([{"name": case, **tables}], generations=panel.generations, report=report, metrics=[metric])
