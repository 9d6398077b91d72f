"""Could a claim have failed? Which true values this run would have refused with 95 %, and which it must refuse."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isclose, isfinite
from statistics import NormalDist

import numpy as np

from genloss.results.agreement import Z
from genloss.study.claims.claim import Claim
from genloss.study.claims.measures import MEASURES, Number, Series, measured

POWER = 0.95
SHARE = 0.1
"""How far off a claimed number may be without being refused, relative to it, where a claim names no wrong answer."""


@dataclass(frozen=True, slots=True)
class Reach:
    r"""The true values that a check would have refused with the probability `POWER`: below `below`, above `above`.

    A check refuses where the whole interval of its number lies outside the bounds [L, U]. With the number x normal
    about the true value, its standard error s, and a half width :math:`h = Z s + a` (a: the allowance),

    .. math:: P(x - h > U \mid \theta) \ge 0.95 \iff \theta \ge U + Z s + 2 a + 1.645 s,

    since the number may lie by its allowance on the wrong side; below L in the same way. A claim "v within t" so
    detects deviations of :math:`t + 6.145 s + 2 a`. Where the error goes with the number, as it does for losses and
    ratios, s is :math:`\theta s_x / x`, and the edge is U over :math:`1 - 6.145 s_x / x`. -inf, inf: nothing is
    refused on that side.

    Status: exact for a normal number of known standard error; asymptotic for others, with this run's standard errors;
    a bound for extremes and places (`widened`). Source: docs/theory/claims.md. Checked by tests/unit/test_power.py.
    """

    below: float
    above: float

    def refuses(self, value: float) -> bool:
        """Whether a true value of this size would have been refused; one on the edge would not."""
        return any(
            isfinite(edge) and sign * (value - edge) > 0 and not isclose(value, edge, rel_tol=1e-9)
            for edge, sign in ((self.below, -1), (self.above, 1))
        )


def reach_of(measure: str, here: Series, versus: Series | None, bounds: tuple[float, float]) -> Reach:
    """Return what a check with these values would have refused; bounds: the numbers for which its claim holds.

    The error of a `scaled` measure, and of a ratio, goes with the number where that is positive; others keep theirs.
    """
    number, scaled = measured(measure, here, versus), MEASURES[measure].scaled or versus is not None
    values = 1 if number.standard_error is not None else here.x.size + (versus.x.size if versus else 0)
    wide = measured(measure, widened(here, values), versus and widened(versus, values), wide=True)
    if not isfinite(number.value):
        return Reach(-inf, inf)
    if scaled and wide.low >= 0 < number.value:
        return _in_proportion(number.value, wide, bounds)
    return Reach(bounds[0] - (wide.high - number.value), bounds[1] + (number.value - wide.low))


def _in_proportion(value: float, wide: Number, bounds: tuple[float, float]) -> Reach:
    below = bounds[0] * value / wide.high if isfinite(wide.high) and bounds[0] > 0 else -inf
    return Reach(below, bounds[1] * value / wide.low if wide.low > 0 else inf)


def widened(series: Series, values: int) -> Series:
    """Make the errors so large that their interval holds what a repetition may refuse with less than `POWER`.

    values: how many must each be told apart; each then misses with (1 - POWER) / values at most (Bonferroni).
    """
    more = NormalDist().inv_cdf(1 - (1 - POWER) / values)
    return Series(series.x, series.values, np.asarray(series.errors * (Z + more) / Z), 2 * series.allowances)


def must_refuse(claim: Claim) -> tuple[float, ...]:
    """Return the wrong answers that a claim has to be able to refuse, ascending.

    Those that it names. Otherwise, for a number within a tolerance or between two, the claimed one (the middle) 10 %
    up and down; for a bound on one side nothing: all beyond it is wrong, and what holds has shut it out.
    """
    if claim.nearest_wrong:
        return tuple(sorted(claim.nearest_wrong))
    low, high = claim.bounds
    if not (isfinite(low) and isfinite(high)):
        return ()
    middle = claim.expect.get("near", (low + high) / 2)
    return middle - SHARE * abs(middle), middle + SHARE * abs(middle)


def missed(claim: Claim, reach: Reach | None) -> tuple[float, ...]:
    """Return the wrong answers that a check would not have refused."""
    return tuple(value for value in must_refuse(claim) if reach is None or not reach.refuses(value))
