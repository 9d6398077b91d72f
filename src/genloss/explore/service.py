"""What does each address of the page answer, as plain data? Without a word of how it gets to a browser."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Event, Lock
from typing import Any

from genloss.errors import Problem
from genloss.explore.desk import Desk
from genloss.explore.limits import is_compiled, is_short
from genloss.explore.position import Position
from genloss.explore.prepared import Prepared
from genloss.explore.simulations import FIRST, LONGEST, MOST, of_replicates
from genloss.explore.state import State, number_of, read_state
from genloss.explore.tables import TablePosition, no_study
from genloss.explore.views import changed
from genloss.explore.workers import Busy, Crew
from genloss.results.marks import Content

AT_ONCE = 2
"""Simulations at a time, of all pages together; and as many positions whose theory takes long."""
PATIENCE = 30.0
"""Seconds after which a picture of theory is given up, from when it is asked for."""
_KEPT = 256  # answers that are remembered


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
    """A desk, and what was computed at it. Every address is read strictly; see `read_state`.

    What is there at once is computed in this process, what may take long in others, which are ended where nobody waits.
    """

    desk: Desk
    memory: Memory = field(default_factory=Memory)
    prepared: Prepared = field(default_factory=Prepared)

    @cached_property
    def theory(self) -> Crew:
        """Who computes theory that takes long."""
        return Crew(self.desk, AT_ONCE)

    @cached_property
    def simulation(self) -> Crew:
        """Who simulates."""
        return Crew(self.desk, AT_ONCE)

    def presets(self) -> dict[str, Any]:
        """List the studies that a page can begin from."""
        own = [] if self.desk.table is None else [self.desk.table.to_dict()]
        shipped = (each.to_dict() for each in self.desk.shelf.presets())
        return {"schema": "explore-presets/1", "presets": [*own, *shipped]}

    def view(self, query: str, left: Event | None = None) -> Mapping[str, Any]:
        """Return the view of a position; with `before`, another position's address, also what has changed.

        left: set where nobody looks any more: what is computed is ended. Errors: `Problem`, `Busy`, `Left`.
        """
        state, beside = read_state(query, frozenset({"before"}))
        until = time.monotonic() + PATIENCE
        view = self._view(state, until, left)
        if not beside.get("before"):
            return view
        try:
            before = self._view(read_state(beside["before"])[0], until, left)
        except (Problem, Busy):  # a picture that is no more, of which nothing is asked but what has changed
            return view
        return {**view, "changed": changed(before, view)}

    def points(self, query: str, left: Event) -> Iterator[Mapping[str, Any]]:
        """Simulate a position; yield points of more and more replicates, and at last why there are no more.

        left: set where nobody looks any more. Errors: `Busy` where too many are simulated already, `Problem` for what
        cannot be simulated.
        """
        state = read_state(query)[0]
        view = self._view(state, time.monotonic() + PATIENCE, left)
        possible = view["simulation"]
        if not possible["possible"]:
            raise Problem("simulation", possible["why_not"], "read the curve, or choose another study")
        drawn = [y for curve in view["theory"]["curves"] for y in curve["y"] if y is not None]
        return self.simulation.asked("points", state, drawn, seconds=2 * LONGEST, left=left)

    def study_text(self, query: str) -> str:
        """Return the study of a position as a file, which `genloss run` answers with the same numbers."""
        state, beside = read_state(query, frozenset({"replicates"}))
        position = self.position(state)
        if isinstance(position, TablePosition):
            raise no_study()
        replicates = replicates_of(beside) or position.study.resolved["replicates"]
        text = of_replicates(position.study, replicates).toml()
        return f"# Made by genloss explore, at ?{position.query}\n# genloss run FILE --out FOLDER answers it.\n{text}"

    def data(self, query: str, ending: str, left: Event | None = None) -> Content:
        """Return the rows of a position as .csv or .json; `replicates` says how many are simulated beside theory."""
        state, beside = read_state(query, frozenset({"replicates"}))
        self.position(state)
        replicates = replicates_of(beside)
        if not replicates:
            found: Content = self.theory.answer("data", state, ending, 0, seconds=PATIENCE, left=left)
            return found
        most = 2 * LONGEST
        found = self.simulation.answer("data", state, ending, replicates, seconds=most, left=left)
        return found

    def position(self, state: State) -> Position | TablePosition:
        """Return the position that a state names."""
        found: Position | TablePosition = self.memory.of(f"position {state.query()}", lambda: self.desk.position(state))
        return found

    def begin(self) -> None:
        """Begin what pages will need: a process that simulates, and one that prepares the formulas of long chains."""
        self.simulation.begin()
        self.prepared.begin(self.theory)

    def end(self) -> None:
        """End the processes that wait for work."""
        self.theory.end()
        self.simulation.end()

    def _view(self, state: State, until: float, left: Event | None) -> Mapping[str, Any]:
        """Return a view that somebody waits for until such a time of the monotonic clock."""
        position = self.position(state)
        found: Mapping[str, Any] = self.memory.of(
            f"view {position.query}", lambda: self._made(state, position, until, left)
        )
        return found

    def _made(
        self, state: State, position: Position | TablePosition, until: float, left: Event | None
    ) -> Mapping[str, Any]:
        if isinstance(position, Position) and is_short(position):
            return self.desk.view(state)
        if isinstance(position, Position) and is_compiled(position):
            self.prepared.wait(until, left)
        seconds = max(0.0, until - time.monotonic())
        found: Mapping[str, Any] = self.theory.answer("view", state, seconds=seconds, left=left)
        return found


def replicates_of(beside: Mapping[str, str]) -> int:
    """Return how many replicates are asked for: 0, or tens up to the most that a page computes.

    >>> replicates_of({}), replicates_of({"replicates": "40"})
    (0, 40)
    """
    if "replicates" not in beside:
        return 0
    value = number_of(beside["replicates"], "replicates")
    if value != int(value) or not (value == 0 or 2 <= value <= MOST):
        raise Problem("replicates", f"{value:g} is not a number of them", f"give 0, or {FIRST} to {MOST:,}")
    return int(value)
