"""How are the samples of lm-evaluation-harness read? One row for each document: of the filters, one.

The harness writes a line for each document and filter (seen in its issues 1687 and 2025: 2638 lines for 1319 documents
of gsm8k), so that every document would count twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
from pyarrow import compute, types

from genloss.audit.reading.raw import Batch, Raw
from genloss.populations.tables.notes import Note

_KEYS = {"doc_id", "resps", "arguments"}
_ASIDE = {"doc_id", "doc", "target", "arguments", "filter", "metrics", "doc_hash", "prompt_hash", "target_hash"}
_ANSWERS = ("filtered_resps", "resps")


def is_samples(raw: Raw) -> bool:
    """Tell samples by their keys."""
    return {*raw.names} >= _KEYS


def of_samples(raw: Raw) -> Raw:
    """Return one row for each document: its measures, and its answers as text under their own names."""
    filters = sorted(_filters(raw)) if "filter" in raw.names else []
    chosen = filters[0] if filters else ""
    names = tuple(name for name in raw.names if name not in _ASIDE)

    def read(wanted: tuple[int, ...]) -> Iterator[Batch]:
        asked = tuple(names[place] for place in wanted)
        for batch in raw.batches((*asked, "filter") if filters else asked):
            columns = [_answer(column) for column in batch.columns[: len(asked)]]
            if filters:
                of_filter = compute.equal(batch.columns[-1].cast(pa.string()), chosen)
                columns = [column.filter(of_filter) for column in columns]
            yield Batch(tuple(columns), batch.where, batch.first_row)

    notes = raw.notes
    if len(filters) > 1:
        told = f"rows of the filter {chosen!r} alone: {', '.join(map(repr, filters[1:]))} score the same answers"
        notes = (*notes, Note("", told))
    return replace(raw, names=names, rows=None, read=read, notes=notes, types={})


def _filters(raw: Raw) -> set[str]:
    return {
        str(word)
        for batch in raw.batches(("filter",))
        for word in compute.unique(batch.columns[0].cast(pa.string())).drop_null().to_pylist()
    }


def _answer(column: pa.Array) -> pa.Array:
    """Return the first text of an answer, which stands in lists of lists; other columns as they are."""
    if not types.is_nested(column.type):
        return column
    return pa.array([_first(each) for each in column.to_pylist()], pa.string())


def _first(answer: object) -> str | None:
    while isinstance(answer, list):
        answer = answer[0] if answer else None
    return None if answer is None else str(answer)
