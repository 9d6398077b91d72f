"""What do the rows that a verifier keeps look like to a regression? A line with less slope, less noise, fewer rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.theory.filters.rule import Keep

__all__ = ["KeptRows", "kept_rows"]


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Kept rows of Gaussian inputs, as a function of delta = |D| / noise, D the labeling fit less the guess.

    share: of the rows that stay. along: R, the factor on D of the line through them, and their residual variance in
    units of the noise's. narrowed: c noise^2, where E(xx') = S - c SDD'S. parallel: variance of a least-squares fit
    along D, in units of that along other directions.
    """

    share: float
    along: float
    narrowed: float
    parallel: float


def kept_rows(keep: Keep, offset2: float, drawn: float) -> KeptRows:
    """Return what stays of `drawn` rows at delta^2 = offset2.

    Labels less the guess are r, N(0, 1 + delta^2) in units of the noise. With t the input along D, of variance 1:
    t = alpha r + eta, where eta has variance h = 1 / (1 + delta^2) and does not depend on whether a row stays.
    """
    share, second, fourth = keep.moments(float(np.sqrt(1 + offset2)), drawn)
    h, alpha = 1 / (1 + offset2), np.sqrt(offset2) / (1 + offset2)
    along = second / (h + (1 - h) * second)
    information = h + alpha**2 * second / h  # E t^2
    slope = np.sqrt(offset2) * along
    rest = 1 - slope * alpha  # r - slope t = rest r - slope eta
    middle = (alpha * slope) ** 2 - 4 * alpha * slope * rest + rest**2
    score = (alpha * rest / h) ** 2 * fourth + middle * second + 3 * (slope * h) ** 2
    return KeptRows(share, along, (1 - second) * h, float(score / information**2 / along))
