"""What is one more row worth at the answer, what does no amount of rows change, and what sets the floor?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from genloss.advise.plans.protocol import Judged, Planned

_STEP, _STEP_DRAWN = 0.02, 0.15  # of the rows of a kind
_TIMES = (1.0, 3.0, 10.0, 30.0, 100.0, 1000.0, 10_000.0)
_SAME = 0.01  # of the last mean: what is no change
_ENDLESS = 100.0  # times the real rows: what stands for endless synthetic ones
_EASED = 10.0
_LOWER = 0.02  # of the floor: what counts as lower
_HARDLY = 1e-3  # of the mean: what twice as many synthetic rows must lower it by, to count


@dataclass(frozen=True)
class Worth:
    """What one more row changes of the mean of the last generation. worth: synthetic rows that do as a real one does.

    None: more synthetic rows do not help, so none replace a real row.
    """

    real_slope: float
    synthetic_slope: float
    worth: float | None


@dataclass(frozen=True)
class Saturation:
    """Where synthetic rows stop to matter. rows: from which on the mean stays within 1 % of its end; None: not reached.

    limit: the mean at the most rows that were looked at, most.
    """

    rows: float | None
    limit: float
    most: float


@dataclass(frozen=True)
class Floor:
    """The least value that can be reached. set_by: what would lower it, in words; generation: where it is missed."""

    value: float
    generation: int
    set_by: str


def _rows(subject: Planned, settings: Mapping[str, float]) -> tuple[float, float] | None:
    known = {**subject.settings, **settings}
    real = known.get("real_rows")
    if real is None or ("synthetic_share" in settings and "predictor_rows" in known):  # a share of other rows
        return None
    if "synthetic_share" in settings:
        share = settings["synthetic_share"]
        return real, max(1.0, real * share / (1 - share))
    synthetic = known.get("synthetic_rows")
    return None if synthetic is None else (real, synthetic)


def _with(settings: Mapping[str, float], real: float, synthetic: float) -> dict[str, float]:
    kept = {name: value for name, value in settings.items() if name in ("penalty", "real_weight")}
    return {**kept, "real_rows": float(round(real)), "synthetic_rows": float(round(synthetic))}


def _last(judged: Judged) -> float:
    return float(judged.mean[-1])


def worth_and_saturation(subject: Planned, settings: Mapping[str, float]) -> tuple[Worth | None, Saturation | None]:
    """Judge a little more and less of each kind of rows, and many more synthetic ones, all together."""
    rows = _rows(subject, settings)
    if rows is None or not {"real_rows", "synthetic_rows"} <= set(subject.opens):
        return None, None
    real, synthetic = rows
    part = _STEP if subject.fine < 0.01 else _STEP_DRAWN
    step, other = max(1.0, round(part * real)), max(1.0, round(part * synthetic))
    low_real, low_synthetic = max(1.0, real - step), max(1.0, synthetic - other)
    most = subject.domain("synthetic_rows")[1]
    many = [synthetic * times for times in _TIMES if synthetic * times <= most]
    around = [(real + step, synthetic), (low_real, synthetic), (real, synthetic + other), (real, low_synthetic)]
    found = subject.judge([_with(settings, *each) for each in [*around, *((real, each) for each in many)]])
    means = [_last(each) for each in found]
    real_slope = (means[0] - means[1]) / (real + step - low_real)
    synthetic_slope = (means[2] - means[3]) / (synthetic + other - low_synthetic)
    slopes = real_slope, synthetic_slope
    if not np.isfinite(slopes).all():
        return None, _saturation(real, many, means[4:])
    sign = -1.0 if subject.more_is_better else 1.0
    helps = sign * slopes[1] * synthetic < -_HARDLY * abs(means[0])
    return Worth(slopes[0], slopes[1], slopes[0] / slopes[1] if helps else None), _saturation(real, many, means[4:])


def _saturation(real: float, rows: list[float], means: list[float]) -> Saturation | None:
    if len(rows) < 2 or rows[-1] < _ENDLESS * real or not np.isfinite(means).all():
        return None  # too few to tell what endless ones would do: the mean may rise and fall again
    away = np.abs(np.array(means) - means[-1]) > _SAME * abs(means[-1])
    far = np.flatnonzero(away)
    first = int(far[-1]) + 1 if far.size else 0
    settled = first < len(rows) - 1
    return Saturation(rows[first] if settled else None, means[-1], rows[-1])


def floor_of(subject: Planned, settings: Mapping[str, float], judged: Judged, missed: int, *, relative: bool) -> Floor:
    """Say what the least value is and which other quantity, given ten times as much or as little, lowers it most.

    missed: the generation in which the target is missed by most. relative: whether the value is a ratio.
    """

    def value(each: Judged) -> float:
        return float(each.mean[missed] / each.mean[0]) if relative else float(each.mean[missed])

    here, eased = value(judged), _eased(subject, settings)
    sign = -1.0 if subject.more_is_better else 1.0
    if eased:
        judges = subject.judge([each for _, each in eased])
        best = min(range(len(eased)), key=lambda i: _finite(sign * value(judges[i])))
        there = value(judges[best])
        if sign * there < sign * here - _LOWER * abs(here):
            return Floor(here, missed, f"{eased[best][0]}, which would make it {there:.3g}")
    if missed == 0:
        return Floor(here, 0, "generation 0, which is fitted to real rows alone")
    return Floor(here, missed, "")


def _finite(value: float) -> float:
    return value if np.isfinite(value) else np.inf


def _eased(subject: Planned, settings: Mapping[str, float]) -> list[tuple[str, dict[str, float]]]:
    known = {**subject.settings, **settings}
    found = []
    for name, words in (("real_rows", "real rows"), ("synthetic_rows", "synthetic rows")):
        now = known.get(name)
        if name in subject.opens and name not in settings and now is not None and "synthetic_share" not in settings:
            more = float(round(_EASED * now))
            if more <= subject.domain(name)[1]:
                says = f"the {now:,.0f} {words}; {more:,.0f} are {_EASED:g} times as many"
                found.append((says, {**settings, name: more}))
    penalty = known.get("penalty")
    if "penalty" in subject.opens and "penalty" not in settings and penalty:
        found += [
            (f"the penalty of {penalty:.3g}; {penalty * part:.3g} is another", {**settings, "penalty": penalty * part})
            for part in (1 / _EASED, _EASED)
        ]
    return found
