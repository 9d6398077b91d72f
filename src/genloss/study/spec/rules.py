"""Which values follow from the number of rows? {rows_power = p, factor = f} is f rows^p; {alpha = a} is a / rows."""

from __future__ import annotations

from typing import Any

from genloss.errors import Problem
from genloss.study.spec.tables import TABLES
from genloss.study.spec.workflow_forms import workflow_of

_WHOLE = (("population", "dim"), ("workflow", "rows"), ("workflow", "synthetic_rows"))
"""Whole numbers that may follow from the predictor's rows T, rounded."""

STAND_IN = 10**6
"""Rows that stand for a rule where a workflow is read before the rows are known."""


def is_rule(value: Any) -> bool:
    """Whether a value is a rule, not a number."""
    return isinstance(value, dict) and "rows_power" in value


def apply_rules(settings: dict[str, dict[str, Any]]) -> None:
    """Put numbers in the place of a cell's rules; a whole number out of its range is refused."""
    for table, key in _WHOLE:
        if is_rule(settings[table].get(key)):
            number = round(_power(settings[table][key], settings["predictor"]["rows"]))
            spec = TABLES[table][settings[table]["kind"]][key]
            wrong = spec.check(number)
            if wrong:
                raise Problem(f"{table}.{key}", f"{settings[table][key]} gives {wrong}", f"give {spec.meaning}")
            settings[table][key] = number
    for role in ("generator", "predictor"):
        if is_rule(settings.get(role, {}).get("penalty")):
            settings[role]["penalty"] = _power(settings[role]["penalty"], _rows_of(role, settings))
    judged = settings.get("predictor", {})
    share, rows = judged.get("synthetic_share", 0.0), judged.get("rows", 1)
    if share > 0 and round(share * rows) == 0:
        raise Problem(
            "predictor.synthetic_share", f"{share:g} of {rows} rows is less than half a row", "give more rows, or 0"
        )
    if isinstance(judged.get("penalty"), dict):
        judged["penalty"] = judged["penalty"]["alpha"] / judged["rows"]


def _power(rule: dict[str, float], rows: int) -> float:
    return float(rule.get("factor", 1.0) * float(rows) ** rule["rows_power"])


def _rows_of(role: str, settings: dict[str, dict[str, Any]]) -> int:
    """The predictor's rows, or those of the generator's first batch."""
    if role == "predictor":
        return int(settings[role]["rows"])
    return workflow_of(settings["workflow"]).emit[0].rows_at(0, 0)
