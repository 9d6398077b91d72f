"""How much may one position of the page cost? What is more is refused before it begins."""

from __future__ import annotations

from genloss.errors import Problem
from genloss.explore.position import Position

MOST_WORK = 4e10
"""Features squared, or generations squared, for every point and generation: about ten seconds."""


def refuse_much(position: Position) -> None:
    """Refuse a position whose theory would take longer than anybody waits for a picture."""
    if work(position) > MOST_WORK:
        found = "this position would take more than some seconds: many features, points and generations at once"
        raise Problem("position", found, "move features or generations down, or run the saved study in a terminal")


def work(position: Position) -> float:
    """Return about how many operations the theory of a position takes."""
    total = 0.0
    generations = position.study.resolved["generations"]
    for cell in position.study.cells():
        dim = float(cell.settings["population"].get("dim", 1000))
        total += (generations + 1) * (min(dim, 1000.0) * 200 + 50.0 * generations**2 + 10 * dim)
    return total
