"""After how many replicates may a cell stop, where it need not have all? Asked of its values alone.

A cell stops once, for each metric at each reported generation, the standard error is at most `stop_at_se` times the
size of the mean, or both are 0. This is looked at after 40 replicates, 80, 160 and so on, twice as many each time, and
never between; `replicates` is the most. The looks are fixed beforehand and read nothing but the first values of the
cell, in the order of their numbers: so neither workers nor their order, nor what else is computed, nor values that are
stored already beyond a look, can move the count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from genloss.errors import Problem
from genloss.metrics import METRICS
from genloss.results.cells import StoredCell
from genloss.study.runner.rows import standard_error
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Group
from genloss.study.subjects.table import subject_of

FIRST = 40
"""Replicates of the first look: fewer say too little of how their mean would vary."""

Place = tuple[str, int]
"""A metric at a generation."""


def looks(most: int) -> list[int]:
    """Return after how many replicates a cell is looked at.

    >>> looks(500), looks(40), looks(12)
    ([40, 80, 160, 320, 500], [40], [12])
    """
    found = [FIRST]
    while found[-1] < most:
        found.append(2 * found[-1])
    return [*(count for count in found if count < most), most]


def places_of(scope: Scope) -> list[Place]:
    """Return what is reported of every cell."""
    return [(metric, generation) for metric in scope.metrics for generation in scope.report]


def enough(cell: StoredCell, scope: Scope) -> int | None:
    """Return of how many replicates the rows of a cell are; None where there are not enough yet."""
    places = places_of(scope)
    if scope.stop_at_se is None:
        return None if cell.lacks(places, scope.replicates) else scope.replicates
    held = min(len(cell.values.get(place, ())) for place in places)
    for count in looks(scope.replicates):
        if count > held:
            return None
        if count == scope.replicates or all(_precise(cell, place, count, scope.stop_at_se) for place in places):
            return count
    return None


def scope_of_rows(scope: Scope, cell: StoredCell) -> Scope:
    """Return what the rows of a cell are of: as many replicates as it needs."""
    return replace(scope, replicates=enough(cell, scope) or scope.replicates)


def lacking(cell: StoredCell, scope: Scope) -> Sequence[Place]:
    """Return what a cell has not enough values of."""
    return [] if enough(cell, scope) is not None else cell.lacks(places_of(scope), scope.replicates)


def _precise(cell: StoredCell, place: Place, count: int, target: float) -> bool:
    values = np.array(cell.values[place][:count])
    mean, error = abs(float(values.mean())), standard_error(values, indicator=METRICS[place[0]].indicator)
    return error <= target * mean


def rounds(scope: Scope) -> Iterator[Scope]:
    """Return what is asked of the cells that are left, round after round: more replicates, or all at once."""
    for count in [scope.replicates] if scope.stop_at_se is None else looks(scope.replicates):
        yield replace(scope, replicates=count)


class Left:
    """Cells that need more replicates. A group stays whole, so that its engine stays the same."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = groups
        self._taken: set[tuple[str, str]] = set()

    def groups(self) -> list[Group]:
        """Return the groups in which some cell is left."""
        return [group for group in self._groups if not all(self.took(cell) for cell in group)]

    def take(self, cell: Cell) -> None:
        """Take note that a cell needs no more."""
        self._taken.add((cell.case, cell.id))

    def took(self, cell: Cell) -> bool:
        """Whether a cell needs no more."""
        return (cell.case, cell.id) in self._taken


@contextmanager
def kept_between(scope: Scope, store: str | Path | None) -> Iterator[str | Path | None]:
    """Return the store, or a folder for values between the rounds, where there are several and none is given."""
    if store is not None or scope.stop_at_se is None:
        yield store
        return
    with TemporaryDirectory(prefix="genloss-") as folder:
        yield folder


def refuse_adaptive(scope: Scope, groups: Sequence[Group], *, apart: bool) -> None:
    """Refuse to add replicates to what is compared seed by seed, and on workers that see no folder of ours (apart)."""
    if scope.stop_at_se is not None and apart:
        found = "keeps values between its rounds, and the workers of a cluster see no folder of this process"
        raise Problem("stop_at_se", found, "give store=..., a folder that all machines see, or use genloss run --out")
    if scope.stop_at_se is not None and any(subject_of(group[0]).paired for group in groups):
        found = "adds replicates to cells one by one, and models of your own are compared seed by seed"
        raise Problem("stop_at_se", found, "leave it out, and say how many seeds by replicates")
