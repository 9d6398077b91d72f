"""Which penalties should the generators of a study have?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from genloss.advise.penalties.by_generation import PenaltySchedule, penalty_schedule
from genloss.advise.penalties.cross_validation import (
    CrossValidationHorizon,
    checked_replicates,
    cross_validation_horizon,
    refuse_uneven,
)
from genloss.errors import Problem, refuse_uncalled
from genloss.identity import identity
from genloss.models import Ridge
from genloss.populations import LinearGaussian
from genloss.report import Figure, Page, Panel, as_markdown, draw, render
from genloss.results.store import Table, as_csv, as_parquet, json_text
from genloss.study import Study
from genloss.study.page.words import axis_name
from genloss.study.subjects.regression.build import setting_of
from genloss.study.subjects.table import group_cells, subject_of
from genloss.theory.coverage import Setting
from genloss.version import __version__

__all__ = ["Planned", "as_json", "page", "panels", "plans", "writers"]

_MOST = 8

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Planned:
    """The schedules for one workflow and population of a study."""

    title: str
    schedule: PenaltySchedule
    choice: CrossValidationHorizon | None = None


def plans(
    study: Study,
    *,
    goal: str = "horizon",
    replicates: int = 0,
    progress: Progress | None = None,
    drawing: Progress | None = None,
) -> list[Planned]:
    """Find the penalties for every population and workflow of a study, whatever penalties it gives.

    The horizon is the study's last generation. replicates: if above 0, how many data sets are drawn to see until when
    theory will do for cross-validated penalties. progress: called with (steps done, most steps), drawing: with (data
    sets done, all of them).
    Errors: `Problem` for a predictor, a population other than linear_gaussian, a generator other than ridge,
    more than 8 settings, and as `penalty_schedule` and `cross_validation_horizon`.
    Checked by tests/unit/test_plan.py.
    """
    refuse_uncalled("progress", progress)
    found: dict[str, tuple[str, Setting]] = {}
    for group in group_cells(study.cells()):
        cell = group[0]
        kind = cell.settings["population"]["kind"]
        if subject_of(cell).name != "regression":
            raise Problem("population.kind", f"{kind} has no penalties to plan", "use a linear_gaussian population")
        settings = {table: dict(keys) for table, keys in cell.settings.items()}
        settings["generator"].pop("penalty", None)
        places = [f"{axis_name(key)} = {value}" for key, value in cell.axes.items() if key != "generator.penalty"]
        title = ", ".join(part for part in (cell.case, *places) if part)
        found.setdefault(identity(settings | {"case": cell.case}), (title, setting_of(study.scope, group)))
    if len(found) > _MOST:
        raise Problem(
            "study",
            f"{len(found)} populations and workflows",
            f"give at most {_MOST} to plan for at once: shorten the lists that the study sweeps over",
        )

    if replicates:
        checked_replicates(replicates)
        for title, setting in found.values():
            _refuse_horizon(title, setting)

    def part(told: Progress | None, place: int) -> Progress | None:
        return None if told is None else lambda done, most: told(place * most + done, len(found) * most)

    seed = study.resolved["seed"]
    return [
        Planned(
            title,
            _planned(setting, goal, part(progress, place)),
            _horizon(setting, replicates, seed, part(drawing, place)) if replicates else None,
        )
        for place, (title, setting) in enumerate(found.values())
    ]


def _refuse_horizon(title: str, setting: Setting) -> None:
    """Say before any work where data sets cannot be drawn."""
    try:
        if setting.generator.design != "fresh":
            raise Problem("generator.design", "the same inputs for every batch", "give fresh ones")
        refuse_uneven(setting.schedule)
    except Problem as problem:
        where = ": ".join(part for part in (title, problem.where) if part)
        raise Problem(where, problem.found, f"{problem.mend}, or plan without data sets") from problem


def _horizon(setting: Setting, replicates: int, seed: int, progress: Progress | None) -> CrossValidationHorizon:
    population = setting.population
    assert isinstance(population, LinearGaussian)
    return cross_validation_horizon(
        population.spectrum,
        population.coefficients,
        setting.schedule,
        noise=setting.generator.noise,
        replicates=replicates,
        seed=seed,
        progress=progress,
    )


def _planned(setting: Setting, goal: str, progress: Progress | None) -> PenaltySchedule:
    population, generator = setting.population, setting.generator
    if setting.predictor is not None:
        raise Problem(
            "predictor", "a predictor is judged", "leave [predictor] out: the generators' own fits are planned"
        )
    if not isinstance(population, LinearGaussian):
        raise Problem(
            "population.kind", "not linear_gaussian", "give spectrum and signal of a linear_gaussian population"
        )
    if not isinstance(generator.model, Ridge):
        raise Problem("generator.kind", "has no ridge penalty to choose", 'give kind = "ridge" with any penalty')
    spectrum, coefficients = population.spectrum, population.coefficients
    return penalty_schedule(
        spectrum,
        coefficients,
        setting.schedule,
        noise=generator.noise,
        goal=goal,
        design=generator.design,
        progress=progress,
    )


def panels(planned: Sequence[Planned]) -> list[Panel]:
    """Draw the risk by generation for every way to choose penalties."""
    return [replace(panel, title=each.title or panel.title) for each in planned for panel in each.schedule.panels()]


def page(study: Study, planned: Sequence[Planned]) -> Page:
    """Return one page of all settings: what each should do, the curves, and the ways beside each other."""
    said = [(each.title, line) for each in planned for line in each.schedule.summary().splitlines()]
    tables = [(each.title, table) for each in planned for table in each.schedule.page().tables]
    drawn = panels(planned)
    return Page(
        title=str(study.resolved["question"]) or "Which penalty in which generation?",
        subtitle=f"study {study.name}, id {study.id}",
        answer=[f"{name}: {line}" if name else line for name, line in said],
        figures=[Figure("Excess risk by generation", "n is the generation.", drawn, min(2, len(drawn)))],
        tables=[replace(table, title=f"{name}: {table.title}" if name else table.title) for name, table in tables],
        spec=study.toml(),
        facts=[("genloss", __version__)],
    )


def writers(study: Study, planned: Sequence[Planned]) -> dict[str, Callable[[], str | bytes]]:
    """Return how the plans of a study become a file of each form."""
    columns, _ = planned[0].schedule._table()
    named = [{"setting": each.title, **line} for each in planned for line in each.schedule._table()[1]]
    table: Table = (["setting", *columns], named)

    def picture(kind: Any) -> bytes:
        shown = panels(planned)
        return draw(shown, columns=min(len(shown), 2), formats=(kind,))[kind]

    return {
        ".html": lambda: render(page(study, planned)),
        ".md": lambda: as_markdown(page(study, planned)),
        ".csv": lambda: as_csv(table),
        ".parquet": lambda: as_parquet(table),
        ".json": lambda: as_json(study, planned),
        ".png": lambda: picture("png"),
        ".svg": lambda: picture("svg"),
    }


def as_json(study: Study, planned: Sequence[Planned]) -> str:
    """Return everything as JSON."""
    data: dict[str, Any] = {
        "schema": "plan/2",
        "study": study.id,
        "plans": [
            {"title": each.title}
            | each.schedule.to_dict()
            | ({} if each.choice is None else {"cross_validation": each.choice.to_dict()})
            for each in planned
        ],
    }
    return json_text(data)
