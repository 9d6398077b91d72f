"""How much does a model lose when it is trained on data that earlier models made?

The one door: names load on first use, so that `import genloss` is quick and changes nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genloss import (
        advise,
        ledger,
        metrics,
        models,
        populations,
        reproductions,
        results,
        simulation,
        study,
        theory,
        workflows,
    )
    from genloss.advise.comparison.workflows import compare
    from genloss.advise.forecasts.from_rows import forecast
    from genloss.advise.plans.door import plan
    from genloss.audit import audit
    from genloss.audit.attribution import attribute
    from genloss.errors import Problem
    from genloss.reproductions.door import reproduce
    from genloss.results import Result
    from genloss.study import Study, chain, explain, predict, run, simulate
    from genloss.version import __version__
    from genloss.workflows import Workflow

_HOMES = {
    "Problem": "genloss.errors",
    "Result": "genloss.results",
    "Study": "genloss.study",
    "Workflow": "genloss.workflows",
    "__version__": "genloss.version",
    "attribute": "genloss.audit.attribution",
    "chain": "genloss.study",
    "compare": "genloss.advise.comparison.workflows",
    "explain": "genloss.study",
    "forecast": "genloss.advise.forecasts.from_rows",
    "plan": "genloss.advise.plans.door",
    "predict": "genloss.study",
    "reproduce": "genloss.reproductions.door",
    "run": "genloss.study",
    "simulate": "genloss.study",
}

_ROOMS = (
    "advise",
    "audit",
    "ledger",
    "metrics",
    "models",
    "populations",
    "reproductions",
    "results",
    "simulation",
    "study",
    "theory",
    "workflows",
)

__all__ = [
    "Problem",
    "Result",
    "Study",
    "Workflow",
    "__version__",
    "advise",
    "attribute",
    "audit",
    "chain",
    "compare",
    "explain",
    "forecast",
    "ledger",
    "metrics",
    "models",
    "plan",
    "populations",
    "predict",
    "reproduce",
    "reproductions",
    "results",
    "run",
    "simulate",
    "simulation",
    "study",
    "theory",
    "workflows",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _ROOMS:
        return import_module(f"genloss.{name}")
    raise AttributeError(f"module 'genloss' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
