"""What does each address of the page answer, as plain data? Without a word of how it gets to a browser."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, Lock
from typing import Any

from genloss.errors import Problem
from genloss.explore import simulations
from genloss.explore.curves import curves_of
from genloss.explore.limits import refuse_much
from genloss.explore.position import Position, position_of
from genloss.explore.presets import Shelf
from genloss.explore.state import State, number_of, read_state
from genloss.explore.tables import (
    TABLE,
    WHY_NOT,
    OnTable,
    TablePosition,
    forecast_of,
    no_study,
    table_position,
    table_view,
)
from genloss.explore.views import changed, view_of
from genloss.results.answer import FORMATS
from genloss.results.result import Result
from genloss.study.runner.results import predict

_KEPT = 256  # views that are remembered
AT_ONCE = 2
"""Simulations at a time, of all pages together."""
_WAIT = 2.0  # seconds in which a simulation that a page has left may end, so that the next begins


class Busy(Exception):
    """Too much is computed already."""


@dataclass(slots=True)
class Memory:
    """The newest answers by their address; the oldest is forgotten first."""

    kept: OrderedDict[str, Any] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def of(self, key: str, make: Callable[[], Any]) -> Any:
        """Return what is remembered under a key, or make it."""
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
                return self.kept[key]
        made = make()
        with self.lock:
            self.kept[key] = made
            while len(self.kept) > _KEPT:
                self.kept.popitem(last=False)
        return made


@dataclass(frozen=True)
class Explorer:
    """The studies of a shelf, and what was computed of them. Every address is read strictly; see `read_state`."""

    shelf: Shelf
    table: OnTable | None = None
    memory: Memory = field(default_factory=Memory)
    computing: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))
    simulating: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))

    def presets(self) -> dict[str, Any]:
        """List the studies that a page can begin from."""
        own = [] if self.table is None else [self.table.to_dict()]
        return {"schema": "explore-presets/1", "presets": [*own, *(each.to_dict() for each in self.shelf.presets())]}

    def view(self, query: str) -> Mapping[str, Any]:
        """Return the view of a position; with `before`, another position's address, also what has changed."""
        state, beside = read_state(query, frozenset({"before"}))
        view = self._view(state)
        if not beside.get("before"):
            return view
        try:
            before = self._view(read_state(beside["before"])[0])
        except Problem:  # a picture that is no more, of which nothing is asked but what has changed
            return view
        return {**view, "changed": changed(before, view)}

    def points(self, query: str, stop: Event) -> Iterator[simulations.Points | str]:
        """Simulate a position; yield points of more and more replicates, and at last why there are no more.

        Errors: `Busy` where too many are simulated already, `Problem` for what cannot be simulated.
        """
        state = read_state(query)[0]
        if self._on_table(state) is not None:
            raise Problem("simulation", WHY_NOT, "choose more simulated runs")
        position, view = self._asked(state)
        if not view["simulation"]["possible"]:
            raise Problem(
                "simulation", view["simulation"]["why_not"], "read the curve of theory, or choose another study"
            )
        drawn = curves_of(position, self._theory(position).rows, "theory")
        if not self.simulating.acquire(timeout=_WAIT):
            raise Busy
        return self._held(simulations.growing(position, drawn, stop))

    def _held(self, points: Iterator[simulations.Points | str]) -> Iterator[simulations.Points | str]:
        try:
            yield from points
        finally:
            self.simulating.release()

    def study_text(self, query: str) -> str:
        """Return the study of a position as a file, which `genloss run` answers with the same numbers."""
        state, beside = read_state(query, frozenset({"replicates"}))
        if self._on_table(state) is not None:
            raise no_study()
        position = self.position(state)
        replicates = _replicates(beside) or position.study.resolved["replicates"]
        text = simulations.of_replicates(position.study, replicates).toml()
        return f"# Made by genloss explore, at ?{position.query}\n# genloss run FILE --out FOLDER answers it.\n{text}"

    def data(self, query: str, ending: str) -> Any:
        """Return the rows of a position as .csv or .json; `replicates` says how many are simulated beside theory."""
        state, beside = read_state(query, frozenset({"replicates"}))
        on_table = self._on_table(state)
        if on_table is not None:
            with self._turn(self.computing):
                return FORMATS[ending](forecast_of(on_table))
        position = self.position(state)
        refuse_much(position)
        replicates = _replicates(beside)
        why = simulations.why_not(position.study, simulations.engine_of(position.study)) if replicates else None
        if why is not None:
            raise Problem("replicates", why, "leave replicates out")
        with self._turn(self.computing if not replicates else self.simulating):
            return FORMATS[ending](simulations.with_both(position.study, self._theory(position), replicates))

    def some_points(self, state: State, replicates: int, stop: Event) -> simulations.Points:
        """Simulate a position with so many replicates."""
        position = self.position(state)
        rows = simulations.simulated(position.study, replicates, stop=stop).rows
        return simulations.Points(replicates, tuple(curves_of(position, rows, "simulation")))

    def position(self, state: State) -> Position:
        """Return the position that a state names."""
        found: Position = self.memory.of(f"position {state.query()}", lambda: position_of(self.shelf, state))
        return found

    def _asked(self, state: State) -> tuple[Position, Mapping[str, Any]]:
        position = self.position(state)
        return position, self._view(state)

    def _on_table(self, state: State) -> TablePosition | None:
        """Return the position on the user's table, None where a study is meant."""
        if self.table is None or state.preset not in ("", TABLE):
            return None
        return table_position(self.table, state)

    def _view(self, state: State) -> Mapping[str, Any]:
        on_table = self._on_table(state)
        if on_table is not None:
            view: Mapping[str, Any] = self.memory.of(f"view {on_table.query}", lambda: self._of_table(on_table))
            return view
        position = self.position(state)
        found: Mapping[str, Any] = self.memory.of(f"view {position.query}", lambda: self._made(position))
        return found

    def _made(self, position: Position) -> Mapping[str, Any]:
        refuse_much(position)
        engine = simulations.engine_of(position.study)
        why = simulations.why_not(position.study, engine)
        with self._turn(self.computing):
            return view_of(position, self.shelf.described(position.state.preset), why, engine)

    def _of_table(self, position: TablePosition) -> Mapping[str, Any]:
        with self._turn(self.computing):
            return table_view(position)

    def _theory(self, position: Position) -> Result:
        found: Result = self.memory.of(f"theory {position.query}", lambda: predict(position.study))
        return found

    def _turn(self, turns: BoundedSemaphore) -> _Turn:
        return _Turn(turns)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn among those that compute. Errors: `Busy` where none comes up within a while."""

    turns: BoundedSemaphore

    def __enter__(self) -> None:
        if not self.turns.acquire(timeout=10 * _WAIT):
            raise Busy

    def __exit__(self, *_: object) -> None:
        self.turns.release()


def _replicates(beside: Mapping[str, str]) -> int:
    """Return how many replicates are asked for: 0, or a number of 2 and more up to the most that a page computes."""
    if "replicates" not in beside:
        return 0
    value = number_of(beside["replicates"], "replicates")
    if value != int(value) or not (value == 0 or 2 <= value <= simulations.MOST):
        raise Problem("replicates", f"{value:g} is not a number of them", f"give 0, or 2 to {simulations.MOST:,}")
    return int(value)
