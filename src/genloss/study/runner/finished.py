"""Which cells of a study are finished? Each is handed out as soon as it is, once its file is written."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from genloss.errors import Problem, refuse_uncalled
from genloss.results.cells import Store
from genloss.results.files import named_folder
from genloss.study.runner.everywhere import place_on, study_on
from genloss.study.runner.failing import Failure, keep, line_of
from genloss.study.runner.finished_cell import FinishedCell
from genloss.study.runner.fitting import fitting, too_large
from genloss.study.runner.named import stored_name
from genloss.study.runner.needs import refuse_values
from genloss.study.runner.predicted import predicted_cells, together
from genloss.study.runner.rows import difference_rows, floor_rows, place_of, simulated_rows
from genloss.study.runner.simulated import AtWork, Progress, Simulation, at_work, simulated
from genloss.study.runner.stopping import Left, enough, kept_between, refuse_adaptive, rounds, scope_of_rows
from genloss.study.runner.trust import trusting
from genloss.study.runner.workers import checked_kind
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.study import Study, as_study
from genloss.study.subjects.generators import refuse_generators
from genloss.study.subjects.protocol import Group
from genloss.study.subjects.table import group_cells, subject_of

LEFT_OUT = "left out: "
"""How the line of a replicate begins that a model's failure cost."""

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
    A cell for which this machine has no room is handed out so before any work on the others.
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
    kept = Store(Path(simulation.store)) if simulation is not None and simulation.store is not None else None
    drawn, left_out = fitting(study.scope, drawn, workers, simulation.engine if simulation is not None else "", kept)
    predicted: dict[tuple[str, str], FinishedCell] = {}
    for some in together(groups) if theory else ():
        for finished in _predicted(study, some, asked=simulation is None):
            if simulation is not None and finished.cell.simulated:
                predicted[finished.cell.case, finished.cell.id] = finished
            else:
                yield finished
    if simulation is None:
        return
    for each in left_out:
        known = predicted.pop((each.cell.case, each.cell.id), FinishedCell(each.cell))
        yield _not_computed(study, known, each.engine, kept, Failure(each.problem))
    work = Left(drawn)
    with kept_between(study.scope, simulation.store) as store:
        how = replace(simulation, store=store, temporary=store != simulation.store)
        with at_work(how) as working:  # whatever ends the loop ends the workers too
            for scope in rounds(study.scope):
                with closing(_of_a_round(study, scope, work, working, predicted)) as cells:
                    for finished in cells:
                        work.take(finished.cell)
                        yield finished


def _predicted(study: Study, groups: Sequence[Group], *, asked: bool) -> Iterator[FinishedCell]:
    """Theory of groups of one subject. asked: whether there is room; where it is simulated too, that is known."""
    problems = [too_large(study.scope, group, 0) if asked and group[0].simulated else None for group in groups]
    for group, problem in zip(groups, problems, strict=True):
        if problem is not None:
            for cell in group:
                line = line_of(f"the theory of {place_of(cell)}", Failure(problem))
                yield FinishedCell(cell, failures=(line,), failed=problem)
    some = [group for group, problem in zip(groups, problems, strict=True) if problem is None]
    yield from predicted_cells(study, some) if some else ()


def _of_a_round(
    study: Study, scope: Scope, work: Left, working: AtWork, predicted: dict[tuple[str, str], FinishedCell]
) -> Generator[FinishedCell, None, None]:
    """Hand out the cells that are finished once all have as many replicates as a scope asks for."""
    with closing(simulated(scope, work.groups(), working)) as whole:
        for plan, store, parts, failures, broken, heard in whole:
            lost = {i: failures.get(place, {}) for place, i in enumerate(plan.missing)}
            failing = {i: broken[place] for place, i in enumerate(plan.missing) if place in broken}
            cells = plan.completed(scope, parts, store, failed={*failures, *broken})
            subject, count, adaptive = subject_of(plan.cells[0]), scope.replicates, scope.stop_at_se is not None
            answered = [i for i in range(len(cells)) if len(lost.get(i, ())) < count and i not in failing]
            beside = subject.beside(study.scope, plan.cells) if subject.beside is not None else {}
            notes = tuple(subject.said(study.scope, plan.cells, heard)) if subject.said is not None else ()
            stays = None if working.how.temporary else store
            for place, (cell, values) in enumerate(zip(plan.cells, cells, strict=True)):
                if adaptive and (work.took(cell) or (place in answered and enough(values, study.scope) is None)):
                    continue
                known = predicted.pop((cell.case, cell.id), FinishedCell(cell))
                more = list(floor_rows(study.id, cell, beside))
                failed = lost.get(place, {})
                if failed and stays is not None:
                    _keep_lost(study, cell, plan.engine.name, stays, failed, count)
                if place in failing:
                    yield _not_computed(study, known, plan.engine.name, stays, failing[place])
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


def _not_computed(study: Study, known: FinishedCell, engine: str, store: Store | None, why: Failure) -> FinishedCell:
    """Return a cell whose simulation failed, told and kept beside the store's cells."""
    cell = known.cell
    what = f"the simulation of {place_of(cell)}"
    kept = "" if store is None else keep(store, stored_name(study.scope, cell, engine), cell, what, why)
    return replace(known, failures=(*known.failures, line_of(what, why, kept)), engine=engine, failed=why.error())


def _keep_lost(study: Study, cell: Cell, engine: str, store: Store, failed: Mapping[int, Problem], count: int) -> None:
    """Keep beside the store's cells that a model failed in some of so many seeds: the cell is tried again."""
    seeds = f"all {count:,} seeds" if len(failed) == count else f"{len(failed):,} of {count:,} seeds"
    what = f"the simulation of {place_of(cell)} in {seeds}"
    keep(store, stored_name(study.scope, cell, engine), cell, what, Failure(failed[min(failed)]))


def _failure(problem: Problem, which: str = "") -> str:
    """Say which replicate is left out, why, and what to do about it."""
    return f"{LEFT_OUT}{which}{problem.where}: {problem.found} (mend: {problem.mend})"
