"""Where do the names of curves stand? At their ends, one above the other; nowhere if the ends are too close."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from genloss.visible import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 8.5  # points
WIDEST = 24  # characters of a line
_LINE = 1.25  # height of a line in sizes
_FARTHEST = 1.6  # lines that a name may stand from the end of its curve
_ABOVE = 0.04  # of the height of the axes that names may stand above and below


@dataclass(frozen=True, slots=True)
class Label:
    """A name, its color, and the end of its curve in data."""

    text: str
    color: str
    x: float
    y: float


def apart(wanted: Sequence[float], heights: Sequence[float], *, low: float, high: float) -> list[float] | None:
    """Return centers as near to `wanted` as can be (least squares) that do not overlap; None where there is no room.

    wanted: ascending. heights: of each. low, high: the ends of the room.
    """
    room = high - low - sum(heights)
    if room < 0:
        return None
    steps = accumulate((a + b) / 2 for a, b in pairwise(heights))
    before = [low + heights[0] / 2, *(low + heights[0] / 2 + step for step in steps)] if heights else []
    free = _ascending([w - b for w, b in zip(wanted, before, strict=True)])
    return [b + min(max(f, 0.0), room) for b, f in zip(before, free, strict=True)]


def _ascending(values: Sequence[float]) -> list[float]:
    """The nearest ascending values: neighbors in the wrong order share their mean."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        mean, size = value, 1
        while blocks and blocks[-1][0] > mean:
            other, more = blocks.pop()
            mean, size = (mean * size + other * more) / (size + more), size + more
        blocks.append((mean, size))
    return [mean for mean, size in blocks for _ in range(size)]


def broken(text: str) -> str:
    """Break a name into lines."""
    return "\n".join(textwrap.wrap(visible(text), WIDEST)) or text


def places(axes: Axes, labels: Sequence[Label]) -> list[tuple[Label, float, float]] | None:
    """Return every label with the height of its curve's end and its own, in parts of the axes; None: no room."""
    axes.set(
        xlim=axes.get_xlim(), ylim=axes.get_ylim()
    )  # found now and kept: they wait for the first drawing otherwise
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = [(float(to_axes.transform((label.x, label.y))[1]), label) for label in labels]
    ends.sort(key=lambda end: end[0])
    line = SIZE * _LINE / (axes.bbox.height / axes.figure.dpi * 72)
    heights = [line * len(broken(label.text).splitlines()) for _, label in ends]
    wanted = [min(max(end, 0.0), 1.0) for end, _ in ends]
    found = apart(wanted, heights, low=-_ABOVE, high=1 + _ABOVE)
    if found is None or any(
        abs(at - end) > max(_FARTHEST * line, height / 2)
        for at, end, height in zip(found, wanted, heights, strict=True)
    ):
        return None
    return [(label, end, at) for (_, label), end, at in zip(ends, wanted, found, strict=True)]


def write(axes: Axes, placed: Sequence[tuple[Label, float, float]]) -> None:
    """Write labels to the right of the axes, with a thin line to the end of a curve that is not beside."""
    to_axes = axes.transData + axes.transAxes.inverted()
    for label, end, at in placed:
        x = float(to_axes.transform((label.x, label.y))[0])
        text = broken(label.text).replace("$", r"\$")
        lead = {"arrowstyle": "-", "color": label.color, "linewidth": 0.6, "alpha": 0.6, "shrinkA": 1, "shrinkB": 3}
        axes.annotate(
            text,
            (x, end),
            xytext=(1.02, at),
            xycoords="axes fraction",
            textcoords="axes fraction",
            color=label.color,
            fontsize=SIZE,
            va="center",
            ha="left",
            linespacing=1.0,
            annotation_clip=False,
            arrowprops=lead if abs(at - end) > 0.02 or x < 0.9 else None,
        )
