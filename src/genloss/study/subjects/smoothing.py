"""Studies of generators that smooth: kernel densities and early-stopped diffusion, refitted to rows that they drew."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.blocks import Draws, width
from genloss.errors import Problem
from genloss.metrics import SmoothedErrors
from genloss.models.smoothing import EarlyStopped, KernelDensity, Smoothed
from genloss.room import refuse_memory
from genloss.simulation.loops.smoothing import NormalMixture, smoothing_run
from genloss.streams import BLOCK
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Group, Predicted, Predictions, Subject, one_engine
from genloss.study.subjects.schedules import schedule_for
from genloss.study.subjects.smoothing_theory import smoothing_curve
from genloss.study.subjects.words import value_words, workflow_words
from genloss.theory.coverage import predictions

Array = NDArray[np.float64]


def truth_of(population: Mapping[str, Any]) -> NormalMixture:
    """Return the mixture that a population's settings describe, or say what is wrong with it."""
    names = ("shares", "means", "deviations")
    parts = [np.array(population[name], dtype=float) for name in names]
    if len({part.size for part in parts}) > 1:
        counts = ", ".join(f"{part.size} {name}" for part, name in zip(parts, names, strict=True))
        raise Problem("population.means", counts, "give one number of each for every part")
    if abs(parts[0].sum() - 1) > 1e-9:
        raise Problem("population.shares", f"they add up to {parts[0].sum():g}", "give shares that add up to 1")
    return NormalMixture(*parts)


@lru_cache(maxsize=64)
def _known_truth(population: str) -> NormalMixture:
    return truth_of(json.loads(population))


def model_of(generator: Mapping[str, Any]) -> KernelDensity | EarlyStopped:
    """Return the model that a generator's settings describe."""
    given = {key: value for key, value in generator.items() if key != "kind"}
    return KernelDensity(**given) if generator["kind"] == "kernel_density" else EarlyStopped(**given)


def _simulate(
    scope: Scope, group: Group, engine: str, draws: Draws, report: tuple[int, ...]
) -> Sequence[Sequence[SmoothedErrors]]:
    del engine
    truth, population = _known_truth(group[0].texts["population"]), group[0].settings["population"]
    fits = smoothing_run(
        model_of(group[0].settings["generator"]),
        truth,
        schedule_for(scope, group[0]),
        report=report,
        replicates=draws.drawn,
        rng=draws.streams("chain"),
    )
    return [[_errors(fit, draws.replicates, truth, population["frequency"]) for fit in fits]]


def _errors(fit: Smoothed, kept: int, truth: NormalMixture, frequency: float) -> SmoothedErrors:
    weights = np.ones(1) if fit.weights is None else fit.weights[:kept]
    return SmoothedErrors(
        fit.centers[:kept],
        weights,
        fit.deviation[:kept],
        truth.weights,
        truth.means,
        truth.deviations,
        frequency,
    )


def _predict(scope: Scope, groups: Sequence[Group], metric: str) -> Predicted:
    return [_predicted(scope, group, metric) for group in groups]


def _predicted(scope: Scope, group: Group, metric: str) -> Predictions | str:
    settings = group[0].settings
    try:
        curve = smoothing_curve(
            _known_truth(group[0].texts["population"]),
            float(settings["population"]["frequency"]),
            model_of(settings["generator"]),
            schedule_for(scope, group[0]),
            metric,
            scope.report,
        )
    except Problem as problem:
        return f"{problem.where}: {problem.found}"
    if isinstance(curve, str):
        return curve
    return [predictions(scope.report, curve.values.tolist(), curve.status, curve.allowed.tolist(), curve.formula)], []


def _words(case: Mapping[str, Any]) -> str:
    population, generator = case["population"], case["generator"]
    parts = len(population["means"]) if isinstance(population["means"], list) else 0
    law = f"rows of a mixture of {parts} normal laws" if parts > 1 else "rows of a normal law"
    drawn = workflow_words(case["workflow"], "drawn")
    return f"{law}; each generation fits {_model_words(generator)} to {drawn}"


def _model_words(generator: Mapping[str, Any]) -> str:
    later = "" if generator["decay"] == 1.0 else f", times {value_words(generator['decay'])} in every later generation,"
    if generator["kind"] == "early_stopped_diffusion":
        return f"a diffusion model that stops at time {value_words(generator['time'])}{later}"
    rule = ", by Silverman's rule," if generator["rule"] == "silverman" else ""
    kept = " that keeps its variance" if generator["keep_variance"] else ""
    return f"a kernel density{kept} of bandwidth {value_words(generator['bandwidth'])}{rule}{later}"


def _held(scope: Scope, group: Group) -> float:
    """How many numbers a block of replicates holds at once: the rows of all fits, and of their batches."""
    schedule = schedule_for(scope, group[0])
    rows = [float(schedule.rows_used(g).sum()) for g in range(len(schedule.train))]
    return float(BLOCK * 2 * (sum(rows) + sum(batch.rows for batch in schedule.batches)))


def _side_by_side(scope: Scope, group: Group, _engine: str) -> int:
    return width(_held(scope, group))


def _check(scope: Scope, group: Group, workers: int) -> None:
    held = 8.0 * workers * _held(scope, group) * _side_by_side(scope, group, "rows")
    what = f"the rows of {len(schedule_for(scope, group[0]).train):,} fits"
    refuse_memory("study", held, what, "lower generations or rows", workers)


SMOOTHING = Subject(
    name="smoothing",
    engines=lambda: ("rows",),
    choose=one_engine("rows", "runs no generator that smooths"),
    check=_check,
    predict=_predict,
    simulate=_simulate,
    words=_words,
    side_by_side=_side_by_side,
    check_truth=truth_of,
)
