"""Which batches does each generation train on? A picture in grey: real filled, synthetic open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genloss.report.figure import STYLE, Format, literal, saved


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of the picture: batches of one birth, and their share of the loss by generation.

    kind: "real" | "synthetic" | "mixed".
    """

    name: str
    kind: str
    birth: int
    shares: Sequence[float]


FACE = {"real": "0.1", "synthetic": "white", "mixed": "0.65"}
_WORDS = {"real": "real rows", "synthetic": "synthetic rows", "mixed": "rows of a mixture"}


def draw_batches(
    bands: Sequence[BatchLine],
    descent: Sequence[Sequence[float]],
    *,
    title: str,
    formats: Sequence[Format] = ("png", "svg"),
) -> dict[Format, bytes]:
    """Draw squares whose area is the share of the loss, and below them how many models the rows passed.

    descent: by generation, the share of the training set that passed through 0, 1, 2, ... models.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    generations, lines = len(descent), max(1, len(bands))
    size = (min(14.0, 3.2 + 0.42 * generations), min(16.0, 3.6 + 0.26 * lines))
    with rc_context(STYLE | {"hatch.linewidth": 0.5}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[max(2.0, 0.26 * lines), 1.6])
        _draw_bands(top, bands, generations)
        _draw_descent(bottom, descent)
        top.set_title(literal(title), loc="left")
        return saved(figure, formats)


def _draw_bands(place: Any, bands: Sequence[BatchLine], generations: int) -> None:
    """One square for each batch and generation; a dot where the batch exists and is not used."""
    from matplotlib.patches import Rectangle

    for line, band in enumerate(bands):
        for g in range(band.birth, generations):
            share = band.shares[g]
            if share <= 0:
                place.plot(g, line, marker=".", color="0.8", markersize=2)
                continue
            side = max(0.12, 0.9 * share**0.5)
            hatch = "////" if band.kind == "synthetic" else None
            corner = (g - side / 2, line - side / 2)
            face: dict[str, Any] = {"facecolor": FACE[band.kind], "edgecolor": "0.25", "linewidth": 0.8, "hatch": hatch}
            place.add_patch(Rectangle(corner, side, side, **face))
    place.set(xlim=(-0.7, generations - 0.3), ylim=(len(bands) - 0.4, -0.6), ylabel="batch @ birth")
    step = -(-len(bands) // 30)
    place.set_yticks(range(0, len(bands), step), [literal(band.name) for band in bands[::step]])
    kinds = [kind for kind in FACE if any(band.kind == kind for band in bands)]
    keys = [
        Rectangle((0, 0), 1, 1, facecolor=FACE[k], edgecolor="0.25", hatch="////" if k == "synthetic" else None)
        for k in kinds
    ]
    words = [_WORDS[kind] for kind in kinds]
    place.legend(
        keys, words, loc="lower left", frameon=True, framealpha=0.9, fontsize=8, title="area: share of the loss"
    )


def _draw_descent(place: Any, descent: Sequence[Sequence[float]]) -> None:
    """Stacked bars: black has passed no model, the lighter the more models."""
    from matplotlib.ticker import MaxNLocator

    deepest = max(len(shares) for shares in descent)
    bottom = [0.0] * len(descent)
    shown = min(deepest, 5)
    for models in range(shown):
        last = models == shown - 1 and deepest > shown
        height = [sum(s[models:]) if last else (s[models] if models < len(s) else 0.0) for s in descent]
        label = (
            "real directly"
            if models == 0
            else f"{models}{' or more' if last else ''} model{'s' if last or models > 1 else ''}"
        )
        face = str(0.1 + 0.85 * models / max(1, shown - 1))
        place.bar(range(len(descent)), height, bottom=bottom, color=face, edgecolor="0.25", linewidth=0.6, label=label)
        bottom = [low + more for low, more in zip(bottom, height, strict=True)]
    place.set(ylim=(0, 1), ylabel="share of the loss", xlabel="generation")
    place.xaxis.set_major_locator(MaxNLocator(integer=True))
    place.legend(frameon=False, fontsize=8, title="passed through", loc="center left", bbox_to_anchor=(1.0, 0.5))
