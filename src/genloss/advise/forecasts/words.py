"""Which columns of a data frame given to a forecast are words, and what are they told to be?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from genloss.errors import Problem
from genloss.populations.tables import Note, Reading
from genloss.populations.tables.frames import frame_words


def without_words(
    estimator: Any, X: Any, held_out: Any, asked: Mapping[str, Any], leave: Collection[str] = ()
) -> tuple[Any, Any, tuple[Note, ...]]:
    """Return X and `held_out` with words as 0 and 1 and amounts as numbers, and what was done.

    asked: categories, levels, decimal, thousands, strip, missing. An estimator given as a word takes the
    columns of text as the command line does; for one given as an object they are left as they are, as scikit-learn
    does, unless one of the settings says how to read them. leave: columns that are no inputs.
    """
    said = any(value not in (None, ()) for name, value in asked.items() if name not in ("levels", "missing"))
    if not (hasattr(X, "iloc") and hasattr(X, "dtypes")):
        if said:
            raise Problem("X", f"{type(X).__name__}, whose columns have no names", "give a pandas data frame")
        return X, held_out, ()
    if not (said or isinstance(estimator, str | Mapping)):
        return X, held_out, ()
    words = frame_words(X, _reading(asked), leave)
    if words is None:
        return X, held_out, ()
    if isinstance(held_out, tuple | list) and len(held_out) == 2 and list(held_out[0].columns) == list(X.columns):
        held_out = (words.of(held_out[0], "held_out"), held_out[1])
    return words.of(X, "X"), held_out, words.notes


def _reading(asked: Mapping[str, Any]) -> Reading:
    given: dict[str, Sequence[str] | str | int] = {name: value for name, value in asked.items() if value is not None}
    return Reading("", **given)  # type: ignore[arg-type]
