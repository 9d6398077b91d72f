"""Which cells of a study are finished? Each is handed out as soon as it is, once its file is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from genloss.errors import Problem, refuse_uncalled, warn_damaged
from genloss.results.cells import Store
from genloss.results.files import named_folder
from genloss.study.runner.everywhere import place_on, study_on
from genloss.study.runner.executor import Lost
from genloss.study.runner.failing import Failure, forget, keep, kept_names, line_of
from genloss.study.runner.finished_cell import FinishedCell
from genloss.study.runner.made import Made
from genloss.study.runner.needs import refuse_values
from genloss.study.runner.parts import Part, remove_all
from genloss.study.runner.predicted import predicted_cells, together
from genloss.study.runner.rows import difference_rows, floor_rows, place_of, simulated_rows
from genloss.study.runner.stopping import Left, enough, kept_between, refuse_adaptive, rounds, scope_of_rows
from genloss.study.runner.trust import trusting
from genloss.study.runner.units import Plan, Unit, pieces_for, plan_group, shared, stored_name
from genloss.study.runner.workers import ONE, Workers, checked_kind
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
    cell's file is written by the worker that ends it, before the cell is handed out; a loop that stops loses nothing. A
    cell that cannot be computed is handed out with the error, and does not stop the others.
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
    """How cells are simulated: by which engine and workers, kept where, and who is told.

    temporary: whether the store is there for this run alone.
    """

    engine: str = "auto"
    workers: Workers = ONE
    store: str | Path | None = None
    progress: Progress | None = None
    temporary: bool = False


def finished_cells(
    study: Study, groups: Sequence[Group], *, theory: bool, simulation: Simulation | None
) -> Iterator[FinishedCell]:
    """Hand out the cells of groups that read the same draws; see `iterate`."""
    drawn = [] if simulation is None else [group for group in groups if group[0].simulated]
    workers = 0 if simulation is None else simulation.workers.count
    refuse_values(study.scope, drawn)
    apart = simulation is not None and simulation.store is None and simulation.workers.scheduler is not None
    refuse_adaptive(study.scope, drawn, apart=apart)
    refuse_generators(study.scope, (cell for group in groups for cell in group), study.source)
    for group in drawn:
        subject_of(group[0]).check(study.scope, group, workers)
    predicted: dict[tuple[str, str], FinishedCell] = {}
    for some in together(groups) if theory else ():
        for group in some if simulation is None else ():
            if group[0].simulated:
                subject_of(group[0]).check(study.scope, group, workers)
        for finished in predicted_cells(study, some):
            if simulation is not None and finished.cell.simulated:
                predicted[finished.cell.case, finished.cell.id] = finished
            else:
                yield finished
    if simulation is None:
        return
    work = Left(drawn)
    with kept_between(study.scope, simulation.store) as store:
        how = replace(simulation, store=store, temporary=store != simulation.store)
        for scope in rounds(study.scope):
            for finished in _of_a_round(study, scope, work, how, predicted):
                work.take(finished.cell)
                yield finished


def _of_a_round(
    study: Study, scope: Scope, work: Left, how: Simulation, predicted: dict[tuple[str, str], FinishedCell]
) -> Iterator[FinishedCell]:
    """Hand out the cells that are finished once all have as many replicates as a scope asks for."""
    with closing(_simulated(scope, work.groups(), how)) as whole:  # whatever ends the loop ends the workers too
        for plan, store, parts, failures, broken, heard in whole:
            lost = {i: failures.get(place, {}) for place, i in enumerate(plan.missing)}
            failing = {i: broken[place] for place, i in enumerate(plan.missing) if place in broken}
            cells = plan.completed(scope, parts, store, failed={*failures, *broken})
            subject, count, adaptive = subject_of(plan.cells[0]), scope.replicates, scope.stop_at_se is not None
            answered = [i for i in range(len(cells)) if len(lost.get(i, ())) < count and i not in failing]
            beside = subject.beside(study.scope, plan.cells) if subject.beside is not None else {}
            notes = tuple(subject.said(study.scope, plan.cells, heard)) if subject.said is not None else ()
            for place, (cell, values) in enumerate(zip(plan.cells, cells, strict=True)):
                if adaptive and (work.took(cell) or (place in answered and enough(values, study.scope) is None)):
                    continue
                known = predicted.pop((cell.case, cell.id), FinishedCell(cell))
                more = list(floor_rows(study.id, cell, beside))
                failed = lost.get(place, {})
                if place in failing:
                    yield _not_computed(study, known, plan, None if how.temporary else store, failing[place])
                    continue
                if place not in answered:
                    reason = failed[min(failed)]
                    told = (*known.failures, _failure(reason, f"{place_of(cell)} in all {count} seeds: "), *notes)
                    yield replace(known, beside=tuple(more), failures=told, engine=plan.engine.name, failed=reason)
                    continue
                if subject.paired and place != (first := answered[0]):
                    either = sorted({*failed, *lost.get(first, ())})
                    if len(either) < count:
                        one = plan.cells[first], cells[first]
                        more += difference_rows(study.id, study.scope, cell, values, one, either)
                of = scope_of_rows(study.scope, values) if adaptive else scope
                yield replace(
                    known,
                    simulation=tuple(simulated_rows(study.id, of, cell, values, plan.engine, sorted(failed))),
                    beside=tuple(more),
                    failures=known.failures + tuple(_failure(failed[block]) for block in sorted(failed)) + notes,
                    engine=plan.engine.name,
                    stored=place not in plan.missing,
                )


def _not_computed(study: Study, known: FinishedCell, plan: Plan, store: Store | None, why: Failure) -> FinishedCell:
    """Return a cell whose simulation failed, told and kept beside the store's cells."""
    cell, engine = known.cell, plan.engine.name
    what = f"the simulation of {place_of(cell)}"
    kept = "" if store is None else keep(store, stored_name(study.scope, cell, engine), cell, what, why)
    return replace(known, failures=(*known.failures, line_of(what, why, kept)), engine=engine, failed=why.error())


_Lost = dict[int, dict[int, Problem]]
"""Why a model failed, by the place of its cell among those at work, and block."""
_Broken = dict[int, Failure]
"""Why a cell could not be computed, by its place among those at work."""
_Done = tuple[Plan, Store | None, dict[range, Part | None], _Lost, _Broken, list[Notes]]
"""A plan, where its cells are kept, values by block, failures, and what each fit had to say of itself."""


def _simulated(scope: Scope, groups: Sequence[Group], how: Simulation) -> Generator[_Done, None, None]:
    """Hand out every plan with the values of its blocks once all are there; what the store has whole comes first."""
    store = Store(Path(how.store)) if how.store is not None else None
    if store is not None:
        store.sweep()
    plans = [plan_group(scope, group, how.engine, store) for group in shared(scope, groups, how.engine)]
    for damage in (each for plan in plans for each in plan.damaged):
        warn_damaged(damage.path, f"{damage.found}; it is computed again")
    for plan in plans:
        if plan.work is None:
            yield plan, store, {}, {}, {}, []
    waiting = {id(plan.work): (plan, dict[range, Part | None]()) for plan in plans if plan.work is not None}
    failures: dict[int, _Lost] = {}
    broken: dict[int, _Broken] = {}
    earlier = kept_names(store)
    notes: dict[int, list[Notes]] = {}
    at_work = _worked(scope, [plan for plan, _ in waiting.values()], store, how)
    with _going_on(plans, waiting.values(), store), closing(at_work) as whole:
        for unit, made in whole:
            plan, parts = waiting[id(unit.work)]
            lost = failures.setdefault(id(unit.work), {})
            notes.setdefault(id(unit.work), []).extend(made.notes)
            parts[unit.blocks] = None if made.left else made.values
            for place, problem in made.lost.items():
                lost.setdefault(place, {}).update(dict.fromkeys(unit.blocks, problem))
            failing = broken.setdefault(id(unit.work), {})
            for place, failure in made.failed.items():
                failing.setdefault(place, failure)
            if sum(map(len, parts)) == len(unit.work.blocks):
                del waiting[id(unit.work)]
                yield plan, store, parts, lost, failing, notes.pop(id(unit.work))
    if store is not None and not any(failures.values()) and not any(broken.values()):
        remove_all(store.folder)
    for plan in plans if earlier else ():
        _forget(scope, plan, store, earlier, broken.get(id(plan.work), {}))


def _forget(scope: Scope, plan: Plan, store: Store | None, earlier: Collection[str], failing: Collection[int]) -> None:
    """Remove what was written down of cells that failed in an earlier run, and are computed now."""
    still = {plan.missing[place] for place in failing}
    for i, cell in enumerate(plan.cells):
        name = stored_name(scope, cell, plan.engine.name)
        if store is not None and name in earlier and i not in still:
            forget(store, name)


@contextmanager
def _going_on(
    plans: Sequence[Plan], waiting: Collection[tuple[Plan, Any]], store: Store | None
) -> Generator[None, None, None]:
    """Where the workers are lost say how many cells are whole, and how the run goes on."""
    try:
        yield
    except Lost as lost:
        cells = sum(len(plan.cells) for plan in plans)
        raise _resumes(lost, cells - sum(len(plan.missing) for plan, _ in waiting), cells, store) from lost


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
    nothing, places = np.full((len(unit.cells), *unit.shape), np.nan), range(len(unit.cells))
    if unit.work.size != 1:
        ended = Problem("workers", "the process that computed it has ended by itself", "give fewer workers")
        return Made(nothing, failed=dict.fromkeys(places, Failure(ended)))
    problem = Problem(f"generator: seed {unit.blocks.start}", found, mend)
    return Made(nothing, lost=dict.fromkeys(places, problem))


def _failure(problem: Problem, which: str = "") -> str:
    """Say which replicate is left out, why, and what to do about it."""
    return f"{LEFT_OUT}{which}{problem.where}: {problem.found} (mend: {problem.mend})"
