"""Which cells of a study are finished? Each is handed out as soon as it is, once its file is written."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from genloss.errors import Problem, refuse_uncalled, warn_damaged
from genloss.results.cells import Store
from genloss.results.files import named_folder
from genloss.results.row import Row
from genloss.study.runner.everywhere import place_on, study_on
from genloss.study.runner.executor import Lost
from genloss.study.runner.needs import refuse_values
from genloss.study.runner.parts import Part, remove_all
from genloss.study.runner.rows import difference_rows, floor_rows, place_of, predicted_rows, simulated_rows
from genloss.study.runner.trust import trusting
from genloss.study.runner.units import Made, Plan, Unit, pieces_for, plan_group, shared
from genloss.study.runner.workers import ONE, Workers, checked_kind
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.study import Study, as_study
from genloss.study.subjects.generators import refuse_generators
from genloss.study.subjects.protocol import Group, Notes
from genloss.study.subjects.table import group_cells, subject_of

LEFT_OUT = "left out: "
"""How the line of a replicate begins that a model's failure cost."""

Progress = Callable[[int, int], None]
"""Called with (blocks of replicates done, blocks in all) as work gets done."""

StudyLike = Study | str | Path | Mapping[str, Any]
"""A study, the path of a study file, or a mapping with the keys of one."""


@dataclass(frozen=True, slots=True, repr=False)
class FinishedCell:
    """One cell of a study with all that was asked of it.

    theory, simulation: its rows; simulation by generation, then metric; none where it was not asked for, or the case
    is one of theory alone. silent: the metrics without theory somewhere, each with the reason. engine: that
    simulated it, "" for none. stored: whether its values were all there already, nothing being drawn. beside: rows of
    differences from the first cell that shares its draws, and of real rows beside real rows. failures: replicates
    that are left out, and what the run found out about a model. failed: why a cell without rows failed in all.
    """

    cell: Cell
    theory: tuple[Row, ...] = ()
    simulation: tuple[Row, ...] = ()
    silent: tuple[tuple[str, str], ...] = ()
    engine: str = ""
    stored: bool = False
    beside: tuple[Row, ...] = ()
    failures: tuple[str, ...] = ()
    failed: Problem | None = None

    def __repr__(self) -> str:
        axes = ", ".join(f"{name} = {value}" for name, value in self.cell.axes.items())
        place = ", ".join(part for part in (self.cell.case, axes) if part) or "the study's one cell"
        counts = f"{len(self.theory)} rows of theory, {len(self.simulation)} of simulation"
        return f"<FinishedCell {place}: {counts}{f' by {self.engine}' if self.engine else ''}>"

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, theory first."""
        return self.theory + self.simulation


def iterate(
    study: StudyLike,
    *,
    theory: bool = True,
    simulation: bool = True,
    engine: str = "auto",
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
    store: str | Path | None = None,
    progress: Progress | None = None,
    trust: bool = False,
) -> Iterator[FinishedCell]:
    """Hand out every cell of a study as soon as it is finished, in whatever order that happens.

    study: a `Study`, the path of a study file, or a mapping with the keys of one. theory, simulation: what is wanted;
    theory comes first, for all cells. engine, workers, processes, scheduler, store, trust: as `simulate` takes them. A
    cell's file is written by the worker that ends it, before the cell is handed out; a loop that stops loses nothing.
    Work goes on a few blocks ahead of the reader, and no further. While it does, this process has one BLAS thread.
    Values of replicates are held for the cells at work only, rows of theory until their cell is handed out.
    Errors: `Problem` before any work for a study, engine or number of workers that cannot be used.

    >>> from genloss.study import iterate
    >>> study = {"generations": 1, "replicates": 10, "workflow": {"kind": "replace", "rows": 9},
    ...          "population": {"kind": "linear_gaussian", "dim": 3, "noise": 1.0},
    ...          "generator": {"kind": "ridge", "penalty": [0.1, 1.0]}}
    >>> for finished in iterate(study, workers=1):
    ...     print(finished.cell.axes, finished.engine, len(finished.theory), len(finished.simulation))
    {'generator.penalty': 0.1} wishart 2 2
    {'generator.penalty': 1.0} wishart 2 2
    """
    refuse_uncalled("progress", progress)
    kept = None if store is None else named_folder("store", store)
    asked = trusting(as_study(study), trust=trust) if simulation else as_study(study)
    asked, kept = study_on(scheduler, asked), place_on(scheduler, kept)
    how = Simulation(engine, checked_kind(workers, processes=processes, scheduler=scheduler), kept, progress)
    return finished_cells(asked, group_cells(asked.cells()), theory=theory, simulation=how if simulation else None)


@dataclass(frozen=True, slots=True)
class Simulation:
    """How cells are simulated: by which engine and workers, kept where, and who is told."""

    engine: str = "auto"
    workers: Workers = ONE
    store: str | Path | None = None
    progress: Progress | None = None


def finished_cells(
    study: Study, groups: Sequence[Group], *, theory: bool, simulation: Simulation | None
) -> Iterator[FinishedCell]:
    """Hand out the cells of groups that read the same draws; see `iterate`."""
    drawn = [] if simulation is None else [group for group in groups if group[0].simulated]
    workers = 0 if simulation is None else simulation.workers.count
    refuse_values(study.scope, drawn)
    refuse_generators(study.scope, (cell for group in groups for cell in group), study.source)
    for group in drawn:
        subject_of(group[0]).check(study.scope, group, workers)
    predicted: dict[tuple[str, str], FinishedCell] = {}
    for group in groups if theory else ():
        if group[0].simulated and simulation is None:
            subject_of(group[0]).check(study.scope, group, workers)
        for finished in _predicted(study, group):
            if simulation is not None and group[0].simulated:
                predicted[finished.cell.case, finished.cell.id] = finished
            else:
                yield finished
    if simulation is None:
        return
    with closing(_simulated(study, drawn, simulation)) as whole:  # whatever ends the loop ends the workers too
        for plan, store, parts, failures, heard in whole:
            lost = {i: failures.get(place, {}) for place, i in enumerate(plan.missing)}
            cells = plan.completed(study.scope, parts, store, failed=failures)
            subject, count = subject_of(plan.cells[0]), study.scope.replicates
            answered = [place for place in range(len(cells)) if len(lost.get(place, ())) < count]
            beside = subject.beside(study.scope, plan.cells) if subject.beside is not None else {}
            notes = tuple(subject.said(study.scope, plan.cells, heard)) if subject.said is not None else ()
            for place, (cell, values) in enumerate(zip(plan.cells, cells, strict=True)):
                known = predicted.pop((cell.case, cell.id), FinishedCell(cell))
                more = list(floor_rows(study.id, cell, beside))
                failed = lost.get(place, {})
                if place not in answered:
                    reason = failed[min(failed)]
                    told = (_failure(reason, f"{place_of(cell)} in all {count} seeds: "), *notes)
                    yield replace(known, beside=tuple(more), failures=told, engine=plan.engine.name, failed=reason)
                    continue
                if subject.paired and place != (first := answered[0]):
                    either = sorted({*failed, *lost.get(first, ())})
                    if len(either) < count:
                        one = plan.cells[first], cells[first]
                        more += difference_rows(study.id, study.scope, cell, values, one, either)
                yield replace(
                    known,
                    simulation=tuple(simulated_rows(study.id, study.scope, cell, values, plan.engine, sorted(failed))),
                    beside=tuple(more),
                    failures=tuple(_failure(failed[block]) for block in sorted(failed)) + notes,
                    engine=plan.engine.name,
                    stored=place not in plan.missing,
                )


def _predicted(study: Study, group: Group) -> list[FinishedCell]:
    """Theory of cells that read the same draws, one metric after the other."""
    rows: list[list[Row]] = [[] for _ in group]
    silent: dict[tuple[str, str], None] = {}
    for metric in study.scope.metrics:
        found = subject_of(group[0]).predict(study.scope, group, metric)
        predictions, reasons = ([], [found]) if isinstance(found, str) else found
        for cell, mine, values in zip(group, rows, predictions or [{}] * len(group), strict=True):
            mine.extend(predicted_rows(study.id, cell, metric, values))
        silent |= {(metric, reason): None for reason in reasons}
    return [FinishedCell(cell, tuple(mine), silent=tuple(silent)) for cell, mine in zip(group, rows, strict=True)]


_Lost = dict[int, dict[int, Problem]]
"""Why a model failed, by the place of its cell among those at work, and block."""
_Done = tuple[Plan, Store | None, dict[range, Part | None], _Lost, list[Notes]]
"""A plan, where its cells are kept, values by block, failures, and what each fit had to say of itself."""


def _simulated(study: Study, groups: Sequence[Group], how: Simulation) -> Generator[_Done, None, None]:
    """Hand out every plan with the values of its blocks once all are there; what the store has whole comes first."""
    store = Store(Path(how.store)) if how.store is not None else None
    if store is not None:
        store.sweep()
    scope = study.scope
    plans = [plan_group(scope, group, how.engine, store) for group in shared(scope, groups, how.engine)]
    for damage in (each for plan in plans for each in plan.damaged):
        warn_damaged(damage.path, f"{damage.found}; it is computed again")
    for plan in plans:
        if plan.work is None:
            yield plan, store, {}, {}, []
    waiting = {id(plan.work): (plan, dict[range, Part | None]()) for plan in plans if plan.work is not None}
    failures: dict[int, _Lost] = {}
    notes: dict[int, list[Notes]] = {}
    try:
        with closing(_worked(scope, [plan for plan, _ in waiting.values()], store, how)) as whole:
            for unit, made in whole:
                plan, parts = waiting[id(unit.work)]
                lost = failures.setdefault(id(unit.work), {})
                notes.setdefault(id(unit.work), []).extend(made.notes)
                parts[unit.blocks] = None if made.left else made.values
                for place, problem in made.lost.items():
                    lost.setdefault(place, {}).update(dict.fromkeys(unit.blocks, problem))
                if sum(map(len, parts)) == len(unit.work.blocks):
                    del waiting[id(unit.work)]
                    yield plan, store, parts, lost, notes.pop(id(unit.work))
    except Lost as lost:
        cells = sum(len(plan.cells) for plan in plans)
        raise _resumes(lost, cells - sum(len(plan.missing) for plan, _ in waiting.values()), cells, store) from lost
    if store is not None and not any(failures.values()):
        remove_all(store.folder)


def _resumes(lost: Lost, whole: int, cells: int, store: Store | None) -> Problem:
    """Say how far a run was whose workers are gone, and how it goes on."""
    if store is None:
        mend = f"{lost.mend}, and give a folder that keeps what is finished: --out, or store="
        return Problem(lost.where, f"{lost.found}, and nothing of this run is kept", mend)
    found = f"{lost.found}; at least {whole:,} of {cells:,} cells are whole in {store.folder}"
    return Problem(lost.where, found, f"{lost.mend}; then run the same again: it goes on where this ended")


def _worked(
    scope: Scope, plans: Sequence[Plan], store: Store | None, how: Simulation
) -> Generator[tuple[Unit, Made], None, None]:
    """Hand out every unit of plans with what came of it; say how far it is."""
    if not plans:
        return
    with how.workers.opened(None if store is None else store.folder) as executor:
        pieces = pieces_for(executor.workers, len(plans))
        total = sum(len(plan.units(pieces)) for plan in plans)
        units = (unit for plan in plans for unit in plan.units(pieces))
        keep = _Keep(store, leaves=store is not None and how.workers.scheduler is not None)
        with closing(executor.as_finished(keep, units, _died, shared=(scope,))) as finished:
            for done, each in enumerate(finished, 1):
                if how.progress is not None:
                    how.progress(done, total)
                yield each


@dataclass(frozen=True, slots=True)
class _Keep:
    """What a worker does with a unit. leaves: whether values stay in the store, where whoever needs them reads them."""

    store: Store | None
    leaves: bool = False

    def __call__(self, unit: Unit) -> Made:
        made = unit.kept(self.store)
        return made.leaving() if self.leaves else made


def _died(unit: Unit) -> Made:
    """Say that the process ended that ran a seed of a user's own model, as long as a block is one seed."""
    found = "the process that ran the model ended: it exited, or the system killed it, e.g. for want of memory"
    mend = (
        "run the model on these rows alone, give fewer workers, or let it stand in a module that processes can import"
    )
    if unit.work.size != 1:
        raise Problem("workers", "a process that worked has ended by itself", "give fewer workers")
    shape = (len(unit.cells), len(unit.report), len(unit.metrics), 1)
    problem = Problem(f"generator: seed {unit.blocks.start}", found, mend)
    return Made(np.full(shape, np.nan), lost=dict.fromkeys(range(len(unit.cells)), problem))


def _failure(problem: Problem, which: str = "") -> str:
    """Say which replicate is left out, why, and what to do about it."""
    return f"{LEFT_OUT}{which}{problem.where}: {problem.found} (mend: {problem.mend})"
