"""What is computed of a position? Plain data in and out, nothing remembered: in this process, or in one of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from genloss.errors import Problem
from genloss.explore import simulations
from genloss.explore.curves import curves_of
from genloss.explore.formulas import prepare
from genloss.explore.position import Position, position_of
from genloss.explore.presets import Shelf
from genloss.explore.simulations import Ending, Points, engine_of, growing, why_not, with_both
from genloss.explore.state import State
from genloss.explore.tables import TABLE, OnTable, TablePosition, forecast_of, table_position, table_view
from genloss.explore.views import view_of
from genloss.results.answer import FORMATS
from genloss.results.marks import Content
from genloss.study.runner.results import predict


@dataclass(frozen=True)
class Desk:
    """The studies of a shelf, and perhaps a user's table."""

    shelf: Shelf
    table: OnTable | None = None

    def position(self, state: State) -> Position | TablePosition:
        """Return the position that a state names, on the table where it is meant."""
        if self.table is not None and state.preset in ("", TABLE):
            return table_position(self.table, state)
        return position_of(self.shelf, state)

    def view(self, state: State) -> dict[str, Any]:
        """Return the view of a position."""
        position = self.position(state)
        if isinstance(position, TablePosition):
            return table_view(position)
        engine = engine_of(position.study)
        preset = self.shelf.described(position.state.preset)
        return view_of(position, preset, why_not(position.study, engine), engine)

    def prepare(self) -> Iterator[bool]:
        """Load what long chains are computed by; see `formulas.prepare`."""
        return prepare()

    def points(self, state: State, drawn: Sequence[float], stop: Event) -> Iterator[dict[str, Any]]:
        """Yield simulated points of more and more replicates, and at last why there are no more.

        drawn: the values of theory in the picture.
        """
        for each in growing(self._study_position(state), drawn, stop):
            yield {"why": each.why} if isinstance(each, Ending) else each.to_dict(done=False)

    def some_points(self, state: State, replicates: int) -> dict[str, Any]:
        """Simulate a position with so many replicates."""
        position = self._study_position(state)
        rows = simulations.simulated(position.study, replicates).rows
        return Points(replicates, tuple(curves_of(position, rows, "simulation"))).to_dict(done=True)

    def data(self, state: State, ending: str, replicates: int) -> Content:
        """Return the rows of a position as a file: of theory, and of so many simulated replicates."""
        position = self.position(state)
        if isinstance(position, TablePosition):
            return FORMATS[ending](forecast_of(position))
        why = why_not(position.study, engine_of(position.study)) if replicates else None
        if why is not None:
            raise Problem("replicates", why, "leave replicates out")
        return FORMATS[ending](with_both(position.study, predict(position.study), replicates))

    def _study_position(self, state: State) -> Position:
        position = self.position(state)
        if isinstance(position, TablePosition):
            raise Problem("simulation", position.why_not, "choose more simulated runs")
        why = why_not(position.study, engine_of(position.study))
        if why is not None:
            raise Problem("simulation", why, "read the curve of theory, or choose another study")
        return position
