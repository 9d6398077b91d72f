"""Any subject with several models in place of one: its engines run the fits of all lineages as one schedule.

What one model has is read off its own fits; what is reported of all is said by the key `of` (`together.py`). Cells that
differ in `of` alone read the same draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from genloss.blocks import Draws
from genloss.errors import Problem
from genloss.identity import identity, plain_text
from genloss.metrics import AnyErrors, measure
from genloss.results.cells import Damage
from genloss.simulation.terms import NothingKept
from genloss.study.spec.grid import Cell
from genloss.study.spec.lineages import lineages_of_table
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Chosen, Group, Subject
from genloss.study.subjects.schedules import schedule_for
from genloss.study.subjects.several.predicted import predicted
from genloss.study.subjects.several.together import reported
from genloss.study.subjects.several.words import lineages_words
from genloss.workflows import Schedule

__all__ = ["of_several"]


def of_several(one: Subject) -> Subject:
    """Return the subject whose cells have lineages, made from that of one model."""
    return replace(
        one,
        name=f"several models: {one.name}",
        choose=partial(_choose, one),
        check=partial(_check, one),
        predict=partial(predicted, one),
        simulate=partial(_simulate, one),
        words=partial(_words, one),
        group_key=lambda cell: one.group_key(_alone(cell)),
        shared_draws=lambda _: None,
        draw_key=lambda cell: identity({"of": one.draw_key(_alone(cell)), "lineages": _alone(cell).texts["lineages"]}),
        side_by_side=partial(_side_by_side, one),
        beside=None if one.beside is None else partial(_of_first, one.beside),
        said=None if one.said is None else partial(_said, one.said),
        versions=None if one.versions is None else partial(_of_first, one.versions),
        spoiled=None if one.spoiled is None else partial(_spoiled, one.spoiled),
    )


def _alone(cell: Cell) -> Cell:
    """Return a cell without what is reported of the lineages, which changes no draw."""
    lineages = {key: value for key, value in cell.settings["lineages"].items() if key != "of"}
    return replace(
        cell,
        settings={**cell.settings, "lineages": lineages},
        long_settings={**cell.long_settings, "lineages": lineages},
    )


def _of_fits(scope: Scope, cell: Cell, report: Sequence[int]) -> tuple[Scope, tuple[int, ...]]:
    """Return the scope in which the fits of reported generations are reported, and their numbers."""
    lineages = lineages_of_table(cell.settings["lineages"])
    fits = tuple(fit for g in report for fit in lineages.fits(g))
    return replace(scope, report=fits), fits


def _choose(one: Subject, scope: Scope, group: Group, engine: str) -> Chosen:
    inner, _ = _of_fits(scope, group[0], scope.report)
    return replace(one.choose(inner, (_alone(group[0]),), engine), shares=False)


def _check(one: Subject, scope: Scope, group: Group, workers: int) -> None:
    inner, _ = _of_fits(scope, group[0], scope.report)
    one.check(inner, (_alone(group[0]),), workers)


def _side_by_side(one: Subject, scope: Scope, group: Group, engine: str) -> int:
    inner, _ = _of_fits(scope, group[0], scope.report)
    return one.side_by_side(inner, (_alone(group[0]),), engine)


def _simulate(
    one: Subject, scope: Scope, group: Group, engine: str, draws: Draws, report: tuple[int, ...]
) -> Sequence[Sequence[AnyErrors] | Problem]:
    """Simulate all lineages of each kind of draws once, and read off what each cell reports."""
    made: dict[str, Sequence[AnyErrors] | Problem] = {}
    found: list[Sequence[AnyErrors] | Problem] = []
    for cell in group:
        alone = _alone(cell)
        key = plain_text(alone.settings)
        if key not in made:
            inner, fits = _of_fits(scope, cell, report)
            with _named(schedule_for(inner, alone)):
                made[key] = one.simulate(inner, (alone,), engine, draws, fits)[0]
        errors, lineages = made[key], lineages_of_table(cell.settings["lineages"])
        if isinstance(errors, Problem):
            found.append(errors)
            continue
        by_generation = [errors[i : i + lineages.count] for i in range(0, len(errors), lineages.count)]
        of = cell.settings["lineages"]["of"]
        found.append([reported(of, lineages.names, each, scope.metrics, measure) for each in by_generation])
    return found


@contextmanager
def _named(schedule: Schedule) -> Iterator[None]:
    """Where a filter keeps nothing say of which lineage and generation."""
    try:
        yield
    except NothingKept as none:
        raise none.called(schedule.fit_words(none.generation)) from none


def _words(one: Subject, case: Mapping[str, Any]) -> str:
    return f"{one.words(case)}; {lineages_words(case['lineages'])}"


def _of_first(of: Callable[[Scope, Group], Any], scope: Scope, group: Group) -> Any:
    inner, _ = _of_fits(scope, group[0], scope.report)
    return of(inner, (_alone(group[0]),))


def _said(of: Callable[[Scope, Group, Sequence[Any]], Sequence[str]], scope: Scope, group: Group, notes: Any) -> Any:
    inner, _ = _of_fits(scope, group[0], scope.report)
    return of(inner, (_alone(group[0]),), notes)


def _spoiled(of: Callable[[Scope, Cell], Sequence[Damage]], scope: Scope, cell: Cell) -> Sequence[Damage]:
    inner, _ = _of_fits(scope, cell, scope.report)
    return of(inner, _alone(cell))
