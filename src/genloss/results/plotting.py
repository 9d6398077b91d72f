"""How do rows become curves? Theory as lines, simulated means as points with 95 % error bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import TYPE_CHECKING

from genloss.errors import Problem
from genloss.report import Band, Curve, Panel, spans
from genloss.report.figure import draw_panel, literal
from genloss.results.row import Row, Scalar, axis_names, shown
from genloss.results.select import axis_named, selected

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CURVES = 7
GENERATION = "generation n"
READING = "line: theory\npoints: simulated mean, bars: 95 %"

Labels = tuple[tuple[str, Scalar], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A panel, and the words along x where that axis holds words."""

    panel: Panel
    words: tuple[str, ...] = ()


def plot(rows: Sequence[Row], axes: Axes | None, *, metric: str | None, x: str | None, case: str | None) -> Axes:
    """Draw on `axes`, or on a new figure."""
    drawn = picture(rows, metric=metric, x=x, case=case)
    if axes is None:
        import matplotlib.pyplot as plt

        axes = plt.subplots(layout="constrained")[1]
    handles, names = draw_panel(axes, drawn.panel)
    if drawn.words:
        axes.set_xticks(range(len(drawn.words)), [literal(word) for word in drawn.words])
    axes.legend(handles, names, frameon=False, fontsize=8, title=READING, title_fontsize=8, alignment="left")
    return axes


def picture(
    rows: Sequence[Row], *, metric: str | None = None, x: str | None = None, case: str | None = None
) -> Picture:
    """Choose the curves: one for every combination of what does not lie along x, at most seven."""
    chosen = _chosen(rows, metric, case)
    along = axis_named(chosen, x, also=["generation"]) if x else default_x(chosen)
    chosen = [row for row in chosen if along == "generation" or along in row.axes]
    groups = _grouped(chosen, along)
    kept = _thinned(list(groups))
    varying = {name for name, _ in _union(groups) if len({dict(key).get(name) for key in groups}) > 1}
    words = _words(chosen, along)
    curves = [
        curve(_said(key, varying), i / max(1, len(kept) - 1), groups[key], lambda row: _position(row, along, words))
        for i, key in enumerate(kept)
    ]
    shared = _said(next(iter(groups)), set(dict(next(iter(groups)))) - varying)
    fewer = f"{len(kept)} of {len(groups)} curves" if len(kept) < len(groups) else ""
    title = "; ".join(part for part in (shared, fewer) if part)
    x_label = GENERATION if along == "generation" else along
    y_label = f"{chosen[0].metric.replace('_', ' ')} ({chosen[0].unit.replace('^2', '²')})"
    alone = groups[kept[0]] if len(kept) == 1 else []
    bands = shades(alone, lambda row: _position(row, along, words))
    return Picture(panel_of(title, x_label, y_label, curves, words=bool(words), bands=bands), words)


def default_x(rows: Sequence[Row]) -> str:
    """The generation, if there are several; otherwise the longest axis."""
    several = len({row.generation for row in rows}) > 1
    return "generation" if several else longest_axis(rows, 2) or "generation"


def longest_axis(rows: Sequence[Row], fewest: int) -> str | None:
    """The axis of numbers with most values, if it has at least `fewest`; of equals, one of whole numbers."""
    values = {name: {row.axes[name] for row in rows if name in row.axes} for name in axis_names(rows)}
    ranks = {
        name: (len(held), all(isinstance(value, int) for value in held))
        for name, held in values.items()
        if len(held) >= fewest and not any(isinstance(value, str) for value in held)
    }
    return max(ranks, key=lambda name: ranks[name], default=None)


def _chosen(rows: Sequence[Row], metric: str | None, case: str | None) -> Sequence[Row]:
    if not rows:
        raise Problem("plot", "the result has no rows", "its .gaps say why")
    chosen = selected(rows, {"metric": metric or rows[0].metric} | ({} if case is None else {"case": case}))
    cases = list(dict.fromkeys(row.case for row in chosen))
    if len(cases) > MOST_CURVES:
        raise Problem("plot", f"{len(cases)} cases do not fit on one set of axes", f"give case=, e.g. {cases[0]!r}")
    return chosen


def _grouped(rows: Sequence[Row], along: str) -> dict[Labels, list[Row]]:
    """Rows by all labels but x and what follows from it; every case's groups in ascending order."""
    cases = list(dict.fromkeys(row.case for row in rows))
    left_out = {case: {along, *_following([row for row in rows if row.case == case], along)} for case in cases}
    groups: dict[Labels, list[Row]] = {}
    for row in rows:
        labels: dict[str, Scalar] = {"case": row.case, **row.axes, "generation": row.generation}
        key = tuple((name, value) for name, value in labels.items() if name not in left_out[row.case])
        groups.setdefault(key, []).append(row)
    return dict(sorted(groups.items(), key=lambda item: _order(item[0], cases)))


def _following(rows: Sequence[Row], along: str) -> set[str]:
    """Axes that move with x, as a penalty given as a power of the rows does."""
    if along == "generation":
        return set()
    pairs = {name: {(row.axes[along], row.axes.get(name)) for row in rows} for name in axis_names(rows)}
    places = len({row.axes[along] for row in rows})
    return {name for name, held in pairs.items() if len(held) == places and len({value for _, value in held}) > 1}


def _order(key: Labels, cases: list[str]) -> tuple[int, list[tuple[bool, float, str]]]:
    labels = dict(key)
    rest = [value for name, value in key if name != "case"]
    ranks = [(True, 0.0, value) if isinstance(value, str) else (False, float(value), "") for value in rest]
    return cases.index(str(labels["case"])), ranks


def _thinned(keys: list[Labels]) -> list[Labels]:
    """Keep at most seven, evenly spaced among those of each case."""
    by_case: dict[Scalar, list[Labels]] = {}
    for key in keys:
        by_case.setdefault(dict(key)["case"], []).append(key)
    most = MOST_CURVES // len(by_case)
    return [key for group in by_case.values() for key in _spread(group, most)]


def _spread(items: list[Labels], most: int) -> list[Labels]:
    if len(items) <= most:
        return items
    return [items[round(i * (len(items) - 1) / max(1, most - 1))] for i in range(most)]


def _union(keys: Mapping[Labels, object]) -> set[tuple[str, Scalar]]:
    return {label for key in keys for label in key}


def _said(key: Labels, names: set[str]) -> str:
    """Say some labels: "power law, penalty = 0.1, n = 3"."""
    said = {"case": "{}", "generation": "n = {}"}
    parts = [(said.get(name, f"{name.split('.')[-1]} = {{}}"), value) for name, value in key if name in names]
    return ", ".join(form.format(shown(value, 4)) for form, value in parts if value != "")


def _words(rows: Sequence[Row], along: str) -> tuple[str, ...]:
    """The words along x in order of appearance; none where x holds numbers."""
    values = () if along == "generation" else dict.fromkeys(row.axes[along] for row in rows)
    return tuple(map(str, values)) if any(isinstance(value, str) for value in values) else ()


def _position(row: Row, along: str, words: Sequence[str]) -> float:
    value: Scalar = row.generation if along == "generation" else row.axes[along]
    return float(words.index(str(value)) if words else value)


def in_standard_errors(replicates: int) -> float:
    """Return half the width of a 95 % interval of a mean, by Student's law of as many replicates; 0: many.

    >>> round(in_standard_errors(5), 2), round(in_standard_errors(1000), 2), round(in_standard_errors(0), 2)
    (2.78, 1.96, 1.96)
    """
    from scipy.special import ndtri, stdtrit

    return float(stdtrit(replicates - 1, 0.975) if replicates > 1 else ndtri(0.975))


def curve(
    label: str, position: float, rows: Iterable[Row], x: Callable[[Row], float], number: int | None = None
) -> Curve:
    """Make a curve of theory (line) and simulation (points with 95 % error bars)."""
    ordered = sorted((row for row in rows if isfinite(row.value)), key=x)
    theory = [row for row in ordered if row.method == "theory"]
    simulated = [row for row in ordered if row.method != "theory"]
    return Curve(
        label or (simulated[0].method if simulated else "theory"),
        position,
        line_x=[x(row) for row in theory],
        line_y=[row.value for row in theory],
        x=[x(row) for row in simulated],
        y=[row.value for row in simulated],
        half_width=[_half_width(row) for row in simulated],
        number=number,
    )


def _half_width(row: Row) -> float:
    """Return the half of an error bar; 0, which draws none, where the standard error is not known."""
    return 0.0 if isnan(row.standard_error) else in_standard_errors(row.replicates) * row.standard_error


ENDS = ("0.025", "0.975")
FEWEST = 40  # replicates below which no end of a 95 % band is among them


def shades(rows: Sequence[Row], x: Callable[[Row], float]) -> tuple[Band, ...]:
    """Shade where 95 % of replicates lie, along the rows of one curve; nothing where they are few or all alike."""
    simulated = sorted((row for row in rows if row.method == "simulation"), key=x)
    wide = [row for row in simulated if (row.replicates or 0) >= FEWEST and _wide_apart(row.quantiles)]
    places = [x(row) for row in wide]
    if len(places) < 2 or len(set(places)) < len(places):
        return ()
    low, high = ([row.quantiles[end] for row in wide] for end in ENDS)
    return (Band("95 % of replicates", places, low, high),)


def _wide_apart(quantiles: Mapping[str, float]) -> bool:
    low, high = (quantiles.get(end, float("nan")) for end in ENDS)
    return isfinite(low) and isfinite(high) and high > low


def panel_of(
    title: str,
    x_label: str,
    y_label: str,
    curves: Sequence[Curve],
    *,
    words: bool = False,
    marks: Sequence[tuple[float, str]] = (),
    bands: Sequence[Band] = (),
) -> Panel:
    """Make a panel; an axis is logarithmic where its values span more than a factor 20 (y: 8).

    words: whether x holds words; they keep a linear axis, as generations do.
    marks: places along x and what they are; those beyond the values are left out.
    """
    xs = [x for c in curves for x in (*c.line_x, *c.x)]
    ys = [y for c in curves for y in (*c.line_y, *c.y)] + [y for b in bands for y in (*b.low, *b.high)]
    return Panel(
        title=title,
        x_label=x_label,
        y_label=y_label,
        curves=tuple(curves),
        x_log=not words and x_label != GENERATION and spans(xs, 20),
        x_whole=x_label.startswith("generation"),
        y_log=spans(ys, 8),
        marks=tuple((x, said) for x, said in marks if xs and min(xs) <= x <= max(xs)),
        bands=tuple(bands),
    )


def drawn(panels: Sequence[Panel]) -> str:
    """Say what is drawn in panels, in one sentence for a caption.

    >>> drawn([Panel("", "n", "risk", (Curve("a", 0.0, x=[0], y=[1.0], half_width=[0.1]),))])
    'Points: simulated means, error bars: 95 % confidence.'
    >>> drawn([Panel("", "n", "risk", (Curve("a", 0.0, line_x=[0, 1], line_y=[1.0, 2.0]),))])
    'Lines: theory.'
    """
    curves = [curve for panel in panels for curve in panel.curves if not curve.dashed]
    bars = any(len(each.x) and any(each.half_width) for each in curves)
    parts = [
        ("points: simulated means", any(len(each.x) for each in curves)),
        ("error bars: 95 % confidence", bars),
        ("lines: theory", any(len(each.line_x) for each in curves)),
        ("shade: 95 % of replicates", any(panel.bands for panel in panels)),
        ("dashed: real rows beside real rows, no loss", any(c.dashed for panel in panels for c in panel.curves)),
    ]
    said = "; ".join(part for part, there in parts if there).replace("means; error", "means, error")
    return f"{said[:1].upper()}{said[1:]}." if said else ""
