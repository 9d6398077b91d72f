"""What is known of rows that a fit made beside real ones? Their columns, or the words of their texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.metrics import METRICS, SampleErrors
from genloss.metrics.evidence import known
from genloss.populations.own_rows.columns import Columns, columns_of
from genloss.populations.own_rows.given import as_rows, is_texts, row_count
from genloss.populations.text import words

_WHERE = "generator"
SURPRISE, MISSES = "held_out_surprise", "held_out_misses"
"""What only the fit itself can say of held-out rows."""


def made_alike(made: Any, real: Any, count: int, where: str = _WHERE) -> Any:
    """Return rows that a fit made, as those are held that it was fitted to; refuse others, by name.

    made: what sample returned. real: rows like those that it was fitted to. count: how many rows were asked for.
    """
    rows = as_rows(made, where)
    asked = f"sample({count}, rng) returned"
    if is_texts(real) != is_texts(rows):
        found = "texts, and the real rows are none" if is_texts(rows) else "no texts, as the real rows are"
        raise Problem(where, f"{asked} {found}", "return rows of the form of those that fit is given")
    if is_texts(real):
        if row_count(rows) != count:
            raise Problem(where, f"{asked} {row_count(rows)} texts", f"return {count} texts")
        return rows
    if hasattr(real, "columns") and hasattr(rows, "columns"):
        rows = _in_order(rows, real, where, asked)
    try:
        seen = columns_of(rows, where)
    except Problem as problem:
        raise Problem(where, f"sample returned {problem.found}", problem.mend) from problem
    known = columns_of(real)
    if seen.rows != count or _sorts(seen) != _sorts(known):
        found = f"{asked} {seen.rows} rows of {_said(seen)}"
        raise Problem(where, found, f"return {count} rows of {_said(known)}, as the real ones")
    return held_like(rows, real)


def held_like(rows: Any, real: Any) -> Any:
    """Return rows in the form of the real ones, part by part: a table, a column of one, or an array.

    >>> import pandas as pd
    >>> held_like(np.array([[1.0, 2.0]]), pd.DataFrame({"a": [0.0], "b": [0.0]})).columns.tolist()
    ['a', 'b']
    """
    if isinstance(real, tuple):
        parts = rows if isinstance(rows, tuple) else (rows,)
        if len(parts) != len(real):
            found = f"sample returned {len(parts)} parts, and fit was given {len(real)}"
            raise Problem(_WHERE, found, "return rows in the form in which fit gets them")
        return tuple(held_like(part, like) for part, like in zip(parts, real, strict=True))
    if hasattr(real, "columns"):
        return rows if hasattr(rows, "columns") else _tabled(rows, real)
    if hasattr(real, "to_frame"):
        import pandas as pd

        return rows if hasattr(rows, "to_frame") else pd.Series(np.asarray(rows), name=real.name)
    return rows if isinstance(rows, np.ndarray) else np.asarray(rows)


def _tabled(rows: Any, real: Any) -> Any:
    import pandas as pd

    flat = np.asarray(rows).reshape(len(rows), -1)
    return pd.DataFrame(flat, columns=real.columns).infer_objects()


def refuse_unlike(rows: Any, real: Any, name: str) -> None:
    """Refuse rows whose columns are not those of the real rows. name: of what they are."""
    where, mend = "generations", "give the same columns in the same order"
    if is_texts(rows) != is_texts(real):
        raise Problem(where, f"{name} and the real rows are not of one form", "give texts for both, or tables for both")
    if is_texts(real):
        return
    seen, truth = columns_of(rows, where), columns_of(real, "real")
    if _sorts(seen) != _sorts(truth):
        raise Problem(where, f"{name} has {_said(seen)}, and the real rows have {_said(truth)}", mend)


def evidence_of(real: Any, made: Any, **more: Any) -> SampleErrors:
    """Put what metrics need of real rows and of made ones side by side. more: what else is known of the fit."""
    if is_texts(real):
        return SampleErrors(real_words=_worded(real), generated_words=_worded(made), **more)
    truth, seen = columns_of(real), columns_of(made, _WHERE)
    if truth.names:
        judged = _pixels_that_vary(real, truth.numbers)
        more |= {"real_rows": truth.numbers[:, judged], "generated_rows": seen.numbers[:, judged]}
    if truth.kind_names:
        more |= {"real_kinds": truth.kinds, "generated_kinds": seen.kinds}
    return SampleErrors(**more)


def metrics_of(rows: Any) -> list[str]:
    """Return the metrics by which rows of this form can be judged from rows alone."""
    there = _known(rows)
    return [name for name in METRICS if any(need <= there for need in METRICS[name].needs)]


def metrics_of_fits(rows: Any) -> list[str]:
    """Return the metrics by which fits to rows of this form can be judged, some of which ask the fit itself."""
    there = _known(rows) | {SURPRISE, MISSES}
    return [name for name in METRICS if any(need <= there for need in METRICS[name].needs)]


def _known(rows: Any) -> set[str]:
    few = rows[:3] if isinstance(rows, list) else _first(rows)
    return set(known(evidence_of(few, few)))


def _first(rows: Any) -> Any:
    if isinstance(rows, tuple):
        return tuple(_first(part) for part in rows)
    return rows.iloc[:3] if hasattr(rows, "iloc") else rows[:3]


def _pixels_that_vary(real: Any, numbers: Any) -> Any:
    """Which columns are judged: all, but of images only pixels that are not the same in every real one."""
    if isinstance(real, np.ndarray) and real.ndim > 2:
        vary = (numbers != numbers[:1]).any(axis=0)
        return vary if vary.any() else slice(None)
    return slice(None)


def _worded(texts: Sequence[str]) -> Any:
    found = np.empty(len(texts), dtype=object)
    found[:] = [words(text) for text in texts]
    return found


def _in_order(rows: Any, real: Any, where: str, asked: str) -> Any:
    missing = [str(name) for name in real.columns if name not in rows.columns]
    if missing:
        found = f"{asked} a table without {', '.join(missing[:5])}"
        raise Problem(where, found, f"return the columns {', '.join(map(str, real.columns))}")
    return rows[list(real.columns)]


def _sorts(columns: Columns) -> tuple[int, int]:
    return len(columns.names), len(columns.kind_names)


def _said(columns: Columns) -> str:
    """Say how many columns of each sort there are."""
    numbers, kinds = _sorts(columns)
    parts = [f"{numbers} column{'s' * (numbers != 1)} of numbers"] if numbers or not kinds else []
    parts += [f"{kinds} of words"] if kinds else []
    return " and ".join(parts)
