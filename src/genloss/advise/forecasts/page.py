"""What does a forecast show to someone without Python? One page that opens anywhere."""

from typing import TYPE_CHECKING

import numpy as np

from genloss.report import Figure, Page, Table, draw, render, short
from genloss.version import __version__

if TYPE_CHECKING:
    from genloss.advise.forecasts.result import Forecast

ALL = "The mean of all paths and the ends of their band, everything counted; n is the generation."
APART = " Below, what is unknown of the truth and what differs from run to run, each alone."
_MEANINGS = {"checked": "looked at, and it holds", "failed": "looked at, and it does not hold", "unknown": "not known"}


def as_page(told: "Forecast") -> str:
    """Return one HTML page: the answer, the curve, all numbers, what they rest on."""
    states = {state: [a for a in told.assumptions if a.state == state] for state in ("failed", "unknown", "checked")}
    panels = told.panels()
    caption = ALL + APART * (len(panels) > 1)
    page = Page(
        title="What will the model lose if its own labels teach it?",
        subtitle=f"Risk: {told.unit}. " + ", ".join(f"{k} {v}" for k, v in told.asked),
        answer=[f"{line[0].upper()}{line[1:]}." for line in told.answer()],
        figures=[Figure("Risk by generation", caption, draw(panels, columns=1, formats=("svg",))["svg"])],
        tables=[
            _assumptions(states),
            Table("All numbers", f"{told.unit}; low and high: 95 %.", list(told.table()[0]), _lines(told), folded=True),
        ],
        notes=[f"{a.name}: {a.found}." for a in states["failed"]],
        words=[f"{name}: {value}" for name, value in told.asked],
        spec=told.call(),
        spec_title="The call",
        facts=[("genloss", __version__), ("numpy", np.__version__)],
    )
    return render(page)


def _assumptions(states: dict[str, list]) -> Table:  # type: ignore[type-arg]
    lines = [(a.name, _MEANINGS[a.state], a.found) for each in states.values() for a in each]
    return Table("What this rests on", "", ["assumption", "state", "found"], lines, texts=(0, 1, 2))


def _lines(told: "Forecast") -> list[list[str]]:
    rows = [row for row in told.table() if np.isfinite(row["risk"])]
    return [[short(value) if name != "generation" else str(value) for name, value in row.items()] for row in rows]
