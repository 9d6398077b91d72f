"""How much does ridge regression lose when each generation is labeled by the one before? One door."""

from genloss.theory.ridge.accumulate import accumulate_risk
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.ridge.mixture import Block, MixtureRisk, mixture_risk, mixture_risk_of_power
from genloss.theory.ridge.replace import replace_risk, replace_risk_of_power
from genloss.theory.ridge.risk import Risk

__all__ = [
    "Block",
    "MixtureRisk",
    "Risk",
    "accumulate_risk",
    "effective_ridge",
    "mixture_risk",
    "mixture_risk_of_power",
    "replace_risk",
    "replace_risk_of_power",
]


def __dir__() -> list[str]:
    return sorted(__all__)
