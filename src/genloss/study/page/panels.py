"""Which curves of a study are drawn beside each other, against what?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from genloss.grouping import grouped
from genloss.report import Band, Curve, Panel, short
from genloss.results import Result, Row
from genloss.results.case_panels import MOST_JOINED, case_panel, with_floor
from genloss.results.plotting import FEWEST, GENERATION, curve, drawn, panel_of, shades
from genloss.results.row import metric_words
from genloss.study.page.words import axis_name, axis_words, value_name
from genloss.study.spec.grid import axes_of
from genloss.study.study import Study

_MOST_SERIES = 7
_MOST_PANELS = 8


def figure_panels(study: Study, result: Result) -> list[tuple[str, str, str, list[Panel]]]:
    """Choose the figures: against the longest axis of each case, and against the generation."""
    by_axis: list[Panel] = []
    by_generation: list[Panel] = []
    floors = {row.metric: row.value for row in result.beside if row.method == "floor"}
    plain = [case["name"] for case in study.cases if not axes_of(case)]
    joined = plain if 1 < len(plain) <= MOST_JOINED and len(study.resolved["report"]) > 1 else []
    for metric in study.resolved["metrics"]:
        before = len(by_generation)
        if joined:
            by_generation.append(case_panel([r for r in result.rows if r.metric == metric], joined))
        for case in study.cases:
            if case["name"] in joined:
                continue
            rows = [row for row in result.rows if row.case == case["name"] and row.metric == metric]
            main = main_axis(case, rows)
            if main is not None:
                by_axis.extend(axis_panels(case, rows, main))
            if len(study.resolved["report"]) > (1 if main is None else 2):
                by_generation.extend(generation_panels(case, rows, main or axis_of_words(case, rows)))
        by_generation[before:] = [with_floor(each, floors.get(metric)) for each in by_generation[before:]]
    figures = []
    if by_axis:
        caption = f"{drawn(by_axis[:_MOST_PANELS])} n is the generation.{_hidden(by_axis)}"
        figures.append(("against-the-grid", f"{_title(study)} against the grid", caption, by_axis[:_MOST_PANELS]))
    if by_generation:
        lines = any(len(curve.line_x) for panel in by_generation for curve in panel.curves)
        gaps = " Lines join the generations that are reported." if lines and _gaps(study.resolved["report"]) else ""
        caption = drawn(by_generation[:_MOST_PANELS]) + gaps
        caption += _shaded(by_generation, study.resolved["replicates"]) + _hidden(by_generation)
        figures.append(
            ("against-generations", f"{_title(study)} against the generation", caption, by_generation[:_MOST_PANELS])
        )
    return figures


def _title(study: Study) -> str:
    """Name what the figures show."""
    metrics = study.resolved["metrics"]
    name = metric_words(metrics[0]) if len(metrics) == 1 else "values"
    return name[0].upper() + name[1:]


def _hidden(panels: Sequence[Panel]) -> str:
    """Say how many panels are left out, if any."""
    count = len(panels)
    return f" {_MOST_PANELS} of {count} panels are shown; all values are in rows.csv." if count > _MOST_PANELS else ""


def _shaded(panels: Sequence[Panel], replicates: int) -> str:
    """Say why one curve has none though it has replicates."""
    if any(panel.bands for panel in panels):
        return ""
    alone = any(len(panel.curves) == 1 and len(panel.curves[0].x) for panel in panels)
    return f" {replicates} replicates are too few for a band of 95 % of them." if alone and replicates < FEWEST else ""


def _gaps(report: Sequence[int]) -> bool:
    return any(after - before > 1 for before, after in pairwise(report))


def main_axis(case: Mapping[str, Any], rows: Sequence[Row]) -> str | None:
    """Return the case's numeric axis with most values, if any has more than one."""
    counts = {
        ".".join(key): len(values)
        for key, values in axes_of(case).items()
        if all(isinstance(row.axes[".".join(key)], int | float) for row in rows)
    }
    best = max(counts, key=lambda key: counts[key], default=None)
    return best if best is not None and counts[best] > 1 else None


def axis_of_words(case: Mapping[str, Any], rows: Sequence[Row]) -> str | None:
    """Return the case's first axis of a few words, whose values are curves where no number is the main axis."""
    names = [".".join(key) for key, values in axes_of(case).items() if 1 < len(values) <= _MOST_SERIES]
    return next((name for name in names if all(isinstance(row.axes[name], str) for row in rows)), None)


def axis_panels(case: Mapping[str, Any], rows: Sequence[Row], main: str) -> list[Panel]:
    """One panel for every combination of the other axes; one curve for every generation."""
    panels = []
    for place, chosen in _by_other_axes(case, rows, main).items():
        generations = sorted({row.generation for row in chosen})
        curves = [
            curve(
                f"n = {n}",
                i / max(1, len(generations) - 1),
                [r for r in chosen if r.generation == n],
                lambda r: float(r.axes[main]),
            )
            for i, n in enumerate(generations)
        ]
        panels.append(panel(chosen, place, curves, axis_words(main), marks(case, main)))
    return panels


def _by_other_axes(case: Mapping[str, Any], rows: Sequence[Row], main: str | None) -> Mapping[str, list[Row]]:
    """Split rows by their place on every axis but the main one; the place in words."""
    others = [".".join(key) for key in axes_of(case) if ".".join(key) != main]
    return grouped(rows, lambda row: ", ".join(f"{axis_name(key)} = {short(row.axes[key], 4)}" for key in others))


def generation_panels(case: Mapping[str, Any], rows: Sequence[Row], main: str | None) -> list[Panel]:
    """One panel for every combination of the other axes."""
    return [generation_panel(chosen, place, main) for place, chosen in _by_other_axes(case, rows, main).items()]


def generation_panel(rows: Sequence[Row], place: str, main: str | None) -> Panel:
    """One curve for each of a few values of the main axis, against the generation."""
    words = main is not None and any(isinstance(row.axes[main], str) for row in rows)
    found = dict.fromkeys(row.axes[main] for row in rows) if main else {None: None}
    values = list(found) if words else sorted(found, key=lambda value: float(value or 0))
    kept = values if len(values) <= _MOST_SERIES else [values[round(i * (len(values) - 1) / 4)] for i in range(5)]
    curves = [
        curve(
            value_name(main, str(value))
            if words and main
            else f"{axis_name(main)} = {short(value)}"
            if main and value is not None
            else "",
            i / max(1, len(kept) - 1),
            [row for row in rows if main is None or row.axes[main] == value],
            lambda row: float(row.generation),
            number=i if words else None,
        )
        for i, value in enumerate(kept)
    ]
    if len(curves) == 1:
        alone = replace(curves[0], label="")
        return panel(rows, place, [alone], GENERATION, (), shades(rows, lambda row: float(row.generation)))
    return panel(rows, place, curves, GENERATION, ())


def panel(
    rows: Sequence[Row],
    place: str,
    curves: list[Curve],
    x_label: str,
    lines: Sequence[tuple[float, str]],
    bands: Sequence[Band] = (),
) -> Panel:
    """Make a panel that names its case and its place on the other axes."""
    metric, unit = metric_words(rows[0].metric), rows[0].unit.replace("^2", "²")
    title = ", ".join(part for part in (rows[0].case, place) if part)
    return panel_of(title, x_label, f"{metric} ({unit})", curves, marks=lines, bands=bands)


def marks(case: Mapping[str, Any], main: str) -> list[tuple[float, str]]:
    """Mark the number of features and the generator's rows on an axis of rows."""
    if main != "predictor.rows":
        return []
    fitted = case.get("generator", {}).get("kind") != "shifted_truth"
    places = [(case["population"].get("dim"), "features"), (case["workflow"].get("rows") if fitted else None, "T0")]
    groups = grouped([(x, text) for x, text in places if isinstance(x, int)], lambda place: place[0])
    return [(float(x), " = ".join(text for _, text in group)) for x, group in groups.items()]
