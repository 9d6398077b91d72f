"""A user's table as what is planned: the worlds that could have made its rows, under any workflow and penalty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.assumption import Assumption
from genloss.advise.estimators.named import estimator_named
from genloss.advise.estimators.penalty_words import penalty_words
from genloss.advise.forecasts.begin import NEW, OWN, begin_of
from genloss.advise.forecasts.resampled import Resampled, resampled
from genloss.advise.forecasts.rows_given import RowsGiven, rows_given, rows_read
from genloss.advise.forecasts.separable import check_separable
from genloss.advise.forecasts.table import Seen
from genloss.advise.forecasts.words import of_words
from genloss.advise.forecasts.worlds import World, world_of
from genloss.advise.forecasts.worlds.directions import FewRows
from genloss.advise.forecasts.worlds.first_order import first_order
from genloss.advise.forecasts.worlds.functions import coarse_parts
from genloss.advise.forecasts.worlds.kernel import KernelWorld
from genloss.advise.forecasts.worlds.linear import LinearWorld
from genloss.advise.forecasts.worlds.one_thread import by_one_thread
from genloss.advise.forecasts.worlds.protocol import Array
from genloss.advise.forecasts.worlds.sums import SummedWorld, summed_world
from genloss.advise.plans.of_table_bands import judged
from genloss.advise.plans.of_table_paths import Keyed, Paths, SummedPaths, WorldPaths
from genloss.advise.plans.protocol import Judged
from genloss.advise.plans.settings import batches_of, changed, opens_of, rows_of, short_of
from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.populations.tables import TableRows
from genloss.streams import stream
from genloss.workflows import Schedule, WorkflowLike, workflow_of, workflow_words
from genloss.workflows.given import table_of_words
from genloss.workflows.traits import WHOLE_BATCHES

RUNS = 5
"""Of each truth, in what is judged; in a check every run has a truth of its own."""

_PENALIZED = ("ridge", "kernel_ridge", "logistic", "poisson")
_PENALTIES = (1e-6, 1e3)
_SHARES = (1e-3, 1 - 1e-3)
_MOST_GENERATIONS = 50
_TIMES, _MOST_ROWS = 20, 10_000  # rows of a generation: of the table, and at most
_TOLD = 200  # truths that are believed, those with runs among them
_FINE, _FINE_SLOW = 0.1, 0.2
_MANY = 13  # values at once, of which most only say where to look
_FEWEST = 20  # truths with runs
_PART = 5 / 8  # of the runs that were asked for: the check has all of them
_WORK, _WORK_ROW_BY_ROW = 4e5, 4e4  # runs of truths times rows of the table

_VARIED = f"{OWN}; {NEW} where the number of real rows is looked at"

Progress = Callable[[int, int], None]
Settings = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class PlannedTable:
    """Rows and an estimator. workflow: its table, of which settings replace parts. begin: as it was asked, or None.

    estimator: as it was given. replicates: runs that are drawn at each value. rest: notes and words to repeat.
    """

    seen: Seen
    estimator: Any
    workflow: Mapping[str, Any]
    generations: int
    begin: str | None
    replicates: int
    seed: int
    rest: tuple[tuple[str, str], ...]
    found: tuple[Assumption, ...]
    progress: Progress | None = None

    metric = "excess_risk"
    more_is_better = False
    signed = False

    @property
    def unit(self) -> str:
        """What risk is."""
        return self.world(None).unit

    @cached_property
    def settings(self) -> Mapping[str, float | None]:
        """What stands in the workflow, and the penalty of a word."""
        rows = rows_of(self.workflow)
        real, synthetic = rows["real_rows"], rows["synthetic_rows"]
        return {
            **rows,
            "synthetic_share": None if real is None or synthetic is None else synthetic / (real + synthetic),
            "real_weight": self.workflow.get("real_weight"),
            "penalty": getattr(self.seen.given, "penalty", getattr(self.seen.given, "alpha", None))
            if self._penalized
            else None,
            "generations": self.generations,
        }

    @property
    def opens(self) -> Sequence[str]:
        """What may be left open."""
        return [*opens_of(self.workflow), *(["penalty"] if self._penalized else []), "generations", "replicates"]

    @cached_property
    def batches(self) -> tuple[int, int]:
        """How often real and synthetic rows are drawn."""
        return batches_of(self.workflow, self.generations)

    @property
    def _penalized(self) -> bool:
        return self._kind in _PENALIZED

    @cached_property
    def _kind(self) -> str:
        """The word that was given, "" for an object."""
        given = self.estimator
        return str(given.get("kind")) if isinstance(given, Mapping) else given.split()[0] if _is_word(given) else ""

    @property
    def fine(self) -> float:
        """To which part of itself a value is worth finding."""
        return _FINE if self._sums_of(None) is not None else _FINE_SLOW

    def domain(self, name: str) -> tuple[float, float]:
        """Return between which values one may look."""
        if name in ("synthetic_share", "real_weight"):
            return _SHARES
        if name == "penalty":
            return _PENALTIES
        if name == "generations":
            return 1, _MOST_GENERATIONS
        rows = len(self.seen.rows)
        most = max(min(_TIMES * rows, _MOST_ROWS), 2 * rows)
        if name == "real_rows":
            return self.seen.rows.shape[1] + 3, len(self.seen.rows) if self.begin == OWN else most
        return 1, most

    def world(self, penalty: float | None) -> World:
        """Return the worlds as the estimator sees them with another penalty; None: with its own."""
        if penalty is None:
            return self._own_world
        if isinstance(self._own_world, KernelWorld):
            return replace(self._own_world, penalty=penalty)
        return self._world_of(named_with(self.estimator, penalty, features=self.seen.rows.shape[1]))

    @cached_property
    def _own_world(self) -> World:
        return self._world_of(self.seen.estimator)

    @by_one_thread
    def _world_of(self, estimator: Any) -> World:
        seen = self.seen
        return world_of(estimator, seen.rows, seen.labels, seen.kind, exposure=seen.exposure, entities=seen.entities)

    @cached_property
    @by_one_thread
    def _own_sums(self) -> SummedWorld | None:
        return summed_world(self._own_world)

    def _sums_of(self, penalty: float | None) -> SummedWorld | None:
        """Return the same as sums, where these are enough; columns are right for any penalty above 0, or for none."""
        own = self._own_sums
        return own if own is None or penalty is None else replace(own, penalty=penalty)

    @cached_property
    def _truths(self) -> list[Any]:
        """All truths that are believed, those with runs first."""
        keyed = partial(self._keyed, "plan")
        count = self._count
        drawn = list(self.world(None).draw_truths(count, keyed("truths")))
        told = max(_TOLD // 2, min(_TOLD, int(_WORK / len(self.seen.rows))))
        more = max(told - count, 0) if self._told_cheaply else 0
        return drawn + (list(self.world(None).draw_truths(more, keyed("more truths"))) if more else [])

    @property
    def _told_cheaply(self) -> bool:
        return self._own_sums is not None or first_order(self.world(None)) is not None

    @property
    def _count(self) -> int:
        """Truths whose runs are drawn: fewer than were asked for, so that a plan costs no more than a few forecasts."""
        work = _WORK if self._own_sums is not None else _WORK_ROW_BY_ROW
        whole = int(_PART * self.replicates / RUNS)
        return max(1, min(whole, max(_FEWEST, int(work / len(self.seen.rows) / RUNS))))

    @property
    def _few(self) -> int:
        """Truths whose runs are drawn where many values are looked at, only to see where to look."""
        return min(self._count, max(_FEWEST // 2, self._count // 4))

    def _paths(self, count: int) -> Paths:
        if count not in self._drawn:
            self._drawn[count] = self._paths_of(self._truths[:count], RUNS, "plan")
        return self._drawn[count]

    @cached_property
    def _drawn(self) -> dict[int, Paths]:
        return {}

    def _paths_of(self, truths: Sequence[Any], runs: int, key: str) -> Paths:
        keyed: Keyed = partial(self._keyed, key)
        if self._own_sums is not None:
            return SummedPaths(self._sums_of, truths, runs, keyed)  # type: ignore[arg-type]
        return WorldPaths(self.world, truths, runs, keyed)

    def _keyed(self, *key: str | int) -> np.random.Generator:
        return stream(self.seed, "plan of a table", *key)

    @by_one_thread
    def judge(
        self, settings: Sequence[Settings], *, runs: bool = False, generations: int | None = None
    ) -> list[Judged]:
        """Simulate at every setting, with the same truths and the same luck; many at once with a part of the truths."""
        del runs  # all that is known is known from them
        last, found = self.generations if generations is None else generations, []
        count = self._few if len(settings) >= _MANY else self._count
        for place, setting in enumerate(settings):
            schedule, own = self._asked(setting, last)
            risks = self._paths(count).risks(schedule, setting.get("penalty"), own=own)
            parts = self._parts(schedule, setting, own=own)
            found.append(judged(risks, parts, self._resampled(own=own)))
            if self.progress is not None:
                self.progress(place + 1, len(settings))
        return found

    @by_one_thread
    def check(self, setting: Settings, replicates: int) -> Array:
        """Simulate runs with luck and truths of their own, (replicates, generations + 1)."""
        last = round(setting.get("generations", self.generations))
        schedule, own = self._asked(setting, last)
        truths = list(self.world(None).draw_truths(replicates, self._keyed("check", "truths")))
        risks = self._paths_of(truths, 1, "check").risks(schedule, setting.get("penalty"), own=own)
        return np.asarray(risks[:, 0])

    def _asked(self, setting: Settings, last: int) -> tuple[Schedule, bool]:
        """Return the schedule of a setting, and whether it begins with the rows in hand.

        Where the number of real rows is open, all of its values begin with new rows unless own ones were asked for:
        one question for all of them.
        """
        schedule = changed(self.workflow, setting).compile(last)
        schedule.refuse_uncovered(WHOLE_BATCHES, "give whole batches of one origin each")
        asked = NEW if "real_rows" in setting and self.begin is None else self.begin
        return schedule, begin_of(asked, schedule, len(self.seen.rows)) == OWN

    def _parts(self, schedule: Schedule, setting: Settings, *, own: bool) -> Array:
        """What mean risks of all truths that are believed are made of, (truths, generations + 1, p)."""
        penalty = setting.get("penalty")
        world = self.world(penalty) if self._own_sums is None else self.world(None)
        known = self._sums_of(penalty) or first_order(world)
        if known is not None:
            return known.parts(self._truths, schedule, own=own)
        return coarse_parts(world, self._truths, schedule, self._keyed("plan", "own rows") if own else None)

    def _resampled(self, *, own: bool) -> Resampled | None:
        """What tables drawn from the rows say of bands, under the workflow as it was given.

        They are asked once, for the beginning that is judged first: it costs as much as half of a forecast.
        """
        if not self._asked_tables:
            world, sums, found = self._own_world, self._own_sums, None
            if sums is not None and isinstance(world, LinearWorld):
                schedule = changed(self.workflow, {}).compile(self.generations)
                keyed = partial(stream, 0, "forecast", "resampled")
                found = resampled(world, sums, schedule, keyed, own=own, most=max(_FEWEST, self._count // 2))
            self._asked_tables.append(found)
        return self._asked_tables[0]

    @cached_property
    def _asked_tables(self) -> list[Resampled | None]:
        return []

    def assumptions(self) -> Sequence[Assumption]:
        """What was found of the rows."""
        every = (*self.world(None).assumptions(), *self.found, *self.seen.asked)
        return [replace(each, name=self.seen.named(each.name)) for each in every]

    def words(self) -> Sequence[tuple[str, str]]:
        """Echo what was asked; replicates: at each value."""
        luck = ("replicates", f"{self._count * RUNS} at each value that is looked at"), ("seed", f"{self.seed}")
        return [*self.seen.words, *self.rest, *luck]


def planned_table(
    estimator: Any,
    X: Any,
    y: ArrayLike | None = None,
    *,
    workflow: WorkflowLike = "replace",
    generations: int | None = None,
    replicates: int = 400,
    above: float | None = None,
    held_out: Any = None,
    weights: str | ArrayLike | None = None,
    exposure: str | ArrayLike | None = None,
    id: str | ArrayLike | None = None,  # noqa: A002  (the word of every door)
    categories: str | Sequence[str] = (),
    levels: int = 50,
    decimal: str | None = None,
    thousands: str | None = None,
    strip: str | Sequence[str] = (),
    missing: str = "refuse",
    keep: str | int | Sequence[str | int] = (),
    begin: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> PlannedTable:
    """Return a table as what is planned; arguments as `genloss.forecast` takes them, but for held-out rows.

    Risk, worlds, and with which rows generation 0 begins: as there. Where real_rows is open it begins with new rows.
    """
    _refuse_held_out(held_out)
    rows = rows_given(
        estimator, X, y, held_out=None, weights=weights, exposure=exposure, id=id, categories=categories, levels=levels,
        decimal=decimal, thousands=thousands, strip=strip, missing=missing, keep=keep,
    )  # fmt: skip
    return _planned(estimator, rows, workflow, generations, replicates, above, begin, seed, progress)


def planned_file(
    estimator: str | Mapping[str, Any],
    read: TableRows,
    *,
    workflow: WorkflowLike = "replace",
    generations: int | None = None,
    replicates: int = 400,
    above: float | None = None,
    held_out: Any = None,
    keep: Sequence[str] = (),
    begin: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> PlannedTable:
    """Return the rows of a file as what is planned, as `forecast_table` takes them."""
    _refuse_held_out(held_out)
    rows = rows_read(read, held_out=None, keep=keep)
    return _planned(estimator, rows, workflow, generations, replicates, above, begin, seed, progress)


@by_one_thread
def _planned(
    estimator: Any, rows: RowsGiven, workflow: WorkflowLike, generations: int | None, replicates: int,
    above: float | None, begin: str | None, seed: int, progress: Progress | None,
) -> PlannedTable:  # fmt: skip
    seen = rows.seen(estimator, above=above, held_out=None, seed=seed)
    last = 10 if generations is None else generations
    table = short_of(workflow_of(workflow, rows=len(seen.rows)) if not isinstance(workflow, Schedule) else workflow)
    schedule = changed(table, {}).compile(last)
    schedule.refuse_uncovered(WHOLE_BATCHES, "give whole batches of one origin each")
    start = begin_of(begin, schedule, len(seen.rows))
    apart = check_separable(seen)
    penalty = penalty_words(seen.given, [float(schedule.rows_used(g).sum()) for g in range(len(schedule.train))])
    rest = (
        *(("read", str(note)) for note in rows.notes),
        *([("penalty", penalty)] if penalty else []),
        ("workflow", workflow_words(workflow)),
        ("begin", _VARIED if start == OWN and begin is None else start),
    )
    try:
        found = PlannedTable(seen, estimator, table, last, begin, replicates, seed, rest, apart, progress)
        found.world(None)  # rows of which none can be made are refused
    except FewRows as few:
        raise of_words(few, seen.names) from few
    return found


def _refuse_held_out(held_out: Any) -> None:
    if held_out is not None:
        apart = Setting("held_out")
        found = Advice("given, and a plan is about excess risk in worlds that could have made all rows")
        raise Problem("held_out", found, Advice("leave ", apart, " out, or ask genloss.forecast, which takes it"))


def _is_word(given: Any) -> bool:
    return isinstance(given, str) and bool(given.split())


def named_with(given: str | Mapping[str, Any], penalty: float, *, features: int) -> Any:
    """Return the estimator of a word with another penalty.

    >>> named_with("ridge", 0.5, features=2)
    MeanPenaltyRidge(penalty=0.5)
    """
    table = table_of_words(given, "estimator", "ridge penalty=0.1") if isinstance(given, str) else dict(given)
    return estimator_named({**table, "penalty": penalty}, features=features)
