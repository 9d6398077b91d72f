"""How are several models that read each other said in words?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genloss.study.subjects.words import value_words

__all__ = ["lineages_words"]


def lineages_words(table: Mapping[str, Any]) -> str:
    """Say whom the lineages read, in one clause."""
    count = value_words(table["count"]) if "count" in table else str(len(table["exchange"]))
    if count == "1":
        return "one model, as a lineage that reads only itself"
    real = "the same real rows for all" if table["real"] == "shared" else "real rows of its own for each"
    how = {
        "separate": "each reads only itself",
        "islands": "each reads itself, but for a share {migration} of rows that come from the others",
        "pooled": "each reads one pool, to which all give alike",
        "ring": "each reads itself, but for a share {migration} of rows from {neighbors} neighbors on either side",
        "exchange": "each reads whom its own shares name",
    }[table["kind"]]
    counted = ", in whole rows" if table["drawn"] == "by_rows" and table["kind"] != "separate" else ""
    told = {key: value_words(table[key]) for key in ("migration", "neighbors") if key in table}
    return f"{count} models in place of one: {how.format(**told)}{counted}; {real}"
