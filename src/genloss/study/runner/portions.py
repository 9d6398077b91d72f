"""A run in parts on several machines, and their folders put together: the same bytes as one run of the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

from genloss.errors import Problem, shown
from genloss.identity import identity
from genloss.results.cells import Damage, Store, StoredCell
from genloss.results.summary import FAILED
from genloss.study.runner.failing import bring_failures, kept_names, told_of
from genloss.study.runner.folder import CELLS, STUDY, refuse_nothing
from genloss.study.runner.named import stored_name
from genloss.study.runner.simulated import Progress
from genloss.study.runner.stopping import enough
from genloss.study.spec.scope import Scope
from genloss.study.study import Study
from genloss.study.subjects.protocol import Group
from genloss.study.subjects.table import group_cells, subject_of

_PARTS = "give which of how many, from the first to the last: 1/200 to 200/200"
Part = tuple[int, int]
"""Which part of how many, from 1 on."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How many cells of a study are whole in a folder. study: its id. failed: how many could not be computed there.

    failures: what failed, and why.
    """

    study: str
    finished: int
    cells: int
    failures: tuple[str, ...] = ()
    failed: int = 0

    @property
    def whole(self) -> bool:
        """Whether none is left to begin with: each is whole, or could not be computed."""
        return self.finished + self.failed == self.cells

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        counts = {"study": self.study, "finished": self.finished, "cells": self.cells, "failed": self.failed}
        return {"schema": "finished/1", **counts, "failures": list(self.failures)}


def checked_part(part: Any) -> Part:
    """Return a part, given as (3, 200) or "3/200"; refuse what is none.

    >>> checked_part("3/200")
    (3, 200)
    """
    given = part.split("/") if isinstance(part, str) else part
    try:
        number, count = (int(each) if isinstance(each, str) else each for each in given)
    except (TypeError, ValueError):
        raise Problem("part", f"{shown(part, 40)} is not a part", _PARTS) from None
    whole = all(isinstance(each, Integral) and not isinstance(each, bool) for each in (number, count))
    if not whole or not 1 <= number <= count:
        raise Problem("part", f"{shown(part, 40)} is not a part", _PARTS)
    return int(number), int(count)


def groups_of(study: Study, part: Part | None = None) -> list[Group]:
    """Return the groups of cells that are simulated, or those of one part: every n-th, so that parts are alike.

    Cells that read the same draws stay together. Their order is the study's, so a part is the same on every machine.
    """
    groups = [group for group in group_cells(study.cells()) if group[0].simulated]
    return groups if part is None else groups[part[0] - 1 :: part[1]]


def finished_in(study: Study, folder: Path, engine: str = "auto", known: Mapping[str, bool] | None = None) -> Finished:
    """Count the cells that are whole in a folder, simulated by an engine. known: of which it is known, by name."""
    store, groups, scope = Store(folder / CELLS), groups_of(study), study.scope
    finished, cells, failures, failing = 0, 0, [], kept_names(store)
    for group in groups:
        name = subject_of(group[0]).choose(scope, group, engine).name
        for cell in group:
            stored = stored_name(scope, cell, name)
            whole = (known or {}).get(stored)
            if whole is None:
                held = store.read(stored)
                whole = held is not None and enough(held, scope) is not None
            finished, cells = finished + whole, cells + 1
            if not whole and stored in failing:
                failures.append(FAILED + told_of(store, stored))
    return Finished(study.id, finished, cells, tuple(failures), len(failures))


def engine_named(folders: Sequence[Path]) -> str:
    """Return the engine that a user named, if one alone has made all cells of folders, else "auto".

    Errors: `Problem` where one cell was made by several engines or versions of genloss: their values differ. Nothing
    but the beginning of each file is read.
    """
    seen: dict[str, tuple[Path, dict[str, str]]] = {}
    engines: set[str] = set()
    for folder in folders:
        store = Store(folder / CELLS)
        for describes in filter(None, map(store.describes, store.names())):
            version, engine = str(describes.get("version", "unknown")), str(describes.get("engine"))
            engines.add(engine)
            made = {"version of genloss": version, "engine": engine}
            rest = identity({key: each for key, each in describes.items() if key not in ("version", "engine")})
            for key in ("version", f"cell {rest}"):
                first, before = seen.setdefault(key, (folder, made))
                for what in ("version of genloss",) if key == "version" else tuple(made):
                    if made[what] != before[what]:
                        found = f"has cells of {what} {made[what]}, and {first} of {before[what]}"
                        raise Problem(str(folder), found, "merge runs of one version and engine, or run these again")
    return engines.pop() if len(engines) == 1 else "auto"


def refuse_no_run(folder: Path) -> None:
    """Refuse a folder in which no run was begun."""
    refuse_nothing(folder)
    if not (folder / STUDY).is_file():
        raise Problem(
            str(folder), "holds no study.toml, so it is not the folder of a run", "give the folder of genloss run --out"
        )


def study_of(folder: Path, places: Any) -> Study:
    """Return the study of a run's folder."""
    refuse_no_run(folder)
    return Study.load(folder / STUDY, places=places)


@dataclass(frozen=True, slots=True)
class Brought:
    """Cells that were brought into a folder. whole: whether each has all that a study asks for, by name.

    damaged: files that cannot be believed, which are left out.
    """

    whole: dict[str, bool]
    damaged: list[Damage]


def merge_cells(folders: Sequence[Path], out: Path, scope: Scope, progress: Progress | None = None) -> Brought:
    """Bring the cells of all folders into one, each read once. scope: of the study, to say which are whole.

    A cell that is in several has the replicates of the longest; where two have another value for one replicate they are
    refused, for they are not of one study, engine and version on machines that agree. Doing it again changes nothing.
    progress: called with (files read, all files).
    """
    target, brought = Store(out / CELLS), Brought({}, [])
    names = [(folder, name) for folder in folders for name in Store(folder / CELLS).names()]
    for done, (folder, name) in enumerate(names, 1):
        cell = Store(folder / CELLS).look(name)
        if isinstance(cell, Damage):
            brought.damaged.append(cell)
        elif cell is not None:
            here = target.look(name)
            whole = _joined(here, cell, folder) if isinstance(here, StoredCell) else cell
            if whole != here:
                target.write(whole)
            brought.whole[name] = enough(whole, scope) is not None
        if progress is not None:
            progress(done, len(names))
    for folder in folders:
        bring_failures(Store(folder / CELLS), target)
    return brought


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
