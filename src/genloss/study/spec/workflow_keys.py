"""Which keys does the table of a workflow know?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genloss.study.language.checks import (
    accepted,
    accepting,
    anything,
    flag,
    growth,
    list_of,
    number,
    one_of,
    power_rule,
    whole,
)
from genloss.study.language.key import Key

_rows = whole(1)
_share = number(0.0, 1.0)
_growth = growth(start=_rows, ratio=number(0.0, above=True))


@accepting(f"{accepted(_growth)}; or {accepted(power_rule)}")
def _rows_rule(value: Any) -> str | None:
    """Accept rows that grow with the generation, or follow from the predictor's."""
    return power_rule(value) if isinstance(value, Mapping) and "rows_power" in value else _growth(value)


_batch_rows = one_of(_rows, list_of(_rows), _rows_rule)
_ROWS_MEANING = (
    "a whole number from 1 on, a list with one per generation, {start = 100, ratio = 1.1}, "
    "or {rows_power = 0.8} for the predictor's rows^0.8"
)
_ROWS = {"rows": Key(_batch_rows, f"the rows of each batch: {_ROWS_MEANING}", axis="each")}
_SYNTHETIC = {"synthetic_rows": Key(_batch_rows, f"the rows of a synthetic batch: {_ROWS_MEANING}", None, axis="each")}
_REAL_WEIGHT = {"real_weight": Key(number(0.0, above=True), "the real rows' share of the loss, e.g. 0.6", None)}


WORKFLOW = {
    "replace": _ROWS,
    "accumulate": _ROWS | _SYNTHETIC,
    "accumulate_subsample": _ROWS
    | {
        "take": Key(whole(1), "how many rows to draw from everything accumulated", None),
        "with_replacement": Key(flag, "true or false", False),
    },
    "fixed_real": _ROWS | _SYNTHETIC | _REAL_WEIGHT,
    "fresh_real": _ROWS | _SYNTHETIC | _REAL_WEIGHT,
    "golden": _ROWS | _SYNTHETIC,
    "window": _ROWS | {"keep": Key(whole(1), "how many of the last generations of rows to train on")},
    "forget": _ROWS | {"decay": Key(number(0.0, above=True), "the factor per generation, above 0, at most 1")},
    "reset": _ROWS | {"every": Key(whole(1), "after how many generations to begin again")},
    "regenerate": _ROWS,
    "synthetic_only": _ROWS,
    "accumulate_fresh": _ROWS | _SYNTHETIC,
    "edit": _ROWS
    | {
        "share": Key(
            one_of(_share, list_of(_share)),
            "the share of the rows that is redrawn in place in each generation, from 0 to 1, or a list with one per "
            "generation from 1 on",
            axis="each",
        ),
        "share_decay": Key(_share, "the factor of that share per generation, from 0 to 1", 1.0),
    },
    "custom": {
        "emit": Key(anything, 'a list of batches to draw, e.g. {tag = "real", from = "real", rows = 100}', axis="each"),
        "train": Key(anything, "a list of what to train on, e.g. {select = {fresh = true}}", axis="each"),
        "reset": Key(whole(1), "after how many generations to begin again", None),
        "only_through": Key(whole(0), "the last generation the rules were made for", None),
    },
}
