"""Which curves do rows of theory or simulation make along generations, or along a control?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from genloss.explore.position import GENERATION, Position
from genloss.report import spans
from genloss.results.plain import finite
from genloss.results.row import Row

_WORST = ("exact", "asymptotic", "bound")
_FAR = 3.0  # heights of the picture
_SPAN = 30.0  # values that span more are shown on a logarithmic axis


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve: places, values, and how sure each of them is. error: standard errors, of simulation alone."""

    label: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    status: str = "exact"
    allowance: tuple[float, ...] = ()
    error: tuple[float | None, ...] = ()

    def theory(self, lowest: float = -math.inf) -> dict[str, Any]:
        """Return plain data of a curve of theory. lowest: what the metric is at least."""
        allowance = list(self.allowance) if any(self.allowance) else None
        y = list(self.y)
        low, high = (_ends(y, allowance, sign, lowest) for sign in (-1, 1))
        status = {"status": self.status, "allowance": allowance}
        return {"label": self.label, "x": list(self.x), "y": y, "low": low, "high": high} | status

    def simulation(self) -> dict[str, Any]:
        """Return plain data of simulated points."""
        return {"label": self.label, "x": list(self.x), "y": list(self.y), "standard_error": list(self.error)}


def curves_of(position: Position, rows: Iterable[Row], method: str) -> list[Curve]:
    """Return the curves of rows of one method: one along generations, or one for each generation that is shown."""
    found = [row for row in rows if row.metric == position.state.metric and row.method == method]
    if position.state.x == GENERATION:
        return [_curve("", [(float(row.generation), row) for row in found])] if found else []
    places = {cell.id: value for cell, value in zip(position.study.cells(), position.values, strict=True)}
    by_generation: dict[int, list[tuple[float, Row]]] = {}
    for row in found:
        by_generation.setdefault(row.generation, []).append((places[row.cell], row))
    return [_curve(f"generation {g}", by_generation[g]) for g in sorted(by_generation)]


def _curve(label: str, placed: Sequence[tuple[float, Row]]) -> Curve:
    ordered = sorted(placed, key=lambda each: each[0])
    rows = [row for _, row in ordered]
    status = max((row.status for row in rows), key=lambda each: _WORST.index(each) if each in _WORST else 0)
    return Curve(
        label,
        tuple(place for place, _ in ordered),
        tuple(finite(row.value) for row in rows),
        status,
        tuple(row.allowance for row in rows),
        tuple(finite(row.standard_error) for row in rows),
    )


def _ends(
    y: Sequence[float | None], allowance: Sequence[float] | None, sign: int, lowest: float
) -> list[float | None] | None:
    if allowance is None:
        return None
    pairs = zip(y, allowance, strict=True)
    return [None if value is None else max(value + sign * more, min(lowest, value)) for value, more in pairs]


def believable(curves: Sequence[Curve]) -> list[Curve]:
    """Leave out the values of theory that may be off by more than three times the height of the picture: they say
    nothing, and what they allow would make a line of all others.
    """
    known = [value for curve in curves for value in curve.y if value is not None]
    height = max(known) - min(known) or abs(max(known)) if known else 0.0
    return [_without(curve, _FAR * height) for curve in curves]


def _without(curve: Curve, most: float) -> Curve:
    kept = [allowed <= most for allowed in curve.allowance]
    y = tuple(value if keep else None for value, keep in zip(curve.y, kept, strict=True))
    allowance = tuple(allowed if keep else 0.0 for allowed, keep in zip(curve.allowance, kept, strict=True))
    return replace(curve, y=y, allowance=allowance)


def log_axis(values: Iterable[float | None]) -> bool:
    """Whether values are better seen on a logarithmic axis: all above 0, and the largest 30 times the smallest.

    >>> log_axis([1.0, 100.0]), log_axis([1.0, 20.0]), log_axis([0.0, 100.0])
    (True, False, False)
    """
    known = [value for value in values if value is not None]
    return spans(known, _SPAN)
