"""Do stored cells hold what the study gives? A sample of them is derived again: another day, another machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from genloss.errors import Problem, refuse_uncalled
from genloss.identity import identity
from genloss.metrics import METRICS
from genloss.populations import NO_FOLDER, Places
from genloss.results.again import call_again, given_in_python
from genloss.results.cells import Damage, Store, StoredCell
from genloss.results.files import checked_file
from genloss.results.result import Result
from genloss.results.row import shown
from genloss.streams import stream
from genloss.study.runner.folder import CELLS, GENERATIONS, ROWS, STUDY, refuse_nothing
from genloss.study.runner.named import description, made_with
from genloss.study.runner.stopping import enough
from genloss.study.runner.units import Unit, Work
from genloss.study.runner.workers import Workers, checked_workers
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.study import Study
from genloss.study.subjects.table import subject_of
from genloss.version import __version__

SAME, LAST_DIGITS, DIFFERS = "the same", "other last digits", "differs"
_RELATIVE, _OF_LARGEST = 1e-6, 1e-9
"""What rounding may do to a value: a share of itself, and a share of the largest value beside it."""


@dataclass(frozen=True, slots=True)
class Rederived:
    """One cell that was derived again.

    name: of its file. place: its case and axes. outcome: SAME, LAST_DIGITS or DIFFERS. compared: values. largest: the
    largest difference, relative to the value; where: its metric, generation and replicate, "" where all are the same.
    why: what else was used when it was written, "" where nothing is known to differ.
    """

    name: str
    place: str
    outcome: str
    compared: int
    largest: float
    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What deriving a sample of a run's cells again has shown.

    cells: whole cells of the study that are stored. damaged: files that cannot be believed, each with why. rows: what
    is wrong with rows.json, "" where nothing is.
    """

    study: str
    cells: int
    sample: tuple[Rederived, ...]
    damaged: tuple[str, ...]
    rows: str

    @property
    def agrees(self) -> bool:
        """Whether everything that was looked at is what the study gives, but for last digits."""
        return not self.damaged and not self.rows and all(each.outcome != DIFFERS for each in self.sample)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "schema": "verification/1",
            "study": self.study,
            "agrees": self.agrees,
            "cells": self.cells,
            "sample": [{name: getattr(each, name) for name in Rederived.__slots__} for each in self.sample],
            "damaged": list(self.damaged),
            "rows": self.rows,
            "version": __version__,
            "made_with": made_with(),
        }


@dataclass(frozen=True, slots=True)
class _Chosen:
    cell: Cell
    engine: str
    stored: StoredCell


def verify(
    folder: str | Path,
    *,
    cells: int = 3,
    seed: int = 0,
    places: Places = NO_FOLDER,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Verified:
    """Derive a sample of a run's stored cells again, from its study alone, and compare every value.

    cells: how many, at most; seed: which. All files of cells are read, rows.json,
    and what a chain keeps of its generations. progress: called with (blocks
    of replicates done, all). Errors: `Problem` for a folder that holds no study or no whole cell of it, and for a study
    whose model or rows were given in Python.
    """
    refuse_uncalled("progress", progress)
    place = Path(folder)
    refuse_nothing(place)
    if not (place / STUDY).is_file():
        raise Problem(
            str(place), "holds no study.toml, so no run was begun here", "give the folder of genloss run --out"
        )
    checked_file(place / STUDY)
    study = Study.load(place / STUDY, places=places)
    store = Store(place / CELLS)
    found = [store.look(name) for name in store.names()]
    damaged = tuple(str(each) for each in (*found, *_spoiled(place, study)) if isinstance(each, Damage))
    _refuse_python(place, study, damaged)
    ours = _ours(study, [each for each in found if isinstance(each, StoredCell) and each.values])
    if not ours and not damaged:
        raise Problem(
            str(place), "holds no finished cell of its study", f"run it: genloss run {place / STUDY} --out {place}"
        )
    picked = stream(seed, "verify").permutation(len(ours))[:cells]
    sample = [ours[i] for i in sorted(picked.tolist())]
    values = _again(study.scope, sample, checked_workers(workers), progress)
    compared = tuple(_compared(each, again) for each, again in zip(sample, values, strict=True))
    return Verified(study.id, len(ours), compared, damaged, _rows(place, study, sample))


def _spoiled(folder: Path, study: Study) -> list[Damage]:
    """Return the files beside the cells that are not as they were written, or were removed."""
    scope = study.keeping(folder / GENERATIONS).scope
    cells = [(subject_of(cell).spoiled, cell) for cell in study.cells() if cell.simulated]
    return [each for spoiled, cell in cells if spoiled is not None for each in spoiled(scope, cell)]


def _refuse_python(folder: Path, study: Study, damaged: Sequence[str]) -> None:
    """Refuse a study whose file does not hold its model or its rows; say what is damaged, and what shows the same."""
    away = given_in_python(study.resolved)
    if away:
        again = folder.with_name(f"{folder.resolve().name}-again")
        raise Problem(
            str(folder / STUDY),
            f"{' and '.join(away)} of this run were given in Python, and a study file holds neither"
            + "".join(f"; damaged: {each}" for each in damaged),
            f"make the run again in another folder: {call_again(study.resolved, str(again))}\n"
            f"        and compare: cmp {folder / ROWS[0]} {again / ROWS[0]}",
        )


def _ours(study: Study, stored: Sequence[StoredCell]) -> list[_Chosen]:
    """Return the stored cells that the study asks for, whichever version of genloss wrote them."""
    wanted = {
        _but_version(description(study.scope, cell, engine)): (cell, engine)
        for cell in study.cells()
        if cell.simulated
        for engine in subject_of(cell).engines()
    }
    keys = [(each, _but_version(each.describes)) for each in stored]
    return [_Chosen(*wanted[key], each) for each, key in keys if key in wanted]


def _but_version(describes: Mapping[str, Any]) -> str:
    return identity({key: value for key, value in describes.items() if key != "version"})


def _work(scope: Scope, chosen: _Chosen) -> Work:
    """Return the work that makes all values of a stored cell."""
    values = {place: held for place, held in chosen.stored.values.items() if place[0] in METRICS and held}
    report = tuple(sorted({generation for _, generation in values}))
    metrics = tuple(sorted({metric for metric, _ in values}))
    count = max(len(held) for held in values.values())
    asked = replace(
        scope, report=report, metrics=metrics, replicates=count, generations=max(scope.generations, *report, 0)
    )
    size = subject_of(chosen.cell).block
    width = subject_of(chosen.cell).side_by_side(asked, (chosen.cell,), chosen.engine)
    return Work(asked, (chosen.cell,), chosen.engine, report, metrics, range(-(-count // size)), size, width)


def _again(
    scope: Scope, sample: Sequence[_Chosen], workers: int, progress: Callable[[int, int], None] | None
) -> list[dict[tuple[str, int], list[float]]]:
    """Compute every value of the sample, block by block."""
    works = [_work(scope, chosen) for chosen in sample]
    by_work = [work.units(workers) for work in works]
    units = [unit for its in by_work for unit in its]
    parts: dict[tuple[int, int], Any] = {}
    with Workers(workers).opened() as at_work:
        for done, (unit, values) in enumerate(at_work.as_finished(Unit.values, units), 1):
            parts[id(unit.work), unit.blocks.start] = values
            if progress is not None:
                progress(done, len(units))
    empty = StoredCell("", {})
    return [
        work.completed([empty], [parts[id(work), unit.blocks.start] for unit in its])[0].values
        for work, its in zip(works, by_work, strict=True)
    ]


def _compared(chosen: _Chosen, again: Mapping[tuple[str, int], list[float]]) -> Rederived:
    stored, largest, where, count, outcome = chosen.stored, 0.0, "", 0, SAME
    for (metric, generation), held in stored.values.items():
        old, new = np.array(held), np.array(again.get((metric, generation), [])[: len(held)])
        count += old.size
        if old.size != new.size:
            return _said(chosen, DIFFERS, count, float("inf"), f"{metric}: this version does not know it")
        apart = _apart(old, new)
        if not apart.any():
            continue
        size = np.fmax(abs(old), abs(new))  # of the one that is a number
        rounding = _RELATIVE * size + _OF_LARGEST * np.fmax.reduce(abs(old), initial=0.0)
        far = (apart > rounding) | ~np.isfinite(apart)
        outcome = DIFFERS if far.any() or outcome == DIFFERS else LAST_DIGITS
        share = np.where(np.isfinite(apart), apart, 0.0) / np.fmax(size, np.finfo(float).tiny)
        share[~np.isfinite(apart)] = np.inf
        if share.max() > largest:
            first = int(share.argmax())
            largest = float(share.max())
            where = f"{metric}, generation {generation}, replicate {first}: {old[first]:.17g}, now {new[first]:.17g}"
    return _said(chosen, outcome, count, largest, where)


def _apart(old: Any, new: Any) -> Any:
    """Return how far values are apart: 0 where they are equal or both no number, infinite where one is none."""
    same = (old == new) | (np.isnan(old) & np.isnan(new))
    with np.errstate(invalid="ignore"):
        return np.where(same, 0.0, np.nan_to_num(abs(old - new), nan=np.inf, posinf=np.inf))


def _said(chosen: _Chosen, outcome: str, count: int, largest: float, where: str) -> Rederived:
    stored, cell = chosen.stored, chosen.cell
    axes = ", ".join(part for part in (cell.case, *(f"{key} = {shown(v, 4)}" for key, v in cell.axes.items())) if part)
    return Rederived(stored.name, axes or "the study's one cell", outcome, count, largest, where, _why(stored))


def _why(stored: StoredCell) -> str:
    """Say what wrote a cell that is another thing than what reads it."""
    version = stored.describes.get("version")
    parts = [f"genloss {version} wrote it, this is {__version__}"] if version != __version__ else []
    others = [maker for maker in stored.made_with if maker != made_with()]
    parts += [f"it was made with {'; '.join(others)}, here is {made_with()}"] if others else []
    return "; ".join(parts)


def _rows(place: Path, study: Study, sample: Sequence[_Chosen]) -> str:
    """Say what is wrong with the rows beside the cells: edited, of another study, or not the means of the cells."""
    path = place / ROWS[1]
    if not path.exists():
        return ""
    try:
        rows = Result.load(path).rows
    except Problem as problem:
        return f"{problem.where}: {problem.found}"
    cells = {each.cell.id: each for each in sample}
    for row in rows:
        chosen = cells.get(row.cell)
        if row.study != study.id:
            return f"{path}: its rows are of study {row.study}, not {study.id}: run again"
        if row.method != "simulation" or chosen is None or row.engine != chosen.engine or row.case != chosen.cell.case:
            continue
        count = enough(chosen.stored, study.scope) or study.scope.replicates
        held = chosen.stored.values.get((row.metric, row.generation), [])[:count]
        if len(held) == count and not np.isclose(np.mean(held), row.value, rtol=1e-9, equal_nan=True):
            return (
                f"{path}: {row.metric} of cell {row.cell} at generation {row.generation} is not the mean of its values"
            )
    return ""
