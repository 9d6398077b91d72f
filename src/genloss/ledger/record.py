"""What is a record of a chain made of? Rows and who made them; generations and the rows that they were trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REAL = "real"
"""The maker of real rows; every other one is a model."""

NO_FILE, NOT_READ, AS_SAID, NO_SUM = "no file", "not read", "as said", "no checksum said"
OTHER, OTHER_ROWS = "other content", "other number of rows"
DIFFER = (OTHER, OTHER_ROWS)
"""States of files that are not what the record says."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made which share of some rows: "real", a generation of the record, or a model outside it."""

    who: str
    share: float


@dataclass(frozen=True, slots=True)
class Data:
    """Rows that were made once. born: the place of the generation that they were made for, counted from 0.

    file: relative to the record's folder, "" where only their number is known. sha256: of the file, as it is said, or
    as it was found where nothing is said. state: whether the file is as its record says.
    """

    name: str
    made_by: tuple[Maker, ...]
    rows: int
    born: int
    file: str = ""
    sha256: str = ""
    sampler: Mapping[str, Any] = field(default_factory=dict)
    state: str = NO_FILE


@dataclass(frozen=True, slots=True)
class Part:
    """One line of what a generation was trained on. rows: used; weight: their share of the loss, None if not said."""

    data: str
    rows: float
    weight: float | None


@dataclass(frozen=True, slots=True)
class Generation:
    """One fit: its name, and the rows that it was trained on."""

    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Record:
    """One chain as it was read, its generations in order: each after those whose rows it was trained on.

    where: the file or folder that says it. folder: where files of rows stand. workflow: as the record calls it, "".
    outside: models whose own training is not known.
    """

    where: Path
    folder: Path
    name: str
    generations: tuple[Generation, ...]
    data: Mapping[str, Data]
    seed: int | None = None
    model: str = ""
    workflow: str = ""
    outside: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def places(self) -> dict[str, int]:
        """The place of each generation, by name."""
        return {generation.name: place for place, generation in enumerate(self.generations)}
