"""What is kept of scores beside their counts: how many, their mean and variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """count, mean, variance: of scores; mean 0 for none, variance 0 for fewer than two."""

    count: int
    mean: float
    variance: float

    @classmethod
    def of(cls, scores: Array) -> Moments:
        """Take them of scores."""
        many = len(scores)
        return cls(many, float(scores.mean()) if many else 0.0, float(scores.var(ddof=1)) if many > 1 else 0.0)

    def __add__(self, other: Moments) -> Moments:
        """Return those of both together.

        >>> Moments.of(np.array([1.0, 2.0])) + Moments.of(np.array([6.0])) == Moments.of(np.array([1.0, 2.0, 6.0]))
        True
        """
        many = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        away = other.mean - self.mean
        squares = sum(max(each.count - 1, 0) * each.variance for each in (self, other))
        squares += away**2 * self.count * other.count / many
        return Moments(many, self.mean + away * other.count / many, squares / (many - 1))

    def to_list(self) -> list[float]:
        """Return count, mean and variance."""
        return [self.count, self.mean, self.variance]
