"""The plan for penalties by generation: theory's schedule, and runs with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from genloss.advise.penalties.by_generation import PenaltySchedule, penalty_schedule
from genloss.advise.penalties.cross_validation import (
    CrossValidationHorizon,
    checked_replicates,
    cross_validation_horizon,
    refuse_uneven,
)
from genloss.advise.plans.answer import Plan
from genloss.advise.plans.built import about, promised
from genloss.advise.plans.of_study import PlannedStudy
from genloss.advise.plans.protocol import Judged
from genloss.advise.plans.question import Question
from genloss.doors import Advice
from genloss.doors import Setting as Word
from genloss.errors import Problem
from genloss.models import Ridge
from genloss.populations import LinearGaussian
from genloss.study.subjects.regression.build import setting_of
from genloss.theory.coverage import Setting

Progress = Callable[[int, int], None]

_GOALS = {"horizon": "the excess risk of generation {last}", "sum": "the sum of excess risks up to generation {last}"}


def for_penalties(
    asked: Question, subject: PlannedStudy, *, goal: str, data_sets: int = 0, drawing: Progress | None = None
) -> Plan:
    """Return the penalties that are best for the horizon or the sum, and what they save against other ways."""
    if asked.target is not None or asked.costs is not None:
        mend = Advice("leave it out, or plan one penalty: ", Word("open", "penalty"))
        raise Problem(
            "the target", "penalties for each generation are made as good as possible, so they have no target", mend
        )
    if goal not in _GOALS:
        raise Problem("goal", f"{goal!r} is not a goal", 'give "horizon" (the last generation) or "sum"')
    found, horizon = schedule_of(subject, goal=goal, data_sets=data_sets, progress=subject.progress, drawing=drawing)
    penalties = [float(each) for each in found.penalties]
    runs = with_penalties(subject, penalties).check({}, asked.replicates)
    low, high = found.risk - found.allowance, found.risk + found.allowance
    saved = ", ".join(f"{100 * part:.1f} % ({name})" for name, part in found.saving.items())
    return Plan(
        open="penalties",
        value=penalties[-1],
        domain=subject.domain("penalty"),
        goal=_GOALS[goal].format(last=subject.generations),
        verification=promised(runs, Judged(found.risk, low, high, low, high, status=found.status)),
        penalties=tuple(penalties),
        saving=dict(found.saving),
        mean=tuple(found.risk.tolist()),
        mean_low=tuple(low.tolist()),
        mean_high=tuple(high.tolist()),
        status=found.status,
        notes=(
            f"Against other ways to choose penalties they save {saved}.",
            *found.notes,
            *(() if horizon is None else horizon.summary().splitlines()),
        ),
        **about(subject, {}),
    )


def schedule_of(
    subject: PlannedStudy,
    *,
    goal: str,
    data_sets: int = 0,
    progress: Progress | None = None,
    drawing: Progress | None = None,
) -> tuple[PenaltySchedule, CrossValidationHorizon | None]:
    """Find the penalties for one case of a study, whatever penalties it gives.

    data_sets: if above 0, how many are drawn to see until when theory does for cross-validated penalties. progress:
    called with (steps done, most steps), drawing: with (data sets done, all of them).
    Errors: `Problem` for a predictor, a population other than linear_gaussian, a generator other than ridge, and as
    `penalty_schedule` and `cross_validation_horizon`.
    """
    setting = _setting(subject)
    if data_sets:
        checked_replicates(data_sets)
        _refuse_horizon(setting)
    population, generator = setting.population, setting.generator
    if not isinstance(population, LinearGaussian):
        raise Problem(
            "population.kind", "not linear_gaussian", "give spectrum and signal of a linear_gaussian population"
        )
    truth: tuple[Any, Any] = (population.spectrum, population.coefficients)
    found = penalty_schedule(
        *truth, setting.schedule, noise=generator.noise, goal=goal, design=generator.design, progress=progress
    )
    if not data_sets:
        return found, None
    horizon = cross_validation_horizon(
        *truth, setting.schedule, noise=generator.noise, replicates=data_sets, seed=subject.seed, progress=drawing
    )
    return found, horizon


def _setting(subject: PlannedStudy) -> Setting:
    if "predictor" in subject.case:
        raise Problem(
            "predictor",
            "the study has a [predictor], which is judged instead of the generators' own fits",
            "leave [predictor] out",
        )
    kind = subject.case["population"]["kind"]
    if kind != "linear_gaussian":
        raise Problem("population.kind", f"{kind} has no penalties to plan", "use a linear_gaussian population")
    if subject.case["generator"]["kind"] != "ridge":
        raise Problem("generator.kind", "has no ridge penalty to choose", 'give kind = "ridge" with any penalty')
    case = {**subject.case, "generator": {**subject.case["generator"], "penalty": 1.0}}
    study = replace(subject, case=case).at([{}])
    setting = setting_of(study.scope, tuple(study.cells()))
    assert isinstance(setting.generator.model, Ridge)
    return setting


def _refuse_horizon(setting: Setting) -> None:
    """Say before any work where data sets cannot be drawn."""
    try:
        if setting.generator.design != "fresh":
            raise Problem("generator.design", "the same inputs for every batch", "give fresh ones")
        refuse_uneven(setting.schedule)
    except Problem as problem:
        raise Problem(problem.where, problem.found, f"{problem.mend}, or plan without data sets") from problem


def with_penalties(subject: PlannedStudy, penalties: list[float]) -> PlannedStudy:
    """Return the case with these penalties, generation by generation."""
    generator = {**subject.case["generator"], "penalty": {"by_generation": penalties}}
    return replace(subject, case={**subject.case, "generator": generator})
