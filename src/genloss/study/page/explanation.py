"""Which workflows does a study run, and what does each generation of them train on?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.report.batches import Band, draw_batches
from genloss.results import write_atomically
from genloss.study.study import Study
from genloss.workflows import Schedule, Workflow
from genloss.workflows.explain import Explained, explain, picture_bands

_MOST = 12


@dataclass(frozen=True)
class Told:
    """One workflow of a study, explained."""

    title: str
    id: str
    form: Mapping[str, Any]
    schedule: Schedule
    generations: Sequence[Explained]


def explanation(study: Study, *, whole: bool = False) -> list[Told]:
    """Explain every workflow of the study once, whichever cases and axes use it."""
    found: dict[str, tuple[Workflow, list[str]]] = {}
    for cell in study.cells():
        workflow = Workflow.from_dict(cell.settings["workflow"])
        cases = found.setdefault(workflow.id, (workflow, []))[1]
        if cell.case and cell.case not in cases:
            cases.append(cell.case)
    told = []
    for name, (workflow, cases) in list(found.items())[:_MOST]:
        schedule = workflow.compile(study.resolved["generations"])
        where = f" in {', '.join(cases)}" if cases and len(found) > 1 else ""
        title = f"{workflow!r}{where}"
        told.append(Told(title, name, workflow.to_dict(), schedule, explain(schedule, whole=whole)))
    return told


def write_picture(told: Sequence[Told], path: Path) -> None:
    """Draw the workflows to a .png or .svg file; several go to numbered files."""
    if path.suffix not in (".png", ".svg"):
        raise Problem(str(path), f"no such picture format: {path.suffix!r}", "end the name in .png or .svg")
    for number, workflow in enumerate(told):
        place = path if number == 0 else path.with_name(f"{path.stem}-{number + 1}{path.suffix}")
        kind: Any = path.suffix[1:]
        descent = [generation.descent for generation in workflow.generations]
        drawn = draw_batches(bands(workflow.schedule), descent, title=workflow.title, formats=(kind,))
        write_atomically(place, drawn[kind])


def bands(schedule: Schedule) -> list[Band]:
    """Shares of the loss by generation, of batches that a picture shows on one line."""
    shares = [schedule.shares(g) for g in range(len(schedule.train))]
    made = []
    for name, group in picture_bands(schedule).items():
        first = schedule.batches[group[0]]
        kind = "real" if first.real else "mixed" if first.origin is None else "synthetic"
        by_generation = [sum(share.get(b, 0.0) for b in group) for share in shares]
        made.append(Band(name, kind, first.birth, by_generation))
    return made
