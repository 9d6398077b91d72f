"""What is one key of a study: what may stand there, and what is assumed when nothing does?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from genloss.study.language.checks import Check

MISSING = object()


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `check` says what is wrong with a value, `meaning` what to give instead.

    axis: how a list of values for the grid is written: "list" where one value is a scalar, "each"
    where one value may itself be a list, "none" where all cells share the value, "whole" where it is a
    table that is taken as it stands.
    """

    check: Check
    meaning: str
    default: Any = MISSING
    axis: str = "list"


def axis_values(key: Key, value: Any) -> list[Any] | None:
    """Return the values of a resolved key that is an axis, or None."""
    if key.axis == "list":
        return value if isinstance(value, list) else None
    if key.axis == "whole":
        return None
    return list(value["each"]) if isinstance(value, dict) and set(value) == {"each"} else None
