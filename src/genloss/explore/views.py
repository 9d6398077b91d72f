"""What does the page show of a position? Curves of theory, controls, the workflow, and what has changed."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

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


_SHOWN = ("case", "metric", "x")
_CHANCE = 2.0  # standard errors of a difference: what is nearer may be chance


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Say in a sentence what a move did to the last value of the picture; "" where another study is shown."""
    if before["preset"] != now["preset"]:
        return ""
    if any(before[key] != now[key] for key in _SHOWN):
        return _now_shown(now)
    old = {control["key"]: control for control in before["controls"]}
    moves = [_move(old.get(each["key"]), each) for each in now["controls"] if not each["key"].startswith("plan.")]
    said = [move for move in moves if move]
    first, last = _last(before), _last(now)
    if not said or first is None or last is None:
        return ""
    what = "; ".join(said[:3])
    begins = now.get("begins", "")
    anew = "" if begins == before.get("begins", "") else f" Otherwise than before: {begins}"
    return f"{what[0].upper()}{what[1:]}: {_effect(now, first, last)}{anew}"


def _now_shown(now: Mapping[str, Any]) -> str:
    return f"Now shown: {_measured(now)} by {now['axes']['x']['label']}, case {now['case']}."


def _measured(view: Mapping[str, Any]) -> str:
    return str(view["axes"]["y"]["label"].split(":")[0])


def _move(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> str:
    if old is None or old["value"] == new["value"] or not (old["moved"] or new["moved"]):
        return ""
    names = {choice["value"]: choice["label"] for choice in new["choices"] or ()}
    texts = [names.get(each["value"], each["value"]) for each in (old, new)]
    values = texts if names else apart(old["value"], new["value"], 4)
    return f"the {new['label']} went from {values[0]} to {values[1]}"


def apart(first: float, last: float, digits: int) -> tuple[str, str]:
    """Write two numbers with so many significant digits, or with so many more that two unlike numbers differ.

    >>> apart(12.46, 12.54, 3), apart(1.0, 2.0, 3)
    (('12.46', '12.54'), ('1', '2'))
    """
    for more in range(digits, 18):
        texts = f"{first:.{more}g}", f"{last:.{more}g}"
        if texts[0] != texts[1] or first == last:
            break
    return texts


class _End(NamedTuple):
    """The last known value of the last curve: where it is, what it is, its status, its standard error (0: none)."""

    where: str
    value: float
    status: str
    error: float = 0.0


def _last(view: Mapping[str, Any]) -> _End | None:
    curves = view["theory"]["curves"]
    if not curves:
        return None
    curve = curves[-1]
    known = [place for place, y in enumerate(curve["y"]) if y is not None]
    if not known:
        return None
    x, y, status = curve["x"][known[-1]], curve["y"][known[-1]], curve["status"]
    errors = curve.get("standard_error")
    along = f"{curve['label']} and {view['axes']['x']['label']} {x:.4g}"
    return _End(
        f"generation {x:g}" if view["x"] == GENERATION else along, y, status, errors[known[-1]] if errors else 0.0
    )


def _effect(now: Mapping[str, Any], first: _End, last: _End) -> str:
    name = f"the {_measured(now)}"
    if first.error or last.error:
        return f"{name} {_simulated(first, last)}"
    status = f"(theory, {last.status})"
    near = math.isclose(first.value, last.value, rel_tol=1e-3)
    texts = apart(first.value, last.value, 3)
    if near and first.where == last.where:
        word = "stays at" if first.value == last.value else "barely changes from"
        return f"{name} at {last.where} {word} {first.value:.3g} {status}."
    if near:
        return f"{name} is {last.value:.3g} at {last.where} as at {first.where} {status}."
    if first.where != last.where:
        return f"{name} goes from {texts[0]} at {first.where} to {texts[1]} at {last.where} {status}."
    verb = "falls" if last.value < first.value else "rises"
    return f"{name} at {last.where} {verb} from {texts[0]} to {texts[1]} {status}."


def _simulated(first: _End, last: _End) -> str:
    """Say how two simulated means differ, beside what chance alone does."""
    here = first.where == last.where
    ends = [
        f"{text}{'' if here else f' at {end.where}'} (standard error {end.error:.2g})"
        for text, end in zip(apart(first.value, last.value, 3), (first, last), strict=True)
    ]
    at = f" at {last.where}" if here else ""
    if abs(last.value - first.value) <= _CHANCE * math.hypot(first.error, last.error):
        return f"by simulation{at} goes from {ends[0]} to {ends[1]}; this is within chance."
    return f"by simulation{at} goes from {ends[0]} to {ends[1]}; this is more than chance."
