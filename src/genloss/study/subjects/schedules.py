"""Which schedule does a cell's workflow compile to?"""

from __future__ import annotations

from functools import lru_cache

from genloss.study.spec.grid import Cell
from genloss.study.spec.lineages import schedule_of_lineages
from genloss.study.spec.scope import Scope
from genloss.study.spec.workflow_forms import workflow_of_text
from genloss.workflows import Schedule

_SHORT, _MIDDLE = 16, 128  # generations of schedules of which very many, and many, are remembered


def schedule_of(workflow: str, generations: int) -> Schedule:
    """Compile a workflow given as plain text."""
    remembered = _short if generations <= _SHORT else _middle if generations <= _MIDDLE else _long
    return remembered(workflow, generations)


def _compiled(workflow: str, generations: int) -> Schedule:
    return workflow_of_text(workflow).compile(generations)


_short, _middle, _long = (lru_cache(maxsize=count)(_compiled) for count in (8192, 1024, 16))


def schedule_for(scope: Scope, cell: Cell) -> Schedule:
    """Return the schedule of a cell, which has the fits of all lineages where it has several."""
    if "lineages" in cell.texts:
        return schedule_of_lineages(cell.texts["workflow"], cell.texts["lineages"], scope.generations)
    return schedule_of(cell.texts["workflow"], scope.generations)
