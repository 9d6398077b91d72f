"""Models that end their process or the program: other processes import them from here."""

import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Ends:
    """Ends its process, or the program, where its rows begin with this value."""

    how: str
    at: float

    def fit(self, data, weights, rng, *, start=None):
        del weights, rng, start
        if float(data[0, 0]) == self.at and self.how == "process":
            os._exit(7)
        if float(data[0, 0]) == self.at:
            sys.exit(3)
        return Around(data.mean())


@dataclass(frozen=True)
class Around:
    place: float

    def sample(self, count, rng):
        return rng.normal(self.place, size=(count, 2))
