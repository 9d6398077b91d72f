r"""What could have been seen, and how many rows would decide?

A stream of weight w that watches scores of standard deviation 1 sees a change of

.. math:: (\sqrt{2 L} + 0.84) \sqrt{1 / (N + m) + 1 / n},
          \quad L = \log(1 / (\alpha w)) + \log(\tau (\tau + 1)) + \log 4

in four audits of five, in the generation tau of the change: N scores of the reference, m of stable generations before,
n of the generation. The three parts of L are the price of the alarm, of not knowing tau, and of not knowing the size.
"""

from __future__ import annotations

import numpy as np

from genloss.audit.effects import Effect
from genloss.audit.lens import DIFFERENCE
from genloss.audit.streams import Stream

_POWER = 0.84  # the 80 % point of a normal law
_TWO_SIDED = 1.96
_SIZES = 4  # other laws among which evidence is shared


def smallest_seen(stream: Stream, drawn: int, before: int, generation: int, threshold: float) -> float | None:
    """Return the smallest loss that would alarm in four audits of five: a share of what real rows have, or points of a
    difference; None where even a loss of all would not.

    drawn: scores of the generation; before: of those before it. threshold: the evidence at which the stream alarms.
    """
    if not drawn:
        return None
    price = np.log(threshold) + np.log(generation * (generation + 1)) + np.log(_SIZES)
    away = (np.sqrt(2 * price) + _POWER) * np.sqrt(1 / (int(stream.cells.gaps.sum()) + before) + 1 / drawn)
    if stream.part.outside is not None:
        share = stream.cells.gaps[1] / stream.cells.gaps.sum()
        lost = float(away * np.sqrt((1 - share) / share))
        return lost if lost < 1 else None
    moved = float(away * np.sqrt(stream.own.variance))
    return moved if stream.part.unit == DIFFERENCE else float(-np.expm1(-moved))


def rows_that_decide(stream: Stream, effect: Effect, drawn: int, units: int, tolerance: float) -> tuple[int, int]:
    """Return how many rows of a generation, and of the reference, would show an unchanged one to be within tolerance in
    four audits of five: of the generation if the reference is as it is, 0 where no number is enough; of the reference
    if both have as many.

    drawn: scores of the generation; units: its rows.
    """
    del effect
    if stream.part.outside is not None:
        share = stream.cells.gaps[1] / stream.cells.gaps.sum()
        spread, margin = (1 - share) / share, np.log1p(-tolerance) ** 2
    else:
        spread = stream.own.variance
        margin = (tolerance if stream.part.unit == DIFFERENCE else np.log1p(-tolerance)) ** 2
    whole = margin / (spread * (_TWO_SIDED + _POWER) ** 2) if spread > 0 else np.inf
    size = max(1, units // drawn) if drawn else 1
    left = whole - 1 / int(stream.cells.gaps.sum())
    made = int(np.ceil(size / left)) if left > 0 else 0
    return made, int(np.ceil(size * 2 / whole))
