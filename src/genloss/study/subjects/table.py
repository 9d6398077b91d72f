"""Which subjects can a study have, and which is that of a cell?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from genloss.grouping import grouped
from genloss.study.spec.grid import Cell
from genloss.study.spec.kinds import subject_name
from genloss.study.subjects.protocol import Group, Subject

SUBJECTS = {
    "regression": "genloss.study.subjects.regression.subject:REGRESSION",
    "family": "genloss.study.subjects.families.subject:FAMILY",
    "categories": "genloss.study.subjects.categories.subject:CATEGORIES",
    "samples": "genloss.study.subjects.own.subject:OWN",
    "counts": "genloss.study.subjects.counts:COUNTS",
    "smoothing": "genloss.study.subjects.smoothing:SMOOTHING",
    "text": "genloss.study.subjects.text:TEXT",
}
"""Where each subject is, loaded when a study needs it; a new one is one file, its keys, and one line here."""


@cache
def subject_of_kind(population: str) -> Subject:
    """Return the subject of studies whose population is of this kind."""
    module, name = SUBJECTS[subject_name(population)].split(":")
    subject = getattr(import_module(module), name)
    if not isinstance(subject, Subject):
        raise TypeError(f"{module}:{name} is no subject")
    return subject


@cache
def _of_several(population: str) -> Subject:
    from genloss.study.subjects.several.subject import of_several

    return of_several(subject_of_kind(population))


def subject_of_case(tables: Mapping[str, Any]) -> Subject:
    """Return the subject of a case: with [lineages] that of several models."""
    kind = tables["population"]["kind"]
    return _of_several(kind) if "lineages" in tables else subject_of_kind(kind)


def subject_of(cell: Cell) -> Subject:
    """Return the subject of a cell."""
    return subject_of_case(cell.settings)


def group_cells(cells: Iterable[Cell]) -> list[Group]:
    """Gather the cells that read the same draws, as a rule of one case."""
    groups = grouped(cells, _group)
    return [tuple(group) for group in groups.values()]


def _group(cell: Cell) -> str:
    subject = subject_of(cell)
    return ("" if subject.across_cases else cell.case) + subject.group_key(cell)
