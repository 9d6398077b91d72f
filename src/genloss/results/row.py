"""What is one number, with everything needed to read it cold?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Scalar = float | int | str


@dataclass(frozen=True, slots=True)
class Row:
    """One value of one metric at one generation of one cell of a study's grid.

    axes: the cell's value on every axis of the study. standard_error: of `value`; 0 for theory.
    quantiles: over replicates, by probability; empty for theory. allowance: largest deviation that
    finite size may cause, stated before the run; 0 where the status is exact or simulated.
    method: "theory" | "simulation". status: "exact" | "asymptotic" | "bound".
    """

    study: str
    cell: str
    case: str
    axes: Mapping[str, Scalar]
    generation: int
    metric: str
    unit: str
    value: float
    standard_error: float
    quantiles: Mapping[str, float] = field(default_factory=dict)
    replicates: int = 0
    method: str = "theory"
    status: str = "exact"
    allowance: float = 0.0
    engine: str = ""
    version: str = ""

    def flat(self) -> dict[str, Any]:
        """Return one flat mapping: axes and quantiles become columns."""
        names = ("study", "cell", "case")
        tail = ("replicates", "method", "status", "allowance", "engine", "version")
        return (
            {name: getattr(self, name) for name in names}
            | dict(self.axes)
            | {name: getattr(self, name) for name in ("generation", "metric", "unit", "value", "standard_error")}
            | {f"quantile_{probability}": value for probability, value in self.quantiles.items()}
            | {name: getattr(self, name) for name in tail}
        )
