"""How much does a chain of ridge fits lose when fits train again on rows that earlier fits have seen? One door."""

from genloss.theory.reuse.batch import SharedRows
from genloss.theory.reuse.of_workflow import from_workflow
from genloss.theory.reuse.risks import ReuseRisk, risk, risk_of_power

__all__ = [
    "ReuseRisk",
    "SharedRows",
    "from_workflow",
    "risk",
    "risk_of_power",
]


def __dir__() -> list[str]:
    return sorted(__all__)
