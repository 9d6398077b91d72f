"""How are arrays kept in JSON? As base64 of their little-endian bytes, with type and shape: to the last bit."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES = {"float64": "<f8", "float32": "<f4", "int64": "<i8", "uint64": "<u8"}


def packed(array: NDArray[Any]) -> dict[str, Any]:
    """Return an array of floats or whole numbers as plain data.

    >>> unpacked(packed(np.array([[1.5, 2.0]]))).tolist()
    [[1.5, 2.0]]
    """
    name = array.dtype.name
    raw = np.ascontiguousarray(array, dtype=_TYPES[name]).tobytes()
    return {"type": name, "shape": list(array.shape), "bytes": b64encode(raw).decode("ascii")}


def unpacked(data: Mapping[str, Any]) -> NDArray[Any]:
    """Return the array that `packed` wrote."""
    found = np.frombuffer(b64decode(data["bytes"], validate=True), dtype=_TYPES[data["type"]])
    return found.astype(data["type"]).reshape(data["shape"])
