"""What is fixed before the first generation is looked at? All that could be chosen to suit what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Any

from genloss.audit.wording import TOLERANCE as OF_TEXTS
from genloss.doors import Advice, Setting, Words
from genloss.errors import Problem, is_from, shown

TOLERANCE: Mapping[str, float] = {
    "variance": 0.10, "tail": 0.25, "recall": 0.05, "diversity": 0.10, "rare kinds": 0.25, "slices": 0.25,
    **OF_TEXTS,
}  # fmt: skip
"""Of a loss that does not matter: a share of what real rows have; of `recall`, points of a share."""
TOLERATED: Mapping[str, str] = {"learned variance": "variance"}
"""Metrics that are judged by the tolerance of another."""
REAL, FIRST = "real", "first"
MOST_ROWS = 50_000
"""Of the reference, and of a generation, that are looked at: those with the smallest hashes."""


_TOLERANCE = Advice(Setting("tolerance"))


def _bad(setting: str, value: Any, mend: str) -> Problem:
    return Problem(Advice(Setting(setting)), shown(value), mend)


_LEAST_ALPHA = 1e-12  # a smaller chance of a false alarm is none that a number of a computer could keep


@dataclass(frozen=True)
class Options:
    """Choices of an audit, stored with it.

    alpha: chance of ever a false alarm. tolerance: by metric; gates: the metrics whose tolerance was asked for, and
    decides. horizon: how many generations there will be at most, None: no end. ignore, expect_shift: columns that are
    not judged. entity, slices, loss: columns of what belongs together, of groups, of a loss of each row. against:
    "real" or "first". independent: that rows are, though some are nearer than chance allows. seed: of the parting of
    real rows, of ties and hashes.
    """

    alpha: float = 0.05
    tolerance: Mapping[str, float] = field(default_factory=lambda: dict(TOLERANCE))
    gates: tuple[str, ...] = ()
    horizon: int | None = None
    ignore: tuple[str, ...] = ()
    expect_shift: tuple[str, ...] = ()
    entity: str | None = None
    slices: str | None = None
    loss: str | None = None
    against: str = REAL
    independent: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if not is_from(self.alpha, _LEAST_ALPHA, 1) or self.alpha == 1:
            raise _bad("alpha", self.alpha, f"give a chance between 0 and 1, from {_LEAST_ALPHA:g} on, e.g. 0.05")
        if self.horizon is not None and not (isinstance(self.horizon, Integral) and 1 <= self.horizon <= 1000):
            raise _bad("horizon", self.horizon, "give how many generations there will be, 1 to 1,000")
        if not isinstance(self.seed, Integral) or self.seed < 0:
            raise _bad("seed", self.seed, "give a whole number from 0 on")
        if self.against not in (REAL, FIRST):
            raise _bad("against", self.against, f"give {REAL} or {FIRST}")
        for name, lost in self.tolerance.items():
            if name not in TOLERANCE:
                raise Problem(_TOLERANCE, f"no metric {name!r}", f"give some of {', '.join(TOLERANCE)}")
            if not is_from(lost, 0, 1) or lost in (0, 1):
                mend = Advice("give a share between 0 and 1, e.g. ", Words(f'{{"{name}": 0.1}}', f"{name}=10%"))
                raise Problem(_TOLERANCE, f"{name}={shown(lost)}", mend)

    def tolerating(self, given: Mapping[str, float]) -> Options:
        """Return them with tolerances that decide."""
        if not isinstance(given, Mapping):
            raise _bad("tolerance", given, 'give shares by metric, e.g. {"variance": 0.1, "tail": 0.25}')
        return replace(self, tolerance={**self.tolerance, **given}, gates=tuple(sorted({*self.gates, *given})))

    def lost(self, metric: str) -> float | None:
        """Return the loss of a metric that does not matter, or None."""
        return self.tolerance.get(TOLERATED.get(metric, metric))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "alpha": self.alpha, "tolerance": dict(self.tolerance), "gates": list(self.gates), "horizon": self.horizon,
            "ignore": list(self.ignore), "expect_shift": list(self.expect_shift), "entity": self.entity,
            "slices": self.slices, "loss": self.loss, "against": self.against,
            "independent": self.independent, "seed": self.seed,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Options:
        """Make them again."""
        lists = {name: tuple(data[name]) for name in ("gates", "ignore", "expect_shift")}
        return cls(**{**data, **lists})
