"""Which color has a curve? Each stands out on white by 3 to 1 at least, also for readers who see no red or green."""

from __future__ import annotations

LIGHTEST = 0.62  # of the scale: beyond it a line is too pale on white
PALEST = 0.93
"""Of the scale: beyond it an area is too pale on white."""
HUE = "#31688e"
"""Of what a picture is about, and of its shades."""
GREY = "#545b66"
"""Of what stands there for comparison alone."""
SERIES = ("#0072b2", "#d55e00", "#009e73", "#7a3e9d", "#000000", "#b5476f", "#8c6d1f")
"""Of series without an order."""
MARKERS = "osD^v"


def of_order(position: float) -> str:
    """Return the color of a place in an order, 0 (light) to 1 (dark): lightness tells the order."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return to_hex(colormaps["plasma"](LIGHTEST * (1 - position)))


def of_layer(position: float) -> str:
    """Return the color of a layer of bars, 0 (light) to 1 (dark): areas may be paler than lines."""
    return of_order((position - 1) * PALEST / LIGHTEST + 1)


def of_series(number: int) -> tuple[str, str]:
    """Return color and marker of a series; 35 differ."""
    return SERIES[number % len(SERIES)], MARKERS[number % len(MARKERS)]
