"""What does a model on a user's own rows lose by generation, at a position of the controls? A forecast and a plan."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from genloss.advise.forecasts.begin import OWN
from genloss.advise.plans.question import question
from genloss.errors import Problem, nearest
from genloss.explore.controls import Control, Panel
from genloss.explore.curves import log_axis
from genloss.explore.drawing import told
from genloss.explore.forms import Tables
from genloss.explore.position import GENERATION
from genloss.explore.ranges import RANGES
from genloss.explore.state import State
from genloss.explore.views import SCHEMA
from genloss.results.plain import finite
from genloss.study.language.checks import number
from genloss.study.language.key import Key
from genloss.workflows import schedule_of
from genloss.workflows.traits import WHOLE_BATCHES

if TYPE_CHECKING:  # four processes of a page without a table begin without pandas, scipy.stats and scikit-learn
    from genloss.advise.forecasts.result import Forecast
    from genloss.advise.plans.of_table import PlannedTable
    from genloss.populations.tables.read import TableRows

TABLE = "table"
"""The name under which the user's own rows stand among the studies."""
_LAST = 10
_FEW_PATHS = "100"
_PATHS = (_FEW_PATHS, "400", "2000")
_PENALTIES = {"ridge": 0.1, "kernel_ridge": 0.01, "logistic": 0.0, "poisson": 0.0}
_OPEN = ("generations", "synthetic_rows", "real_rows", "synthetic_share", "penalty")
_NO_STUDY = "a forecast of a table is not a study"
_OWN = "Generation 0 is fitted to the very rows that were given."
WHY_NOT = "the curve is a simulation already: its band is that of single runs, and more paths make it smoother"


@dataclass(frozen=True)
class OnTable:
    """A user's rows as they were read. name: of their file. model: what the command says, or what their labels ask for.

    above, keep: as the command takes them.
    """

    name: str
    read: TableRows
    model: str
    above: float | None = None
    keep: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The question, in words."""
        return f"What does a model of {self.read.target_name} lose when its own labels teach it? ({self.name})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, as /api/presets lists it."""
        rows, columns = self.read.inputs.shape
        return {"name": TABLE, "title": self.title, "source": f"{rows:,} rows, {columns} inputs", "cases": [self.name]}


@dataclass(frozen=True)
class TablePosition:
    """A position of the controls of a table. asked: the value of each control by its key."""

    table: OnTable
    controls: tuple[Control, ...]
    workflow: Mapping[str, Any]
    generations: int

    @property
    def query(self) -> str:
        """The address of the position."""
        return State(TABLE, moves=tuple((each.key, each.text) for each in self.controls if each.moved)).query()

    @property
    def asked(self) -> dict[str, Any]:
        """Where every control stands."""
        return {each.key: each.value for each in self.controls}

    @property
    def why_not(self) -> str:
        """Why nothing is simulated beside the curve."""
        return WHY_NOT

    @property
    def words(self) -> str | dict[str, Any]:
        """The workflow as `genloss forecast` takes it; in words, where they can say it."""
        given = {key: value for key, value in self.workflow.items() if value is not None and key != "kind"}
        if given.get("rows") == len(self.table.read.target):
            del given["rows"]
        if any(isinstance(value, dict | list) for value in given.values()):
            return dict(self.workflow)
        return " ".join([self.workflow["kind"], *(f"{key}={value}" for key, value in given.items())])

    @property
    def estimator(self) -> dict[str, Any]:
        """The model, as `genloss.forecast` takes one."""
        asked = self.asked
        penalty = {"penalty": asked["model.penalty"]} if "model.penalty" in asked else {}
        return {"kind": asked["model.kind"]} | penalty


def table_position(table: OnTable, state: State) -> TablePosition:
    """Return the position that a state names. Errors: `Problem` for what a table does not have."""
    for name, known in (("case", table.name), ("metric", "risk"), ("x", GENERATION)):
        if getattr(state, name) not in ("", known):
            raise Problem(name, f"a table has only {known}", "leave it out")
    moves = dict(state.moves)
    tables: dict[str, dict[str, Any]] = {
        "population": {"kind": "table"},
        "workflow": {"kind": "replace", "rows": len(table.read.target)},
    }
    own = {key: moves.pop(key) for key in [*moves] if key.split(".")[0] in ("model", "plan", "paths")}
    panel = Panel(tables, _LAST, moves, {}, _whole_batches).built()
    controls = [*_of_model(table, own), *panel.controls, *_of_answer(own)]
    if own:
        raise Problem(next(iter(own)), "no control has this name", nearest(next(iter(own)), [c.key for c in controls]))
    return TablePosition(table, tuple(controls), panel.tables["workflow"], panel.generations)


def _whole_batches(tables: Tables) -> bool:
    try:
        schedule_of(tables["workflow"], 3).refuse_uncovered(WHOLE_BATCHES, "")
    except Problem:
        return False
    return True


def _of_model(table: OnTable, own: dict[str, str]) -> list[Control]:
    """The controls of the model; what they take from `own` is gone from it."""
    panel = Panel({}, _LAST, own, {}, _whole_batches)
    kinds = [table.model] if table.model in ("logistic", "poisson", "gaussian") else list(_REGRESSIONS)
    panel.choice("model.kind", kinds, table.model)
    kind = str(panel.controls[-1].value)
    own.pop("model.kind", None)
    if kind in _PENALTIES:
        spec = Key(number(0.0), "a penalty >= 0")
        panel.number("model.penalty", RANGES["generator.penalty"], _PENALTIES[kind], spec)
    own.pop("model.penalty", None)
    return panel.controls


_REGRESSIONS = ("least_squares", "ridge", "kernel_ridge")


def _of_answer(own: dict[str, str]) -> list[Control]:
    panel = Panel({}, _LAST, own, {}, _whole_batches)
    panel.choice("paths", _PATHS, _FEW_PATHS)
    panel.choice("plan.open", _OPEN, _OPEN[0])
    panel.number("plan.keep_within", RANGES["plan.keep_within"], 0.1, Key(number(0.0), "a part"))
    for key in ("paths", "plan.open", "plan.keep_within"):
        own.pop(key, None)
    return panel.controls


def forecast_of(position: TablePosition) -> Forecast:
    """Forecast at a position, as `genloss forecast` does with so many paths."""
    from genloss.advise.forecasts.from_rows import forecast_table

    table = position.table
    return forecast_table(
        position.estimator,
        table.read,
        workflow=position.words,
        generations=position.generations,
        replicates=int(position.asked["paths"]),
        above=table.above,
        keep=table.keep,
    )


def plan_words(position: TablePosition) -> list[str]:
    """Answer the plan's question of a position in sentences; why it cannot be answered, where it cannot."""
    from genloss.advise.plans.door import plan_for
    from genloss.advise.plans.of_table import planned_file

    asked, table = position.asked, position.table
    replicates = int(asked["paths"])
    try:
        subject: PlannedTable = planned_file(
            position.estimator,
            table.read,
            workflow=position.words,
            generations=position.generations,
            replicates=replicates,
            above=table.above,
            keep=table.keep,
        )
        open_ = str(asked["plan.open"])
        if open_ not in subject.opens:
            return [f"Nothing to plan: {open_.replace('_', ' ')} cannot be chosen under this workflow and model."]
        asks = partial(question, at_most=None, at_least=None, chance=None, when="always", budget=None)
        within = {"keep_within": asked["plan.keep_within"]}
        found = plan_for(
            asks(open_, **within, cost_real=None, cost_synthetic=None, replicates=replicates, seed=0, frontier=False),
            subject,
        )
    except Problem as problem:
        return [f"No plan: {problem.found}; {problem.mend}."]
    return [f"Asked: {found.goal}.", *found.page().answer]


def table_view(position: TablePosition) -> dict[str, Any]:
    """Return the view of a position as plain data: the forecast with its band, and the plan in words."""
    began = time.perf_counter()
    try:
        found: Forecast | None = forecast_of(position)
        none = None
    except Problem as problem:
        found, none = None, f"no forecast: {problem.found}; {problem.mend}"
    curves = [] if found is None or found.last < 0 else [_curve(found)]
    values = [value for curve in curves for name in ("y", "low", "high") for value in curve[name]]
    begins = "" if found is None else _begins(position, found.begin)
    return {
        "schema": SCHEMA,
        "query": position.query,
        "preset": TABLE,
        "title": position.table.title,
        "source": "",
        "case": position.table.name,
        "cases": [position.table.name],
        "metrics": ["risk"],
        "metric": "risk",
        "x": GENERATION,
        "ways": [GENERATION],
        "controls": [control.to_dict() for control in position.controls],
        "fixed": [],
        "axes": {
            "x": {"label": "generation", "log": False},
            "y": {"label": f"risk: {found.means}" if found is not None else "risk", "log": log_axis(values)},
        },
        "theory": {
            "curves": curves,
            "none": none,
            "note": "" if begins == _OWN else begins,
            "milliseconds": round(1000 * (time.perf_counter() - began), 1),
        },
        "simulation": {"possible": False, "why_not": WHY_NOT, "engine": ""},
        "workflow": told(position.workflow, position.generations),
        "answer": [] if found is None else found.answer(),
        "plan": plan_words(position),
        "changed": "",
        "begins": begins,
        "slow": True,
    }


def _begins(position: TablePosition, begin: str) -> str:
    """Say what generation 0 is fitted to, and why it is not what was given."""
    if begin == OWN:
        return _OWN
    given, asked = len(position.table.read.target), position.workflow.get("rows")
    more = isinstance(asked, int) and asked > given
    why = f"it asks for {asked:,} rows, and {given:,} were given" if more else "it asks for other rows than were given"
    return f"Generation 0 is fitted to rows drawn anew: {why}."


def _curve(found: Forecast) -> dict[str, Any]:
    known = range(found.last + 1)
    names = ("risk", "low", "high", "standard_error")
    numbers = {name: [finite(float(getattr(found, name)[g])) for g in known] for name in names}
    return {
        "label": "",
        "x": list(known),
        "y": numbers["risk"],
        "low": numbers["low"],
        "high": numbers["high"],
        "standard_error": numbers["standard_error"],
        "status": "simulation",
        "allowance": None,
    }


def no_study() -> Problem:
    """Return the refusal to save a table's position as a study."""
    return Problem("study.toml", _NO_STUDY, "save its numbers as CSV, or use genloss forecast with the same settings")
