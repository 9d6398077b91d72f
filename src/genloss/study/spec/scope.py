"""What do all cells of a study have in common?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genloss.code.trusted import NONE, Trusted
from genloss.populations.places import NO_FOLDER, Places

Objects = Mapping[str, Any]
"""A study's own models by their identity, and its own rows by their SHA-256."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked of every cell, and where its data are looked for; with a cell, all that its numbers need.

    generations: the last one. report: those that are reported, ascending. objects: own models and rows, by name.
    block: the number of the block of replicates at work. keeps: the folder for rows of generations, or None.
    trusted: the code of users that may be executed. stop_at_se: the standard error, as a share of the mean, at which a
    cell needs no more replicates; None: all are computed.
    """

    seed: int
    replicates: int
    generations: int
    report: tuple[int, ...]
    metrics: tuple[str, ...]
    places: Places = NO_FOLDER
    objects: Objects = field(default_factory=dict, compare=False)
    block: int = 0
    keeps: Path | None = field(default=None, compare=False)
    trusted: Trusted = field(default=NONE, compare=False)
    stop_at_se: float | None = None


def scope_of(
    resolved: Mapping[str, Any], places: Places, objects: Objects, keeps: Path | None = None, trusted: Trusted = NONE
) -> Scope:
    """Return what a resolved study asks of every cell."""
    return Scope(
        seed=resolved["seed"],
        replicates=resolved["replicates"],
        generations=resolved["generations"],
        report=tuple(resolved["report"]),
        metrics=tuple(resolved["metrics"]),
        places=places,
        objects=objects,
        keeps=keeps,
        trusted=trusted,
        stop_at_se=resolved.get("stop_at_se"),
    )
