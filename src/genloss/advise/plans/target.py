"""When does a run, or a mean, meet what is asked of it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.advise.plans.protocol import Array

WHEN = ("always", "last")


@dataclass(frozen=True)
class Target:
    """What is asked. One of at_most, at_least: values of the metric; keep_within: a part of generation 0's value.

    chance: of single runs that must meet it; None: the mean must. when: "always", in every generation up to the last,
    or "last", in the last alone. more: whether more of the metric is better.

    >>> float(Target(keep_within=0.05).missed(np.array([1.0, 1.02, 1.08])).round(2))
    0.03
    """

    at_most: float | None = None
    at_least: float | None = None
    keep_within: float | None = None
    chance: float | None = None
    when: str = "always"
    more: bool = False

    @property
    def relative(self) -> bool:
        """Whether it is asked of the ratio to generation 0."""
        return self.keep_within is not None

    @property
    def limit(self) -> float:
        """The value, or the ratio, that is just met."""
        if self.keep_within is not None:
            return 1 - self.keep_within if self.more else 1 + self.keep_within
        found = self.at_least if self.at_most is None else self.at_most
        assert found is not None
        return found

    def missed(self, values: Array) -> Array:
        """Return by how much the target is missed, in its own unit; met where it is at most 0. values: (..., fits)."""
        with np.errstate(divide="ignore", invalid="ignore"):  # of a first value of 0 no ratio is known: it is missed
            compared = values[..., 1:] / values[..., :1] if self.relative else values
        return self.missed_by(compared)

    def missed_by(self, compared: Array) -> Array:
        """Return the same from values, or from ratios for generations 1 on, (..., generations)."""
        used = compared[..., -1:] if self.when == "last" else compared
        least = self.at_least is not None or (self.relative and self.more)
        away = self.limit - used if least else used - self.limit
        return np.asarray(np.where(np.isnan(away), np.inf, away).max(axis=-1))

    def words(self, metric: str, generations: int) -> str:
        """Say it: "mean excess risk at most 1.05 times that of generation 0 in generations 1 to 12"."""
        who = metric if self.chance is None else f"{metric} of a single run"
        who = f"mean {who}" if self.chance is None else who
        side = "at least" if self.at_least is not None or (self.relative and self.more) else "at most"
        what = f"{self.limit:.4g} times that of generation 0" if self.relative else f"{self.limit:.4g}"
        first = 1 if self.relative else 0
        one = self.when == "last" or generations == first
        where = f"generation {generations}" if one else f"every generation from {first} to {generations}"
        chance = "" if self.chance is None else f", with a chance of at least {self.chance:.4g}"
        return f"{who} {side} {what} in {where}{chance}"
