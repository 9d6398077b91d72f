"""How do curves become a picture? Panels of simulated points with bands and theory lines."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as MatplotlibFigure

Format = Literal["png", "svg"]
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "genloss",
    "svg.fonttype": "none",
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.5,
}
"""What all figures share."""

Legend = tuple[list[Any], list[str]]
"""Handles and their names."""

TITLE_WIDTH = 45  # characters of a line
_TITLE_LINES = 3


@dataclass(frozen=True, slots=True)
class Curve:
    """One series: a line (theory), points with error bars (simulation), or both.

    position: 0..1, where the series stands in its order (e.g. by generation); sets its color. number: its place
    among series without an order, which then sets the color and the marker.
    """

    label: str
    position: float
    line_x: Sequence[float] = ()
    line_y: Sequence[float] = ()
    x: Sequence[float] = ()
    y: Sequence[float] = ()
    half_width: Sequence[float] = ()  # of the band around y
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """One set of axes."""

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    x_log: bool = False
    x_whole: bool = False  # ticks at whole numbers only
    y_log: bool = False
    marks: tuple[tuple[float, str], ...] = field(default=())


def draw(panels: Sequence[Panel], *, columns: int, formats: Sequence[Format] = ("png", "svg")) -> dict[Format, bytes]:
    """Draw panels on a grid; the same panels give the same bytes."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = -(-len(panels) // columns)
    with rc_context(STYLE | {"axes.grid": True, "grid.alpha": 0.25}):
        figure = Figure(figsize=(5.2 * columns + 1.0, 3.9 * lines), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(lines, columns, squeeze=False)
        legends = [draw_panel(place, panel) for place, panel in zip(axes.flat, panels, strict=False)]
        figure.get_layout_engine().set(h_pad=0.12, w_pad=0.08)  # type: ignore[union-attr, call-arg]
        for empty in axes.flat[len(panels) :]:
            empty.set_visible(False)
        if all(names == legends[0][1] for _, names in legends):
            figure.legend(*_fullest(legends), loc="outside right upper", frameon=False)
        else:
            for place, (handles, names) in zip(axes.flat, legends, strict=False):
                place.legend(handles, names, frameon=False, fontsize=8)
        return saved(figure, formats)


def saved(figure: MatplotlibFigure, formats: Sequence[Format]) -> dict[Format, bytes]:
    """Return a figure's bytes by format, without dates: the same figure, the same bytes."""
    drawn: dict[Format, bytes] = {}
    for kind in formats:
        buffer = io.BytesIO()
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(buffer, format=kind, dpi=130, metadata=metadata)
        drawn[kind] = buffer.getvalue()
    return drawn


def literal(text: str) -> str:
    """Keep matplotlib from reading a user's text as mathematics."""
    return text.replace("$", r"\$")


def wrapped(title: str) -> str:
    """Break a title into at most three lines; dots say that it goes on."""
    lines = textwrap.wrap(title, TITLE_WIDTH, max_lines=_TITLE_LINES, placeholder=" …")
    return "\n".join(literal(line) for line in lines)


def _fullest(legends: Sequence[Legend]) -> Legend:
    """Of legends with the same names, the one whose handles show most: line and point before point."""
    return max(legends, key=lambda legend: sum(len(handle) for handle in legend[0]))


def draw_panel(place: Axes, panel: Panel) -> Legend:
    """Draw one panel on given matplotlib axes; return a handle of line and point for every curve."""
    from matplotlib import colormaps
    from matplotlib.ticker import MaxNLocator

    handles: list[Any] = []
    for curve in panel.curves:
        parts: list[Any] = []
        color = colormaps["viridis"](0.9 * (1 - curve.position))
        marker = "o"
        if curve.number is not None:
            color, marker = colormaps["tab10"](curve.number % 10), "osD^v"[curve.number // 10 % 5]
        if len(curve.line_x):
            label = None if len(curve.x) else literal(curve.label)
            parts.extend(place.plot(curve.line_x, curve.line_y, color=color, linewidth=1.4, label=label))
        if len(curve.x):
            parts.append(
                place.errorbar(
                    curve.x,
                    curve.y,
                    yerr=curve.half_width or None,
                    color=color,
                    linestyle="none",
                    marker=marker,
                    markersize=3.2,
                    capsize=2,
                    elinewidth=1,
                    label=literal(curve.label),
                )
            )
        handles.append(tuple(parts))
    place.set_xscale("log" if panel.x_log else "linear")
    place.set_yscale("log" if panel.y_log else "linear")
    place.set(title=wrapped(panel.title), xlabel=literal(panel.x_label), ylabel=literal(panel.y_label))
    if panel.x_whole and not panel.x_log:
        place.xaxis.set_major_locator(MaxNLocator(integer=True))
    for x, text in panel.marks:
        place.axvline(x, color="0.4", linewidth=0.8, linestyle=":")
        place.annotate(
            literal(text),
            (x, 0.02),
            xycoords=("data", "axes fraction"),
            fontsize=8,
            color="0.35",
            rotation=90,
            ha="right",
            va="bottom",
        )
    shown = [(handle, literal(curve.label)) for handle, curve in zip(handles, panel.curves, strict=True) if handle]
    return [handle for handle, _ in shown], [label for _, label in shown]
