"""What do the pages of advice have in common? A curve of the risk by generation, a table, and how it was made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from genloss.report import Curve, Figure, Page, Panel, Table
from genloss.results.answer import Answer, Drawn
from genloss.results.plotting import GENERATION, panel_of
from genloss.theory.arguments import Array
from genloss.version import __version__

EXCESS_RISK = "expected squared error of a prediction above the noise of a label"


def page_of(answer: Answer, title: str, tables: Sequence[Table], *, notes: Sequence[str] = ()) -> Page:
    """Return the page of an answer: its sentences, its curve if it has one, and tables."""
    panels = answer.panels() if isinstance(answer, Drawn) else []
    figures = [Figure("Excess risk by generation", "n is the generation.", panels)] if panels else []
    said = [line for line in answer.summary().splitlines() if line not in notes]
    return Page(title, "", said, figures, tables, notes, facts=[("genloss", __version__)])


def risk_panel(title: str, named: Sequence[tuple[str, Array]], *, more: Iterable[Curve] = ()) -> Panel:
    """Return lines of the excess risk by generation."""
    lines = [
        Curve(name, 0.0, line_x=np.arange(risk.size).tolist(), line_y=risk.tolist(), number=i)
        for i, (name, risk) in enumerate(named)
    ]
    return panel_of(title, GENERATION, "excess risk", (*lines, *more))


def by_generation(**columns: Array) -> list[dict[str, Any]]:
    """Return a line for each generation, of arrays (fits,)."""
    size = len(next(iter(columns.values())))
    return [{"generation": g} | {name: float(values[g]) for name, values in columns.items()} for g in range(size)]
