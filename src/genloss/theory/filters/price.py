"""How large may a verifier's error be before checking hurts?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from genloss.errors import Problem, shown
from genloss.theory.arguments import guarded_infinite
from genloss.theory.filters.chains import LAST, check_kinds, points_of, risk_at
from genloss.theory.filters.loops import LocationLoop, Loop, RidgeLoop
from genloss.theory.filters.rule import EVERY_ROW, Keep
from genloss.workflows.checks import whole

__all__ = ["BreakEven", "break_even"]

_AGAINST = ("real", "unchecked")


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

    It is the root of `filtered_risk` = what it is compared with. To first order, for a location with n rows kept,

    .. math:: \frac{n c^2}{V} = \frac{1 - \rho^{2g} - \rho (1-\rho^{2g}) / (1-\rho^2)}{(1-\rho^g)^2}
        \to 1 - \frac{\rho}{1-\rho^2}

    which is 0 from rho = (sqrt 5 - 1) / 2 = .618 on: so weak a check ends above the fit to real rows however good the
    verifier is. A verifier that is itself a fit to n' real rows has c^2 = V / n' in the mean.
    against: "real", the fit of generation 0, which is what is left if the loop is stopped there; or "unchecked", the
    same loop without a check, at the same generation. generation: from 1 on; None for the end. direction: as in
    `filtered_risk`; of several roots the largest, above which checking hurts for certain.
    For verifiers that are fits of the loop, value is the error that comes on top of the fit's own (a copy that is
    stale, or rounded): 0 where even the fit itself is too poor.
    Errors: `Problem` where the root lies outside the range of `filtered_risk`, and where a loop does not settle.
    Status: asymptotic, as `filtered_risk`. Source: docs/theory/verifier.md.
    Checked by tests/unit/test_verifier.py, tests/statistical/test_verifier.py and verification/verifier_price.py.

    >>> found = break_even(LocationLoop(100, counted="kept"), Keep(within=1.0))
    >>> round(100 * found.first_order**2, 3), round(100 * found.value**2, 3)
    (0.682, 0.682)
    """
    if against not in _AGAINST:
        raise Problem("against", f"{shown(against)} is not known", 'give "real" or "unchecked"')
    check_kinds(loop, keep)
    last = None if generation is None else _checked_last(generation)
    compared = _compared(loop, against, last, direction)
    perfect, settles = risk_at(loop, keep, 0.0, last, direction)
    first = _first_order(loop, keep, against, last)
    if np.isinf(perfect) and np.isinf(compared):
        raise Problem("generation", "both loops lose without end", "give a generation at which to compare them")
    if np.isinf(perfect) or np.isinf(compared):
        value = 0.0 if np.isinf(perfect) else np.inf
        return BreakEven(value, first, perfect, compared, last, settles, _says(value, against, last))

    def above(error: float) -> float:
        return risk_at(loop, keep, error, last, direction)[0] - compared

    value = _root(above, float(np.sqrt(max(compared, perfect))), signed=direction is not None)
    offset = risk_at(loop, keep, value, last, direction)[1]
    return BreakEven(value, first, perfect, compared, last, offset, _says(value, against, last))


def _checked_last(generation: int) -> int:
    meaning = f"a generation from 1 on, in which rows are checked, up to {LAST:,}, or None for the end"
    last = whole(generation, "generation", lowest=1, meaning=meaning)
    if last > LAST:
        raise Problem("generation", f"{last:,} is beyond {LAST:,}", f"give {meaning}")
    return last


def _compared(loop: Loop, against: str, last: int | None, direction: ArrayLike | None) -> float:
    real = next(points_of(loop, EVERY_ROW, 0.0, direction)).total
    if against == "real":
        return real
    if not isinstance(loop, RidgeLoop):
        return np.inf if last is None else real * (last + 1)
    return risk_at(loop, EVERY_ROW, 0.0, last, direction)[0]


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
