"""How does an audit go from rows that are held in Python? The reference and each generation in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from genloss.audit.options import FIRST, MOST_ROWS, REAL, Options
from genloss.audit.reading.aside import without_what_says_nothing
from genloss.audit.rows import refuse_other_columns, refuse_unknown
from genloss.audit.shown import Shown
from genloss.audit.sketch import Sketched, sketch
from genloss.audit.state import State, begun, key_of
from genloss.errors import Problem, shown
from genloss.populations.own_rows import Columns, as_rows, columns_of, is_texts


def of_rows(real: Any, generations: Sequence[Any], options: Options) -> tuple[State, Shown]:
    """Audit arrays, tables or texts. Returns the state, and what only those may see who may see rows.

    Errors: `Problem` for no generations, unlike columns, too few rows.
    """
    reference = _held(real, "real")
    _refuse_no_list(generations, len(_names(reference)) > 1)
    made = [(f"{number}", _held(rows, f"generation {number}")) for number, rows in enumerate(generations, 1)]
    if not made:
        raise Problem("generations", "none is given", "give a list of the rows of each generation")
    refuse_unknown("ignore", options.ignore, _names(reference))
    for name, rows in made:
        refuse_other_columns(rows, reference, f"generation {name}")
    if options.against == FIRST:
        if len(made) < 2:
            raise Problem("generations", "one, which the others are compared with", "give two generations or more")
        (_, reference), *made = made
    looked_at = _sketched(reference, options, 0)
    options = without_what_says_nothing(options, looked_at)
    state = begun("real" if options.against == REAL else "1", looked_at, options)
    real_rows, names = looked_at, state.names(looked_at)
    for side, (name, rows) in enumerate(made, 1):
        looked_at = _sketched(rows, options, side)
        state, names = state.then(name, looked_at), names | state.names(looked_at)
    return state, Shown(names, real_rows)


def _refuse_no_list(generations: Any, several_columns: bool) -> None:
    """Refuse one body of rows, or none, where a list of them is asked for."""
    table = isinstance(generations, str | bytes | Mapping) or hasattr(generations, "columns")
    array = several_columns and getattr(generations, "ndim", 0) == 2
    if table or array or not isinstance(generations, Iterable):
        mend = "give a list of the rows of each generation, of a single one [rows]"
        raise Problem("generations", f"a {type(generations).__name__}, and not a list", mend)


def _names(rows: Columns | list[str]) -> tuple[str, ...]:
    return () if isinstance(rows, list) else (*rows.names, *rows.kind_names)


def _held(rows: Any, where: str) -> Columns | list[str]:
    """Return rows by column, of which entries may be missing, or texts."""
    if isinstance(rows, str | PurePath):
        mend = "read it first, e.g. pandas.read_csv(...); the command genloss audit reads files itself"
        raise Problem(where, f"{shown(str(rows))} is the name of a file, not its rows", mend)
    given = as_rows(rows, where)
    if not len(given):
        raise Problem(where, "no rows", "give rows, or leave this generation out")
    return [str(text) for text in given] if is_texts(given) else columns_of(given, where, gaps=True)


def _sketched(rows: Columns | list[str], options: Options, side: int) -> Sketched:
    """Return the rows that are looked at. side: 0 for the reference, else the place after it."""
    return sketch([rows], key_of(options.seed, "rows", side), MOST_ROWS, options.entity)
