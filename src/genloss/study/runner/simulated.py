"""Who works on the cells of a study that are not whole yet, and what came of each group of them?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genloss.errors import Problem, warn_damaged
from genloss.results.cells import Store
from genloss.study.runner.executor import Executor, Lost
from genloss.study.runner.failing import Failure, forget, kept_names
from genloss.study.runner.keeping import Keeping
from genloss.study.runner.made import Made
from genloss.study.runner.named import stored_name
from genloss.study.runner.parts import Part, remove_all
from genloss.study.runner.plans import Plan, pieces_for, plan_group, shared
from genloss.study.runner.units import Unit
from genloss.study.runner.workers import ONE, Workers
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Group, Notes

Progress = Callable[[int, int], None]
"""Called with (blocks of replicates done, blocks in all) as work gets done."""


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


class AtWork:
    """A simulation with its workers: begun when the first work is there, and kept until its end, over all its rounds.

    store: where cells are kept.
    """

    def __init__(self, how: Simulation, ends: ExitStack) -> None:
        self.how, self._ends = how, ends
        self.store = None if how.store is None else Store(Path(how.store))
        self.keeping = Keeping(self.store, leaves=self.store is not None and how.workers.scheduler is not None)
        self._executor: Executor | None = None

    def executor(self) -> Executor:
        """Return them. What waits in memory is written down once they have ended."""
        if self._executor is None:
            self._ends.callback(self.keeping.end)
            kind = self.how.workers.opened(None if self.store is None else self.store.folder)
            self._executor = self._ends.enter_context(kind)
        return self._executor


@contextmanager
def at_work(how: Simulation) -> Generator[AtWork, None, None]:
    """Open what all rounds of a run share."""
    with ExitStack() as ends:
        yield AtWork(how, ends)


_Lost = dict[int, dict[int, Problem]]
"""Why a model failed, by the place of its cell among those at work, and block."""
_Broken = dict[int, Failure]
"""Why a cell could not be computed, by its place among those at work."""
Done = tuple[Plan, Store | None, dict[range, Part | None], _Lost, _Broken, list[Notes]]
"""A plan, where its cells are kept, values by block, failures, and what each fit had to say of itself."""


def simulated(scope: Scope, groups: Sequence[Group], working: AtWork) -> Generator[Done, None, None]:
    """Hand out every plan with the values of its blocks once all are there; what the store has whole comes first."""
    store, engine = working.store, working.how.engine
    if store is not None:
        store.sweep()
    plans = [plan_group(scope, group, engine, store) for group in shared(scope, groups, engine)]
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
    finished = _worked(scope, [plan for plan, _ in waiting.values()], working)
    with _going_on(plans, waiting.values(), store), closing(finished) as whole:
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
        _forget(scope, plan, store, earlier, {*broken.get(id(plan.work), {}), *_with_lost(failures, plan)})


def _with_lost(failures: dict[int, _Lost], plan: Plan) -> Collection[int]:
    """Return the cells of a plan in some seed of which a model failed."""
    return [place for place, lost in failures.get(id(plan.work), {}).items() if lost]


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


def _worked(scope: Scope, plans: Sequence[Plan], working: AtWork) -> Generator[tuple[Unit, Made], None, None]:
    """Hand out every unit of plans with what came of it; say how far it is."""
    if not plans:
        return
    executor, progress = working.executor(), working.how.progress
    pieces = pieces_for(executor.workers, len(plans))
    total = sum(len(plan.units(pieces)) for plan in plans)
    units = (unit for plan in plans for unit in plan.units(pieces))
    with closing(executor.as_finished(working.keeping, units, _died, shared=(scope,))) as finished:
        for done, each in enumerate(finished, 1):
            yield each
            if progress is not None:  # once the cells that it completes are handed out, so that the last is counted
                progress(done, total)


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
