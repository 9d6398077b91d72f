"""How is a study answered? Its finished cells are gathered: theory, simulation, rows in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from genloss.bulk import made_in_bulk
from genloss.errors import refuse_uncalled
from genloss.results.answer import FORMATS
from genloss.results.files import checked_folder, named_folder, sweep
from genloss.results.result import Result
from genloss.results.row import Row
from genloss.study.runner.everywhere import place_on, study_on
from genloss.study.runner.finished import StudyLike, finished_cells
from genloss.study.runner.finished_cell import FinishedCell
from genloss.study.runner.folder import CELLS, GENERATIONS, ROWS, leave_study, mark_of_run
from genloss.study.runner.gaps import gaps
from genloss.study.runner.needs import refuse_full_disk, refuse_values
from genloss.study.runner.simulated import Progress, Simulation
from genloss.study.runner.trust import trusting
from genloss.study.runner.workers import Workers, checked_kind, checked_workers
from genloss.study.study import Study, as_study
from genloss.study.subjects.protocol import Group
from genloss.study.subjects.table import group_cells, subject_of

Watch = Callable[[FinishedCell], object]
"""Called with each cell as it is finished."""
Found = dict[tuple[str, str], FinishedCell]
"""Finished cells by case and id."""


def predict(study: StudyLike, *, progress: Progress | None = None) -> Result:
    """Predict every cell by theory, where there is one; `gaps` says where not and why.

    study: a `Study`, the path of a study file, or a mapping with the keys of one. progress: called with (cells
    predicted, cells).
    """
    refuse_uncalled("progress", progress)
    with made_in_bulk():
        return _predicted(as_study(study), progress)


def _predicted(asked: Study, progress: Progress | None) -> Result:
    """Gather the rows of theory, metric by metric in every group."""
    groups = group_cells(asked.cells())
    predicted = finished_cells(asked, groups, theory=True, simulation=None)
    found = _by_cell(_counted(predicted, sum(len(group) for group in groups), progress))
    rows = [
        row
        for group in groups
        for metric in asked.scope.metrics
        for cell in group
        for row in found[cell.case, cell.id].theory
        if row.metric == metric
    ]
    raise_if_all([found[cell.case, cell.id].failed for group in groups for cell in group])
    lost = dict.fromkeys(line for each in found.values() for line in each.failures)
    return Result(asked.resolved, tuple(rows), (*_gaps(asked, groups, found), *lost))


def simulate(
    study: StudyLike,
    *,
    engine: str = "auto",
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
    store: str | Path | None = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
    stop_at_se: float | None = None,
    trust: bool = False,
) -> Result:
    """Simulate every cell with the fastest exact engine that covers it, or the one named; not where theory is alone.

    study: a `Study`, the path of a study file, or a mapping with the keys of one.
    workers: threads (or processes), each with one BLAS thread; default one per processor, and one for own models. Their
    kind and number change no number in the result. scheduler: the address of a running dask cluster that works instead,
    e.g. "tcp://10.0.0.1:8786"; its workers write finished cells to the store, a folder that all machines see under one
    name. store: a folder that keeps finished cells; what
    it holds already is read, what is missing is computed and added, and so, with a warning, is what is damaged.
    trust: let code that the study names be executed. watch: called with each `FinishedCell`. stop_at_se: add replicates
    to a cell only until the standard error of every metric at every reported generation is at most this share of its
    mean, e.g. 0.01; the study's replicates are the most. It is looked at after 40, 80, 160, ... replicates.

    A cell that cannot be computed is told in `gaps` ("failed: ..."), and does not stop the others; it is tried
    again by the next call with the store. Where all fail, the error of the first is raised.
    """
    refuse_uncalled("progress", progress)
    asked = trusting(as_study(study).with_stop(stop_at_se), trust=trust)
    kept = None if store is None else place_on(scheduler, named_folder("store", store))
    asked = study_on(scheduler, asked if kept is None else asked.keeping(kept.with_name(GENERATIONS)))
    groups = [group for group in group_cells(asked.cells()) if group[0].simulated]
    if kept is not None:
        refuse_full_disk(asked.scope, groups, kept)
    how = Simulation(engine, workers_for(asked, workers, processes, scheduler), kept, progress)
    found = _by_cell(watched(finished_cells(asked, groups, theory=False, simulation=how), watch))
    finished = [found[cell.case, cell.id] for group in groups for cell in group]
    raise_if_all([each.failed for each in finished])
    rows, beside = ([row for each in finished for row in part(each)] for part in (_simulation, _beside))
    lost = dict.fromkeys(line for each in finished for line in each.failures)
    return Result(asked.resolved, tuple(rows), tuple(lost), tuple(beside))


def worker_count(study: Study, workers: int | None) -> int:
    """Return how many workers simulate a study: as asked, or one per processor, or one for a user's own models."""
    alone = workers is None and any(subject_of(cell).alone for cell in study.cells() if cell.simulated)
    return 1 if alone else checked_workers(workers)


def workers_for(study: Study, workers: int | None, processes: bool, scheduler: str | None) -> Workers:
    """Return the workers that simulate a study."""
    kind = checked_kind(workers, processes=processes, scheduler=scheduler)
    return kind if scheduler is not None else Workers(worker_count(study, workers), processes)


def run(
    study: StudyLike,
    *,
    out: str | Path,
    engine: str = "auto",
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
    progress: Progress | None = None,
    predicting: Progress | None = None,
    watch: Watch | None = None,
    force: bool = False,
    stop_at_se: float | None = None,
    trust: bool = False,
) -> Result:
    """Predict, simulate, compare, and leave a page, its figures and the rows in the folder `out`.

    study: a `Study`, the path of a study file, or a mapping with the keys of one.
    Finished cells are kept under out/cells as they come: a run that was stopped, or a study that
    has grown, goes on from there. progress, predicting: called with what is done of the simulation and all of it, and
    before that with (cells predicted, cells). watch: called with each `FinishedCell` of the simulation. force: also
    into a folder of another study, and over files that are not of genloss; without it both are refused before any
    work. trust: let code that the study names be executed; without it such a study is refused. Other arguments
    as in `simulate`.
    """
    from genloss.study.page import whole  # pages draw figures, which predictions need not wait for

    for name, told in (("progress", progress), ("predicting", predicting)):
        refuse_uncalled(name, told)
    folder = checked_folder(named_folder("out", out))
    asked = trusting(as_study(study).with_stop(stop_at_se), trust=trust)
    mark = mark_of_run(folder, asked, force=force)
    simulated_groups = [group for group in group_cells(asked.cells()) if group[0].simulated]
    refuse_values(asked.scope, simulated_groups)
    refuse_full_disk(asked.scope, simulated_groups, folder / CELLS)
    if scheduler is not None:
        with workers_for(asked, workers, processes, scheduler).opened(place_on(scheduler, folder / CELLS)):
            pass  # a cluster that cannot work is told before theory takes its time
    theory = predict(asked, progress=predicting)
    for place in (folder, folder / "figures"):
        sweep(place)
    leave_study(folder, asked, mark)
    simulated = simulate(
        asked,
        engine=engine,
        workers=workers,
        processes=processes,
        scheduler=scheduler,
        store=folder / CELLS,
        progress=progress,
        watch=watch,
    )
    result = theory.merged(simulated)
    for name in ROWS:
        mark.leave(folder / name, FORMATS[Path(name).suffix](result))
    whole.write(asked, result, folder, mark)
    return result


def raise_if_all(errors: Sequence[Exception | None]) -> None:
    """Raise the first error where every cell has one."""
    first = next(iter(errors), None)
    if first is not None and None not in errors:
        raise first


def _simulation(finished: FinishedCell) -> tuple[Row, ...]:
    return finished.simulation


def _beside(finished: FinishedCell) -> tuple[Row, ...]:
    return finished.beside


def _counted(finished: Iterable[FinishedCell], total: int, progress: Progress | None) -> Iterator[FinishedCell]:
    for done, one in enumerate(finished, 1):
        if progress is not None:
            progress(done, total)
        yield one


def watched(finished: Iterable[FinishedCell], watch: Watch | None) -> Iterator[FinishedCell]:
    """Tell of each cell as it passes."""
    for one in finished:
        if watch is not None:
            watch(one)
        yield one


def _by_cell(finished: Iterable[FinishedCell]) -> Found:
    return {(one.cell.case, one.cell.id): one for one in finished}


def _gaps(study: Study, groups: Sequence[Group], found: Found) -> list[str]:
    """Say where theory is silent, each reason once."""
    missing: dict[tuple[str, str], dict[str, None]] = {}  # cases by metric and reason
    for group in groups:
        for reason in found[group[0].case, group[0].id].silent:
            missing.setdefault(reason, {}).update((cell.case, None) for cell in group)
    return gaps(missing, len(study.cases))
