"""What is the risk of a loop whose rows are checked, by generation, and where does it settle?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem, shown
from genloss.theory.arguments import Array, as_numbers, checked_generation, checked_one, guarded
from genloss.theory.filters.directions import directions_of
from genloss.theory.filters.loops import LeastSquaresLoop, LocationLoop, Loop, RidgeLoop
from genloss.theory.filters.positions import Point, positions
from genloss.theory.filters.regressions import regressions
from genloss.theory.filters.rule import EVERY_ROW, Keep

__all__ = ["LAST", "Checked", "check_kinds", "filtered_risk", "points_of", "risk_at"]

LAST = 100_000
"""The last generation that is asked of a checked loop."""
_SETTLED, _LONGEST = 1e-11, 20_000
_OFFSET = 3.0  # standard deviations of the noise, up to which regressions were held against simulation


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked loop, by generation, each of the generations' shape.

    total: the risk. bias: the part of it that the mean fit has; variance: the rest. share: of the rows that stay in
    that generation (1 in generation 0). offset: root mean square distance of the fit that draws the rows from the
    verifier's guess, in standard deviations of the noise (0 in generation 0). status: always "asymptotic".
    """

    total: Array
    bias: Array
    variance: Array
    share: Array
    offset: Array
    status: str = "asymptotic"


@guarded
def filtered_risk(
    loop: Loop, keep: Keep, *, generation: ArrayLike, error: float = 0.0, direction: ArrayLike | None = None
) -> Checked:
    r"""Return the risk of a loop whose synthetic rows are checked before each refit, by generation.

    Location: with u the distance of the fit from the guess, m and v as in `kept` and K rows kept,
    u' = m(u) + noise of variance v(u) E(1/K). Regression: D' = R D + noise, with delta = |D| / noise,

    .. math:: R = \frac{M (1+\delta^2)}{1 + \delta^2 M}, \qquad M = \rho(a / \sqrt{1+\delta^2})

    and noise R sigma^2 / (K - d - 1) in each direction; with a penalty each direction is followed by its equivalent.
    generation: from 0 (real rows, not checked) to 100,000, any shape. error: how far the verifier's guess is off. Of a
    location, guess less truth, in the units of a row, of either sign; of a regression the root of the guess's excess
    risk, >= 0. For verifiers that are fits it comes on top of that fit. direction: where the error of a regression
    lies, in the eigenbasis, (dim,), up to a factor; None: random, alike in all directions, with mean 0.
    Errors: `Problem` where so few rows stay that the mean risk is not known, where a fit of a regression comes more
    than 3 standard deviations of the noise away from the guess (30 for a location), and for values out of range.
    Status: asymptotic: the distance from the guess is taken as normal (location; off by O(1 / n^2)), or its square as
    near its mean (regression; exact to first order in it). Source: docs/theory/verifier.md; the question is that of
    arXiv 2510.16657.
    Checked by tests/statistical/test_verifier.py and verification/verifier_price.py.

    >>> risk = filtered_risk(LeastSquaresLoop(10, rows=400, noise=0.5), Keep(within=1.0), generation=[0, 1, 8])
    >>> risk.total.round(5).tolist(), risk.share.round(3).tolist()
    ([0.00643, 0.00334, 0.00305], [1.0, 0.675, 0.679])
    """
    check_kinds(loop, keep)
    n = checked_generation(generation, highest=LAST)
    off = _checked_error(loop, error)
    points = [_near(loop, point) for point in islice(points_of(loop, keep, off, direction), int(n.max(initial=0)) + 1)]
    total, bias, share, offset = (np.array(part)[n] for part in zip(*points, strict=True))
    return Checked(total, bias, total - bias, share, offset)


def check_kinds(loop: Loop, keep: Keep) -> None:
    """Say what is no loop, or no verifier."""
    if not isinstance(loop, Loop):
        raise Problem("loop", f"{shown(loop)} is no loop", "give a LocationLoop, a LeastSquaresLoop or a RidgeLoop")
    if not isinstance(keep, Keep):
        raise Problem("keep", f"{shown(keep)} is no verifier", "give Keep(within=1.0) or Keep(share=0.5)")


def points_of(loop: Loop, keep: Keep, error: float, direction: ArrayLike | None) -> Iterator[Point]:
    """Yield generation after generation of a loop, without end; arguments as in `filtered_risk`."""
    if not isinstance(loop, LocationLoop):
        return regressions(directions_of(loop, error, _checked_direction(loop, direction)), keep)
    if direction is not None:
        raise Problem("direction", "a location has one direction", "leave it out; the sign of error says which way")
    return positions(loop, keep, error)


def _near(loop: Loop, point: Point) -> Point:
    """Refuse a generation of a regression whose rows come from too far away."""
    if not isinstance(loop, LocationLoop) and point.offset > _OFFSET:
        raise Problem(
            "error",
            f"the fit comes {point.offset:.3g} standard deviations of the noise away from the verifier's guess; the "
            f"theory was checked up to {_OFFSET:g}",
            "give a smaller error, more rows, or simulate",
        )
    return point


def risk_at(loop: Loop, keep: Keep, error: float, last: int | None, direction: ArrayLike | None) -> tuple[float, float]:
    """Return the risk at a generation, or in the end, and the largest offset on the way."""
    points = points_of(loop, keep, error, direction)
    if last is None and not _settles(loop, keep):
        return np.inf, 0.0
    far, before, change = 0.0, np.inf, np.inf
    for number, point in enumerate(points if last is None else islice(points, last + 1)):
        if keep is not EVERY_ROW:
            _near(loop, point)
            far = max(far, point.offset)
        step, change = change, abs(point.total - before)
        pace = min(change / step, 1 - 1e-6) if 0 < step < np.inf else 0.0
        before = point.total
        if last is None and number > 2 and change * pace / (1 - pace) <= _SETTLED * before and change <= step:
            return before, far
        if number == _LONGEST and last is None:
            raise Problem("generation", f"the loop has not settled after {_LONGEST:,} generations", "give a generation")
    return before, far


def _settles(loop: Loop, keep: Keep) -> bool:
    """Whether a loop's risk has a limit: a guess that stands still draws fits to it, and so does a penalty."""
    held = isinstance(keep.by, str) and keep.drops()
    return held or (isinstance(loop, RidgeLoop) and (loop.penalty > 0 or loop.rows < loop.eigenvalues().size))


def _checked_error(loop: Loop, error: float) -> float:
    if isinstance(loop, LocationLoop):
        return checked_one("error", error, lowest=-np.inf, meaning="the guess less the truth")
    return checked_one("error", error, lowest=0, meaning="the root of the verifier's excess risk, >= 0")


def _checked_direction(loop: LeastSquaresLoop | RidgeLoop, direction: ArrayLike | None) -> Array | None:
    if direction is None:
        return None
    found = as_numbers("direction", direction, "one number for each direction")
    size = loop.dim if isinstance(loop, LeastSquaresLoop) else loop.eigenvalues().size
    if found.shape != (size,) or not np.all(np.isfinite(found)) or not np.any(found):
        raise Problem("direction", f"shape {found.shape} for {size} directions", "give finite numbers, not all 0")
    return found
