"""Which real rows lie where a generation is short of rows? A few of them, for those who may see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from genloss.audit.lens import LOST
from genloss.audit.sketch import Sketched
from genloss.audit.state import State, scores_of
from genloss.audit.verdicts import Verdict
from genloss.audit.wording_of_lines import called
from genloss.populations.own_rows import Columns
from genloss.report.numbers import short

_ROWS, _LINES, _COLUMNS, _LETTERS = 3, 4, 8, 80


def examples(state: State, real: Sketched, newest: Verdict) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what alarmed as lost, by name, with the real rows that have it most."""
    lost = [line for line in newest.lines if line.alarmed and line.confirmed]
    by_name = {(each.part.metric, each.part.part): each for each in state.streams if each.part.law == LOST}
    scores = dict(scores_of(state, state.layout.rows(real.columns, state.name))) if lost else {}
    told = 0
    for line in sorted(lost, key=lambda line: -line.evidence):
        each = by_name.get((line.metric, line.part))
        if each is None or told == _LINES or len(scores[each.part.key]) != len(real.hashes):
            continue
        told += 1
        places = np.argsort(-scores[each.part.key], kind="stable")[:_ROWS]
        yield called(line), tuple(_said(real.columns, int(place)) for place in places)


def _said(rows: Columns | list[str], place: int) -> str:
    """Write a row: its first columns, or the beginning of a text."""
    if isinstance(rows, list):
        return rows[place][:_LETTERS]
    numbers = [f"{name} {short(float(value), 4)}" for name, value in zip(rows.names, rows.numbers[place], strict=True)]
    words = [f"{name} {value}" for name, value in zip(rows.kind_names, rows.kinds[place], strict=True)]
    return _listed([*numbers, *words])


def _listed(entries: Sequence[str]) -> str:
    more = f", and {len(entries) - _COLUMNS} more columns" if len(entries) > _COLUMNS else ""
    return ", ".join(entries[:_COLUMNS]) + more
