"""Which entries are missing, whoever gives them?"""

from __future__ import annotations

from typing import Any


def is_missing(entry: Any) -> bool:
    """Tell None, nan, and the missing values of data frames, which no comparison decides."""
    if entry is None or isinstance(entry, str):
        return entry is None
    try:
        return bool(entry != entry)
    except TypeError:  # pandas.NA
        return True
