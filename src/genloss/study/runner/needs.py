"""How much memory and disk do the values of a study's replicates take? Asked before any work is spent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genloss.results.files import names_in
from genloss.room import refuse_disk, refuse_memory
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Group

HELD = 56
"""Bytes of a value in memory: in its block, in all blocks together, and as a number of Python in a list."""
WRITTEN = 28
"""Bytes of a value on the disk: up to 20 as text, and 8 in its block until the cell is whole."""


def refuse_values(scope: Scope, groups: Sequence[Group]) -> None:
    """Refuse cells that are read and written together whose values would not fit into memory."""
    cells = max((len(group) for group in groups), default=0)
    what = f"the values of {_counted(scope, cells)}"
    refuse_memory("study", HELD * _values(scope) * cells, what, _MEND)


def refuse_full_disk(scope: Scope, groups: Sequence[Group], store: Path) -> None:
    """Refuse cells that would fill the disk; those that are stored already need no more room."""
    cells = sum(len(group) for group in groups)
    stored = sum(_size(store / begin / name) for begin in names_in(store) for name in names_in(store / begin))
    refuse_disk(
        store.parent, WRITTEN * _values(scope) * cells - stored, f"the files of {_counted(scope, cells)}", _MEND
    )


_MEND = "ask for fewer replicates, or report fewer generations"


def _values(scope: Scope) -> float:
    return float(scope.replicates * len(scope.report) * len(scope.metrics))


def _counted(scope: Scope, cells: int) -> str:
    counts = {"cell": cells, "generation": len(scope.report), "metric": len(scope.metrics)}
    named = [f"{count:,} {name if count == 1 else name + 's'}" for name, count in counts.items()]
    return " x ".join([*named, f"{scope.replicates:,} replicates"])


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # removed meanwhile
        return 0
