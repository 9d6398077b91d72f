"""How large may a verifier's error be before checking hurts? And what is the risk of a checked loop, by generation?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from genloss.errors import Problem, shown
from genloss.theory.arguments import Array, as_numbers, checked_generation, checked_one, guarded, guarded_infinite
from genloss.theory.filters.directions import directions_of
from genloss.theory.filters.loops import LeastSquaresLoop, LocationLoop, Loop, RidgeLoop
from genloss.theory.filters.positions import Point, positions
from genloss.theory.filters.regressions import regressions
from genloss.theory.filters.rule import EVERY_ROW, Keep

__all__ = ["BreakEven", "Checked", "break_even", "verified_risk"]

_AGAINST = ("real", "unchecked")
_SETTLED, _LONGEST = 1e-11, 20_000
_OFFSET = 3.0  # standard deviations of the noise, up to which regressions were held against simulation
_LAST = 100_000


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


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The verifier's error above which checking hurts.

    value: of a location, in the units of a row; of a regression, the root of the verifier's excess risk. 0: checking
    hurts however good the verifier is. inf: it never does. first_order: value to first order, in closed form; nan for
    ridge, where there is none. perfect: risk of the checked loop with a verifier whose error is 0. compared: the risk
    that it is compared with; inf where that grows without end. generation: None in the end. offset: `Checked.offset`,
    its largest on the way, at `value`. says: one sentence. status: always "asymptotic".
    """

    value: float
    first_order: float
    perfect: float
    compared: float
    generation: int | None
    offset: float
    says: str
    status: str = "asymptotic"


@guarded
def verified_risk(
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

    >>> risk = verified_risk(LeastSquaresLoop(10, rows=400, noise=0.5), Keep(within=1.0), generation=[0, 1, 8])
    >>> risk.total.round(5).tolist(), risk.share.round(3).tolist()
    ([0.00643, 0.00334, 0.00305], [1.0, 0.675, 0.679])
    """
    _check_kinds(loop, keep)
    n = checked_generation(generation, highest=_LAST)
    off = _checked_error(loop, error)
    points = [_near(loop, point) for point in islice(_points(loop, keep, off, direction), int(n.max(initial=0)) + 1)]
    total, bias, share, offset = (np.array(part)[n] for part in zip(*points, strict=True))
    return Checked(total, bias, total - bias, share, offset)


@guarded_infinite
def break_even(
    loop: Loop,
    keep: Keep,
    *,
    against: str = "real",
    generation: int | None = None,
    direction: ArrayLike | None = None,
) -> BreakEven:
    r"""Return the verifier's error above which checking hurts, in the end or at a generation.

    It is the root of `verified_risk` = what it is compared with. To first order, for a location with n rows kept,

    .. math:: \frac{n c^2}{V} = \frac{1 - \rho^{2g} - \rho (1-\rho^{2g}) / (1-\rho^2)}{(1-\rho^g)^2}
        \to 1 - \frac{\rho}{1-\rho^2}

    which is 0 from rho = (sqrt 5 - 1) / 2 = .618 on: so weak a check ends above the fit to real rows however good the
    verifier is. A verifier that is itself a fit to n' real rows has c^2 = V / n' in the mean.
    against: "real", the fit of generation 0, which is what is left if the loop is stopped there; or "unchecked", the
    same loop without a check, at the same generation. generation: from 1 on; None for the end. direction: as in
    `verified_risk`; of several roots the largest, above which checking hurts for certain.
    For verifiers that are fits of the loop, value is the error that comes on top of the fit's own (a copy that is
    stale, or rounded): 0 where even the fit itself is too poor.
    Errors: `Problem` where the root lies outside the range of `verified_risk`, and where a loop does not settle.
    Status: asymptotic, as `verified_risk`. Source: docs/theory/verifier.md.
    Checked by tests/unit/test_verifier.py, tests/statistical/test_verifier.py and verification/verifier_price.py.

    >>> found = break_even(LocationLoop(100, counted="kept"), Keep(within=1.0))
    >>> round(100 * found.first_order**2, 3), round(100 * found.value**2, 3)
    (0.682, 0.682)
    """
    if against not in _AGAINST:
        raise Problem("against", f"{shown(against)} is not known", 'give "real" or "unchecked"')
    _check_kinds(loop, keep)
    last = None if generation is None else int(checked_generation(generation, highest=_LAST))
    if last == 0:
        raise Problem("generation", "0: no row is checked in it", "give a generation from 1 on, or None for the end")
    compared = _compared(loop, against, last, direction)
    perfect, settles = _risk(loop, keep, 0.0, last, direction)
    first = _first_order(loop, keep, against, last)
    if np.isinf(perfect) and np.isinf(compared):
        raise Problem("generation", "both loops lose without end", "give a generation at which to compare them")
    if np.isinf(perfect) or np.isinf(compared):
        value = 0.0 if np.isinf(perfect) else np.inf
        return BreakEven(value, first, perfect, compared, last, settles, _says(value, against, last))

    def above(error: float) -> float:
        return _risk(loop, keep, error, last, direction)[0] - compared

    value = _root(above, float(np.sqrt(max(compared, perfect))), signed=direction is not None)
    offset = _risk(loop, keep, value, last, direction)[1]
    return BreakEven(value, first, perfect, compared, last, offset, _says(value, against, last))


def _check_kinds(loop: Loop, keep: Keep) -> None:
    if not isinstance(loop, Loop):
        raise Problem("loop", f"{shown(loop)} is no loop", "give a LocationLoop, a LeastSquaresLoop or a RidgeLoop")
    if not isinstance(keep, Keep):
        raise Problem("keep", f"{shown(keep)} is no verifier", "give Keep(within=1.0) or Keep(share=0.5)")


def _compared(loop: Loop, against: str, last: int | None, direction: ArrayLike | None) -> float:
    real = next(_points(loop, EVERY_ROW, 0.0, direction)).total
    if against == "real":
        return real
    if not isinstance(loop, RidgeLoop):
        return np.inf if last is None else real * (last + 1)
    return _risk(loop, EVERY_ROW, 0.0, last, direction)[0]


def _points(loop: Loop, keep: Keep, error: float, direction: ArrayLike | None) -> Iterator[Point]:
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


def _risk(loop: Loop, keep: Keep, error: float, last: int | None, direction: ArrayLike | None) -> tuple[float, float]:
    """Return the risk at a generation, or in the end, and the largest offset on the way."""
    points = _points(loop, keep, error, direction)
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


def _root(above: Callable[[float], float], size: float, *, signed: bool) -> float:
    """Return the largest error found at which `above` changes sign, 0 where even the best error hurts.

    size: of an error that matters. signed: whether an error can help, so that more than the error 0 is tried.
    """
    helps = [float(x) for x in np.linspace(0.0, 1.5 * size, 13 if signed else 1) if _helps(above, float(x))]
    if not helps:
        return 0.0
    low, high = _bracket(above, helps[-1], size / 4)
    return float(brentq(above, low, high, xtol=1e-12 * high, rtol=1e-10))


def _helps(above: Callable[[float], float], error: float) -> bool:
    """Whether checking helps at an error, at 0 or within the range of the theory."""
    try:
        return above(error) < 0
    except Problem:
        if error == 0:
            raise
        return False


def _bracket(above: Callable[[float], float], good: float, step: float) -> tuple[float, float]:
    """Return an error that does not hurt and one that does, or say that none does within the range of the theory."""
    trial, bad, found = good + step, np.inf, ""
    while bad - good > 0.01 * good:
        try:
            if above(trial) > 0:
                return good, trial
            good = trial
        except Problem as problem:
            bad, found = trial, problem.found
        trial = good * 1.3 if np.isinf(bad) else (good + bad) / 2
    found = f"no error up to {good:.3g} makes checking hurt, and {bad:.3g} is beyond the range of the theory: {found}"
    raise Problem("break_even", found, "ask for an earlier generation, give more rows, or simulate")


def _first_order(loop: Loop, keep: Keep, against: str, last: int | None) -> float:
    """Return the closed form of the value, nan for ridge: c^2 = (compared - variance of the perfect) / (1 - rho^g)^2.

    unit: the risk of a fit to real rows; each: what a generation of checked rows adds.
    """
    if isinstance(loop, RidgeLoop):
        return np.nan
    rho = float(keep.contraction())
    scale, lost = (loop.sd**2, 0) if isinstance(loop, LocationLoop) else (loop.dim * loop.noise**2, loop.dim + 1)
    share = 1.0 if loop.counted == "kept" else keep.moments(1.0, 1e12)[0]
    unit, each = scale / (loop.rows - lost), rho * scale / (loop.rows * share - lost)
    if not (isinstance(keep.by, str) and keep.drops()):
        return np.nan
    left = 0.0 if last is None else rho**last
    start = unit * left**2 if keep.by == "outside" else unit
    variance = start + each * (1 - left**2) / (1 - rho**2)
    compared = unit if against == "real" else np.inf if last is None else unit * (last + 1)
    return float(np.sqrt(max(compared - variance, 0.0)) / (1 - left))


def _says(value: float, against: str, last: int | None) -> str:
    when = "in the end" if last is None else f"at generation {last}"
    other = "the fit to real rows" if against == "real" else "the same loop without a check"
    if value == 0:
        return f"checking hurts {when} however good the verifier is: the loop has a larger risk than {other}"
    if np.isinf(value):
        return f"no error of the verifier makes checking hurt {when}: the risk of {other} grows without end"
    return f"checking hurts {when}, compared with {other}, where the verifier's error is above {value:.4g}"


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
