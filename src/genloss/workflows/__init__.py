"""WHICH data does generation g train on? Workflows as data, compiled to a schedule of batches."""

from genloss.workflows.asked import compiled
from genloss.workflows.forms import ALIASES
from genloss.workflows.named import (
    NAMED,
    accumulate,
    accumulate_subsample,
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
from genloss.workflows.term import Filter, Term, term_shares
from genloss.workflows.workflow import Workflow

__all__ = [
    "ALIASES",
    "NAMED",
    "TRUTH",
    "Batch",
    "Filter",
    "Schedule",
    "Term",
    "Use",
    "Workflow",
    "accumulate",
    "accumulate_subsample",
    "chain",
    "compiled",
    "fixed_real",
    "forget",
    "fresh_real",
    "golden",
    "regenerate",
    "replace",
    "reset",
    "synthetic_only",
    "term_shares",
    "window",
]
