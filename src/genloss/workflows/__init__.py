"""WHICH data does generation g train on? Workflows as data, compiled to a schedule of batches."""

from __future__ import annotations

from genloss.workflows.filters import Filter
from genloss.workflows.forms import ALIASES
from genloss.workflows.given import WorkflowLike, schedule_of, workflow_of, workflow_words
from genloss.workflows.lineages import Lineages, islands, lineages_of, pooled, ring, separate
from genloss.workflows.named import (
    NAMED,
    accumulate,
    accumulate_fresh,
    accumulate_subsample,
    edit,
    fixed_real,
    forget,
    fresh_real,
    golden,
    regenerate,
    replace,
    reset,
    synthetic_only,
    window,
)
from genloss.workflows.parts import TRUTH, Batch, Use
from genloss.workflows.schedule import Schedule, chain
from genloss.workflows.term import Term, term_shares
from genloss.workflows.workflow import Workflow

__all__ = [
    "ALIASES",
    "NAMED",
    "TRUTH",
    "Batch",
    "Filter",
    "Lineages",
    "Schedule",
    "Term",
    "Use",
    "Workflow",
    "WorkflowLike",
    "accumulate",
    "accumulate_fresh",
    "accumulate_subsample",
    "chain",
    "edit",
    "fixed_real",
    "forget",
    "fresh_real",
    "golden",
    "islands",
    "lineages_of",
    "pooled",
    "regenerate",
    "replace",
    "reset",
    "ring",
    "schedule_of",
    "separate",
    "synthetic_only",
    "term_shares",
    "window",
    "workflow_of",
    "workflow_words",
]


def __dir__() -> list[str]:
    return sorted(__all__)
