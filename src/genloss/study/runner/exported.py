"""What does the folder of a run hold for other tools? Its rows, finished or not, and the values of its replicates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genloss.errors import Problem
from genloss.populations.places import NO_FOLDER, Places
from genloss.results.cells import Store, StoredCell
from genloss.results.marks import mark_of
from genloss.results.replicates import Replicates
from genloss.results.result import Result
from genloss.results.summary import FAILED
from genloss.study.runner.folder import CELLS, ROWS, STUDY
from genloss.study.runner.named import looked_up
from genloss.study.runner.portions import groups_of, refuse_no_run, study_of
from genloss.study.runner.rows import simulated_rows
from genloss.study.runner.simulated import Progress
from genloss.study.runner.stopping import enough, scope_of_rows
from genloss.study.spec.grid import Cell
from genloss.study.study import Study
from genloss.study.subjects.protocol import Chosen
from genloss.study.subjects.table import subject_of
from genloss.version import __version__


@dataclass(frozen=True, slots=True)
class Exported:
    """The rows of a run's folder. whole: whether they are all; finished: of how many cells, where they are not."""

    result: Result
    whole: bool
    finished: int
    cells: int


def exported(folder: str | Path, places: Places = NO_FOLDER, *, progress: Progress | None = None) -> Exported:
    """Return the rows of a run's folder: all that the run has left, or those of simulation of the cells that are whole.

    Theory, and differences between cells, are made at the end of a run. Nothing is computed or written. progress:
    called with (cells looked at, cells). Errors: `Problem` for a folder without a study, for one without a whole cell,
    and for rows that are damaged.
    """
    place = Path(folder)
    refuse_no_run(place)
    rows = place / ROWS[1]
    if rows.is_file() and mark_of(rows, ".json") == mark_of(place / STUDY, ".toml") is not None:
        result = Result.load(rows)
        have = {(row.case, row.cell) for row in result.rows if row.method == "simulation"}
        failed = sum(gap.startswith(FAILED) for gap in result.gaps)
        return Exported(result, not failed, len(have), len(have) + failed)
    study = study_of(place, places)
    found = [
        (row, cell.id)
        for cell, engine, stored in whole_cells(study, place, progress)
        for row in simulated_rows(study.id, scope_of_rows(study.scope, stored), cell, stored, engine)
    ]
    cells = sum(cell.simulated for cell in study.cells())
    finished = len({(row.case, name) for row, name in found})
    if not finished:
        mend = f"run it: genloss run {place / STUDY} --out {place}"
        raise Problem(str(place), f"none of its {cells:,} cells is whole yet for genloss {__version__}", mend)
    return Exported(Result(study.resolved, tuple(row for row, _ in found)), False, finished, cells)


def whole_cells(
    study: Study, folder: Path, progress: Progress | None = None
) -> Iterator[tuple[Cell, Chosen, StoredCell]]:
    """Return the cells of a study that are whole in a folder, in the order of its rows, each as it is asked for."""
    store, scope, done = Store(folder / CELLS), study.scope, 0
    groups = groups_of(study)
    total = sum(len(group) for group in groups)
    for group in groups:
        subject = subject_of(group[0])
        names = dict.fromkeys([subject.choose(scope, group, "auto").name, *subject.engines()])
        for cell in group:
            done += 1
            if progress is not None:
                progress(done, total)
            for name in names:
                stored = looked_up(scope, cell, name, store)
                if isinstance(stored, StoredCell) and enough(stored, scope) is not None:
                    yield cell, subject.choose(scope, group, name), stored
                    break


def replicates(study: Study, folder: Path, progress: Progress | None = None) -> Iterator[Replicates]:
    """Return the values of all replicates of the cells that are whole, each as it is asked for."""
    scope = study.scope
    wanted = [(metric, generation) for generation in scope.report for metric in scope.metrics]
    for cell, engine, stored in whole_cells(study, folder, progress):
        count = enough(stored, scope)
        values = {place: stored.values[place][:count] for place in wanted}
        yield Replicates(study.id, cell.id, cell.case, cell.axes, engine.name, __version__, values)
