"""Can the models that a study names be made at all? Asked before anything is computed, or told of what will be."""

from __future__ import annotations

from collections.abc import Iterable

from genloss.errors import Problem
from genloss.study.language.source import Source
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.subjects.table import subject_of


def refuse_generators(scope: Scope, cells: Iterable[Cell], source: Source) -> None:
    """Make every model that needs no trust once; refuse what cannot be made, by its place in the user's file."""
    seen = list[object]()
    for cell in cells:
        generator, check = cell.settings.get("generator"), subject_of(cell).check_model
        if check is None or generator is None or generator in seen:
            continue
        seen.append(generator)
        try:
            check(scope, generator)
        except Problem as problem:
            if not problem.where.startswith("generator"):
                raise
            raise Problem(_place(cell, problem.where, source), problem.found, problem.mend) from problem


def _place(cell: Cell, where: str, source: Source) -> str:
    """Name a key of [generator], with its line, or an option there; what stands in Python is named as it is."""
    path, key = (f"case {cell.case}",) if cell.case else (), where.partition(".")[2] or "options"
    if not source.text:
        return where
    if key in cell.settings["generator"]:
        return source.at(*path, "generator", key)
    return f"{source.at(*path, 'generator', 'options')}.{key}"
