"""What did the search find?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from genloss.advise.plans.protocol import Judged
from genloss.advise.plans.search import Explored

Range = tuple[float, float]

SMALLEST = ("real_rows", "replicates")
"""What is asked for as little of as will do; of the others as much as may be, or the best."""


@dataclass(frozen=True, eq=False)
class Solution:
    """What was found. value: None where nothing meets the target.

    low, high: between which the value lies with 95 %; low None: perhaps none will do; high infinite: perhaps every one.
    ranges: of values that meet the target, as far as is known; an end at an end of the domain is open. settings,
    judged: at the answer, or where the target is missed by least. looked: all values. notes: what else is to
    be said of it.
    """

    value: float | None
    low: float | None
    high: float | None
    ranges: tuple[Range, ...]
    domain: Range
    settings: Mapping[str, float]
    judged: Judged
    looked: Explored
    notes: tuple[str, ...] = ()
