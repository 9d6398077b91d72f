"""How do values of one key, as JSON has them, become a column?"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa


def as_arrow(values: list[Any]) -> Any:
    """Return an array of numbers, truth values or text; None is missing. Mixed kinds are text, as in a CSV file.

    A key that holds lists or records anywhere is such a column, without its content: nobody reads it.

    >>> as_arrow([1, None, 2.5]).to_pylist(), as_arrow([1, "A3", True]).to_pylist()
    ([1.0, None, 2.5], ['1', 'A3', 'true'])
    """
    kinds = {type(value) for value in values} - {type(None)}
    if kinds & {list, dict}:
        kind = pa.list_(pa.null()) if list in kinds else pa.struct([])
        return pa.array([None if value is None else () if list in kinds else {} for value in values], kind)
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds and kinds <= {int, float}:
        try:
            return pa.array(values, pa.float64() if float in kinds else pa.int64())
        except (pa.ArrowException, OverflowError):  # a whole number that is too long
            pass
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def writable(text: str) -> str:
    """Return text that can be written in UTF-8: half a pair of surrogates becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _text(value: Any) -> str:
    return writable(value) if isinstance(value, str) else json.dumps(value, default=str)
