"""From a cell's settings to the regression that theory and simulation are given."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from genloss.identity import identity, plain_text, text_of_tables
from genloss.models import MODELS, Generator, Predictor, Regression, ShiftedTruth
from genloss.populations import LinearGaussian, Places, Population
from genloss.simulation.task import Task
from genloss.streams import BLOCK
from genloss.study.spec.data import population_of
from genloss.study.spec.grid import Cell
from genloss.study.spec.lineages import penalties_of
from genloss.study.spec.scope import Scope
from genloss.study.subjects.schedules import schedule_for
from genloss.theory.coverage import Setting
from genloss.workflows import Schedule

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def group_key(cell: Cell) -> str:
    """Name cells that differ in the predictor's penalty only: they read the same draws."""
    if "predictor" not in cell.settings:
        return text_of_tables(cell.texts)
    rest = {key: value for key, value in cell.settings["predictor"].items() if key != "penalty"}
    return text_of_tables(cell.texts | {"predictor": plain_text(rest)})


def shared_draws(cell: Cell) -> str | None:
    """Name cells whose own fits may share draws and inputs, all but their penalties being alike; None: no such."""
    if "predictor" in cell.settings or cell.settings["generator"]["kind"] not in ("least_squares", "ridge"):
        return None
    rest = {table: dict(keys) for table, keys in cell.settings.items()}
    for key in ("kind", "penalty"):
        rest["generator"].pop(key, None)
    return identity(rest)


def draw_key(cell: Cell) -> str:
    """Name what changes the draws: who is drawn and how many; not noise levels, penalties or kernels."""
    still, rows = ("noise", "file", "sha256", "weights"), ("rows", "synthetic_share", "features")
    population = {
        key: value for key, value in cell.settings["population"].items() if key not in still and value is not None
    }
    return identity(
        {
            "population": population,
            "emit": cell.long_settings["workflow"]["emit"],
            "design": cell.settings["generator"].get("design", "fresh"),
            "predictor": {key: cell.settings.get("predictor", {}).get(key) for key in rows},
        }
    )


def setting_of(scope: Scope, group: tuple[Cell, ...]) -> Setting:
    """Build what theory is asked about."""
    population, schedule, generator, predictor = _parts(scope, group)
    return Setting(population, schedule, generator, predictor)


def task_of(
    scope: Scope, group: tuple[Cell, ...], replicates: int, report: tuple[int, ...], block: int = BLOCK
) -> Task:
    """Build what an engine simulates; cells without a predictor are generators that share their draws."""
    population, schedule, generator, predictor = _parts(scope, group)
    others = group[1:] if predictor is None else ()
    beside = tuple(
        _generator(cell.settings["generator"], population, schedule, cell.settings.get("lineages")) for cell in others
    )
    return Task(population, schedule, generator, predictor, report, replicates, block, beside, scope.trusted)


def _parts(scope: Scope, group: tuple[Cell, ...]) -> tuple[Population, Schedule, Generator, Predictor | None]:
    settings = group[0].settings
    population = _population(group[0].texts["population"], scope.seed, scope.places)
    schedule = schedule_for(scope, group[0])
    generator = _generator(settings["generator"], population, schedule, settings.get("lineages"))
    if "predictor" not in settings:
        return population, schedule, generator, None
    models = tuple(_model(cell.settings["predictor"]) for cell in group)
    judged = settings["predictor"]
    return (
        population,
        schedule,
        generator,
        Predictor(models, judged["rows"], judged["noise"], judged["synthetic_share"], judged.get("features")),
    )


def _generator(
    settings: Mapping[str, Any], population: Population, schedule: Schedule, lineages: Mapping[str, Any] | None
) -> Generator:
    if settings["kind"] == "shifted_truth":
        return Generator(ShiftedTruth(_deviations(settings["shift"], population.dim)), 0.0)
    penalty, penalties = settings.get("penalty"), []
    if isinstance(penalty, dict) and "by_generation" in penalty:
        penalties = [float(value) for value in penalty["by_generation"]]
    elif isinstance(penalty, dict):
        used = [float(schedule.rows_used(g).sum()) for g in range(len(schedule.train))]
        penalties = [penalty["alpha"] / rows for rows in used]
    if lineages is not None and not (isinstance(penalty, dict) and "alpha" in penalty):
        penalties = penalties_of(lineages, len(schedule.lineages), penalties, len(schedule.train))
    model = _model({**settings, "penalty": penalties[0]} if penalties else settings)
    return Generator(model, settings["noise"], settings["design"], tuple(penalties))


def _deviations(form: Mapping[str, Any], dim: int) -> Array:
    if "norm" in form:
        return np.full(dim, form["norm"] / np.sqrt(dim))
    inner = form["deviations"]
    return _decay(inner["power_law"], dim) if isinstance(inner, dict) else np.array(inner, dtype=float)


def _model(settings: Mapping[str, Any]) -> Regression:
    outside = ("kind", "design", "noise", "rows", "synthetic_share", "features")
    return MODELS[settings["kind"]](**{key: value for key, value in settings.items() if key not in outside})


@lru_cache(maxsize=16)
def _population(text: str, seed: int, places: Places) -> Population:
    settings = json.loads(text)
    if settings["kind"] != "linear_gaussian":
        return population_of(settings, seed, places)
    dim = settings["dim"]
    return LinearGaussian(
        _spectrum(settings["spectrum"], dim),
        _coefficients(settings["signal"], dim),
        settings["noise"],
        _given(_spectrum, settings.get("synthetic_spectrum"), dim),
        _given(_mean, settings.get("synthetic_mean"), dim),
    )


def _given(of: Callable[[Any, int], Array], form: Any, dim: int) -> Array | None:
    """Return what a form says, None where nothing is said."""
    return None if form is None else of(form, dim)


def _mean(form: Any, dim: int) -> Array:
    return np.full(dim, form["norm"] / np.sqrt(dim)) if isinstance(form, dict) else np.array(form, dtype=float)


def _spectrum(form: Any, dim: int) -> Array:
    if form == "isotropic":
        return np.ones(dim)
    return _decay(form["power_law"], dim) if isinstance(form, dict) else np.array(form, dtype=float)


def _coefficients(form: Mapping[str, Any], dim: int) -> Array:
    if "norm" in form:
        return np.full(dim, form["norm"] / np.sqrt(dim))
    inner = form["coefficients"]
    return _decay(inner["power_law"], dim) if isinstance(inner, dict) else np.array(inner, dtype=float)


def _decay(exponent: float, dim: int) -> Array:
    return np.asarray(np.arange(1, dim + 1, dtype=float) ** -exponent)
