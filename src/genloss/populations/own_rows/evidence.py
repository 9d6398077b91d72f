"""What is known of rows that a fit made beside real ones? Their columns, or the words of their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.metrics import METRICS, SampleErrors
from genloss.metrics.evidence import known
from genloss.populations.own_rows.columns import Columns, columns_of
from genloss.populations.own_rows.given import as_rows, is_texts, like_tuple, row_count, take
from genloss.populations.text import words

_WHERE = "generator"
_NAMED = 5  # columns that one sentence names
SURPRISE, MISSES = "held_out_surprise", "held_out_misses"
"""What only the fit itself can say of held-out rows."""
WORDING = frozenset(["held_out_word_surprise", "held_out_tokens", "held_out_token_logs", "made_word_surprise"])
"""What only fits can say of texts: of held-out ones, and the fit of generation 0 of made ones."""
_SEEN = [f"{of}_{what}" for of in ("real", "generated") for what in ("inputs", "features", "labels")]
JUDGED = frozenset([*_SEEN, "judged_labels"])
"""What a judge says of labeled rows."""


@dataclass(frozen=True, eq=False)
class Wording:
    """Texts as metrics see them: of each its words in order, (texts,)."""

    words: NDArray[np.object_]

    def __getitem__(self, places: NDArray[np.int64]) -> Wording:
        """Return the texts at these places."""
        return Wording(self.words[places])

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.words)

    def joined(self, other: Wording) -> Wording:
        """Return these texts, and others after them."""
        return Wording(np.concatenate([self.words, other.words]))


Seen = Columns | Wording


def made_alike(made: Any, real: Any, count: int, where: str = _WHERE, *, seen: Seen | None = None) -> Any:
    """Return rows that a fit made, as those are held that it was fitted to; refuse others, by name.

    made: what sample returned. real: rows like those that it was fitted to. count: how many rows were asked for. seen:
    what `seen_of` says of the real rows, where that is known.
    """
    rows = as_rows(made, where)
    asked = f"sample({count}, rng) returned"
    _refuse_count(rows, real, count, where, asked)
    if is_texts(real) != is_texts(rows):
        found = "texts, and the real rows are none" if is_texts(rows) else "no texts, as the real rows are"
        raise Problem(where, f"{asked} {found}", "return rows of the form of those that fit is given")
    if is_texts(real):
        return rows
    if hasattr(real, "columns") and hasattr(rows, "columns"):
        rows = _in_order(rows, real, where, asked)
    try:
        found_there = columns_of(rows, where)
    except Problem as problem:
        raise Problem(where, f"sample returned {problem.found}", problem.mend) from problem
    known = seen if isinstance(seen, Columns) else columns_of(real)
    if len(found_there) != count or _sorts(found_there) != _sorts(known):
        found = f"{asked} {len(found_there)} rows of {_said(found_there)}"
        raise Problem(where, found, f"return {count} rows of {_said(known)}, as the real ones")
    return held_like(rows, real)


def _refuse_count(rows: Any, real: Any, count: int, where: str, asked: str) -> None:
    """Refuse another number of rows than was asked for, before anything is asked of their columns."""
    for part in rows if isinstance(rows, tuple) else (rows,):
        if np.ndim(part) and len(part) != count:
            what = "text" if is_texts(real) else "row"
            here, there = (f"{number} {what}{'s' * (number != 1)}" for number in (len(part), count))
            raise Problem(where, f"{asked} {here}", f"return {there}")


def held_like(rows: Any, real: Any) -> Any:
    """Return rows in the form of the real ones, part by part: a table, a column of one, or an array.

    >>> import pandas as pd
    >>> held_like(np.array([[1.0, 2.0]]), pd.DataFrame({"a": [0.0], "b": [0.0]})).columns.tolist()
    ['a', 'b']
    """
    if is_texts(real):
        return rows
    if isinstance(real, tuple):
        parts = rows if isinstance(rows, tuple) else (rows,)
        if len(parts) != len(real):
            found = f"sample returned {len(parts)} parts, and fit was given {len(real)}"
            raise Problem(_WHERE, found, "return rows in the form in which fit gets them")
        return like_tuple(real, [held_like(part, like) for part, like in zip(parts, real, strict=True)])
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


def seen_of(rows: Any, where: str = "population") -> Seen:
    """Return what metrics look at: the columns of rows, or the words of texts. Either gives rows by their places."""
    return _worded(rows) if is_texts(rows) else columns_of(rows, where)


def evidence_of(real: Seen, made: Seen, **more: Any) -> SampleErrors:
    """Put what metrics need of real rows and of made ones side by side. more: what else is known of the fit."""
    if isinstance(real, Wording) and isinstance(made, Wording):
        return SampleErrors(real_words=real.words, generated_words=made.words, **more)
    assert isinstance(real, Columns)
    assert isinstance(made, Columns)
    if real.names:
        some = real.varying.any() and not real.varying.all()
        judged = real.varying if some else slice(None)
        more |= {"real_rows": real.numbers[:, judged], "generated_rows": made.numbers[:, judged]}
    if real.kind_names:
        more |= {"real_kinds": real.kinds, "generated_kinds": made.kinds}
    return SampleErrors(**more)


def metrics_of(rows: Any) -> list[str]:
    """Return the metrics by which rows of this form can be judged from rows alone."""
    there = _known(rows)
    return [name for name in METRICS if any(need <= there for need in METRICS[name].needs)]


def metrics_of_fits(rows: Any) -> list[str]:
    """Return the metrics by which fits to rows of this form can be judged, some of which ask the fit itself."""
    more = WORDING if is_texts(rows) else JUDGED if is_labeled(rows) else frozenset()
    there = _known(rows) | {SURPRISE, MISSES} | more
    return [name for name in METRICS if any(need <= there for need in METRICS[name].needs)]


def is_labeled(rows: Any) -> bool:
    """Whether rows are (X, y), X of numbers alone and y labels: whole numbers or words.

    >>> is_labeled((np.ones((2, 3)), np.array([0, 1]))), is_labeled(np.ones((2, 3)))
    (True, False)
    """
    if not (isinstance(rows, tuple) and len(rows) == 2) or np.asarray(rows[1]).dtype.kind == "f":
        return False
    return np.ndim(rows[1]) == 1 and not columns_of(take(rows[0], np.arange(min(3, row_count(rows))))).kind_names


def _known(rows: Any) -> set[str]:
    few = seen_of(take(rows, np.arange(min(3, row_count(rows)))))
    return set(known(evidence_of(few, few)))


def left_out(real: Seen, row: str = "held-out row") -> list[str]:
    """Say which columns of a table are not judged as they are the same in every real row, in a line or none.

    row: what a real row is. Of images nothing is said: borders of pictures are of one color.
    """
    if not isinstance(real, Columns) or real.pixels:
        return []
    names = [name for name, varies in zip(real.names, real.varying, strict=True) if not varies]
    if not names:
        return []
    told = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    return [f"metrics of numbers leave out {told}: the same in {_all(real, row)}"]


def refuse_still(real: Seen, row: str = "held-out row", where: str = "population") -> None:
    """Refuse real rows of which no column of numbers varies."""
    if isinstance(real, Columns) and real.names and not real.varying.any():
        found = f"no column of numbers varies in {_all(real, row)}"
        mend = "give rows that differ"
        mend += ", or hold out more of them, e.g. held_out=0.5" if where == "population" else ""
        raise Problem(where, found, mend if real.kind_names == () else f"{mend}, or ask for metrics of words")


def _all(real: Seen, row: str) -> str:
    return f"all {len(real):,} {row}s" if len(real) > 1 else f"the one {row}"


def _worded(texts: Sequence[str]) -> Wording:
    found = np.empty(len(texts), dtype=object)
    found[:] = [words(text) for text in texts]
    return Wording(found)


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
