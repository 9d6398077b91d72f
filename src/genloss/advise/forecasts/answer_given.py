"""Do columns of X give the labels away? What is certain is refused; what is only seen is said beside the forecast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.advise.forecasts.worlds.protocol import Array, Assumption
from genloss.doors import Advice, Setting, Words
from genloss.errors import Problem
from genloss.populations.tables.choices import joined
from genloss.populations.tables.combination import combination
from genloss.populations.tables.given_away import EXACT, SEEN, Entries, Given, given_away, listed
from genloss.populations.tables.row_names import is_id

Name = str | int
_NAME = "no column gives the labels away"


def check_given(X: Any, labels: Array, rows: Array, names: Sequence[str], keep: Sequence[Name]) -> list[Assumption]:
    """Refuse columns that determine the labels; return what is seen of others as an assumption that does not hold.

    X: as it was given. labels, rows: numbers, what the estimator is fitted to; names: of the columns of rows. keep:
    columns of X, by name or number, that stay although they order or determine labels.
    """
    columns, called = _entries(X), _called(X)
    kept = {str(name) for name in keep}
    _check_known(kept, called)
    found = [given for given in given_away(columns, labels) if given.strength in (EXACT, SEEN) or not _in(given, kept)]
    refused = [given for given in found if given.strength != SEEN]
    if refused:
        raise joined("X", [_refusal(given, called, bool(_frame(X))) for given in refused])
    _check_rows(rows, labels, names)
    told = [given.words for given in found if not _in(given, kept)]
    ids = [each.name for each in columns if each.name not in kept and is_id(each.name, each.values, words=False)]
    told += [f"column {name!r} seems to name the rows, and says nothing of others" for name in ids]
    return [Assumption(_NAME, "failed", "; ".join(told))] if told else []


def _in(given: Given, kept: set[str]) -> bool:
    return set(given.columns) <= kept


def _check_known(kept: set[str], called: dict[str, Name]) -> None:
    for name in kept - called.keys():
        raise Problem("keep", f"there is no column {name!r} in X", f"known here: {', '.join(list(called)[:20])}")


def _check_rows(rows: Array, labels: Array, names: Sequence[str]) -> None:
    """Refuse rows, after a pipeline's steps, that leave no noise in the labels at all."""
    made = combination(list(rows.T), labels)
    if made is not None and made.exact:
        which = tuple(names[place] if names else str(place) for place in made.places)
        found = f"labels are a combination of the features {listed(which)} in every row: there is no noise to forecast"
        raise Problem("X", found, "leave out what was made from the labels")


def _frame(X: Any) -> tuple[str, ...]:
    given = getattr(X, "columns", None)
    return () if given is None else tuple(map(str, given))


def _called(X: Any) -> dict[str, Name]:
    """Columns by the name in messages, and as Python has them: names of a frame, numbers of an array."""
    return {name: name for name in _frame(X)} or {str(place): place for place in range(X.shape[1])}


def _entries(X: Any) -> list[Entries]:
    """Return the columns that hold numbers, and those of words with codes of these; none of a sparse matrix."""
    if _frame(X):
        values = [np.asarray(X[name]) for name in X.columns]
        return [each for name, column in zip(_frame(X), values, strict=True) if (each := _entry(name, column))]
    if not isinstance(X, np.ndarray):
        return []
    return [each for place in range(X.shape[1]) if (each := _entry(str(place), X[:, place]))]


def _entry(name: str, column: NDArray[Any]) -> Entries | None:
    if column.dtype.kind in "biuf":
        return Entries(name, column.astype(float))
    try:
        return Entries(name, column.astype(float))
    except (TypeError, ValueError):
        words, codes = np.unique([str(word) for word in column.tolist()], return_inverse=True)
        return Entries(name, codes.astype(float), tuple(words.tolist()))


def _refusal(given: Given, called: dict[str, Name], frame: bool) -> Problem:
    columns = [called[name] for name in given.columns]
    left = f"X.drop(columns={_written(columns)})" if frame else f"numpy.delete(X, {columns}, axis=1)"
    what = "it" if len(columns) == 1 else "those that were made from the labels"
    leave = Advice(f"leave {what} out (", Words(left, Setting("drop", given.columns).at_command()), ")")
    if given.strength == EXACT:
        return Problem("X", given.words, leave)
    keep = Setting("keep", tuple(columns))
    return Problem("X", given.words, Advice(leave, ", or, if it belongs there, keep it (", keep, ")"))


def _written(names: Sequence[Name]) -> str:
    return Setting("", tuple(names)).at_python()
