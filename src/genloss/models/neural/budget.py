"""How long does a fit train? So many steps whatever the rows, or so many times through them: one of both is declared.

The two differ where rows grow: under `accumulate` a number of epochs is more work at every generation, and a number of
steps goes through every row less often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import ceil
from typing import Any

from genloss.errors import Problem

_MEND = "give {steps = 300}, or {epochs = 10}: one of the two"


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a fit trains. steps: minibatches. epochs: times through all rows. One of both.

    >>> Budget(steps=300).steps_for(rows=1_000, batch=64), Budget(epochs=2).steps_for(rows=1_000, batch=64)
    (300, 32)
    """

    steps: int | None = None
    epochs: float | None = None

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.epochs is None):
            raise Problem("budget", "neither steps nor epochs" if self.steps is None else "steps and epochs", _MEND)
        if self.steps is not None and (not _is_number(self.steps) or self.steps != int(self.steps) or self.steps < 1):
            raise Problem("budget.steps", f"{self.steps!r}", "give a whole number from 1 on, e.g. 300")
        if self.epochs is not None and (not _is_number(self.epochs) or not 0 < self.epochs < float("inf")):
            raise Problem("budget.epochs", f"{self.epochs!r}", "give a number above 0, e.g. 10")

    @classmethod
    def of(cls, given: Budget | Mapping[str, Any]) -> Budget:
        """Return a budget, which may be given as a table.

        >>> Budget.of({"steps": 300})
        Budget(steps=300, epochs=None)
        """
        if isinstance(given, Budget):
            return given
        known = [field.name for field in fields(cls)]
        if not isinstance(given, Mapping) or not given or any(key not in known for key in given):
            raise Problem("budget", f"{given!r:.80}", _MEND)
        return cls(**given)

    def steps_for(self, *, rows: int, batch: int) -> int:
        """Return the number of minibatches of `batch` rows for so many rows, at least one."""
        if self.steps is not None:
            return int(self.steps)
        return max(1, ceil(float(self.epochs or 0.0) * rows / batch))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
