"""Do columns of X give the labels away? What is certain is refused; what is only seen is said beside the forecast."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.advise.assumption import Assumption
from genloss.advise.forecasts.worlds.protocol import Array
from genloss.doors import COMMAND, Advice, Setting, Words
from genloss.errors import Problem
from genloss.populations.tables.choices import joined
from genloss.populations.tables.combination import combination
from genloss.populations.tables.features import is_of
from genloss.populations.tables.frames import column_names
from genloss.populations.tables.given_away import EXACT, SEEN, Entries, Given, given_away, listed
from genloss.populations.tables.row_names import is_id

Name = str | int
_NAME = "no column gives the labels away"


@dataclass(frozen=True, slots=True)
class Owned:
    """Columns of X as a user has them: names of a data frame, () for an array. kept: by name or number."""

    columns: tuple[str, ...]
    kept: frozenset[Name]

    def of(self, name: str) -> Name:
        """Return the column that a column of the rows is of: words have been made into columns named column=word."""
        if not self.columns:
            return int(name)
        known = (*map(str, self.kept), *self.columns)
        return name if name in known else next((own for own in known if is_of(name, own)), name)

    def called(self, name: str) -> str:
        """Name a column in a sentence."""
        return name if self.columns else f"X[:, {name}]"

    def left_out(self, names: Sequence[Name]) -> str:
        """Say how to leave columns out."""
        told = json.dumps(list(names), ensure_ascii=False)
        return f"X.drop(columns={told})" if self.columns else f"numpy.delete(X, {told}, axis=1)"


def owned(X: Any, keep: Sequence[Name] | Name) -> Owned:
    """Return the columns of X as it was given; refuse columns to keep that it does not have."""
    columns = column_names(X)
    kept = frozenset([keep] if isinstance(keep, str | int) else keep)
    for name in kept:
        known_there = isinstance(name, str) and any(is_of(column, name) for column in columns)
        if not known_there if columns else not (isinstance(name, int) and 0 <= name < X.shape[1]):
            known = f"known here: {', '.join(columns[:20])}" if columns else "give numbers of columns, from 0"
            raise Problem("keep", f"there is no column {name!r} in X", known)
    return Owned(columns, kept)


def check_given(X: Any, labels: Array, kind: str, own: Owned) -> list[Assumption]:
    """Refuse columns that determine the labels; return what is seen of others as an assumption that does not hold.

    X: columns of numbers or words. labels: as numbers. A column that parts two classes is left to `separable`.
    """
    columns = _entries(X)
    called = [replace(each, name=str(own.of(each.name))) for each in columns]
    found = [given for given in given_away(called, labels) if not _is_kept(given, own)]
    refused = [given for given in found if given.strength != SEEN]
    if refused:
        raise joined("X", [_refusal(given, own) for given in refused])
    told = [given.words for given in found if kind != "logistic"]
    told += [
        f"column {own.called(each.name)!r} seems to name the rows, and says nothing of others"
        for each in columns
        if own.of(each.name) not in own.kept and is_id(each.name, each.values, words=bool(each.words))
    ]
    return [Assumption(_NAME, "failed", "; ".join(told))] if told else []


def check_rows(rows: Array, labels: Array, names: Sequence[str]) -> None:
    """Refuse rows, after a pipeline's steps, that leave no noise in the labels at all."""
    made = combination(list(rows.T), labels)
    if made is not None and made.exact:
        which = tuple(names[place] if names else f"X[:, {place}]" for place in made.places)
        found = f"{listed(which)} make up the labels in every row: there is no noise to forecast"
        raise Problem("X", found, "leave out what was made from the labels")


def _is_kept(given: Given, own: Owned) -> bool:
    return given.strength != EXACT and {own.of(name) for name in given.columns} <= own.kept


def _entries(X: Any) -> list[Entries]:
    """Return the columns: numbers, or codes of words; none of a sparse matrix."""
    if column_names(X):
        return [_entry(str(name), np.asarray(X[name])) for name in X.columns]
    return [_entry(str(at), X[:, at]) for at in range(X.shape[1])] if isinstance(X, np.ndarray) else []


def _entry(name: str, column: NDArray[Any]) -> Entries:
    if (numbers := _as_numbers(column)) is not None:
        return Entries(name, numbers)
    words, codes = np.unique([str(word) for word in column.tolist()], return_inverse=True)
    return Entries(name, codes.astype(float), tuple(words.tolist()))


def _as_numbers(column: NDArray[Any]) -> Array | None:
    try:
        return column.astype(float)
    except (TypeError, ValueError, OverflowError):
        return None


def _refusal(given: Given, own: Owned) -> Problem:
    columns = list(dict.fromkeys(own.of(name) for name in given.columns))
    what = "it" if len(columns) == 1 else "those that were made from the labels"
    option = Setting("drop", tuple(map(str, columns))).at(COMMAND)
    leave = Advice(f"leave {what} out: ", Words(own.left_out(columns), option))
    found = given.words if own.columns else re.sub(r"'(\d+)'", r"X[:, \1]", given.words)
    if given.strength == EXACT:
        return Problem("X", found, leave)
    return Problem("X", found, Advice(leave, "; or, if it belongs there, say ", Setting("keep", tuple(columns))))
