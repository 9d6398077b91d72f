"""Are pilot runs enough for a law? What moves among their sizes, and what they lack, each told in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloss.advise.plans.pilots.law import Sizes
from genloss.advise.plans.pilots.runs import Pilot
from genloss.errors import Problem

FEWEST = 3
"""Sizes, and generations, to tell an exponent from a bend."""
_SAME = 0.05  # of the logarithm of a ratio that does not move
_LEAST = 2.0


@dataclass(frozen=True)
class Moving:
    """What moves among the sizes of pilots.

    real, synthetic: rows of the middle pilot, None where nothing is said of them. together: both move, at one ratio.
    by_real, by_synthetic: whether rows of that kind move by themselves, or with the other.
    """

    real: float | None
    synthetic: float | None
    together: bool
    by_real: bool
    by_synthetic: bool

    def place(self, real: float | None, synthetic: float | None) -> Sizes:
        """Return a size on the scale of the law."""
        u = _log(real, self.real) if self.by_real else 0.0
        v = _log(synthetic, self.synthetic) if self.by_synthetic and not self.together else 0.0
        known = self.real is not None and self.synthetic is not None and not self.together
        return Sizes(u, v, u - v if known else 0.0)


def _log(rows: float | None, middle: float | None) -> float:
    return 0.0 if rows is None or middle is None else float(np.log(rows / middle))


def moving(pilots: Sequence[Pilot]) -> Moving:
    """Return what moves. Errors: `Problem` where sizes or generations are too few, too near, or not positive."""
    _refuse_few_generations(pilots)
    real, synthetic = ([pilot.size[i] for pilot in pilots] for i in (0, 1))
    moves = [_moves(real), _moves(synthetic)]
    together = False
    if all(moves):
        ratios = np.log(np.array(real, dtype=float) / np.array(synthetic, dtype=float))
        together = bool(np.ptp(ratios) < _SAME)
    by = [len(set(each)) >= FEWEST if move else False for each, move in zip((real, synthetic), moves, strict=True)]
    if not any(by):
        _refuse_few_sizes(real, synthetic)
    elif not together and all(moves) and not all(by):
        name, values = ("synthetic", synthetic) if by[0] else ("real", real)
        found = f"{name}_rows move with the other size, and stand at {len(set(values))} values only: {_values(values)}"
        raise Problem("pilots", found, f"run {FEWEST} values of {name}_rows, or hold them at one")
    return Moving(_middle(real), _middle(synthetic), together, by[0], by[1])


def _moves(values: Sequence[float | None]) -> bool:
    return None not in values and len(set(values)) > 1


def _middle(values: Sequence[float | None]) -> float | None:
    if None in values:
        return None
    return float(np.exp(np.mean(np.log(np.array(values, dtype=float)))))


def _values(values: Sequence[float | None]) -> str:
    return ", ".join(f"{value:g}" for value in sorted({each for each in values if each is not None}))


def _refuse_few_sizes(real: Sequence[float | None], synthetic: Sequence[float | None]) -> None:
    name, values = ("real_rows", real) if len(set(real)) >= len(set(synthetic)) else ("synthetic_rows", synthetic)
    known = sorted({each for each in values if each is not None})
    said = f"pilots at {len(known)} size{'s' * (len(known) != 1)} ({_values(values)} {name.replace('_', ' ')})"
    first = known[0] if known else 50
    missing = sorted({round(first * 2**i) for i in range(FEWEST)} - set(known))
    sizes = " and ".join(f"{each:g}" for each in missing[:2])
    mend = f"a curve needs {FEWEST} sizes: run the same chain also at {sizes}"
    raise Problem("pilots", said, f"{mend} rows")


def refuse_near(pilots: Sequence[Pilot], found: Moving) -> None:
    """Refuse sizes that differ by less than a factor of 2."""
    for by, name, values in (
        (found.by_real, "real_rows", [pilot.real for pilot in pilots]),
        (found.by_synthetic and not found.together, "synthetic_rows", [pilot.synthetic for pilot in pilots]),
    ):
        known = [each for each in values if each is not None]
        if by and max(known) < _LEAST * min(known):
            said = f"sizes from {min(known):g} to {max(known):g} {name.replace('_', ' ')}, less than a factor of 2"
            mend = f"these sizes are too close to tell how fast the loss falls: run one at {4 * min(known):g} rows too"
            raise Problem("pilots", said, mend)


def _refuse_few_generations(pilots: Sequence[Pilot]) -> None:
    for pilot in pilots:
        if 0 not in pilot.generations:
            mend = "give generation 0 too, the fit to real rows: all later ones are compared with it"
            raise Problem("pilots", f"no generation 0 at {_at(pilot)}", mend)
        if len(pilot.generations) < FEWEST:
            said = f"{len(pilot.generations)} generation{'s' * (len(pilot.generations) != 1)} at {_at(pilot)}"
            mend = f"a curve needs {FEWEST} generations, 0 among them: run the chain to generation 4 or beyond"
            raise Problem("pilots", said, mend)


def _at(pilot: Pilot) -> str:
    said = [f"{n:g} {name} rows" for n, name in zip(pilot.size, ("real", "synthetic"), strict=True) if n is not None]
    return " and ".join(said)


def refuse_without_loss(pilots: Sequence[Pilot], metric: str, *, whole: float | None) -> None:
    """Refuse pilots most of which show no loss: means at or below 0, of which there is no law."""
    none = [pilot for pilot in pilots if float(np.mean(pilot.mean)) <= 0]
    if 2 * len(none) >= len(pilots):
        what = f"1 - {metric}" if whole is not None else metric
        said = f"{what} is {float(np.mean(none[0].mean)):.3g} on average at {_at(none[0])}, not above 0"
        mend = (
            "a curve of the loss needs values above 0: run smaller sizes, more generations or more seeds, "
            "or plan for another metric"
        )
        raise Problem("pilots", said, mend)
