"""Which rows does a forecast see where columns or arrays say how often a row counts, its exposure and its entity?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.advise.assumption import Assumption
from genloss.advise.forecasts.worlds.protocol import Array, Places, untestable
from genloss.doors import Advice, Setting, Words
from genloss.errors import Problem, nearest
from genloss.populations.entities import numbered, split_by_entity
from genloss.populations.tables.frames import column_names
from genloss.populations.tables.looks import Entries, looking, looks
from genloss.populations.tables.reading import ROLES
from genloss.populations.tables.roles import MOST_HELD, SURVEY, WHOLE


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of inputs with what is known of each beside them.

    X: (rows, ...), an array or a data frame without the columns that have a role. y: (rows,) or None. exposure: (rows,)
    or None. entities: (rows,), 0, 1, ..., or None.
    """

    X: Any
    y: NDArray[Any] | None
    exposure: Array | None = None
    entities: Places | None = None

    def at(self, places: Places) -> Rows:
        """Return some of the rows."""
        return Rows(
            getattr(self.X, "iloc", self.X)[places],
            None if self.y is None else self.y[places],
            None if self.exposure is None else self.exposure[places],
            None if self.entities is None else numbered(self.entities[places]),
        )


def rows_of(X: Any, y: NDArray[Any] | None, roles: Mapping[str, Any]) -> Rows:
    """Return the rows, each as often as it counts. roles: weights, exposure, id: an array, a column's name or None."""
    columns = [name for name in roles.values() if isinstance(name, str)]
    found = {role: _values(role, given, X) for role, given in roles.items() if given is not None}
    if len(set(columns)) < len(columns):
        raise Problem("weights, exposure, id", f"the column {columns[0]!r} twice", "give each a column of its own")
    left = X if not columns else X.drop(columns=columns) if hasattr(X, "iloc") else X.drop(columns)
    exposure = _exposure(found["exposure"]) if "exposure" in found else None
    entities = _entities(found["id"]) if "id" in found else None
    rows = Rows(left, y, exposure, entities)
    if "weights" not in found:
        return rows
    weights = _whole(found["weights"])
    return rows.at(np.repeat(np.arange(weights.size), weights))


def rows_held_out(X: Any, y: NDArray[Any], roles: Mapping[str, Any]) -> Rows:
    """Return held-out rows that were given, with what columns of the same names say of them."""
    given = {role: name for role, name in roles.items() if name is not None}
    arrays = [role for role, name in given.items() if not isinstance(name, str) and role != "id"]
    if arrays:
        found = f"rows of their own, and {arrays[0]} as an array, which does not say what they have"
        raise Problem("held_out", found, f"give {arrays[0]} as the name of a column of both, or a share of the rows")
    try:
        return rows_of(X, y, {role: name for role, name in given.items() if isinstance(name, str)})
    except Problem as problem:
        raise Problem("held_out", Advice(f"{problem.where}: ", problem.found), problem.mend) from problem


def held_apart(rows: Rows, share: float, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Hold out a share of the rows, whole entities where they have such; return those kept and those held out."""
    count = 0 if rows.y is None else len(rows.y)
    cut = max(1, round(share * count))
    if rows.entities is not None:
        away, kept = split_by_entity(rows.entities, [cut], rng)
        if not kept.size:
            found = f"a share of {share:g} of {int(rows.entities.max()) + 1} ids leaves no row to fit"
            raise Problem("held_out", found, "hold out less: rows with the same id stay together")
        return rows.at(kept), rows.at(away)
    order = rng.permutation(count)
    return rows.at(order[cut:]), rows.at(order[:cut])


def columns_in_question(X: Any, y: NDArray[Any] | None, roles: Mapping[str, Any], kind: str) -> tuple[Assumption, ...]:
    """Ask about columns of a data frame that look like something else than inputs."""
    if not hasattr(X, "columns") or y is None:
        return ()
    target = y.astype(float) if y.dtype.kind in "biuf" else numbered(y.astype(str)).astype(float)
    entries = [Entries(str(name), np.asarray(X[name]), np.asarray(X[name]).dtype.kind in "iuf") for name in X.columns]
    asked = [role for role in ROLES if roles.get(role) is None and (role != "exposure" or kind == "poisson")]
    seen = looks(entries, target, asked)
    found = f"{looking(seen)}, and is taken as an input" if seen else ""
    return (untestable("every column is an input", found),) if seen else ()


def check_roles(X: Any, roles: Mapping[str, Any]) -> None:
    """Refuse names of columns that a table does not have. X: as it was given, words in its columns."""
    known = list(column_names(X))
    for role, given in roles.items():
        if isinstance(given, str) and given not in known:
            mend = nearest(given, known) if known else "give an array, one value a row; only data frames have columns"
            raise Problem(role, f"X has no column {given!r}", mend)


def _values(role: str, given: Any, X: Any) -> NDArray[Any]:
    """Return one value a row: a column of a data frame, or an array."""
    count = len(X)
    if isinstance(given, str):
        check_roles(X, {role: given})
        given = X[given]
    values = np.asarray(given)
    if values.shape != (count,):
        raise Problem(role, f"shape {values.shape} for {count} rows", "give one value a row, or the name of a column")
    if values.dtype.kind == "O" and any(each is None or each != each for each in values.tolist()):
        raise Problem(role, "an empty entry", "give one value a row")
    return values


def _numbers(role: str, values: NDArray[Any]) -> Array:
    try:
        numbers = values.astype(float)
    except (TypeError, ValueError, OverflowError) as error:
        raise Problem(role, str(error), "give numbers") from error
    if not np.isfinite(numbers).all():
        raise Problem(role, f"not finite in row {int(np.argmin(np.isfinite(numbers)))}", "give finite numbers")
    return numbers


def _whole(values: NDArray[Any]) -> Places:
    numbers = _numbers("weights", values)
    if (numbers < 0).any():
        found = f"{numbers.min():g} in row {int(np.argmin(numbers))}"
        raise Problem("weights", found, "give whole numbers from 0 on")
    wrong = numbers != np.round(numbers)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise Problem("weights", f"{numbers[row]:g} in row {row}, and {WHOLE}", SURVEY)
    if numbers.sum() > MOST_HELD:
        raise Problem("weights", f"they add up to {numbers.sum():,.0f} rows, more than {MOST_HELD:,}", SURVEY)
    return numbers.astype(np.intp)


def _exposure(values: NDArray[Any]) -> Array:
    numbers = _numbers("exposure", values)
    if (numbers <= 0).any():
        found = f"{numbers.min():g} in row {int(np.argmin(numbers))}"
        raise Problem("exposure", found, "give exposures above 0 (e.g. months or person-years, not their logarithm)")
    return numbers


def _entities(values: NDArray[Any]) -> Places:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise Problem(
            "id",
            f"not finite in row {int(np.argmin(np.isfinite(values)))}",
            "give each row the id of what it belongs to",
        )
    return numbered(values.astype(str) if values.dtype.kind == "O" else values)


def check_exposure(kind: str, model: str | Words, exposure: Array | None) -> None:
    """Refuse exposures of what is no count. model: as its user calls it."""
    if exposure is not None and kind != "poisson":
        found = Advice(model, " predicts no counts")
        poisson = Advice("take a Poisson regression (", Setting("estimator", "poisson"), ")")
        raise Problem("exposure", found, Advice(poisson, ", or leave exposures out: a rate can be a target"))
