"""Which schedule does a cell's workflow compile to?"""

from __future__ import annotations

from functools import lru_cache

from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.spec.workflow_forms import workflow_of_text
from genloss.workflows import Schedule

_SHORT = 64  # generations of schedules of which many are remembered


def schedule_of(workflow: str, generations: int) -> Schedule:
    """Compile a workflow given as plain text."""
    return (_short if generations <= _SHORT else _long)(workflow, generations)


@lru_cache(maxsize=2048)
def _short(workflow: str, generations: int) -> Schedule:
    return workflow_of_text(workflow).compile(generations)


@lru_cache(maxsize=16)
def _long(workflow: str, generations: int) -> Schedule:
    return workflow_of_text(workflow).compile(generations)


def schedule_for(scope: Scope, cell: Cell) -> Schedule:
    """Return the schedule of a cell."""
    return schedule_of(cell.texts["workflow"], scope.generations)
