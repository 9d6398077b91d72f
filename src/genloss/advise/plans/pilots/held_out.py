"""Does the law of the other pilots say what the largest size, and the last generations, have shown?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloss.advise.assumption import Assumption
from genloss.advise.plans.pilots.checked import Moving
from genloss.advise.plans.pilots.law import Array, Floor
from genloss.advise.plans.pilots.posterior import Fitted, fitted
from genloss.advise.plans.pilots.predicted import Beyond, Missed, means
from genloss.advise.plans.pilots.runs import Pilot
from genloss.streams import stream

DRAWS = 600
_FAIL = 0.01
"""How many of true laws may fail a test, over all the means that it looks at."""


@dataclass(frozen=True)
class HeldOut:
    """A test of the law. what: "rows" or "generations". missed: by how much, logarithm for each doubling; 0: held."""

    what: str
    missed: float
    assumption: Assumption


def held_out(
    pilots: Sequence[Pilot], moves: Moving, seed: int, *, floor: Floor, draws: int = DRAWS
) -> tuple[HeldOut, ...]:
    """Refit without the largest pilot, and without the last generations, and predict what was left out."""
    found = []
    rows = np.array([pilot.real if moves.by_real else pilot.synthetic for pilot in pilots], dtype=float)
    rest = [pilot for pilot, n in zip(pilots, rows, strict=True) if n < rows.max()]
    if len({pilot.size for pilot in rest}) >= 2:
        doublings = float(np.log2(rows.max() / rows[rows < rows.max()].max()))
        fit = _refit(rest, moves, seed, "rows", floor=floor, draws=draws)
        held = [pilot for pilot, n in zip(pilots, rows, strict=True) if n == rows.max()]
        found.append(_worst(_tests(fit, moves, held, "rows", doublings, seed)))
    last = max(float(pilot.generations[-1]) for pilot in pilots)
    until = last // 2
    short = [pilot.up_to(until) for pilot in pilots]
    if min(len(pilot.generations) for pilot in short) >= 3:
        fit = _refit(short, moves, seed, "generations", floor=floor, draws=draws)
        doublings = float(np.log2((1 + last) / (1 + until)))
        held = [pilot for pilot in pilots if pilot.generations[-1] == last]
        found.append(_worst(_tests(fit, moves, held, "generations", doublings, seed)))
    return tuple(found)


def _worst(tests: Sequence[HeldOut]) -> HeldOut:
    return max(tests, key=lambda test: test.missed)


def _refit(pilots: Sequence[Pilot], moves: Moving, seed: int, what: str, *, floor: Floor, draws: int) -> Fitted:
    places = [moves.place(*pilot.size) for pilot in pilots]
    return fitted(pilots, places, stream(seed, "plan", "held out", what), floor=floor, draws=draws)


def _tests(
    fit: Fitted, moves: Moving, held: Sequence[Pilot], what: str, doublings: float, seed: int
) -> list[HeldOut]:  # fmt: skip
    return [_tested(fit, moves, pilot, what, doublings, seed, _FAIL / len(held)) for pilot in held]


def _tested(
    fit: Fitted, moves: Moving, pilot: Pilot, what: str, doublings: float, seed: int, fail: float
) -> HeldOut:  # fmt: skip
    """Predict the mean of the last generation that a pilot has (and of the first, of another size)."""
    places = [0, len(pilot.generations) - 1] if what == "rows" else [len(pilot.generations) - 1]
    rng = stream(seed, "plan", "held out", what, "luck")
    generations, at = pilot.generations, moves.place(*pilot.size)
    away = Beyond(doublings if what == "rows" else 0.0, np.full(generations.size, doublings if what != "rows" else 0.0))
    losses = means(fit, at, generations, away, Missed(), rng.standard_normal((len(fit.draws), 4)))
    own, noise = fit.spread(at, generations)
    seen = losses + np.sqrt((own**2 + noise**2) / pilot.count) * rng.standard_normal(losses.shape)
    end = fail / (2 * len(places))
    low, high = np.quantile(seen, [end, 1 - end], axis=0)
    missed = max(_outside(float(pilot.mean[i]), float(low[i]), float(high[i])) for i in places)
    name = "larger sizes follow the law" if what == "rows" else "later generations follow the law"
    held = "the largest size" if what == "rows" else f"generation {generations[-1]:.0f}"
    rest = "the smaller ones" if what == "rows" else "the first half"
    i = places[-1]
    said = f"{held} has {pilot.mean[i]:.3g}, and a curve through {rest} predicts {low[i]:.3g} to {high[i]:.3g}"
    if missed == 0:
        return HeldOut(what, 0.0, Assumption(name, "checked", said))
    said += "; bands are widened by as much for every doubling"
    return HeldOut(what, missed / doublings, Assumption(name, "failed", said))


def _outside(value: float, low: float, high: float) -> float:
    """Return the logarithm by which a value lies outside; a value at or below 0 is taken for a tenth of the band."""
    if low <= value <= high:
        return 0.0
    least = max(1e-12, high / 10)
    value, low, high = (max(each, least) for each in (value, low, high))
    return float(max(np.log(value / high), np.log(low / value), 0.05))


__all__ = ["Array", "HeldOut", "held_out"]
