"""Which rows are hard on a model, and happen? The same with one constant column more, or one rare word."""

from __future__ import annotations

from typing import Any

import numpy as np

from genloss.populations.own_rows import columns_of, is_texts

RARE = "a rare word"


def with_constant(rows: Any) -> Any:
    """Return rows with one more column, a constant; None for texts, and where there is no place for one."""
    if isinstance(rows, tuple):
        first = with_constant(rows[0]) if len(rows) else None
        return None if first is None else (first, *rows[1:])
    if hasattr(rows, "columns"):
        name = next(name for name in ("constant", "constant_", "constant__") if name not in rows.columns)
        return rows.assign(**{name: 1.0})
    if is_texts(rows) or not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.dtype.kind not in "iuf":
        return None
    return np.column_stack([rows, np.ones(len(rows))])


def with_rare_word(rows: Any) -> Any:
    """Return rows of which one has a word that no other has; None where no column of a table holds words."""
    if isinstance(rows, tuple):
        first = with_rare_word(rows[0]) if len(rows) else None
        return None if first is None else (first, *rows[1:])
    if not hasattr(rows, "columns"):
        return None
    names = columns_of(rows).kind_names
    if not names:
        return None
    changed = rows.copy()
    values = changed[names[0]].astype(object)
    values.iloc[0] = RARE
    changed[names[0]] = values
    return changed
