"""Which rows have these labels?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from genloss.errors import Problem, nearest
from genloss.results.row import Row, axis_names

FIELDS = ("case", "metric", "generation", "method", "status", "engine")


def axis_named(rows: Sequence[Row], name: str, *, also: Sequence[str] = ()) -> str:
    """Return the axis called `name`, in full ("predictor.rows") or by its last word if only one ends so."""
    names = [*also, *axis_names(rows)]
    endings = [known for known in names if known.split(".")[-1] == name]
    if name in names or len(endings) == 1:
        return name if name in names else endings[0]
    if not endings:
        full = {known.split(".")[-1]: known for known in reversed(names)} | {known: known for known in names}
        close = get_close_matches(name, full, n=1, cutoff=0.6)
        mend = f"did you mean {full[close[0]]}?" if close else f"known here: {', '.join(names)}"
        raise Problem("Result", f"{name!r}: no such axis", mend)
    found = f"{name!r}: stands for {len(endings)} axes: {', '.join(endings)}"
    raise Problem("Result", found, "give the full name")


def selected(rows: Sequence[Row], wanted: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the rows whose labels have the wanted values; a value that no row has is refused."""
    for name, value in wanted.items():
        rows = _with_value(rows, name, value)
    return tuple(rows)


def _with_value(rows: Sequence[Row], name: str, value: Any) -> Sequence[Row]:
    label = name if name in FIELDS else axis_named(rows, name, also=FIELDS)
    kept = [row for row in rows if (getattr(row, label) if label in FIELDS else row.axes.get(label)) == value]
    if not kept:
        known = dict.fromkeys(str(getattr(row, label) if label in FIELDS else row.axes.get(label)) for row in rows)
        raise Problem("Result", f"{label}: {value!r} is in no row", nearest(str(value), list(known)[:12]))
    return kept
