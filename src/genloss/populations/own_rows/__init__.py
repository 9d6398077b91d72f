"""A user's own rows, as they are held in Python: which columns they have, whether others are like them, their bytes."""

from __future__ import annotations

from genloss.populations.own_rows.columns import Columns, columns_of, is_number
from genloss.populations.own_rows.evidence import (
    JUDGED,
    MISSES,
    SURPRISE,
    WORDING,
    Seen,
    evidence_of,
    held_like,
    is_labeled,
    left_out,
    made_alike,
    metrics_of,
    metrics_of_fits,
    refuse_still,
    refuse_unlike,
    seen_of,
)
from genloss.populations.own_rows.given import (
    as_rows,
    copied,
    is_table,
    is_texts,
    like_tuple,
    refuse_too_few,
    row_count,
    take,
    unknown,
)
from genloss.populations.own_rows.stored import SUFFIXES, from_bytes, sha256_of, suffix_of, to_bytes

__all__ = [
    "JUDGED",
    "MISSES",
    "SUFFIXES",
    "SURPRISE",
    "WORDING",
    "Columns",
    "Seen",
    "as_rows",
    "columns_of",
    "copied",
    "evidence_of",
    "from_bytes",
    "held_like",
    "is_labeled",
    "is_number",
    "is_table",
    "is_texts",
    "left_out",
    "like_tuple",
    "made_alike",
    "metrics_of",
    "metrics_of_fits",
    "refuse_still",
    "refuse_too_few",
    "refuse_unlike",
    "row_count",
    "seen_of",
    "sha256_of",
    "suffix_of",
    "take",
    "to_bytes",
    "unknown",
]


def __dir__() -> list[str]:
    return sorted(__all__)
