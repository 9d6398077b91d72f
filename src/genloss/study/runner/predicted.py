"""What does theory say of cells? Many are predicted in one call; where that fails, each alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from genloss.results.row import Row
from genloss.study.runner.failing import Tried, line_of, one_by_one, tried
from genloss.study.runner.finished_cell import FinishedCell
from genloss.study.runner.rows import place_of, predicted_rows
from genloss.study.study import Study
from genloss.study.subjects.protocol import Group, Predictions
from genloss.study.subjects.table import subject_of

TOGETHER = 1000
"""Cells that are predicted in one call: enough to share the work, few enough to be seen coming."""


def together(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """Hand out groups of one subject that are predicted together, as they stand, of so many cells at most."""
    for _, alike in groupby(groups, lambda group: subject_of(group[0]).name):
        some, count = list[Group](), 0
        for group in alike:
            if some and count + len(group) > TOGETHER:
                yield some
                some, count = [], 0
            some.append(group)
            count += len(group)
        yield some


def predicted_cells(study: Study, groups: Sequence[Group]) -> Iterator[FinishedCell]:
    """Theory of the cells of groups of one subject; where that fails for all together, of each cell alone."""

    def of(some: Sequence[Group]) -> list[FinishedCell]:
        predict, metrics = subject_of(some[0][0]).predict, study.scope.metrics
        by_group = zip(some, *(predict(study.scope, some, metric) for metric in metrics), strict=True)
        return [
            finished
            for group, *found in by_group
            for finished in _with_rows(study, group, dict(zip(metrics, found, strict=True)))
        ]

    found = tried(groups, lambda: of(groups), lambda group: of([group]))
    if not isinstance(found, Tried):
        yield from found
        return
    for place, group in enumerate(groups):
        yield from found.made[place] if place in found.made else _each(group, of)


def _each(group: Group, of: Callable[[Sequence[Group]], list[FinishedCell]]) -> Iterator[FinishedCell]:
    """Theory of each cell of a group in which it fails somewhere."""
    found = one_by_one(group, lambda cell: of([(cell,)]))
    for place, cell in enumerate(group):
        if place in found.made:
            yield from found.made[place]
        else:
            why = found.failed[place]
            yield FinishedCell(cell, failures=(line_of(f"the theory of {place_of(cell)}", why),), failed=why.error())


def _with_rows(study: Study, group: Group, by_metric: Mapping[str, Predictions | str]) -> list[FinishedCell]:
    """Give every cell of a group its rows, one metric after the other."""
    rows: list[list[Row]] = [[] for _ in group]
    silent: dict[tuple[str, str], None] = {}
    for metric, found in by_metric.items():
        predictions, reasons = ([], [found]) if isinstance(found, str) else found
        for cell, mine, values in zip(group, rows, predictions or [{}] * len(group), strict=True):
            mine.extend(predicted_rows(study.id, cell, metric, values))
        silent |= {(metric, reason): None for reason in reasons}
    return [FinishedCell(cell, tuple(mine), silent=tuple(silent)) for cell, mine in zip(group, rows, strict=True)]
