"""How much does a chain of ridge fits lose when fits train again on rows that earlier fits have seen? One door."""

from __future__ import annotations

from genloss.theory.reuse.batch import SharedRows
from genloss.theory.reuse.of_workflow import from_workflow
from genloss.theory.reuse.risks import ReuseRisk, risk, risk_of_power
from genloss.theory.reuse.unlike import UnlikeReuseRisk, unlike_risk

__all__ = [
    "ReuseRisk",
    "SharedRows",
    "UnlikeReuseRisk",
    "from_workflow",
    "risk",
    "risk_of_power",
    "unlike_risk",
]


def __dir__() -> list[str]:
    return sorted(__all__)
