"""Under which name are an engine's values of a cell stored, and what of them is there?"""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.identity import identity
from genloss.results.cells import Damage, Store, StoredCell
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.subjects.table import subject_of
from genloss.version import __version__


def vanished(name: str) -> Problem:
    """Say that values are gone which were there when the work was planned."""
    found = f"the stored cell {name} was there when the run began, and is gone or damaged now"
    return Problem("cells", found, "run the same again: what is finished is kept, and what is missing is computed")


def known_cell(scope: Scope, cell: Cell, engine: str, store: Store | None) -> StoredCell:
    """Return what is stored of a cell and can be believed; empty where nothing is."""
    found = looked_up(scope, cell, engine, store)
    return StoredCell(*named(scope, cell, engine)) if isinstance(found, Damage) else found


def looked_up(scope: Scope, cell: Cell, engine: str, store: Store | None) -> StoredCell | Damage:
    """Return what is stored of a cell, empty where nothing is, or why its file cannot be believed."""
    name, describes = named(scope, cell, engine)
    return (store.look(name) if store is not None else None) or StoredCell(name, describes)


def stored_name(scope: Scope, cell: Cell, engine: str) -> str:
    """Return the name under which an engine's values of a cell are stored."""
    return named(scope, cell, engine)[0]


def named(scope: Scope, cell: Cell, engine: str) -> tuple[str, dict[str, Any]]:
    """Return the name of an engine's values of a cell, and all that determines them."""
    describes = description(scope, cell, engine)
    return identity(describes), describes


@cache
def made_with() -> str:
    """Name what may move the last digits of a number, beside the version of genloss."""
    return f"numpy {np.__version__}, scipy {version('scipy')}, {platform.machine()}"


def description(scope: Scope, cell: Cell, engine: str) -> dict[str, Any]:
    """Everything that determines a cell's numbers."""
    return {
        "settings": cell.long_settings,
        "seed": scope.seed,
        "block": subject_of(cell).block,
        "engine": engine,
        "version": __version__,
    }
