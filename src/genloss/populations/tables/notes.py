"""What was done to a user's table that its user should know?"""

from __future__ import annotations

from dataclasses import dataclass

from genloss.doors import PYTHON, Door, written


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was done. column: the column it was done to, "" for all; words: what, in words.

    >>> str(Note("color", "left out: it is 3 in every row"))
    "column 'color': left out: it is 3 in every row"
    """

    column: str
    words: str

    def __str__(self) -> str:
        return self.at(PYTHON)

    def at(self, door: Door) -> str:
        """Write it in the words of a door; its own may be an `Advice`."""
        words = written(self.words, door)
        return f"column {self.column!r}: {words}" if self.column else words


def listed(names: list[str], most: int = 5) -> str:
    """Name some of many.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    more = len(names) - most
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:most])} and {more} more"
