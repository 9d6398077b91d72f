"""How are later rows read as the rows in hand are, and what changes in a forecast that is judged on them?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from genloss.advise.assumption import Assumption
from genloss.advise.estimators.recognized import kind_of, taken_apart
from genloss.advise.forecasts.later_rows import alike, counted, reachable
from genloss.advise.forecasts.result import Forecast
from genloss.advise.forecasts.table import Seen
from genloss.advise.forecasts.worlds import World
from genloss.advise.forecasts.worlds.linear import LinearWorld
from genloss.advise.forecasts.worlds.protocol import LATER_ROWS_ARE_ALIKE
from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.populations.tables.frames import column_names
from genloss.streams import stream

_AGAINST = "against the truth"


def beside(
    estimator: Any, X: Any, y: Any, later: Any, held_out: Any, roles: Mapping[str, Any], words: Collection[Any] = ()
) -> Any:
    """Return later rows as a pair, rows and labels that are not looked at, which is read as X and y are; or held_out.

    roles: weights and exposure; values a row of X say nothing of later rows, a column of both does. words: columns
    that hold words, whatever they look like.
    Errors: `Problem` for later rows without rows, of other columns, beside held_out, or without labels in hand.
    """
    if later is None:
        return held_out
    if held_out is not None:
        both = Advice("is given with ", Setting("held_out"), ", and both say on which rows the loss is measured")
        raise Problem("later_rows", both, "give one of the two")
    listed = next((name for name, role in roles.items() if role is not None and not isinstance(role, str)), None)
    if listed is not None:
        both = Advice("is given with ", Setting(listed), ", which does not say what later rows have")
        raise Problem("later_rows", both, "leave one of the two out")
    if y is None or _is_gaussian(estimator):
        found = "a law of the rows has no inputs that could change"
        raise Problem("later_rows", found, "leave it out, or give a model that predicts labels")
    rows = later if column_names(later) else _array(later)
    if len(np.shape(rows)) != 2 or not len(rows):
        raise Problem("later_rows", f"shape {np.shape(rows)}", "give at least one row, with the columns of X")
    names, known = column_names(rows), column_names(X)
    if known and names:
        absent = [name for name in known if name not in names]
        if absent:
            found = f"there is no column {', '.join(map(repr, absent[:8]))}"
            raise Problem("later_rows", found, "give later rows with the columns of X")
        rows = rows[list(X.columns)]  # in their order; others are not looked at
        _refuse_entries(X, rows, words)
    elif np.shape(rows)[1] != np.shape(X)[1] or bool(known) != bool(names):
        found = f"{np.shape(rows)[1]} columns{'' if names else ' without names'}, and X has {np.shape(X)[1]}"
        raise Problem("later_rows", found, "give later rows with the columns of X")
    return rows, np.resize(np.asarray(y), len(rows))


def _refuse_entries(X: Any, later: Any, words: Collection[Any]) -> None:
    """Refuse entries that are no numbers where a column of X holds numbers: no reading of X settles them."""
    for name in X.columns:
        if name in words or np.asarray(X[name]).dtype.kind not in "iuf":
            continue
        entries = np.asarray(later[name])
        row = next((at for at, each in enumerate(entries) if not _is_number(each)), -1) if entries.dtype == "O" else -1
        if row >= 0:
            found = f"{entries[row]!r:.40} in column {name!r}, row {row}, is not a number"
            raise Problem("later_rows", found, "correct such entries, or leave their rows out: X holds numbers there")


def _is_number(entry: Any) -> bool:
    """Whether an entry is a number, or missing."""
    try:
        float(entry)
    except (TypeError, ValueError, OverflowError):
        return entry is None or str(entry) in ("<NA>", "NaT")
    return True


def _array(later: Any) -> Any:
    try:
        return np.asarray(later)
    except ValueError as error:
        raise Problem("later_rows", str(error), "give rows of features, (rows, features)") from error


def _is_gaussian(estimator: Any) -> bool:
    if isinstance(estimator, Mapping):
        return estimator.get("kind") == "gaussian"
    if isinstance(estimator, str):
        return estimator.split()[:1] == ["gaussian"]
    return kind_of(taken_apart(estimator)[1]) == "gaussian"


@contextmanager
def called_later(later: Any) -> Iterator[None]:
    """Call by their name later rows that are read as held-out ones."""
    try:
        yield
    except Problem as problem:
        if later is None or not str(problem.where).startswith("held_out"):
            raise
        found = problem.found
        told = found.replace("held_out", "later rows") if isinstance(found, str) else found
        raise Problem("later_rows", told, problem.mend) from problem


def moved(seen: Seen, later: Any) -> Seen:
    """Return what was read with later rows in their own place."""
    return seen if later is None or seen.held_out is None else replace(seen, later=seen.held_out[0], held_out=None)


def judged_later(world: World, seen: Seen) -> World:
    """Return a linear world in which later rows judge fits; others as they are. Errors: as `reachable`."""
    if seen.later is None or not isinstance(world, LinearWorld):
        return world
    return replace(world, later=reachable(seen.rows, seen.later, seen.names)[0])


def told_of_later(told: Forecast, seen: Seen, seed: int) -> Forecast:
    """Say in place of what is not known of later rows what they show, and on which rows the risk is."""
    if seen.later is None:
        return told
    linear = seen.kind == "linear"
    found = [alike(seen.rows, seen.later, stream(seed, "forecast", "later rows"), used=linear)]
    if linear:
        found.append(reachable(seen.rows, seen.later, seen.names)[1])
        found.append(_used(seen))
    kept = [each for each in told.assumptions if each.name != LATER_ROWS_ARE_ALIKE.name]
    unit = told.unit.replace(_AGAINST, f"{_AGAINST} on the later rows") if linear else told.unit
    return replace(told, assumptions=(*kept, *found), unit=unit)


def _used(seen: Seen) -> Assumption:
    """Say what the risk is a mean over."""
    assert seen.later is not None
    over = "the mean over the inputs of" if len(seen.later) > 1 else "that at the inputs of"
    words = f"risk is {over} the {counted(seen.later)}; every fit is to inputs like these"
    return Assumption("the forecast is for the later rows", "checked", words)
