"""Which batches are drawn, when and from whom, and which of them does each generation train on?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genloss.errors import Problem

TRUTH = -1
"""The origin of real rows; a model's origin is the generation of its fit."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows drawn once from one origin; its identity is the identity of its noise."""

    birth: int  # the generation it is drawn for
    tag: str
    origin: int  # TRUTH, or the generation of the fit that labels it
    rows: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Batches in the order they are drawn; `train[g]` lists those that generation g trains on."""

    batches: tuple[Batch, ...]
    train: tuple[tuple[int, ...], ...]


def compile_schedule(workflow: Mapping[str, Any], generations: int) -> Schedule:
    """Compile the emit / train form for generations 0..generations.

    Rules so far: real rows at the start, rows of the last model at every later generation, and
    training on the one newest batch. Any other form is refused by name.

    >>> emit = [{"tag": "real", "from": "real", "rows": 8, "at": "start"},
    ...         {"tag": "synth", "from": "model", "of": "last", "lag": 1, "rows": [5, 6], "at": "every"}]
    >>> schedule = compile_schedule({"emit": emit, "train": [{"select": {"tag": "*", "last": 1}}]}, 2)
    >>> [(batch.tag, batch.origin, batch.rows) for batch in schedule.batches]
    [('real', -1, 8), ('synth', 0, 6), ('synth', 1, 6)]
    """
    emit, train = workflow.get("emit", []), workflow.get("train", [])
    shapes = [(e.get("from"), e.get("of", "last"), e.get("lag", 1), e.get("at")) for e in emit]
    if shapes != [("real", "last", 1, "start"), ("model", "last", 1, "every")]:
        raise Problem(
            "workflow.emit", "this emission rule is not supported yet", 'use workflow = {kind = "replace", rows = ...}'
        )
    if [dict(term) for term in train] != [{"select": {"tag": "*", "last": 1}}]:
        raise Problem(
            "workflow.train", "this training rule is not supported yet", 'use workflow = {kind = "replace", rows = ...}'
        )
    batches = tuple(
        Batch(birth=g, tag=emit[g > 0]["tag"], origin=TRUTH if g == 0 else g - 1, rows=_rows_at(emit[g > 0]["rows"], g))
        for g in range(generations + 1)
    )
    return Schedule(batches, tuple((g,) for g in range(generations + 1)))


def _rows_at(rows: int | list[int], generation: int) -> int:
    """Rows by generation: a number, or a list whose last value continues."""
    return rows if isinstance(rows, int) else rows[min(generation, len(rows) - 1)]
