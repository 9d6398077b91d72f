"""Studies of exponential families: a mean is refitted by maximum likelihood to rows that earlier fits drew."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.identity import identity
from genloss.metrics import FamilyErrors
from genloss.models import quadratic
from genloss.models.quadratic import Quadratic
from genloss.simulation.families import FamilyRuns, run_rows, run_sums
from genloss.simulation.task import Streams
from genloss.streams import BLOCK
from genloss.study.setting_words import value_words, workflow_words
from genloss.study.study import Cell, Study
from genloss.study.subject import Chosen, Group, Predictions, Subject
from genloss.theory.coverage import Prediction
from genloss.theory.workflows import variances
from genloss.workflows import Schedule, Workflow


def _family(population: Mapping[str, Any]) -> tuple[Quadratic, float]:
    keys = {key: value for key, value in population.items() if key not in ("kind", "mean")}
    family: Quadratic = getattr(quadratic, population["kind"])(**keys)
    return family, family.checked(population["mean"])


@lru_cache(maxsize=16)
def schedule_of(workflow: str, generations: int) -> Schedule:
    """Compile a workflow given as JSON text."""
    return Workflow.from_dict(json.loads(workflow)).compile(generations)


def schedule_for(study: Study, cell: Cell) -> Schedule:
    """Return the schedule of a cell."""
    return schedule_of(json.dumps(cell.settings["workflow"], sort_keys=True), study.resolved["generations"])


def _choose(study: Study, group: Group, engine: str) -> Chosen:
    schedule = schedule_for(study, group[0])
    part = any(schedule.is_subsample(use) for uses in schedule.train for use in uses)
    if engine == "auto":
        return Chosen("rows" if part else "sums")
    if engine not in FAMILY.engines:
        raise Problem("engine", f"{engine!r} runs no families", f"give auto or one of {', '.join(FAMILY.engines)}")
    if engine == "sums" and part:
        raise Problem("engine", "sums cannot run this: a term takes a subsample", "use engine = auto")
    return Chosen(engine)


def _simulate(
    study: Study, group: Group, engine: str, replicates: int, report: tuple[int, ...], streams: Streams
) -> Sequence[Sequence[FamilyErrors]]:
    """One cell: no two read the same draws."""
    family, mean = _family(group[0].settings["population"])
    schedule = schedule_for(study, group[0])
    run = run_sums if engine == "sums" else run_rows
    runs = run(family, mean, schedule, replicates=BLOCK, rng=streams("chain"))
    rows = first_rows(schedule)
    return [[_errors(family, mean, rows, runs, g, replicates) for g in report]]


def _errors(family: Quadratic, mean: float, rows: float, runs: FamilyRuns, g: int, replicates: int) -> FamilyErrors:
    fits = runs.estimates[: g + 1, :replicates]
    variance = float(family.variance(mean))
    return FamilyErrors(
        standardized=rows * (fits[-1] - mean) ** 2 / variance,
        left=np.maximum(family.variance(fits[-1]), 0.0) / variance,
        ended=np.asarray(family.at_the_end(fits).any(axis=0)),
    )


def first_rows(schedule: Schedule) -> float:
    """Return the rows that generation 0 trains on."""
    return float(schedule.rows_used(0).sum())


def _predict(study: Study, group: Group, metric: str) -> Predictions | str:
    if metric not in ("standardized_error", "variance_left"):
        return f"no formula gives {metric}"
    family, mean = _family(group[0].settings["population"])
    schedule, variance = schedule_for(study, group[0]), float(family.variance(mean))
    try:
        error = variances(schedule, variance=variance, curvature=family.curvature) / variance
    except Problem as problem:
        return f"{problem.where}: {problem.found}"
    curve = first_rows(schedule) * error if metric == "standardized_error" else 1 + family.curvature * error
    return [{g: Prediction(float(curve[g]), "exact", 0.0, "workflow_covariance") for g in study.resolved["report"]}], []


def _words(case: Mapping[str, Any]) -> str:
    population = case["population"]
    keys = ", ".join(f"{key} {value_words(value)}" for key, value in population.items() if key != "kind")
    name = population["kind"].replace("_", " ")
    return f"rows of the {name} family ({keys}); each generation fits it to {workflow_words(case['workflow'], 'drawn')}"


def own(cell: Cell) -> str:
    """Name everything that a cell is: no other reads its draws."""
    return identity({table: dict(keys) for table, keys in cell.settings.items()})


def draw_id(cell: Cell) -> str:
    """Name what changes the draws: everything."""
    return identity(cell.long_settings)


def alone(_: Cell) -> None:
    """Say that no engine joins groups."""


def _check(study: Study, group: Group, workers: int) -> None:
    del workers
    _family(group[0].settings["population"])
    _choose(study, group, "auto")


FAMILY = Subject(
    name="family",
    engines=("sums", "rows"),
    alike=own,
    shared=alone,
    draw_id=draw_id,
    choose=_choose,
    check=_check,
    predict=_predict,
    simulate=_simulate,
    words=_words,
)
