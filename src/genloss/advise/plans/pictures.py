"""What does a plan show? The mean by generation, the miss by value, the pairs that meet the target."""

from __future__ import annotations

import numpy as np

from genloss.advise.plans.facts import Facts
from genloss.advise.plans.protocol import OPEN
from genloss.report import Band, Curve, Panel, spans

_WIDE = 5.0  # largest over smallest, from which on the axis is logarithmic


def panels_of(plan: Facts) -> list[Panel]:
    """Return the panels."""
    found = [_by_generation(plan)] if plan.mean else []
    if len(plan.looked) > 2 and plan.target is not None and plan.open != "generations":
        found.append(_by_value(plan))
    elif len(plan.looked) > 2 and plan.open != "generations":
        found.append(_means(plan))
    if plan.frontier is not None and plan.frontier.pairs:
        found.append(_frontier(plan))
    return found


def _by_generation(plan: Facts) -> Panel:
    steps = list(range(len(plan.mean)))
    curves = [Curve("mean at the answer", 0.0, steps, plan.mean, number=0)]
    target = plan.target
    if target is not None:
        limit = target.limit * plan.mean[0] if target.relative else target.limit
        curves.append(Curve("the target", 1.0, [steps[0], steps[-1]], [limit, limit], dashed=True))
    bands = (Band("not known", steps, plan.mean_low, plan.mean_high),)
    wide = any(low != high for low, high in zip(plan.mean_low, plan.mean_high, strict=True))
    return Panel(
        "By generation", "generation n", f"{plan.metric} ({plan.unit})", tuple(curves), x_whole=True,
        bands=bands if wide else (),
    )  # fmt: skip


def _by_value(plan: Facts) -> Panel:
    """Draw what is compared with the target at every value: it is met on the target's good side."""
    target = plan.target
    assert target is not None
    sign = -1.0 if target.at_least is not None or (target.relative and target.more) else 1.0
    kept = [each for each in plan.looked if each.missed is not None and np.isfinite(each.missed)]
    x = [each.value for each in kept]

    def compared(name: str) -> list[float]:
        misses = [getattr(each, name) for each in kept]
        return [float(target.limit + sign * each) if np.isfinite(each) else target.limit for each in misses]

    known, edges = compared("missed"), (compared("best"), compared("worst"))
    low, high = ([f(*pair) for pair in zip(*edges, strict=True)] for f in (min, max))
    curves = [
        Curve("as far as is known", 0.0, x, known, number=0),
        Curve("the target", 1.0, [x[0], x[-1]], [target.limit, target.limit], dashed=True),
    ]
    who = "mean" if target.chance is None else f"what {100 * target.chance:.3g} % of single runs stay below"
    y_label = f"{who}, over that of generation 0" if target.relative else f"{who} ({plan.metric})"
    wide = spans(known, _WIDE)
    if wide:  # what is not known may be below 0, or out of sight
        low, high = ([float(np.clip(each, min(known) / 2, 2 * max(known))) for each in ends] for ends in (low, high))
    return Panel(
        "By value of what is open", OPEN[plan.open], y_label, tuple(curves), x_log=True, y_log=wide,
        bands=(Band("not known", x, low, high),), marks=_mark(plan),
    )  # fmt: skip


def _means(plan: Facts) -> Panel:
    kept = [each for each in plan.looked if np.isfinite(each.mean)]
    least = min(each.mean for each in kept)
    near = [each for each in kept if each.mean <= 20 * abs(least)] or kept
    curve = Curve("", 0.0, [each.value for each in near], [each.mean for each in near], number=0)
    title, y_label = "Mean of the last generation", f"{plan.metric} ({plan.unit})"
    return Panel(title, OPEN[plan.open], y_label, (curve,), x_log=True, marks=_mark(plan))


def _mark(plan: Facts) -> tuple[tuple[float, str], ...]:
    return () if plan.value is None else ((plan.value, "the answer"),)


def _frontier(plan: Facts) -> Panel:
    assert plan.frontier is not None
    missed = [(pair.real_rows, pair.synthetic_rows) for pair in plan.frontier.pairs if pair.missed > 0]
    good = [(pair.real_rows, pair.synthetic_rows) for pair in plan.frontier.pairs if pair.missed <= 0]
    curves = []
    for place, (label, points) in enumerate((("met", good), ("missed", missed))):
        if points:
            curves.append(Curve(label, float(place), x=[r for r, _ in points], y=[s for _, s in points], number=place))
    cheapest = plan.cheapest
    if cheapest is not None:
        curves.append(Curve("the cheapest", 0.5, x=[cheapest.real_rows], y=[cheapest.synthetic_rows], number=2))
    return Panel(
        "Pairs of rows", "real rows a generation", "synthetic rows a generation", tuple(curves), x_log=True, y_log=True
    )
