"""A run in parts on several machines, and their folders put together: the same bytes as one run of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

from genloss.errors import Problem, shown
from genloss.identity import identity
from genloss.results.cells import Damage, Store, StoredCell
from genloss.study.runner.folder import CELLS, STUDY
from genloss.study.runner.units import plan_group, shared
from genloss.study.study import Study
from genloss.study.subjects.protocol import Group
from genloss.study.subjects.table import group_cells

Part = tuple[int, int]
"""Which part of how many, from 1 on."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How many cells of a study are whole in a folder."""

    finished: int
    cells: int

    @property
    def whole(self) -> bool:
        """Whether all are."""
        return self.finished == self.cells


def checked_part(part: Any) -> Part:
    """Return a part, given as (3, 200) or "3/200"; refuse what is none.

    >>> checked_part("3/200")
    (3, 200)
    """
    given = part.split("/") if isinstance(part, str) else part
    try:
        number, count = (int(each) if isinstance(each, str) else each for each in given)
    except (TypeError, ValueError):
        raise Problem("part", shown(part, 40), "give which of how many: 3/200") from None
    whole = all(isinstance(each, Integral) and not isinstance(each, bool) for each in (number, count))
    if not whole or not 1 <= number <= count:
        raise Problem("part", shown(part, 40), "give which of how many, from 1 on: 3/200")
    return int(number), int(count)


def groups_of(study: Study, part: Part | None = None) -> list[Group]:
    """Return the groups of cells that are simulated, or those of one part: every n-th, so that parts are alike.

    Cells that read the same draws stay together. Their order is the study's, so a part is the same on every machine.
    """
    groups = [group for group in group_cells(study.cells()) if group[0].simulated]
    return groups if part is None else groups[part[0] - 1 :: part[1]]


def finished_in(study: Study, folder: Path, engine: str = "auto") -> Finished:
    """Count the cells that are whole in a folder, simulated by an engine."""
    store, groups = Store(folder / CELLS), groups_of(study)
    plans = [plan_group(study.scope, group, engine, store) for group in shared(study.scope, groups, engine)]
    cells = sum(len(plan.cells) for plan in plans)
    return Finished(cells - sum(len(plan.missing) for plan in plans), cells)


def engine_of(folder: Path) -> str:
    """Return the engine that a user named, if one alone has made all cells of a folder, else "auto"."""
    names = {
        str(cell.describes.get("engine")) for cell in _cells_of(Store(folder / CELLS)) if isinstance(cell, StoredCell)
    }
    return names.pop() if len(names) == 1 else "auto"


def refuse_unlike(folders: Sequence[Path]) -> None:
    """Refuse folders in which one cell was made by several engines or versions of genloss: their values differ."""
    seen: dict[str, tuple[Path, dict[str, str]]] = {}
    for folder in folders:
        for cell in _cells_of(Store(folder / CELLS)):
            if isinstance(cell, Damage):
                continue
            version = str(cell.describes.get("version", "unknown"))
            made = {"version of genloss": version, "engine": str(cell.describes.get("engine"))}
            rest = identity({key: each for key, each in cell.describes.items() if key not in ("version", "engine")})
            for key in ("version", f"cell {rest}"):
                first, before = seen.setdefault(key, (folder, made))
                for what in ("version of genloss",) if key == "version" else tuple(made):
                    if made[what] != before[what]:
                        found = f"has cells of {what} {made[what]}, and {first} of {before[what]}"
                        raise Problem(str(folder), found, "merge runs of one version and engine, or run these again")


def study_of(folder: Path, places: Any) -> Study:
    """Return the study of a run's folder."""
    if not (folder / STUDY).is_file():
        raise Problem(str(folder), "holds no study.toml, so it is no run", "give the folder of genloss run --out")
    return Study.load(folder / STUDY, places=places)


def merge_cells(folders: Sequence[Path], out: Path) -> list[Damage]:
    """Bring the cells of all folders into one; return the files that cannot be believed, which are left out.

    A cell that is in several has the replicates of the longest; where two have another value for one replicate they are
    refused, for they are not of one study, engine and version on machines that agree. Doing it again changes nothing.
    """
    target, damaged = Store(out / CELLS), []
    for folder in folders:
        for cell in _cells_of(Store(folder / CELLS)):
            if isinstance(cell, Damage):
                damaged.append(cell)
                continue
            here = target.look(cell.name)
            if isinstance(here, StoredCell):
                whole = _joined(here, cell, folder)
                if whole != here:
                    target.write(whole)
            else:
                target.write(cell)
    return damaged


def _cells_of(store: Store) -> Iterator[StoredCell | Damage]:
    for name in store.names():
        found = store.look(name)
        if found is not None:
            yield found


def _joined(one: StoredCell, other: StoredCell, folder: Path) -> StoredCell:
    """Return a cell with the longer of both lists at every place, of which one begins with the other."""
    values = dict(one.values)
    for place, theirs in other.values.items():
        mine = values.get(place, [])
        short, long = sorted((mine, theirs), key=len)
        if [repr(value) for value in long[: len(short)]] != [repr(value) for value in short]:
            metric, generation = place
            found = f"cell {one.name}: {metric} of generation {generation} has other values than in the folders before"
            mend = "merge folders of one version on machines that agree, or leave this one out and run its part again"
            raise Problem(str(folder), found, mend)
        values[place] = long
    makers = tuple(sorted({*one.made_with, *other.made_with}))
    return StoredCell(one.name, one.describes, values, makers)
