"""Which schedule is meant by a workflow and a last generation, or by a schedule itself?"""

from genloss.errors import Problem
from genloss.workflows.schedule import Schedule
from genloss.workflows.workflow import Workflow


def compiled(workflow: object, generations: int | None) -> Schedule:
    """Return the schedule of a workflow up to a generation, or the schedule that was given."""
    if isinstance(workflow, Schedule):
        last = len(workflow.train) - 1
        if generations not in (None, last):
            raise Problem(
                "generations",
                f"{generations} beside a schedule that ends at generation {last}",
                "leave it out, or give the workflow itself",
            )
        return workflow
    if not isinstance(workflow, Workflow):
        raise Problem(
            "workflow",
            f"{workflow!r:.60} is no Workflow",
            "give e.g. genloss.workflows.accumulate(200), or its compiled Schedule",
        )
    if generations is None:
        raise Problem("generations", "missing", "give the last generation")
    return workflow.compile(generations)
