"""What does a run find out about a model itself? Whether it repeats itself, and whether weights and a start count."""

from __future__ import annotations

from collections.abc import Callable, Collection
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.models.adapters.seeding import global_states, states_changed, states_kept
from genloss.models.checking import uneven_weights
from genloss.models.protocol import Fitted, InGenerations, Model
from genloss.populations.own_rows import copied, row_count, take, to_bytes
from genloss.study.subjects.protocol import OfModel
from genloss.workflows import Schedule

Random = Callable[..., np.random.Generator]

REPEATS, WEIGHTS, START = "repeats", "weights", "start"
"""What may be asked."""

_FEW = 32  # rows by which two fits with one key are told apart
_MOST = 300  # rows by which two fits are told apart that should differ


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of it. repeats: whether a second fit with the same key made the same rows; None: it was not asked."""

    repeats: bool | None = None
    found: tuple[OfModel, ...] = ()


def weighs(schedule: Schedule) -> bool:
    """Whether some fit of a workflow is given rows that count more than others."""
    return any(use.weight is not None or bool(use.factors) for uses in schedule.train for use in uses)


def probed(
    asks: Collection[str],
    model: Model[Any],
    rows: Any,
    random: Random,
    fit: Fitted[Any],
    again: Callable[[], Fitted[Any]],
) -> Probed:
    """Ask what is asked. rows: real ones. fit: of generation 0, which stays as it is; again: makes it once more."""
    found: list[OfModel] = []
    repeats = None
    with states_kept():
        if REPEATS in asks:
            before = global_states()
            fresh = again()
            one, other = _rows_of(fresh, _FEW, random), _rows_of(fresh, _FEW, random)
            repeats = one == other == _rows_of(_own_copy(fit), _FEW, random)
            drawn = states_changed(before)
            found += [] if repeats else [_not_repeated(drawn, by_drawing=one != other)]
        for what, ask in ((WEIGHTS, _ignores_weights), (START, _ignores_start)):
            if what in asks and ask(model, rows, random):
                found.append(_IGNORED[what])
    return Probed(repeats, tuple(found))


def _not_repeated(drawn: list[str], *, by_drawing: bool) -> OfModel:
    if by_drawing and not drawn:
        what = (
            "made other rows when they were drawn twice from one fit with the same random key: sample changes the fit"
        )
        return OfModel(what, "let sample work on a copy of what the fit keeps, and draw from the rng that it is given")
    what = "was fitted twice to the same rows with the same random key, and made other rows"
    mend = "a run that was stopped goes on from the rows that are kept, and another run gives other numbers"
    if drawn:
        what += f"; it draws from, or seeds, {' and '.join(drawn)}, which all of a program share"
        mend += "; draw from the rng that fit and sample are given"
    return OfModel(what, mend)


_IGNORED = {
    WEIGHTS: OfModel(
        "takes no weights: rows that should count more count alike",
        "multiply each row's part of the loss by its weight, or raise genloss.Problem where weights is not None",
    ),
    START: OfModel(
        "takes no start: every fit begins anew",
        "begin from the fit that start is, or raise genloss.Problem where start is not None",
    ),
}


def _ignores_weights(model: Model[Any], rows: Any, random: Random) -> bool:
    """Whether a fit with uneven weights makes the very rows that one without makes; a model may refuse them."""
    weights = uneven_weights(rows)
    if weights is None:
        return False
    try:
        return _alike(_fitted(model, rows, random), _fitted(model, rows, random, weights), rows, random)
    except Exception:  # the chain itself comes to it, and says it
        return False


def _ignores_start(model: Model[Any], rows: Any, random: Random) -> bool:
    """Whether a fit that begins from one of half the rows makes the very rows that one without a start makes."""
    try:
        other = _fitted(model, take(rows, np.arange(max(1, row_count(rows) // 2))), random)
        return _alike(_fitted(model, rows, random), _fitted(model, rows, random, None, other), rows, random)
    except Exception:
        return False


def _alike(one: Fitted[Any], other: Fitted[Any], rows: Any, random: Random) -> bool:
    count = min(_MOST, row_count(rows))
    return _rows_of(one, count, random) == _rows_of(other, count, random)


def _fitted(model: Model[Any], rows: Any, random: Random, weights: Any = None, start: Any = None) -> Fitted[Any]:
    first = model.in_generation(0) if isinstance(model, InGenerations) else model
    return first.fit(copied(rows), weights, random("fit", 0), start=start)


def _rows_of(fit: Fitted[Any], count: int, random: Random) -> bytes:
    return to_bytes(fit.sample(count, random("again")))


def _own_copy(fit: Fitted[Any]) -> Fitted[Any]:
    """Return a copy from which rows may be drawn; the fit itself where it cannot be copied."""
    try:
        return deepcopy(fit)
    except Exception:
        return fit
