"""How much does a verifier help a loop, and how large may its error be? One door."""

from __future__ import annotations

from genloss.theory.filters.chains import Checked, filtered_risk
from genloss.theory.filters.kept import Kept, contraction, kept, kept_best, within_of_likelihood
from genloss.theory.filters.loops import LeastSquaresLoop, LocationLoop, RidgeLoop
from genloss.theory.filters.price import BreakEven, break_even
from genloss.theory.filters.rule import Keep

__all__ = [
    "BreakEven",
    "Checked",
    "Keep",
    "Kept",
    "LeastSquaresLoop",
    "LocationLoop",
    "RidgeLoop",
    "break_even",
    "contraction",
    "filtered_risk",
    "kept",
    "kept_best",
    "within_of_likelihood",
]


def __dir__() -> list[str]:
    return sorted(__all__)
