"""How far has a run come? Read from its folder alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.populations import NO_FOLDER, Places
from genloss.results.cells import Store
from genloss.study.runner.units import known_cell
from genloss.study.study import Study
from genloss.study.subjects.table import subject_of


@dataclass(frozen=True, slots=True)
class Status:
    """Finished, begun (some generations, metrics or replicates) and missing cells of a study.

    others: cells in the folder that the study does not ask for, left by an earlier form of it.
    page: whether the page is there.
    """

    study: str
    question: str
    cells: int
    finished: int
    begun: int
    others: int
    page: bool

    @property
    def missing(self) -> int:
        """Cells of which nothing is stored."""
        return self.cells - self.finished - self.begun

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "schema": "status/1",
            "study": self.study,
            "question": self.question,
            "cells": self.cells,
            "finished": self.finished,
            "begun": self.begun,
            "missing": self.missing,
            "others": self.others,
            "page": self.page,
        }


def status(folder: str | Path, places: Places = NO_FOLDER) -> Status:
    """Compare the study in a run's folder with the cells stored beside it."""
    place = Path(folder)
    if not (place / "study.toml").is_file():
        raise Problem(
            str(place), "holds no study.toml, so no run was begun here", "give the folder of genloss run --out"
        )
    study = Study.load(place / "study.toml", places=places)
    store = Store(place / "cells")
    wanted = [(metric, generation) for metric in study.scope.metrics for generation in study.scope.report]
    finished = begun = 0
    ours: set[str] = set()
    cells = [cell for cell in study.cells() if cell.simulated]
    for cell in cells:
        found = [known_cell(study.scope, cell, engine, store) for engine in subject_of(cell).engines()]
        ours |= {stored.name for stored in found}
        if any(not stored.lacks(wanted, study.scope.replicates) for stored in found):
            finished += 1
        elif any(stored.values for stored in found):
            begun += 1
    others = sum(name not in ours for name in store.names())
    question = str(study.resolved["question"])
    return Status(study.id, question, len(cells), finished, begun, others, (place / "index.html").is_file())
