"""From a study file to results: spec, grid, theory, simulation, page. Names load on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genloss.study.claims.verdicts import judge
    from genloss.study.generations import measure_generations
    from genloss.study.page.explanation import explain
    from genloss.study.runner.chains import chain
    from genloss.study.runner.finished import iterate
    from genloss.study.runner.finished_cell import FinishedCell
    from genloss.study.runner.in_parts import merge, run_part
    from genloss.study.runner.opened import open_workers
    from genloss.study.runner.portions import Finished
    from genloss.study.runner.results import predict, run, simulate
    from genloss.study.study import Study, as_study

_HOMES = {
    "Finished": "runner.portions",
    "FinishedCell": "runner.finished_cell",
    "Study": "study",
    "as_study": "study",
    "chain": "runner.chains",
    "explain": "page.explanation",
    "iterate": "runner.finished",
    "judge": "claims.verdicts",
    "measure_generations": "generations",
    "merge": "runner.in_parts",
    "open_workers": "runner.opened",
    "predict": "runner.results",
    "run": "runner.results",
    "run_part": "runner.in_parts",
    "simulate": "runner.results",
}

__all__ = [
    "Finished",
    "FinishedCell",
    "Study",
    "as_study",
    "chain",
    "explain",
    "iterate",
    "judge",
    "measure_generations",
    "merge",
    "open_workers",
    "predict",
    "run",
    "run_part",
    "simulate",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"genloss.study.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'genloss.study' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
