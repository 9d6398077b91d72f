"""How are simulated points of a position computed, more and more exactly, until nobody would see the difference?"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

from genloss.errors import Problem
from genloss.explore.curves import Curve, curves_of, log_axis
from genloss.explore.position import Position
from genloss.results.result import Result
from genloss.study.runner.results import simulate
from genloss.study.study import Study
from genloss.study.subjects.table import group_cells, subject_of

FIRST = 10
"""Replicates of the first points: a block, whose random numbers have one key."""
MOST = 20_480
LONGEST = 60.0
"""Seconds after which no more replicates are added."""
PART = 0.005
"""Points are exact enough where each standard error is below this part of the picture's height."""
_STEP = 1.0  # seconds of work between two looks at whether the reader is still there
_BYTES = 1e9  # of one block of drawn rows

ENOUGH = (
    "the standard error of every point is below half a hundredth of the picture's height: more replicates would not "
    "move a point that anybody sees"
)
_CODE = "its model is code or a program of your own, which this page never executes: use genloss simulate in a terminal"
_NETWORK = "a network takes minutes for each fit: use genloss simulate in a terminal"
_LATE = "this took {:.0f} seconds: the points stay as they are, at {:,} replicates"
_NONE = "no engine covers it"
_LARGE = "the rows of one block of replicates would not fit into memory here: use genloss simulate in a terminal"


class Stopped(Exception):
    """The reader has left."""


@dataclass(frozen=True, slots=True)
class Points:
    """Simulated points after so many replicates."""

    replicates: int
    curves: tuple[Curve, ...]

    def to_dict(self, *, done: bool) -> dict[str, Any]:
        """Return plain data of an event."""
        return {"replicates": self.replicates, "curves": [each.simulation() for each in self.curves], "done": done}


def why_not(study: Study, engine: str) -> str | None:
    """Say why a study cannot be simulated from the page, or None. engine: what simulates it, "" where nothing does."""
    kinds = {cell.settings["generator"]["kind"] for cell in study.cells()}
    if study.codes or kinds & {"command", "python", "object", "transformers"}:
        return _CODE
    if "network" in kinds:
        return _NETWORK
    if engine == "reference" and any(_row_bytes(cell.settings) > _BYTES for cell in study.cells()):
        return _LARGE
    return None if engine else _NONE


def engine_of(study: Study) -> str:
    """Name the engines that simulate a study, "" where none does."""
    try:
        groups = group_cells(study.cells())
        names = dict.fromkeys(subject_of(each[0]).choose(study.scope, each, "auto").name for each in groups)
    except Problem:
        return ""
    return ", ".join(names)


def _row_bytes(settings: Any) -> float:
    rows: int = max((value for value in settings["workflow"].values() if isinstance(value, int)), default=1)
    dim = float(settings["population"].get("dim", 100))
    judged: int = settings.get("predictor", {}).get("rows", 1)
    return 8.0 * FIRST * dim * max(rows, judged)


def of_replicates(study: Study, replicates: int) -> Study:
    """Return the study with so many replicates, none adaptive, and every case simulated."""
    cases = [{key: value for key, value in case.items() if key != "simulate"} for case in study.cases]
    return study.with_cases(cases, replicates=replicates, stop_at_se=None)


def simulated(study: Study, replicates: int, store: Path | None = None, stop: Event | None = None) -> Result:
    """Simulate a study with so many replicates, as `genloss simulate` does. Raises `Stopped` once `stop` is set."""

    def look(_done: int, _all: int) -> None:
        if stop is not None and stop.is_set():
            raise Stopped

    look(0, 0)
    return simulate(of_replicates(study, replicates), workers=1, store=store, progress=look)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why there are no more points."""

    why: str


def growing(position: Position, drawn: Sequence[float], stop: Event) -> Iterator[Points | Ending]:
    """Yield points of 10, 20, 40, ... replicates, and at last why there are no more. drawn: the values of theory.

    Points of n replicates are those of `genloss simulate` with n. What is finished is kept beside, in a folder of its
    own that is gone at the end, so that each replicate is computed once. Raises `Stopped` once `stop` is set.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="genloss-explore-") as folder:
        have, asked, pace = 0, FIRST, 0.0
        while True:
            while have < asked:
                step = asked - have if pace <= 0 else FIRST * max(1, int(_STEP / pace / FIRST))
                target, start = min(asked, have + step), time.monotonic()
                result = simulated(position.study, target, Path(folder), stop)
                pace, have = (time.monotonic() - start) / (target - have), target
                if time.monotonic() - began > LONGEST and have < asked:
                    yield Points(have, tuple(curves_of(position, result.rows, "simulation")))
                    yield Ending(_LATE.format(LONGEST, have))
                    return
            points = Points(have, tuple(curves_of(position, result.rows, "simulation")))
            yield points
            why = ended(points, drawn, time.monotonic() - began)
            if why is not None:
                yield Ending(why)
                return
            asked *= 2


def ended(points: Points, drawn: Sequence[float], seconds: float) -> str | None:
    """Say why no more replicates are added, or None."""
    if exact_enough(points.curves, drawn):
        return ENOUGH
    if points.replicates >= MOST:
        return f"{MOST:,} replicates are the most that this page computes: the bars show what is left to chance"
    if seconds > LONGEST:
        return _LATE.format(LONGEST, points.replicates)
    return None


def exact_enough(points: Sequence[Curve], drawn: Sequence[float]) -> bool:
    """Whether every standard error is below half a hundredth of the height of the picture.

    The height is that of all values of theory and simulation, in logarithms where the axis is logarithmic.
    """
    values = [*drawn, *(value for curve in points for value in curve.y if value is not None)]
    errors = [
        (value, error)
        for curve in points
        for value, error in zip(curve.y, curve.error, strict=True)
        if value is not None
    ]
    if not errors or any(error is None for _, error in errors):
        return not errors
    known = [(value, error) for value, error in errors if error is not None]
    if log_axis(values):
        height = math.log(max(values) / min(values))
        return all(error <= PART * height * value for value, error in known)
    height = max(values) - min(values) or abs(max(values)) or 1.0
    return all(error <= PART * height for _, error in known)


def with_both(study: Study, theory: Result, replicates: int) -> Result:
    """Return rows of theory, and of the simulation of so many replicates where they are asked for."""
    if replicates == 0:
        return theory
    result = simulated(study, replicates)
    return replace(theory, study=result.study).merged(result)
