"""How do cases stand side by side? One curve each in a panel, against the generation, and the floor of real rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from genloss.report import Curve, Panel
from genloss.results.plotting import GENERATION, curve, panel_of
from genloss.results.row import Row, metric_words

MOST_JOINED = 20
_STEP = 0.07  # of a generation


def case_panel(rows: Sequence[Row], cases: Sequence[str]) -> Panel:
    """One curve for each of the cases, which have no axes, against the generation."""
    curves = [
        curve(name, 0.0, [row for row in rows if row.case == name], lambda row: float(row.generation), number=number)
        for number, name in enumerate(cases)
    ]
    if not any(len(each.line_x) for each in curves):
        curves = [apart(each, number - (len(curves) - 1) / 2) for number, each in enumerate(curves)]
    metric, unit = metric_words(rows[0].metric), rows[0].unit.replace("^2", "²")
    drawn = panel_of(metric, GENERATION, f"{metric} ({unit})", curves)
    reaches_zero = any(y <= half for each in curves for y, half in zip(each.y, each.half_width, strict=True))
    return replace(drawn, y_log=drawn.y_log and not reaches_zero)


def apart(curve: Curve, steps: float) -> Curve:
    """Move points without a line a little along x, so that error bars of several curves do not hide one another."""
    return replace(curve, x=[x + _STEP * steps for x in curve.x])


def with_floor(panel: Panel, floor: float | None) -> Panel:
    """Draw what real rows beside real rows have, as a dashed line; nothing where a logarithmic axis has no place."""
    places = [x for each in panel.curves for x in each.x]
    if floor is None or not places or (panel.y_log and floor <= 0):
        return panel
    line = Curve(
        "real beside real", 1.0, line_x=[round(min(places)), round(max(places))], line_y=[floor, floor], dashed=True
    )
    return replace(panel, curves=(*panel.curves, line))
