"""What is one finished cell, with all that was asked of it?"""

from __future__ import annotations

from dataclasses import dataclass

from genloss.results.row import Row
from genloss.study.spec.grid import Cell


@dataclass(frozen=True, slots=True, repr=False)
class FinishedCell:
    """One cell of a study with all that was asked of it.

    theory, simulation: its rows; simulation by generation, then metric; none where it was not asked for, or the case
    is one of theory alone. silent: the metrics without theory somewhere, each with the reason. engine: that
    simulated it, "" for none. stored: whether its values were all there already, nothing being drawn. beside: rows of
    differences from the first cell that shares its draws, and of real rows beside real rows. failures: replicates
    that are left out, what the run found out about a model, and why theory or simulation of the cell failed. failed:
    the error because of which it has no rows of simulation, or of theory where that alone was asked for.
    """

    cell: Cell
    theory: tuple[Row, ...] = ()
    simulation: tuple[Row, ...] = ()
    silent: tuple[tuple[str, str], ...] = ()
    engine: str = ""
    stored: bool = False
    beside: tuple[Row, ...] = ()
    failures: tuple[str, ...] = ()
    failed: Exception | None = None

    def __repr__(self) -> str:
        axes = ", ".join(f"{name} = {value}" for name, value in self.cell.axes.items())
        place = ", ".join(part for part in (self.cell.case, axes) if part) or "the study's one cell"
        counts = f"{len(self.theory)} rows of theory, {len(self.simulation)} of simulation"
        return f"<FinishedCell {place}: {counts}{f' by {self.engine}' if self.engine else ''}>"

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, theory first."""
        return self.theory + self.simulation
