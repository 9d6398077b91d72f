"""Which rows was one given: what was read of them, what was done, and what they look like to an estimator?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.estimators.recognized import taken_apart
from genloss.advise.forecasts.answer_given import Owned, owned
from genloss.advise.forecasts.gaps import Given, without_gaps
from genloss.advise.forecasts.roles import check_roles
from genloss.advise.forecasts.table import Seen, seen_of
from genloss.advise.forecasts.words import as_numbers
from genloss.populations.tables import Note, TableRows


@dataclass(frozen=True, eq=False)
class RowsGiven:
    """Rows without gaps or words. own: columns as given. notes: what was done. classes: what 0 and 1 stand for."""

    given: Given
    own: Owned
    notes: Sequence[Note] = ()
    classes: tuple[str, ...] = ()

    def seen(self, estimator: Any, *, above: float | None, held_out: Any, seed: int) -> Seen:
        """Return them as an estimator sees them; see `forecast` for the arguments."""
        return seen_of(
            estimator, self.given.X, self.given.y, above=above, held_out=held_out, seed=seed, roles=self.given.roles,
            own=self.own, words_of=(self.classes[0], self.classes[1]) if self.classes else None,
        )  # fmt: skip


def rows_given(
    estimator: Any,
    X: Any,
    y: ArrayLike | None,
    *,
    held_out: float | tuple[Any, ArrayLike] | None,
    weights: str | ArrayLike | None,
    exposure: str | ArrayLike | None,
    id: str | ArrayLike | None,  # noqa: A002  (the word of every door)
    categories: str | Sequence[str],
    levels: int,
    decimal: str | None,
    thousands: str | None,
    strip: str | Sequence[str],
    missing: str,
    keep: str | int | Sequence[str | int],
) -> RowsGiven:
    """Read rows that were given as an array or a data frame; see `forecast` for the arguments."""
    named = (categories,) if isinstance(categories, str) else tuple(categories)
    reading = {"levels": levels, "decimal": decimal, "thousands": thousands, "strip": strip, "missing": missing}
    reading |= {"categories": named}
    own, theirs = owned(X, keep), not isinstance(estimator, str | Mapping) and taken_apart(estimator)[0] is not None
    roles = {"weights": weights, "exposure": exposure, "id": id}
    check_roles(X, roles)
    given, dropped = without_gaps(Given(_table(X), y, held_out, roles), missing, theirs=theirs, categories=named)
    given, read = as_numbers(estimator, given, reading, own)
    return RowsGiven(given, own, (*dropped, *read))


def rows_read(read: TableRows, *, held_out: float | tuple[Any, ArrayLike] | None, keep: Sequence[str]) -> RowsGiven:
    """Take the rows of a file, as `populations.tables.read_rows` has it, whose columns are called as they are there."""
    import pandas as pd

    X, y = pd.DataFrame(read.inputs, columns=list(read.names)), pd.Series(read.target, name=read.target_name)
    if isinstance(held_out, tuple):
        held_out = pd.DataFrame(held_out[0], columns=list(read.names)), held_out[1]
    given = Given(X, y, held_out, {"weights": None, "exposure": read.exposure, "id": read.entities})
    return RowsGiven(given, Owned(read.columns, frozenset(keep)), (), read.classes)


def _table(X: Any) -> Any:
    """Return a list of rows as an array where it is one; other things as they are."""
    try:
        return np.asarray(X) if isinstance(X, list | tuple) else X
    except ValueError:  # rows of unlike length
        return X
