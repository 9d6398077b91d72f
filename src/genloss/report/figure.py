"""How do curves become a picture? Panels of simulated points with bands and theory lines."""

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Format = Literal["png", "svg"]


@dataclass(frozen=True, slots=True)
class Curve:
    """One series: a line (theory), points with error bars (simulation), or both.

    position: 0..1, where the series stands in its order (e.g. by generation); sets its color.
    """

    label: str
    position: float
    line_x: Sequence[float] = ()
    line_y: Sequence[float] = ()
    x: Sequence[float] = ()
    y: Sequence[float] = ()
    half_width: Sequence[float] = ()  # of the band around y


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
    style: dict[Any, Any] = {
        "svg.hashsalt": "genloss",
        "svg.fonttype": "none",
        "font.size": 9.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10.5,
        "axes.grid": True,
        "grid.alpha": 0.25,
    }
    with rc_context(style):
        figure = Figure(figsize=(5.2 * columns + 1.0, 3.9 * lines), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(lines, columns, squeeze=False)
        for place, panel in zip(axes.flat, panels, strict=False):
            draw_panel(place, panel)
        figure.get_layout_engine().set(h_pad=0.12, w_pad=0.08)  # type: ignore[union-attr, call-arg]
        for empty in axes.flat[len(panels) :]:
            empty.set_visible(False)
        labels = [place.get_legend_handles_labels()[1] for place in axes.flat[: len(panels)]]
        if all(other == labels[0] for other in labels):
            handles, names = axes.flat[0].get_legend_handles_labels()
            figure.legend(handles, names, loc="outside right upper", frameon=False)
        else:
            for place in axes.flat[: len(panels)]:
                place.legend(frameon=False, fontsize=8)
        drawn: dict[Format, bytes] = {}
        for kind in formats:
            buffer = io.BytesIO()
            figure.savefig(
                buffer, format=kind, dpi=130, metadata={"Date": None} if kind == "svg" else {"Software": None}
            )
            drawn[kind] = buffer.getvalue()
    return drawn


def literal(text: str) -> str:
    """Keep matplotlib from reading a user's text as mathematics."""
    return text.replace("$", r"\$")


def draw_panel(place: "Axes", panel: Panel) -> None:
    """Draw one panel on given matplotlib axes."""
    from matplotlib import colormaps
    from matplotlib.ticker import MaxNLocator

    for curve in panel.curves:
        color = colormaps["viridis"](0.9 * (1 - curve.position))
        if len(curve.line_x):
            place.plot(
                curve.line_x,
                curve.line_y,
                color=color,
                linewidth=1.4,
                label=None if len(curve.x) else literal(curve.label),
            )
        if len(curve.x):
            place.errorbar(
                curve.x,
                curve.y,
                yerr=curve.half_width or None,
                color=color,
                linestyle="none",
                marker="o",
                markersize=3.2,
                capsize=2,
                elinewidth=1,
                label=literal(curve.label),
            )
    place.set_xscale("log" if panel.x_log else "linear")
    place.set_yscale("log" if panel.y_log else "linear")
    title = "\n".join(textwrap.wrap(literal(panel.title), 52)[:3])
    place.set(title=title, xlabel=literal(panel.x_label), ylabel=literal(panel.y_label))
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
