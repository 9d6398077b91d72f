"""From what was a forecast made? What other questions about the same rows need; no part of its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from genloss.advise.forecasts.worlds.protocol import Array
from genloss.workflows import Schedule, WorkflowLike


@dataclass(frozen=True, eq=False)
class Basis:
    """Rows (rows, features) and labels (rows,), or None, as the estimator sees them, and the workflow as it was given.

    schedule: the workflow for these rows. entities: whether rows of one entity were drawn together. later: whether the
    risk is that on later rows.
    """

    estimator: Any
    kind: str
    rows: Array
    labels: Array | None
    workflow: WorkflowLike
    schedule: Schedule
    entities: bool
    later: bool = False
