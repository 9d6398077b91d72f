"""What does text look like that was meant to be seen? No character of it moves the cursor, turns the line or hides."""

from __future__ import annotations

import re

_HIDDEN = (
    "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f"  # controls, but for the tab and the end of a line
    "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"  # what turns the direction of writing
    "\\u2028\\u2029\\u200b\\u2060-\\u2064\\ufeff\\ufff9-\\ufffb"  # other ends of lines, and what has no width
    "\\ud800-\\udfff\\U000e0000-\\U000e007f"  # halves of characters, and tags
)
_IN_TEXT = re.compile(f"[{_HIDDEN}]")
_IN_LINE = re.compile(f"[{_HIDDEN}\\t\\n]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def visible(text: str) -> str:
    r"""Return text with characters that are not to be seen written as Python writes them; ends of lines stay.

    >>> print(visible("red\x1b[31m, \u202eturned"))
    red\x1b[31m, \u202eturned
    """
    return _IN_TEXT.sub(_written, text)


def visible_line(text: str) -> str:
    r"""Return text on one line: ends of lines and tabs are written too.

    >>> print(visible_line("two\nlines"))
    two\nlines
    """
    return _IN_LINE.sub(_written, text)


def spreadsheet_cell(text: str) -> str:
    """Return text as a cell of a CSV file: one that a spreadsheet would run as a formula begins with an apostrophe.

    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("-1.5"), spreadsheet_cell("a-b")
    ("'=1+1", '-1.5', 'a-b')
    """
    quoted = "'" if text.startswith(_FORMULA) and not _is_number(text) else ""
    return quoted + visible_line(text)


def _is_number(text: str) -> bool:
    if text != text.strip():
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def _written(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode("ascii")
