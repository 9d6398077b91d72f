"""How do means over replicates add up without their draws? Count, mean and squared deviations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan, sqrt


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and sum of squared deviations from the mean (m2) of some numbers.

    Adding two equals the moments of all their numbers together (Chan, Golub and LeVeque 1979); no
    squares of means are subtracted, so means a million apart lose nothing. `Moments()` adds nothing.

    >>> Moments.from_values([1.0, 2.0]) + Moments.from_values([6.0])
    Moments(count=3, mean=3.0, m2=14.0)
    """

    count: int = 0
    mean: float = 0.0
    m2: float = 0.0

    @classmethod
    def from_values(cls, values: Iterable[float]) -> Moments:
        """Return the moments of numbers; none give `Moments()`."""
        numbers = [float(value) for value in values]
        if not numbers:
            return cls()
        mean = sum(numbers) / len(numbers)
        return cls(len(numbers), mean, sum((number - mean) ** 2 for number in numbers))

    @classmethod
    def from_standard_error(cls, count: int, mean: float, standard_error: float) -> Moments:
        """Return the moments behind a mean and its standard error: m2 = SE^2 count (count - 1)."""
        return cls(count, mean, standard_error**2 * count * (count - 1) if count > 1 else 0.0)

    def __add__(self, other: Moments) -> Moments:
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        mean = (self.count * self.mean + other.count * other.mean) / count
        between = (other.mean - self.mean) ** 2 * (self.count * other.count / count)
        return Moments(count, mean, self.m2 + other.m2 + between)

    @property
    def standard_error(self) -> float:
        """Standard error of the mean; not a number below two numbers."""
        return sqrt(self.m2 / (self.count - 1) / self.count) if self.count > 1 else nan
