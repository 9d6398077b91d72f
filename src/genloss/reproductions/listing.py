"""What can be reproduced, and what not? The list as two tables, and as data."""

from __future__ import annotations

from typing import Any

from genloss.report import Table
from genloss.reproductions.entries import QUICK, Entry, all_entries, all_uncovered

_UNKNOWN = "not measured"


def covered() -> Table:
    """Return a line for each covered figure: name, time of a quick run, paper, where it stands, what it shows."""
    columns = ["name", "quick", "paper", "figure", "what it shows"]
    lines = [[entry.name, _time(entry), entry.title, entry.where, entry.shows] for entry in all_entries()]
    note = "Times are processor seconds of a quick run on one core."
    return Table("Published figures that are covered", note, columns, lines, texts=(0, 2, 3, 4))


def uncovered() -> Table:
    """Return a line for each figure that is not covered: its name, what it shows, and the reason."""
    lines = [[each.name, each.shows, each.reason] for each in all_uncovered()]
    return Table("Not covered", "And why not.", ["name", "what it shows", "why not"], lines, texts=(0, 1, 2))


def listed() -> dict[str, Any]:
    """Return the list as plain data."""
    return {
        "schema": "reproductions/1",
        "covered": [
            {
                "name": entry.name, "paper": entry.paper, "title": entry.title, "figure": entry.where,
                "shows": entry.shows, "analogue": bool(entry.analogue), "computed_by": entry.study or entry.computed,
                "quick_seconds": entry.seconds.get(QUICK),
            }
            for entry in all_entries()
        ],
        "uncovered": [
            {"name": each.name, "paper": each.paper, "shows": each.shows, "reason": each.reason}
            for each in all_uncovered()
        ],
    }  # fmt: skip


def _time(entry: Entry) -> str:
    seconds = entry.seconds.get(QUICK)
    return _UNKNOWN if seconds is None else f"{seconds:g} s"
