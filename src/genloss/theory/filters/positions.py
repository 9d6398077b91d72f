"""Where does the mean of a normal law go when each generation is refitted to rows that a verifier kept?

Let D be the fit that draws the rows less the verifier's guess, and u = D / sd. The mean of the kept rows, from the
guess, is sd m(u), and its variance is sd^2 spread(u) E(1/K); both are exact for each u. What is approximate is the law
of D, taken as normal with the mean and variance that it has: exact in generation 1, off by O(1 / n^2) later. Fits that
verify later ones are followed together, by Cov(m(D), fit) = Cov(m(D), D) / Var D * Cov(D, fit), which holds for normal
laws. Derivation: docs/theory/verifier.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from genloss.errors import Problem
from genloss.theory.arguments import Array
from genloss.theory.filters.counts import inverse_rows, refuse_few
from genloss.theory.filters.kept import FARTHEST
from genloss.theory.filters.loops import LocationLoop
from genloss.theory.filters.rule import Keep

__all__ = ["Point", "positions", "still_needed"]

_POINTS = 40  # of Gauss-Hermite


class Point(NamedTuple):
    """One generation. total: its risk. bias: of the mean fit. share: of rows that stay in it. offset: see `Checked`."""

    total: float
    bias: float
    share: float
    offset: float


class _Drawn(NamedTuple):
    """What the kept rows' mean is, from the guess: mean, variance, and slope on D; share of rows that stay."""

    mean: float
    variance: float
    slope: float
    share: float


def positions(loop: LocationLoop, keep: Keep, error: float) -> Iterator[Point]:
    """Yield generation after generation, without end. error: the verifier's, in the units of a row; of the guess less
    the truth for an outside verifier, else of the guess less the fit that it should be.
    """
    scale, away = loop.sd**2, error / loop.sd
    mean, cov = np.zeros(1), np.full((1, 1), 1 / loop.rows)  # of the fits that are still needed, oldest first
    yield Point(scale * float(cov[0, 0]), 0.0, 1.0, 0.0)
    while True:
        guess = 0.0 if keep.by == "outside" else mean[0]
        seen = np.eye(mean.size)[-1] - (0.0 if keep.by == "outside" else np.eye(mean.size)[0])
        middle, width = mean[-1] - guess - away, max(float(seen @ cov @ seen), 0.0)
        drawn = _drawn(loop, keep, middle, width)
        shared = drawn.slope * (cov @ seen) + (0.0 if keep.by == "outside" else cov[0])
        own = drawn.variance + (0.0 if keep.by == "outside" else cov[0, 0] + 2 * drawn.slope * (cov @ seen)[0])
        mean = np.append(mean, guess + away + drawn.mean)
        cov = np.block([[cov, shared[:, None]], [shared[None, :], np.full((1, 1), own)]])
        left = still_needed(mean.size, keep)
        mean, cov = mean[left], cov[np.ix_(left, left)]
        bias = scale * float(mean[-1] ** 2)
        yield Point(bias + scale * float(cov[-1, -1]), bias, drawn.share, float(np.sqrt(middle**2 + width)))


def still_needed(fits: int, keep: Keep) -> list[int]:
    """Return which of the fits followed so far draw or label, or verify, later rows, oldest first."""
    if keep.by == "first":
        return [0, fits - 1]
    return list(range(fits))[-(1 if isinstance(keep.by, str) else keep.by) :]


def _drawn(loop: LocationLoop, keep: Keep, middle: float, width: float) -> _Drawn:
    """Average over a normal law of D / sd, with this mean and variance."""
    x, weight = _hermite()
    at = middle + np.sqrt(width) * x
    if np.abs(at).max() > FARTHEST:
        found = f"a fit comes {np.abs(at).max():.3g} standard deviations away from the guess"
        raise Problem("error", found, "give a smaller one")
    drawn = loop.rows / keep.share if loop.counted == "kept" and keep.share is not None else loop.rows
    law = keep.law(at, drawn)
    share = law.share if loop.counted == "drawn" else np.ones_like(at)
    fixed = loop.counted == "kept" or keep.share is not None
    refuse_few(loop.rows, float(weight @ share), lost=0, fixed=fixed)
    noise = law.spread * inverse_rows(loop.rows, share, lost=0, fixed=fixed)
    mean = float(weight @ law.mean)
    slope = float(weight @ (law.mean * x)) / np.sqrt(width) if width > 0 else 0.0
    variance = float(weight @ (law.mean - mean) ** 2 + weight @ noise)
    return _Drawn(mean, variance, slope, float(weight @ law.share))


@cache
def _hermite() -> tuple[Array, Array]:
    """Nodes and weights of a standard normal law."""
    x, weight = np.polynomial.hermite_e.hermegauss(_POINTS)
    return x, weight / weight.sum()
