"""Whose is a run's folder? That of the study whose file lies in it; a study that has grown goes on in it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.ordinary import content, ordinary
from genloss.results.cells import Store
from genloss.results.differences import first_difference
from genloss.results.files import checked_file
from genloss.results.marks import REPLACE, Mark, mark_of, studies_mark
from genloss.study.runner.named import stored_name
from genloss.study.study import Study
from genloss.study.subjects.table import subject_of

STUDY, PAGE, ROWS, CELLS, FIGURES = "study.toml", "index.html", ("rows.csv", "rows.json"), "cells", "figures"
"""What a run leaves in its folder."""
GENERATIONS = "generations"
"""The folder beside the store in which rows are kept that a user's own models make."""


def mark_of_run(folder: Path, study: Study, *, force: bool) -> Mark:
    """Return the mark of a run's files, or refuse a folder that is another study's, before any work.

    The folder is the study's if the file in it has its id, if some of its cells are stored there: then the study
    has grown or shrunk, or if the run of the other study has finished nothing. What the earlier form of it left is
    replaced.
    """
    own, place = studies_mark([study.id]), folder / STUDY
    _check_apart(folder)
    found = mark_of(place, ".toml")
    ours = found == own or (found is not None and (_holds_cells(folder, study) or not _holds_results(folder)))
    if place.exists() and not ours and not force and not _is(place, study):
        said = "is of another study" if found else "was not written by genloss"
        other = f" ({found}; this is {own}{_code_changed(place, study)})" if found else ""
        raise Problem(str(place), f"{said}{other}, and a run keeps its study there", REPLACE)

    def before(mark: str) -> bool:
        """Whether a mark is that of an earlier form of the study, in a folder that is still this study's."""
        return mark == found or (mark.startswith("study ") and ours and mark_of(place, ".toml") == own)

    mark = Mark(own, before if ours else _nothing, force=force)
    for name in (PAGE, *ROWS):
        Mark(own, lambda old: ours and old.startswith("study "), force=force).check(folder / name)
    return mark


def refuse_nothing(folder: Path) -> None:
    """Refuse a folder of a run that is not there."""
    if not folder.is_dir():
        found = "is not a folder" if folder.exists() else "is not there"
        raise Problem(str(folder), found, "give the folder of genloss run --out")


def earlier_form(folder: Path, study: Study) -> str:
    """Say in what the study that lies in a run's folder differs from this one first, "" where it does not.

    It is said as in "stop_at_se was 0.05, now absent".
    """
    place = folder / STUDY
    if mark_of(place, ".toml") in (None, studies_mark([study.id])):
        return ""
    try:
        difference = first_difference(tomllib.loads(content(place).decode()), tomllib.loads(study.toml()))
    except (Problem, OSError, ValueError):
        return ""
    key, _, values = (difference or "").partition(": ")
    before, _, now = values.partition(" beside ")
    return f"{key} was {before}, now {now}" if difference else ""


def leave_study(folder: Path, study: Study, mark: Mark) -> None:
    """Write the study into its folder; the same one without a mark, of an older version, gets one."""
    place = folder / STUDY
    (replace(mark, force=True) if _is(place, study) else mark).leave(place, study.toml())


def _check_apart(folder: Path) -> None:
    """Refuse files of a run that are no files, or links to one another: the last one written would be all of them."""
    targets: dict[Path, str] = {}
    for name in (STUDY, PAGE, *ROWS):
        other = targets.setdefault(checked_file(folder / name), name)
        if other != name:
            raise Problem(str(folder / name), f"is the same file as {other}, by a link", "remove the link")


def _holds_results(folder: Path) -> bool:
    """Whether a run has finished something here: a cell, rows or a page."""
    left = any((folder / name).exists() for name in (PAGE, *ROWS))
    return left or any(True for _ in Store(folder / CELLS).names())


def _code_changed(place: Path, study: Study) -> str:
    """Say that a study differs from the one of a file by the code of its own models alone; "" where it does not."""
    try:
        before = tomllib.loads(content(place).decode())
    except (Problem, OSError, ValueError):
        return ""
    after = tomllib.loads(study.toml())
    if before == after or _without_code(before) != _without_code(after):
        return ""
    return ": the code or the settings of its model have changed since"


def _without_code(tables: Any) -> Any:
    """Return tables without what tells an own model from another that is called the same."""
    if isinstance(tables, list):
        return [_without_code(each) for each in tables]
    if not isinstance(tables, Mapping):
        return tables
    left = {key: _without_code(value) for key, value in tables.items()}
    return {key: value for key, value in left.items() if key != "identity"}


def _nothing(_mark: str) -> bool:
    return False


def _is(place: Path, study: Study) -> bool:
    """Whether a file without a mark, of an older version, is this very study resolved."""
    try:
        return ordinary(place).read_text(encoding="utf-8") == study.toml()
    except (Problem, OSError, ValueError):
        return False


def _holds_cells(folder: Path, study: Study) -> bool:
    """Whether some cell of the study is stored in the folder."""
    store = Store(folder / CELLS)
    names = (
        stored_name(study.scope, cell, engine)
        for cell in study.cells()
        if cell.simulated
        for engine in subject_of(cell).engines()
    )
    return any(store.path(name).is_file() for name in names)
