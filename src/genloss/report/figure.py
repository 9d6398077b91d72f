"""How do curves become a picture? Panels of lines, points with error bars, and shades, named where they end."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

from genloss.report.colors import GREY, HUE, of_layer, of_order, of_series
from genloss.report.labels import Label, places, write
from genloss.report.numbers import short
from genloss.visible import visible

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
AXIS_WIDTH = 40
_TITLE_LINES = 3


@dataclass(frozen=True, slots=True)
class Curve:
    """One series: a line (theory), points with error bars (simulation), or both.

    label: "" where the axis says it. position: 0..1, where the series stands in its order (e.g. by generation); sets
    its color. number: its place among series without an order, which then sets the color and the marker. dashed: what
    stands there for comparison, a dashed line in grey.
    """

    label: str
    position: float
    line_x: Sequence[float] = ()
    line_y: Sequence[float] = ()
    x: Sequence[float] = ()
    y: Sequence[float] = ()
    half_width: Sequence[float] = ()  # of the band around y
    number: int | None = None
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A shade between two lines. place: 0 is the lightest; within a panel darker shades lie on lighter ones."""

    label: str
    x: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    place: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """One layer of stacked bars, from `low` to `high` at every x. position: 0 (light) to 1 (dark); None: grey."""

    label: str
    x: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    position: float | None = None


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
    bands: tuple[Band, ...] = ()
    bars: tuple[Bar, ...] = ()
    y_ticks: tuple[tuple[float, str], ...] = ()  # names instead of numbers


SHADES = (0.16, 0.3)  # how dark, by place
WIDTHS = {1: 8.6, 2: 11.4}  # inches of a figure, by columns
HEIGHT = 3.9  # inches of a line of panels
_FEW_DECADES = 200  # ratio of an axis's ends below which 2 and 5 are written beside 1
_MANY_DECADES = 10**6  # likewise, beyond which not every power of ten is written
_SHORT_KEY = 90  # characters that stand in one line below the axes


def draw(panels: Sequence[Panel], *, columns: int, formats: Sequence[Format] = ("png", "svg")) -> dict[Format, bytes]:
    """Draw panels on a grid; the same panels give the same bytes.

    Curves are named at their right ends; where those are too close, in a key below or beside the axes.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = -(-len(panels) // columns)
    with rc_context(STYLE | {"axes.grid": True, "grid.alpha": 0.25}):
        size = (WIDTHS.get(columns, 5.2 * columns + 1.0), HEIGHT * lines)
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(lines, columns, squeeze=False)
        legends = [draw_panel(place, panel) for place, panel in zip(axes.flat, panels, strict=False)]
        figure.get_layout_engine().set(h_pad=0.12, w_pad=0.08)  # type: ignore[union-attr, call-arg]
        for empty in axes.flat[len(panels) :]:
            empty.set_visible(False)
        _name(figure, list(axes.flat[: len(panels)]), panels, legends)
        return saved(figure, formats)


def _name(figure: MatplotlibFigure, axes: Sequence[Axes], panels: Sequence[Panel], legends: Sequence[Legend]) -> None:
    """Name the curves of every panel at their ends, or in a key: one for all where all have the same names."""
    direct = [_at_ends(place, panel) for place, panel in zip(axes, panels, strict=True)]
    alike = len(panels) > 1 and all(names == legends[0][1] for _, names in legends)
    if alike and any(found is None for found in direct):
        handles, names = _fullest(legends)
        brief = sum(map(len, names)) <= _SHORT_KEY
        where = {"loc": "outside lower center", "ncols": len(names)} if brief else {"loc": "outside right upper"}
        figure.legend(handles, names, frameon=False, **where)
        return
    for place, found, (handles, names) in zip(axes, direct, legends, strict=True):
        if found is None:
            place.legend(handles, names, frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))
        else:
            write(place, found)


def name_directly(place: Axes, panel: Panel, legend: Legend) -> None:
    """Name the curves of a panel that has a figure of its own."""
    found = _at_ends(place, panel)
    if found is not None:
        write(place, found)
    else:
        place.legend(*legend, frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))


def _at_ends(place: Axes, panel: Panel) -> Any:
    """Where the names of curves stand at their ends; None where a key is needed, as for bars."""
    return None if panel.bars else places(place, labels_of(panel))


def labels_of(panel: Panel) -> list[Label]:
    """Return every name with the right end of what it names: a line, points, or the upper end of a shade."""
    named = [Label(band.label, HUE, band.x[-1], band.high[-1]) for band in panel.bands if band.label and len(band.x)]
    for curve in panel.curves:
        xs, ys = (curve.line_x, curve.line_y) if len(curve.line_x) else (curve.x, curve.y)
        ends = [(x, y) for x, y in zip(xs, ys, strict=True) if isfinite(y) and (y > 0 or not panel.y_log)]
        if curve.label and ends:
            named.append(Label(curve.label, color_of(curve, panel)[0], *max(ends)))
    return named


def color_of(curve: Curve, panel: Panel) -> tuple[str, str]:
    """Return color and marker: grey what is for comparison; the hue for one curve, or the first of a shade."""
    if curve.dashed:
        return GREY, "o"
    if curve.number is not None:
        return of_series(curve.number)
    main = [each for each in panel.curves if not each.dashed]
    alone = len(main) == 1 or (bool(panel.bands) and curve is main[0])
    return (HUE if alone else of_order(curve.position)), "o"


def saved(figure: MatplotlibFigure, formats: Sequence[Format]) -> dict[Format, bytes]:
    """Return a figure's bytes by format, without dates: the same figure, the same bytes.

    Where things stand is found once for all formats; `savefig` alone would find it twice for each.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)  # "none" would have `savefig` draw twice, too
    drawn: dict[Format, bytes] = {}
    for kind in formats:
        buffer = io.BytesIO()
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(buffer, format=kind, dpi=130, metadata=metadata)
        drawn[kind] = buffer.getvalue()
    return drawn


def literal(text: str) -> str:
    """Write a user's text so that matplotlib does not read it as mathematics, and a reader sees all of it."""
    return visible(text).replace("$", r"\$")


def wrapped(title: str) -> str:
    """Break a title into at most three lines; dots say that it goes on."""
    lines = textwrap.wrap(title, TITLE_WIDTH, max_lines=_TITLE_LINES, placeholder=" …")
    return "\n".join(literal(line) for line in lines)


def _fullest(legends: Sequence[Legend]) -> Legend:
    """Of legends with the same names, the one whose handles show most: line and point before point."""
    return max(legends, key=lambda legend: sum(len(handle) for handle in legend[0]))


def draw_panel(place: Axes, panel: Panel) -> Legend:
    """Draw one panel on given matplotlib axes; return a handle of line and point for every curve and shade."""
    stacked = [(_stacked(place, bar), bar.label) for bar in reversed(panel.bars)]
    shades = [(_shade(place, band), band.label) for band in panel.bands]
    drawn = [(_drawn(place, curve, panel), curve.label) for curve in panel.curves]
    place.set_xscale("log" if panel.x_log else "linear")
    place.set_yscale("log" if panel.y_log else "linear")
    place.set(xlabel=literal(panel.x_label), ylabel="\n".join(map(literal, textwrap.wrap(panel.y_label, AXIS_WIDTH))))
    place.set_title(wrapped(panel.title), pad=16 if panel.marks else 6)
    _set_ticks(place, panel)
    for number, (x, text) in enumerate(panel.marks):
        place.axvline(x, color=GREY, linewidth=0.8, linestyle=":")
        side = "right" if len(panel.marks) > 1 and number == 0 else "left" if number else "center"
        at: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "ha": side, "va": "bottom"}
        place.annotate(literal(text), (x, 1.005), fontsize=8, color=GREY, annotation_clip=False, **at)
    shown = [(handle, literal(label)) for handle, label in (*drawn, *shades, *stacked) if handle and label]
    return [handle for handle, _ in shown], [label for _, label in shown]


def _stacked(place: Axes, bar: Bar) -> Any:
    """Draw one layer of bars."""
    heights = [high - low for low, high in zip(bar.low, bar.high, strict=True)]
    color = GREY if bar.position is None else of_layer(bar.position)
    edge: dict[str, Any] = {"edgecolor": "white", "linewidth": 0.5 if len(bar.x) < 40 else 0, "zorder": 2.1}
    return place.bar(bar.x, heights, bottom=bar.low, width=0.85, color=color, label=literal(bar.label), **edge)


def _shade(place: Axes, band: Band) -> Any:
    """Fill between the two lines."""
    return place.fill_between(
        band.x, band.low, band.high, color=HUE, alpha=SHADES[band.place], linewidth=0, label=literal(band.label)
    )


def _drawn(place: Axes, curve: Curve, panel: Panel) -> tuple[Any, ...]:
    """Draw line and points of a curve; what was drawn."""
    parts: list[Any] = []
    color, marker = color_of(curve, panel)
    if len(curve.line_x):
        label = None if len(curve.x) else literal(curve.label)
        dashes = "--" if curve.dashed else "-"
        parts.extend(
            place.plot(
                curve.line_x, curve.line_y, dashes, color=color, linewidth=1.4, label=label, zorder=_above(color)
            )
        )
    if len(curve.x):
        widths = curve.half_width if any(curve.half_width) else None  # no caps where no error is known
        bars: dict[str, Any] = {"capsize": 2, "elinewidth": 1, "yerr": widths}
        points: dict[str, Any] = {"linestyle": "none", "marker": marker, "markersize": 3.2}
        parts.append(
            place.errorbar(curve.x, curve.y, color=color, label=literal(curve.label) or None, **bars, **points)
        )
    return tuple(parts)


def _above(color: str) -> float:
    """What a picture is about lies on what stands beside it."""
    return 2.5 if color == HUE else 2.2


def _set_ticks(place: Axes, panel: Panel) -> None:
    """Set ticks at whole numbers, and write numbers on a logarithmic axis as one reads them."""
    from matplotlib.ticker import MaxNLocator

    if panel.y_ticks:
        places, names = zip(*panel.y_ticks, strict=True)
        place.set_yticks(places, list(map(literal, names)))
    if panel.x_whole and not panel.x_log:
        place.xaxis.set_major_locator(MaxNLocator(integer=True))
    if panel.x_log:
        _set_log_ticks(place.xaxis, *place.get_xlim())
    if panel.y_log:
        _set_log_ticks(place.yaxis, *place.get_ylim())


def _set_log_ticks(axis: Any, low: float, high: float) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    steps = (1.0, 2.0, 5.0) if high < _FEW_DECADES * low else (1.0,)
    most = 10 if high < _MANY_DECADES * low else 6
    axis.set_major_locator(LogLocator(subs=steps, numticks=most))
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(float(value))))
    axis.set_minor_formatter(NullFormatter())
