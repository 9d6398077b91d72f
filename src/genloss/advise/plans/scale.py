"""On which scale is an open quantity looked at, and from which values is it counted?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

_WHOLE = ("real_rows", "synthetic_rows", "generations", "replicates")
_ROUNDING = 1e-9
_SHARES = ("synthetic_share", "real_weight")


@dataclass(frozen=True)
class Scale:
    """Logarithms of rows and penalties, log odds of shares. whole: values are whole numbers.

    >>> Scale("synthetic_rows").grid(1, 1000, 4)
    [1.0, 10.0, 100.0, 1000.0]
    """

    name: str

    @property
    def whole(self) -> bool:
        """Whether values are whole numbers."""
        return self.name in _WHOLE

    def to(self, value: float) -> float:
        """Return the place of a value on the scale."""
        return float(logit(value) if self.name in _SHARES else np.log(value))

    def back(self, place: float) -> float:
        """Return the value at a place; a whole one where it must be."""
        value = float(expit(place) if self.name in _SHARES else np.exp(place))
        return float(round(value)) if self.whole else value

    def between(self, low: float, high: float, part: float = 0.5) -> float:
        """Return the value at this part of the way."""
        return self.back(self.to(low) + part * (self.to(high) - self.to(low)))

    def grid(self, low: float, high: float, count: int) -> list[float]:
        """Return values that are even on the scale, ascending, each once."""
        places = np.linspace(self.to(low), self.to(high), count)
        between = (min(max(self.back(place), low), high) for place in places[1:-1])
        return sorted({float(low), *between, float(high)})

    def near(self, low: float, high: float, fine: float) -> bool:
        """Whether two values are so near that nothing between them is worth finding."""
        if self.whole and high - low <= 1:
            return True
        return abs(self.to(high) - self.to(low)) <= fine

    def new(self, wanted: Sequence[float], known: Sequence[float]) -> list[float]:
        """Return the values that are not known yet, each once; one off a known value by rounding alone is known."""
        found: list[float] = []
        for value in sorted(wanted):
            if all(abs(self.to(value) - self.to(other)) > _ROUNDING for other in (*known, *found[-1:])):
                found.append(value)
        return found
