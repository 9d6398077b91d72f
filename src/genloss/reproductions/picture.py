"""How do our numbers look beside the published ones? Each divided by what is claimed, with what is expected in grey."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from genloss.report import Curve, Panel, spans
from genloss.reproductions.judged import Judged, Reproduced

_WIDE = 2.0  # ratios that span more are shown on a logarithmic axis
_BEYOND = 4.0  # how far a range without an end, and our numbers, are drawn, as a ratio

PICTURE = (
    "Our numbers, with 4.5 standard errors to each side, divided by the published number or by the bound that is "
    "claimed. Of one figure, what is expected of each claim is a dashed line; of a bound on one side it is drawn to a "
    "factor of 4, and numbers farther off stand at that end. A claim of 0 has no ratio, and is left out."
)


def panel_of(figures: Sequence[Reproduced]) -> Panel:
    """Return one panel: of one figure a line for each claim, of several a line for each figure."""
    named: list[tuple[str, Sequence[Judged]]]
    if len(figures) == 1:
        named = [(f"claim {i}", (claim,)) for i, claim in enumerate(figures[0].claims, 1)]
    else:
        named = [(figure.name, figure.claims) for figure in figures]
    places = range(len(named), 0, -1)
    ours = [
        (place, *ratio)
        for place, (_, claims) in zip(places, named, strict=True)
        for claim in claims
        for ratio in _ratios(claim)
    ]
    same = Curve("as published", 0.0, [1.0, 1.0], [0.5, len(named) + 0.5], dashed=True)
    told = _expected(named, places) if len(figures) == 1 else [same]
    points = Curve("ours", 0.0, x=[x for _, x, _, _ in ours], y=[float(place) for place, *_ in ours], number=0)
    bars = [Curve("", 0.0, [low, high], [place, place], number=0) for place, _, low, high in ours if low < high]
    wide = spans([x for each in (*told, points, *bars) for x in (*each.line_x, *each.x)], _WIDE)
    ticks = tuple((float(place), name) for place, (name, _) in zip(places, named, strict=True))
    return Panel("", "ours / published, or claimed", "", (*told, points, *bars), x_log=wide, y_ticks=ticks)


def _expected(named: Sequence[tuple[str, Sequence[Judged]]], places: Sequence[int]) -> list[Curve]:
    """Return what is expected of each claim; only the first is named."""
    curves: list[Curve] = []
    for place, (_, (claim, *_rest)) in zip(places, named, strict=True):
        scale = _scale(claim)
        if scale:
            ends = sorted(_within(end / scale) for end in (claim.expected_low, claim.expected_high))
            curves.append(Curve("" if curves else "expected", 0.0, ends, [place, place], dashed=True))
    return curves


def _scale(claim: Judged) -> float:
    """Return what numbers are divided by: the published one, or what is expected; 0 where that is 0."""
    published = next((line.published for line in claim.lines if line.published is not None), None)
    if published is not None:
        return published
    ends = [end for end in (claim.expected_low, claim.expected_high) if isfinite(end)]
    return sum(ends) / len(ends)


def _within(ratio: float) -> float:
    """Return a ratio as it is drawn: from a quarter to four."""
    return min(max(ratio, 1 / _BEYOND), _BEYOND)


def _ratios(claim: Judged) -> Iterator[tuple[float, float, float]]:
    """Return our numbers over what is claimed, and the ends of their intervals."""
    scale = _scale(claim)
    for line in claim.lines if scale else ():
        if line.value is not None:
            ends = [line.value if end is None else end for end in (line.low, line.high)]
            low, high = sorted(_within(end / scale) for end in ends)
            yield _within(line.value / scale), low, high
