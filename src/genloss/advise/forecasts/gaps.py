"""Which rows given to a forecast can be used although entries are missing? As of a file: refuse, drop, or fill in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.advise.forecasts.worlds.protocol import Array
from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.populations.tables import Note, Reading
from genloss.populations.tables.column import NUMBERS, Column
from genloss.populations.tables.facts import Facts
from genloss.populations.tables.features import filled_told, made_of
from genloss.populations.tables.frames import column_names, is_text
from genloss.populations.tables.gaps import Gaps

_WHERE = "X, y"


@dataclass(frozen=True, eq=False)
class Given:
    """Rows as a user gave them. roles: weights, exposure, id: arrays, names of columns or None."""

    X: Any
    y: Any
    held_out: Any
    roles: Mapping[str, Any]

    def at(self, kept: NDArray[np.bool_]) -> Given:
        """Return some of the rows; those that are held out as a pair stay."""
        if kept.all():
            return self
        places = np.flatnonzero(kept)
        arrays = {
            name: _at(role, places)
            for name, role in self.roles.items()
            if not isinstance(role, str | None) and len(role) == len(kept)
        }
        y = None if self.y is None else _at(self.y, places)
        return replace(self, X=_at(self.X, places), y=y, roles={**self.roles, **arrays})


def without_gaps(
    given: Given, missing: str, *, theirs: bool, categories: Collection[str] = ()
) -> tuple[Given, tuple[Note, ...]]:
    """Return rows without missing entries, and what was done: rows left out; and gaps of numbers filled with the mean.

    missing: "refuse", "drop" or "mean", as `populations.tables.Reading` has it; the mean is that of all rows that have
    a label, and fills what is held out as a pair, too. Columns of words, `categories` among
    them, are filled as they are read (`FrameWords`). theirs: whether
    the estimator has steps of its own, to which gaps are left where they are not to be dropped or filled.
    """
    reading = Reading("", missing=missing)
    if missing == "refuse" and theirs:
        return given, ()
    leave = [name for name in given.roles.values() if isinstance(name, str)]
    gaps = _gaps_of(given.X, given.y, leave)
    if gaps is None:
        if missing != "refuse":
            found = Advice(Setting("missing"), f" with {type(given.X).__name__}, whose gaps cannot be seen")
            raise Problem("X", found, "give an array or a pandas data frame")
        return given, ()
    told = Gaps([Column(name, 2) for name in (*_names(given.X, leave), _label(given.y))], reading)
    usable = told.usable(np.where(gaps, np.nan, 0.0))
    refused = told.refusal(_WHERE)
    if refused is not None:
        raise refused
    told.check_rows(_WHERE, int(usable.sum()))
    if missing == "refuse":
        _refuse_judges_gaps(given, leave)
    kept = given.at(usable)
    if missing == "drop":
        return _judged(kept, leave), tuple(told.notes(int(usable.sum())))
    filled, notes = _filled(kept, leave, categories)
    return filled, (*notes, *told.notes(int(usable.sum())))


def _gaps_of(X: Any, y: Any, leave: Collection[str]) -> NDArray[np.bool_] | None:
    """Return which entries are missing, (rows, inputs + 1), the label's last; None where that cannot be seen."""
    import pandas as pd

    if column_names(X):
        if not hasattr(X, "iloc"):
            return None
        table = np.asarray(pd.isna(X[_inputs(X, leave)]))
    else:
        try:
            table = np.asarray(pd.isna(np.asarray(X)))
        except ValueError:  # rows of unlike length
            return None
    if table.ndim != 2 or (y is not None and np.shape(y) != (len(table),)):
        return None
    labels = np.zeros(len(table), dtype=bool) if y is None else np.asarray(pd.isna(np.asarray(y)))
    return np.column_stack([table, labels])


def _refuse_judges_gaps(given: Given, leave: Collection[str]) -> None:
    """Refuse gaps in a pair that is held out."""
    pair = isinstance(given.held_out, tuple | list) and len(given.held_out) == 2
    judge, judged = given.held_out if pair else (None, None)
    gaps = _gaps_of(judge, judged, leave) if pair else None
    if gaps is not None and gaps.any():
        rows = int(gaps.any(axis=1).sum())
        drop, mean = Setting("missing", "drop"), Setting("missing", "mean")
        found = f"missing entries in {rows:,} of {len(gaps):,} rows"
        raise Problem("held_out", found, Advice("fill them in; or say ", drop, " to leave such rows out, or ", mean))


def _judged(given: Given, leave: Collection[str]) -> Given:
    """Leave rows with gaps out of a pair that is held out."""
    if not (isinstance(given.held_out, tuple | list) and len(given.held_out) == 2):
        return given
    judge, judged = given.held_out
    gaps = _gaps_of(judge, judged, leave)
    if gaps is None or not gaps.any():
        return given
    places = np.flatnonzero(~gaps.any(axis=1))
    return replace(given, held_out=tuple(_at(each, places) for each in given.held_out))


def _filled(given: Given, leave: Collection[str], categories: Collection[str]) -> tuple[Given, list[Note]]:
    """Fill gaps of numbers with the mean of their column, in what is held out as a pair, too."""
    pair = isinstance(given.held_out, tuple | list) and len(given.held_out) == 2
    X, judge = _copied(given.X), _copied(given.held_out[0]) if pair else None
    notes: list[Note] = []
    for at, name in enumerate(_names(X, leave)):
        own = _inputs(X, leave)[at] if column_names(X) else at
        values = None if name in categories else _numbers(X, own)
        if values is None:
            continue
        facts = Facts([Column(name, 2, kind=NUMBERS)])
        facts.add(values[:, None])
        made = made_of(facts, 0)
        notes += filled_told(facts, 0, made)
        for table in (X, judge):
            if table is not None and (there := _numbers(table, own)) is not None and np.isnan(there).any():
                _put(table, own, np.where(np.isnan(there), made[0].fill, there))
    return replace(given, X=X, held_out=(judge, given.held_out[1]) if pair else given.held_out), notes


def _inputs(X: Any, leave: Collection[str]) -> list[Any]:
    return [name for name in X.columns if str(name) not in leave]


def _names(X: Any, leave: Collection[str]) -> list[str]:
    if column_names(X):
        return [str(name) for name in _inputs(X, leave)]
    return [f"X[:, {at}]" for at in range(np.shape(X)[1])]


def _label(y: Any) -> str:
    return str(getattr(y, "name", None) or "y")


def _numbers(X: Any, own: Any) -> Array | None:
    """Return a column as numbers, nan where missing; None for one of words, or that is not there."""
    if own not in X.columns if column_names(X) else own >= X.shape[1]:
        return None
    column = X[own] if column_names(X) else X[:, own]
    if column_names(X) and is_text(column):
        return None
    try:
        return np.asarray(column, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return None


def _put(X: Any, own: Any, values: Array) -> None:
    if column_names(X):
        X[own] = values
    else:
        X[:, own] = values


def _copied(X: Any) -> Any:
    return X.copy() if column_names(X) else np.array(X)


def _at(values: Any, places: NDArray[np.intp]) -> Any:
    if hasattr(values, "iloc"):
        return values.iloc[places]
    return np.asarray(values)[places]
