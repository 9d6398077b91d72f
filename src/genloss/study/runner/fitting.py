"""Which cells fit into the memory of this machine? Asked before any work is spent; one that does not costs itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from genloss.results.cells import Store, StoredCell
from genloss.room import NoRoom
from genloss.study.runner.named import looked_up
from genloss.study.runner.stopping import enough
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Group
from genloss.study.subjects.table import subject_of


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A cell for which there is no room. engine: that would have simulated it, "" where none was asked for."""

    cell: Cell
    problem: NoRoom
    engine: str = ""


def too_large(scope: Scope, group: Group, workers: int) -> NoRoom | None:
    """Say why cells that read the same draws do not fit together. Errors: `Problem` for what cannot be used at all."""
    try:
        subject_of(group[0]).check(scope, group, workers)
    except NoRoom as problem:
        return problem
    return None


def fitting(
    scope: Scope, groups: Sequence[Group], workers: int, engine: str, store: Store | None
) -> tuple[list[Group], list[TooLarge]]:
    """Return the groups without the cells that do not fit, and these. What the store has whole needs no room.

    A group of which nothing is to be left out stays as it is, and so does the engine that is chosen for it.
    """
    kept, left_out = list[Group](), list[TooLarge]()
    for group in groups:
        problem = too_large(scope, group, workers)
        found = list(_too_large(scope, group, workers, engine, store, problem)) if problem is not None else []
        left_out += found
        names = {(each.cell.case, each.cell.id) for each in found}
        rest = tuple(cell for cell in group if (cell.case, cell.id) not in names) if found else group
        kept += [rest] if rest else []
    return kept, left_out


def _too_large(
    scope: Scope, group: Group, workers: int, engine: str, store: Store | None, together: NoRoom
) -> Iterator[TooLarge]:
    """Hand out the cells of a group that are left out, so that the others fit and have the same engine."""
    choose = partial(subject_of(group[0]).choose, scope)
    chosen = choose(group, engine).name
    wanted = [cell for cell in group if not _whole(scope, cell, chosen, store)]
    alone = [too_large(scope, (cell,), workers) for cell in wanted]
    small = tuple(cell for cell, problem in zip(wanted, alone, strict=True) if problem is None)
    fit = not small or (too_large(scope, small, workers) is None and choose(small, engine).name == chosen)
    for cell, problem in zip(wanted, alone, strict=True):
        if problem is not None or not fit:
            yield TooLarge(cell, problem or together, chosen)


def _whole(scope: Scope, cell: Cell, engine: str, store: Store | None) -> bool:
    """Whether a cell has all that is asked of it already."""
    found = looked_up(scope, cell, engine, store)
    return isinstance(found, StoredCell) and enough(found, scope) is not None
