"""How are rows looked at? A lens turns rows into scores, says which streams of counts they feed, and can be kept.

A lens is fitted to half of the real rows and never to what is compared. It gives every row, or every block of a few
rows, a number for each thing that a generation may lose. What it keeps is plain numbers, text that names columns, and
keyed hashes of words: no value of a column.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LOSS, SHIFT = "loss", "shift"
LOWER, HIGHER, EITHER = "lower", "higher", "either"
LOST, GAINED, CHANGED = "lost", "gained", "changed"
RATIO, DIFFERENCE = "ratio", "difference"


@dataclass(frozen=True)
class Part:
    """A stream before its cells are cut.

    metric, part: what it is called, and which band, axis, share or region. meaning: of an alarm, loss or shift. share:
    of the weight of its metric. key: of the scores. law: what is looked for; lower, higher or either for scores cut in
    many cells, lost, gained or changed for two cells. outside: share of the reference in the second of two cells, None
    for many. unit: of the effect of means, a ratio (scores are logarithms) or a difference. confirm: key of the scores
    of rows that were moved or stretched, by which a loss is named; "" where an alarm alone means it.
    """

    metric: str
    part: str
    meaning: str
    share: float
    key: str
    law: str
    outside: float | None = None
    unit: str = RATIO
    confirm: str = ""


def within(share: float, rows: int) -> float:
    """Return the share at which to cut for scores that are 1 for a kind of rows and 0 else, of which `share` are 1.

    share: of `rows` rows that fit; the reference has about as many. The cut has to stay among the ones of the
    reference, or zeros would hide that ones are lost: it lies 1.5 standard errors below, and at least at 2/5.

    >>> round(within(0.5, 600), 3), round(within(0.03, 600), 4)
    (0.457, 0.0152)
    """
    error = float(np.sqrt(2 * share * (1 - share) / rows))
    return max(share - 1.5 * error, 0.4 * share)


class Lens(ABC):
    """A fitted way to look at rows."""

    kind: ClassVar[str]

    @abstractmethod
    def parts(self) -> Iterator[Part]:
        """Yield what is looked at; shares of one metric add up to 1."""

    @abstractmethod
    def scores(self, rows: Any) -> Mapping[str, Array]:
        """Return scores by key, one a row or one a block of rows in the order in which they come."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return what it keeps, as plain data for JSON."""

    @classmethod
    @abstractmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again of what it kept."""
