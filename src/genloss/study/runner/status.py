"""How far has a run come? Read from its folder alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.populations import NO_FOLDER, Places
from genloss.results.again import call_again, given_in_python
from genloss.results.cells import Damage, Store, StoredCell
from genloss.results.files import checked_file
from genloss.study.runner.failing import kept_names, told_of
from genloss.study.runner.folder import CELLS, GENERATIONS, PAGE, STUDY, refuse_nothing
from genloss.study.runner.named import looked_up, stored_name
from genloss.study.runner.stopping import enough
from genloss.study.study import Study
from genloss.study.subjects.table import subject_of


@dataclass(frozen=True, slots=True)
class Status:
    """Finished, begun (some generations, metrics or replicates) and missing cells of a study.

    others: cells in the folder that the study does not ask for, left by an earlier form of it. damaged: files of cells
    and of kept rows that cannot be believed, each with why; a run computes them again. page: whether the page is there.
    trouble: why the study cannot be read, "" where it can; without it the cells are counted as others. away: names of
    code that is not found from the folder: the run goes on by the study's own file, beside which it stands. again: the
    call of Python by which it goes on where the model or the rows were given there, "" where a command does. failed:
    cells that could not be computed, each with why, and the file that has all of it; a run tries them again.
    """

    study: str
    question: str
    cells: int
    finished: int
    begun: int
    others: int
    page: bool
    damaged: tuple[str, ...] = ()
    trouble: str = ""
    away: tuple[str, ...] = ()
    again: str = ""
    failed: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """Cells that are neither finished nor begun; those that failed are among them."""
        return self.cells - self.finished - self.begun

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "schema": "status/5",
            "study": self.study,
            "question": self.question,
            "cells": self.cells,
            "finished": self.finished,
            "begun": self.begun,
            "missing": self.missing,
            "others": self.others,
            "damaged": list(self.damaged),
            "page": self.page,
            "trouble": self.trouble,
            "away": list(self.away),
            "again": self.again,
            "failed": list(self.failed),
        }


def status(folder: str | Path, places: Places = NO_FOLDER) -> Status:
    """Compare the study in a run's folder with the cells stored beside it, whatever state they are in."""
    place = Path(folder)
    store, page = Store(place / CELLS), (place / PAGE).is_file()
    stored = list(store.names())
    refuse_nothing(place)
    if not os.path.lexists(place / STUDY) and not stored:
        raise Problem(
            str(place), "holds no study.toml, so no run was begun here", "give the folder of genloss run --out"
        )
    try:
        checked_file(place / STUDY)
        study = Study.load(place / STUDY, places=places)
    except Problem as problem:
        found = [store.look(name) for name in stored]
        whole = sum(isinstance(each, StoredCell) for each in found)
        return Status("", "", 0, 0, 0, whole, page, _told(found), f"{problem.where}: {problem.found}")
    scope = study.scope
    kept = study.keeping(place / GENERATIONS).scope
    finished = begun = 0
    damaged: list[StoredCell | Damage | None] = []
    ours: set[str] = set()
    failed, kept_failures = list[str](), kept_names(store)
    cells = [cell for cell in study.cells() if cell.simulated]
    for cell in cells:
        known = [looked_up(scope, cell, engine, store) for engine in subject_of(cell).engines()]
        whole_cells = [each for each in known if isinstance(each, StoredCell)]
        ours |= {stored_name(scope, cell, engine) for engine in subject_of(cell).engines()}
        damaged += known
        spoiled = subject_of(cell).spoiled
        rows = list(spoiled(kept, cell)) if spoiled is not None else []
        damaged += rows
        if not rows and any(enough(each, scope) is not None for each in whole_cells):
            finished += 1
            continue
        names = (stored_name(scope, cell, engine) for engine in subject_of(cell).engines())
        told_here = [line for name in names if name in kept_failures and (line := told_of(store, name))]
        failed += told_here[:1]
        if not told_here and any(each.values for each in whole_cells):
            begun += 1
    rest = [store.look(name) for name in stored if name not in ours]
    others = sum(isinstance(each, StoredCell) for each in rest)
    told = _told([*damaged, *rest])
    away = tuple(code.name for code in study.codes if not code.files)
    question = str(study.resolved["question"])
    again = call_again(study.resolved, str(folder)) if given_in_python(study.resolved) else ""
    counts = (len(cells), finished, begun, others)
    return Status(study.id, question, *counts, page, told, away=away, again=again, failed=tuple(failed))


def _told(found: Iterable[StoredCell | Damage | None]) -> tuple[str, ...]:
    return tuple(sorted({str(each) for each in found if isinstance(each, Damage)}))
