"""What does the page show of a position? Curves of theory, controls, the workflow, and what has changed."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from genloss.explore.curves import Curve, believable, curves_of, log_axis
from genloss.explore.drawing import told
from genloss.explore.position import GENERATION, Position, ways_of
from genloss.explore.presets import Preset
from genloss.metrics import METRICS
from genloss.results.result import Result
from genloss.study.runner.results import predict
from genloss.study.subjects.table import subject_of

SCHEMA = "explore-view/1"
FAST_DIM, FAST_GENERATIONS = 1000, 100
"""Up to here a view of a regression, or of any workflow, is there within 50 ms."""


_FAR_OFF = "theory is not drawn where it may be off by more than three times the height of the plot"


def view_of(position: Position, preset: Preset, why_not: str | None, engine: str) -> dict[str, Any]:
    """Return the view of a position as plain data. why_not: why it cannot be simulated, or None."""
    began = time.perf_counter()
    found = predict(position.study)
    whole = curves_of(position, found.rows, "theory")
    curves = believable(whole)
    milliseconds = 1000 * (time.perf_counter() - began)
    state = position.state
    return {
        "schema": SCHEMA,
        "query": position.query,
        "preset": state.preset,
        "title": preset.title,
        "source": preset.source,
        "case": state.case,
        "cases": list(preset.cases) or [state.case],
        "metrics": list(position.metrics),
        "metric": state.metric,
        "x": state.x,
        "ways": ways_of(position.controls),
        "controls": [control.to_dict() for control in position.controls],
        "fixed": [{"key": each.key, "why": each.why} for each in position.fixed],
        "axes": axes_of(position, curves),
        "theory": {
            "curves": [curve.theory(METRICS[state.metric].lowest) for curve in curves],
            "none": None if curves else silent(found),
            "note": "" if curves == whole else _FAR_OFF,
            "milliseconds": round(milliseconds, 1),
        },
        "simulation": {"possible": why_not is None, "why_not": why_not, "engine": engine},
        "workflow": told(next(position.study.cells()).settings["workflow"], position.study.resolved["generations"]),
        "changed": "",
        "slow": is_slow(position),
    }


def axes_of(position: Position, curves: list[Curve]) -> dict[str, Any]:
    """Name the axes of the picture, and say which are logarithmic."""
    control = position.by_key.get(position.state.x)
    x_log = control is not None and control.scale == "log" and log_axis(position.values)
    y_log = log_axis(value for curve in curves for value in curve.y)
    return {"x": {"label": position.x_label, "log": x_log}, "y": {"label": position.y_label, "log": y_log}}


def silent(found: Result) -> str:
    """Say why there is no theory."""
    return found.gaps[0] if found.gaps else "no theory for this position"


def is_slow(position: Position) -> bool:
    """Whether a position is beyond the sizes for which an answer within 50 ms is promised."""
    cells = list(position.study.cells())
    sizes = [cell.settings["population"].get("dim", 0) for cell in cells]
    real = subject_of(cells[0]).name == "regression" and "dim" not in cells[0].settings["population"]
    generations = position.study.resolved["generations"]
    return max(sizes) > FAST_DIM or generations > FAST_GENERATIONS or real


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Say in a sentence what a move did to the last value of the picture; "" where another study is shown."""
    if any(before[key] != now[key] for key in ("preset", "case", "metric", "x")):
        return ""
    old = {control["key"]: control for control in before["controls"]}
    moves = [_move(old.get(each["key"]), each) for each in now["controls"] if not each["key"].startswith("plan.")]
    said = [move for move in moves if move]
    first, last = _last(before), _last(now)
    if not said or first is None or last is None:
        return ""
    what = "; ".join(said[:3])
    return f"{what[0].upper()}{what[1:]}: {_effect(now, first, last)}"


def _move(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> str:
    if old is None or old["value"] == new["value"] or not (old["moved"] or new["moved"]):
        return ""
    names = {choice["value"]: choice["label"] for choice in new["choices"] or ()}
    values = [names.get(each["value"], each["value"]) if names else f"{each['value']:.4g}" for each in (old, new)]
    return f"the {new['label']} went from {values[0]} to {values[1]}"


def _last(view: Mapping[str, Any]) -> tuple[str, float, str] | None:
    """The last known value of the last curve: where it is, what it is, and its status."""
    curves = view["theory"]["curves"]
    if not curves:
        return None
    known = [(x, y) for x, y in zip(curves[-1]["x"], curves[-1]["y"], strict=True) if y is not None]
    if not known:
        return None
    x, y = known[-1]
    if view["x"] == GENERATION:
        return f"generation {x:g}", y, curves[-1]["status"]
    return f"{curves[-1]['label']} and {view['axes']['x']['label']} {x:.4g}", y, curves[-1]["status"]


def _effect(now: Mapping[str, Any], first: tuple[str, float, str], last: tuple[str, float, str]) -> str:
    name = f"the {now['axes']['y']['label'].split(':')[0]}"
    status = f"(theory, {last[2]})"
    if math.isclose(first[1], last[1], rel_tol=1e-3) and first[0] == last[0]:
        return f"{name} at {last[0]} stays at {last[1]:.3g} {status}."
    verb = "falls" if last[1] < first[1] else "rises"
    if first[0] != last[0]:
        return f"{name} goes from {first[1]:.3g} at {first[0]} to {last[1]:.3g} at {last[0]} {status}."
    return f"{name} at {last[0]} {verb} from {first[1]:.3g} to {last[1]:.3g} {status}."
