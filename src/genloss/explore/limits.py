"""Is the theory of a position there at once, so that no process of its own is needed for it?"""

from __future__ import annotations

from genloss.explore.position import Position
from genloss.study.spec.grid import Cell
from genloss.study.subjects.table import subject_of

SHORT = 0.4
"""Seconds that a position may take in the process that answers everybody."""
_PLAIN = 0.003  # seconds for any other cell, up to 100 generations and 1,000 features


def is_short(position: Position) -> bool:
    """Whether a position's theory takes at most about SHORT seconds."""
    generations = position.study.resolved["generations"]
    return not is_compiled(position) and sum(_seconds(cell, generations) for cell in position.study.cells()) <= SHORT


def is_compiled(position: Position) -> bool:
    """Whether a position's theory may need compiled formulas: loading, or even compiling them, holds everybody up."""
    return any(_reuses(cell) for cell in position.study.cells())


def _reuses(cell: Cell) -> bool:
    """Whether a cell is a regression whose fits may train on rows again."""
    kind = cell.settings["workflow"]["kind"]
    return subject_of(cell).name == "regression" and kind not in ("replace", "regenerate", "reset", "fresh_real")


def _seconds(cell: Cell, generations: int) -> float:
    """About how long the theory of a cell takes; of data that are not told by a law, too long to be sure."""
    population = cell.settings["population"]
    subject = subject_of(cell).name
    plain = _PLAIN * max(1.0, generations / 100) ** 2
    if subject != "regression":
        return plain * (10 if subject not in ("family", "categories") else 1)
    if "dim" not in population:
        return 1.0
    return plain * max(1.0, float(population["dim"]) / 1000)
