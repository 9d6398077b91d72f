"""What is plain data called? By its content: equal data, equal name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def identity(data: object) -> str:
    """Return a short name for plain data: equal data, equal name.

    >>> identity({"a": 1, "b": [2]}) == identity({"b": [2], "a": 1})
    True
    """
    return identity_of(plain_text(data))


def identity_of(text: str) -> str:
    """Return `identity` of data that `plain_text` wrote.

    >>> identity_of(plain_text([1, 2])) == identity([1, 2])
    True
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain_text(data: object) -> str:
    """Write plain data in the one way that `identity` reads it."""
    return _ENCODER.encode(data)


@cache
def _quoted(name: str) -> str:
    return json.dumps(name)


def text_of_tables(texts: Mapping[str, str]) -> str:
    """Write a mapping whose values are written already.

    >>> text_of_tables({"b": plain_text([2]), "a": plain_text(1)}) == plain_text({"a": 1, "b": [2]})
    True
    """
    return "{" + ",".join(f"{_quoted(name)}:{texts[name]}" for name in sorted(texts)) + "}"
