"""Which schedule does a cell's workflow compile to?"""

import json
from functools import lru_cache

from genloss.study.study import Cell, Study
from genloss.workflows import Schedule, Workflow


@lru_cache(maxsize=16)
def schedule_of(workflow: str, generations: int) -> Schedule:
    """Compile a workflow given as JSON text."""
    return Workflow.from_dict(json.loads(workflow)).compile(generations)


def schedule_for(study: Study, cell: Cell) -> Schedule:
    """Return the schedule of a cell."""
    return schedule_of(json.dumps(cell.settings["workflow"], sort_keys=True), study.resolved["generations"])
