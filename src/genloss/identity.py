"""What is plain data called? By its content: equal data, equal name."""

from __future__ import annotations

import hashlib
import json

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def identity(data: object) -> str:
    """Return a short name for plain data: equal data, equal name.

    >>> identity({"a": 1, "b": [2]}) == identity({"b": [2], "a": 1})
    True
    """
    return hashlib.sha256(_ENCODER.encode(data).encode()).hexdigest()[:16]
