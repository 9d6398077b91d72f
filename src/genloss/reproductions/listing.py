"""What can be reproduced, and what not? The list in lines, and as data."""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap
from typing import Any

from genloss.reproductions.entries import QUICK, Entry, all_entries, all_uncovered

_UNKNOWN = "not measured"


def listing_text(width: int) -> str:
    """Return the list in lines of no more than a width: paper by paper what is covered, then what is not, and why."""
    lines: list[str] = ["Times are processor seconds of a quick run on one core."]
    for paper, entries in groupby(all_entries(), key=lambda entry: (entry.paper, entry.title)):
        lines += ["", *_wrapped(f"arXiv {paper[0]}: {paper[1]}", 0, width)]
        for entry in entries:
            lines += _wrapped(f"{entry.name} ({_about(entry)}): {entry.where}. {entry.shows}", 2, width)
    lines += ["", "Not covered, and why not:"]
    for each in all_uncovered():
        lines += _wrapped(f"{each.name}: {each.shows} Not covered: {each.reason}.", 2, width)
    return "\n".join(lines)


def _wrapped(text: str, indent: int, width: int) -> list[str]:
    """Return a text in lines; names are not broken, so that a terminal narrower than one has longer lines."""
    first, others = " " * indent, " " * (indent + 4)
    return wrap(
        text, max(width, 30), initial_indent=first, subsequent_indent=others,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


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


def _about(entry: Entry) -> str:
    return f"{_time(entry)}, an analogue" if entry.analogue else _time(entry)


def _time(entry: Entry) -> str:
    seconds = entry.seconds.get(QUICK)
    return _UNKNOWN if seconds is None else f"{seconds:g} s"
