"""How is a forecast drawn? One panel with a shade of all paths; a second where it says something of its own."""

from __future__ import annotations

import numpy as np

from genloss.advise.forecasts.worlds.protocol import Array
from genloss.report import Band, Curve, Panel, spans

FEWEST = 40  # values below which no end of a 95 % band is among them: 2.5 % of 40 is one
RUNS = 5  # of each truth, as forecasts from rows draw them
_MATTERS = 0.5  # width of the band of truths, in widths of that of runs, from which a panel of its own shows both
_ALIKE = 1e-9  # of a value: ends that are as near are one


def shade(label: str, low: Array, high: Array, count: int, *, place: int = 0) -> Band | None:
    """Return the shade between two ends, from the first generation on where they differ; None where there is none.

    count: values whose quantiles the ends are. Fewer than 40 have no 95 % band.
    """
    wide = np.flatnonzero(high - low > _ALIKE * np.abs(high))
    if count < FEWEST or wide.size < 2:
        return None
    x = np.arange(wide[0], wide[-1] + 1)
    return Band(label, x.tolist(), low[x].tolist(), high[x].tolist(), place)


def silence(low: Array, high: Array, count: int, what: str) -> str:
    """Say why a band is not drawn, or from which generation on; nothing where it is drawn everywhere."""
    if count < FEWEST:
        return f"No band of {what}: {count} are too few for 95 % of them (at least {FEWEST})."
    wide = np.flatnonzero(high - low > _ALIKE * np.abs(high))
    if not wide.size:
        return f"No band of {what}: its ends are the same number."
    first = int(wide[0])
    return f"No band of {what} before generation {first}: there its ends are the same number." if first else ""


def truths_matter(truth: tuple[Array, Array], run: tuple[Array, Array]) -> float:
    """Return the width of the band of truths in widths of that of runs, where it is most."""
    widths = run[1] - run[0]
    known = widths > 0
    return float(((truth[1] - truth[0])[known] / widths[known]).max(initial=0.0))


def apart(truth: tuple[Array, Array], run: tuple[Array, Array], replicates: int) -> tuple[list[Band], str]:
    """Return the two partial bands where they are worth a panel, and what to say of them."""
    truths = replicates // RUNS
    reason = silence(*truth, truths, "truths")
    if truths < FEWEST:
        return [], f"{reason} Draw {FEWEST * RUNS} paths or more to see what is unknown of the truth apart."
    beside = truths_matter(truth, run)
    if beside < _MATTERS:
        return [], (
            "What is not known of the truth is small beside what differs from run to run (its band is at "
            f"most {100 * beside:.0f} % as wide): more real rows would hardly narrow the band."
        )
    shades = [
        shade("run to run: no rows narrow it", *run, replicates, place=0),
        shade("truth not known: more real rows narrow it", *truth, truths, place=1),
    ]
    return [band for band in shades if band is not None], reason


def main_panel(
    axis: str, risk: Array, bands: tuple[Array, Array], replicates: int, plain: tuple[str, float], theory: Array | None
) -> Panel:
    """Draw the mean in the shade of all paths, the plain model dashed, and the first order if there is one."""
    x = np.flatnonzero(np.isfinite(risk)).tolist()
    low, high = (end[x] for end in bands)
    found = shade("95 % of paths", low, high, replicates)
    curves = [Curve("mean of all paths", 1.0, x, risk[x].tolist())]
    if theory is not None:
        curves.append(Curve("first order", 0.0, x, theory[x].tolist()))
    if np.isfinite(plain[1]) and x:
        curves.append(Curve(plain[0], 0.5, [x[0], x[-1]], [plain[1]] * 2, dashed=True))
    return panel("", axis, curves, [found] if found else [])


def panel(title: str, axis: str, curves: list[Curve], bands: list[Band]) -> Panel:
    """Make a panel against the generation; the risk's axis is logarithmic where it spans more than a factor 3."""
    values = [y for c in curves for y in c.line_y] + [y for b in bands for y in (*b.low, *b.high)]
    wide = spans(values, 3)
    return Panel(title, "generation n", axis, tuple(curves), x_whole=True, y_log=wide, bands=tuple(bands))
