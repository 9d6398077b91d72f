"""Which keys does the table [lineages] of a study know: several models that read each other's output?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genloss.study.language.checks import accepting, brief, list_of, number, one_of, whole, word
from genloss.study.language.key import Key

_COUNT = {"count": Key(whole(1, 10_000), "the number of models, the lineages")}
_MIGRATION = {
    "migration": Key(number(0.0, 1.0), "the share of a lineage's rows that come from the others, 0 to 1, e.g. 0.01")
}


@accepting("a table for each lineage: whom it reads, and for which share of its rows")
def _exchange(value: Any) -> str | None:
    """Accept a table of tables of numbers; what they say is read by the workflow."""
    if not isinstance(value, Mapping) or not value:
        return f"{brief(value)} is not a table of tables"
    for name, shares in value.items():
        if not isinstance(shares, Mapping) or not shares:
            return f"{name}: {brief(shares)} is not a table of shares"
        wrongs = ((source, number(0.0, 1.0)(share)) for source, share in shares.items())
        wrong = next((f"{name}: {source}: {wrong}" for source, wrong in wrongs if wrong), None)
        if wrong:
            return wrong
    return None


@accepting("a list of workflows, a table for each lineage")
def _workflows(value: Any) -> str | None:
    """Accept a list of tables."""
    tables = isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value)
    return None if tables else f"{brief(value)} is not a list of tables"


_ALL = {
    "of": Key(
        one_of(word("mean", "whole", "between"), word()),
        'what is reported: "mean" (of what each lineage has), "whole" (the mean of all models as one model), '
        '"between" (two different lineages), or the name of a lineage',
        "mean",
    ),
    "drawn": Key(
        word("by_share", "by_rows"),
        '"by_share": the source of each row is drawn at random; or "by_rows": each source gives its share in whole '
        "rows",
        "by_share",
    ),
    "real": Key(
        word("own", "shared"), '"own": each lineage has its own real rows; or "shared": all have the same', "own"
    ),
    "rows": Key(
        list_of(whole(1)),
        "the rows of each lineage's batches, one number a lineage, e.g. [100, 400]",
        None,
        axis="each",
    ),
    "penalty": Key(
        list_of(number(0.0)), "the penalty of each lineage's model, one number a lineage", None, axis="each"
    ),
    "workflows": Key(
        _workflows, 'the workflow of each lineage, e.g. [{kind = "replace", rows = 50}, ...]', None, axis="whole"
    ),
}
LINEAGES: dict[str, dict[str, Key]] = {
    "separate": _COUNT | _ALL,
    "islands": _COUNT | _MIGRATION | _ALL,
    "pooled": _COUNT | _ALL,
    "ring": _COUNT
    | {"neighbors": Key(whole(1), "how many neighbors on either side of the circle are read", 1)}
    | _MIGRATION
    | _ALL,
    "exchange": {
        "exchange": Key(
            _exchange,
            "whom each lineage reads, for shares that sum to 1, "
            "e.g. {a = {a = 0.9, b = 0.1}, b = {b = 0.8, truth = 0.2}}",
            axis="whole",
        )
    }
    | _ALL,
}
"""Every kind of exchange between lineages."""
