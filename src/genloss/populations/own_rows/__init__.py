"""A user's own rows, as they are held in Python: which columns they have, whether others are like them, their bytes."""

from __future__ import annotations

from genloss.populations.own_rows.columns import Columns, columns_of
from genloss.populations.own_rows.evidence import (
    MISSES,
    SURPRISE,
    evidence_of,
    made_alike,
    metrics_of,
    metrics_of_fits,
    refuse_unlike,
)
from genloss.populations.own_rows.given import as_rows, is_texts, row_count
from genloss.populations.own_rows.stored import from_bytes, sha256_of, suffix_of, to_bytes

__all__ = [
    "MISSES",
    "SURPRISE",
    "Columns",
    "as_rows",
    "columns_of",
    "evidence_of",
    "from_bytes",
    "is_texts",
    "made_alike",
    "metrics_of",
    "metrics_of_fits",
    "refuse_unlike",
    "row_count",
    "sha256_of",
    "suffix_of",
    "to_bytes",
]


def __dir__() -> list[str]:
    return sorted(__all__)
