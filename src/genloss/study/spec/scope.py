"""What do all cells of a study have in common?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genloss.populations.places import NO_FOLDER, Places


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked of every cell, and where its data are looked for; with a cell, all that its numbers need.

    generations: the last one. report: those that are reported, ascending.
    """

    seed: int
    replicates: int
    generations: int
    report: tuple[int, ...]
    metrics: tuple[str, ...]
    places: Places = NO_FOLDER


def scope_of(resolved: Mapping[str, Any], places: Places) -> Scope:
    """Return what a resolved study asks of every cell."""
    return Scope(
        seed=resolved["seed"],
        replicates=resolved["replicates"],
        generations=resolved["generations"],
        report=tuple(resolved["report"]),
        metrics=tuple(resolved["metrics"]),
        places=places,
    )
