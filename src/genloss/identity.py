"""What is plain data called? By its content: equal data, equal name."""

from __future__ import annotations

import hashlib
import json


def identity(data: object) -> str:
    """Return a short name for plain data: equal data, equal name.

    >>> identity({"a": 1, "b": [2]}) == identity({"b": [2], "a": 1})
    True
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
