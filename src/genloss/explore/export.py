"""How does the page become one file that anybody can open? With positions that were computed beforehand."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.explore.controls import Control
from genloss.explore.pages import Files
from genloss.explore.service import Explorer
from genloss.explore.state import State, number_text, read_state
from genloss.explore.tables import TablePosition
from genloss.version import __version__

PRESETS = ("double-descent", "doubling", "ridge-on-synthetic-labels")
"""The studies of an exported page where none is named: three of theory that is there at once."""
MOVED = (
    "workflow.rows",
    "workflow.rows.start",
    "predictor.penalty",
    "generator.penalty",
    "generator.penalty.alpha",
    "predictor.penalty.alpha",
    "predictor.rows",
    "generator.temperature",
    "workflow.real_weight",
    "workflow.keep",
    "population.noise",
    "population.exponent",
    "population.mean",
    "generations",
)
"""Which controls an exported page moves: of each case the first two of these that it has, its curves' axis not."""
TOGETHER = 2
POSITIONS = 200
"""Positions of one study, all of its cases together; each control has so many values that there are no more."""
_FEWEST, _MOST = 3, 9
REPLICATES = 20
"""Replicates behind the simulated points of a study's own positions."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Held:
    """What an exported page holds: views and simulated points by address, and which controls move."""

    presets: list[dict[str, Any]]
    views: dict[str, Any]
    points: dict[str, Any]
    controls: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, as the page reads it."""
        names = {name: getattr(self, name) for name in ("presets", "views", "points", "controls")}
        return {"schema": "explore-export/1", "made": f"genloss {__version__}", **names}


def held(explorer: Explorer, names: Sequence[str], progress: Progress | None = None) -> Held:
    """Compute what an exported page of some studies holds. Errors: `Problem` for a name that the shelf does not have.

    progress: called with (positions done, all positions).
    """
    known = {each["name"]: each for each in explorer.presets()["presets"]}
    positions = [state for name in names for state in _positions(explorer, name)]
    kept = Held([known[name] for name in names], {}, {}, [])
    for done, state in enumerate(positions, 1):
        view = _view(explorer, state)
        if view is not None:
            kept.views[view["query"]] = view
            kept.controls.extend(key for key, _ in state.moves if key not in kept.controls)
            if not state.moves and _cheap(view):
                kept.points[view["query"]] = _points(explorer, view["query"])
        if progress is not None:
            progress(done, len(positions))
    return kept


def _positions(explorer: Explorer, name: str) -> Iterator[State]:
    """The positions of a study: each case as it is, and a grid over two of its controls."""
    cases = explorer.desk.shelf.described(name).cases or ("",)
    each = int((POSITIONS / len(cases)) ** (1 / TOGETHER))
    for case in cases:
        state = State(name, case)
        yield state
        controls = _moving(explorer, state)
        grids = [values_of(control, max(_FEWEST, min(_MOST, each))) for control in controls]
        for values in itertools.product(*grids):
            moves = tuple((control.key, text) for control, text in zip(controls, values, strict=True))
            yield replace(state, moves=tuple(sorted(moves)))


def _moving(explorer: Explorer, state: State) -> list[Control]:
    position = explorer.position(state)
    if isinstance(position, TablePosition):
        return []
    by_key = {key: each for key, each in position.by_key.items() if each.kind != "choice" and key != position.state.x}
    return [by_key[key] for key in MOVED if key in by_key][:TOGETHER]


def values_of(control: Control, count: int) -> list[str]:
    """Return values of a control as addresses write them: evenly over its range, and where the study has it."""
    space = np.geomspace if control.scale == "log" else np.linspace
    spaced = [float(f"{value:.3g}") for value in space(control.low, control.high, count)]
    whole = control.kind == "whole"
    numbers = {float(round(value)) if whole else value for value in spaced if control.low <= value <= control.high}
    return [number_text(value) for value in sorted(numbers | {float(control.preset)})]


def _view(explorer: Explorer, state: State) -> dict[str, Any] | None:
    """The view of a position, without the time that it took; None of one that is refused."""
    try:
        view = dict(explorer.view(state.query()))
    except Problem:
        return None
    view["theory"] = {**view["theory"], "milliseconds": 0}
    return view


def _cheap(view: dict[str, Any]) -> bool:
    simulation = view["simulation"]
    return bool(simulation["possible"]) and not view["slow"] and simulation["engine"] != "reference"


def _points(explorer: Explorer, query: str) -> dict[str, Any]:
    return explorer.desk.some_points(read_state(query)[0], REPLICATES)


def page_of(files: Files, kept: Held) -> str:
    """Return the page as one file: its styles and scripts inside, and beside them what it holds."""
    page = files["index.html"].content.decode()
    page = re.sub(r'<link rel="icon"[^>]*>\s*', "", page)
    page = re.sub(r'<link rel="stylesheet" href="static/([^"]+)">', lambda m: _style(files, m[1]), page)
    data = json.dumps(kept.to_dict(), ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    block = f'<script type="application/json" id="export">{data.replace("<", chr(92) + "u003c")}</script>\n'
    first = page.find("<script src=")
    page = page[:first] + block + page[first:]
    page = re.sub(r'<script src="static/([^"]+)"></script>', lambda m: _script(files, m[1]), page)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY, quote=False)}">\n'
    return page.replace("<head>\n", f"<head>\n{policy}", 1)


def _style(files: Files, name: str) -> str:
    return f"<style>\n{files[name].content.decode()}\n</style>"


def _script(files: Files, name: str) -> str:
    return f"<script>\n{files[name].content.decode().replace('</script', '<' + chr(92) + '/script')}\n</script>"
