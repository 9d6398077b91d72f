"""Does the loss stay bounded, or does it grow as the logarithm, a power, in proportion, or faster?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.advise.plans.protocol import Judged, Planned
from genloss.errors import Problem

REACH = 4
"""How many times as far as the plan is looked."""

_NONE, _LOG, _LINEAR = 0.1, 0.15, 0.15
_SMALL = 0.1  # of the mean: what a doubling may add at most, errors included, to be called bounded by a simulation
_LEAST = 8  # generations: below them nothing is told
_MOST = 64


@dataclass(frozen=True)
class Regime:
    """How the mean goes on. name: bounded, log, power, linear, faster, or "" where it is not told.

    exponent: p, where increments from G to 2G and from 2G to 4G are as 1 to 2^p. generations: 4G. why: in words.
    """

    name: str
    exponent: float | None
    generations: int
    why: str


def regime_of(subject: Planned, settings: dict[str, float]) -> Regime:
    """Judge the same settings up to four times the generations, and compare what the two doublings add.

    A mean that grows by as much in each doubling is a logarithm, by 2^p times as much a power p of the generation; less
    and less means that it is bounded. Errors of a simulation, and the allowance of theory, may hide which.
    """
    last = int(np.clip(REACH * subject.generations, REACH * _LEAST, max(_MOST, subject.generations)))
    try:
        [judged] = subject.judge([settings], generations=last)
    except Problem as problem:
        return Regime("", None, last, f"not looked at beyond generation {subject.generations}: {problem.found}")
    return regime_from(judged, more=subject.more_is_better)


def regime_from(judged: Judged, *, more: bool = False) -> Regime:
    """Tell the regime from a curve.

    >>> curve = np.log1p(np.arange(65.0))
    >>> regime_from(Judged(1 + curve, 1 + curve, 1 + curve, curve, curve)).name
    'log'
    """
    mean = 1 / np.maximum(judged.mean, 1e-300) if more else judged.mean
    last = mean.size - 1
    if not np.isfinite(mean).all():
        return Regime("", None, last, "some generation has no mean")
    quarter, half = last // 4, last // 2
    first, second = mean[half] - mean[quarter], mean[last] - mean[half]
    scale = abs(mean[last])
    error = _error(judged, half, last) * (mean[last] ** 2 if more else 1.0)
    said = f"generation {quarter} to {half} adds {first:.3g}, {half} to {last} adds {second:.3g}"
    if error:
        said += f" (standard error {error:.2g})"
    if second < 2 * error:
        small = second + 2 * error < _SMALL * scale
        seen = f"generation {half} to {last} adds nothing that its error, {error:.2g}, would show"
        return Regime("bounded" if small else "", None, last, seen if small else f"{said}, which may be chance")
    if abs(second) <= 1e-6 * scale or second <= 0:
        return Regime("bounded", None, last, said)
    if first <= 0:
        return Regime("", None, last, said)
    power = float(np.log2(second / first))
    off = 2 * np.hypot(error / second, _error(judged, quarter, half) * (mean[half] ** 2 if more else 1.0) / first)
    names = {_named(power + sign * off / np.log(2)) for sign in (-1, 0, 1)}
    if len(names) > 1:
        return Regime("", None, last, f"{said}, which may be {' or '.join(sorted(names))}")
    return Regime(_named(power), power, last, said)


def _error(judged: Judged, half: int, last: int) -> float:
    """Return the standard error of what the second doubling adds, from runs of their own truths; 0 for theory."""
    if judged.status in ("exact", "asymptotic") or judged.runs is None:
        return 0.0
    added = (judged.runs[..., last] - judged.runs[..., half]).mean(axis=-1)
    return float(added.std(ddof=1) / np.sqrt(added.size)) if added.size > 1 else 0.0


def _named(power: float) -> str:
    if power < -_NONE:
        return "bounded"
    if power <= _LOG:
        return "log"
    if abs(power - 1) <= _LINEAR:
        return "linear"
    return "power" if power < 1 else "faster"
