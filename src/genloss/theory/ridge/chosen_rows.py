"""Which rows should one take: given candidates of several laws and a budget, which mix has the least risk?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_one, guarded_infinite
from genloss.theory.ridge.sources import Source, refuse_other, sources_risk

__all__ = ["ChosenRows", "best_rows"]

_LEAST = 1e-9  # shares below are none
_TOL = 1e-10
_ROWS = 1e-6  # rows of a candidate that is not taken: the risk is then that of the others, to rounding


@dataclass(frozen=True)
class ChosenRows:
    """The best mix of candidates, and what others cost.

    shares: of the budget, one a candidate, adding up to 1. rows: shares x budget. risk: with them; even: with equal
    shares; alone: with each candidate taken alone, (candidates,); without: with no
    candidate at all. Infinite where there is none. status: "optimum of" the status of the risks.
    """

    shares: Array
    rows: Array
    risk: float
    even: float
    alone: Array
    without: float
    status: str


@guarded_infinite
def best_rows(
    coefficients: ArrayLike,
    kept: Sequence[Source],
    candidates: Sequence[Source],
    *,
    budget: float,
    penalty: float,
    test_covariance: ArrayLike,
    test_mean: ArrayLike | None = None,
    before: Sequence[Sequence[Source]] = (),
    before_penalty: float = 0.0,
) -> ChosenRows:
    r"""Return the shares of a budget of rows, by candidate, with which a ridge fit has the least risk.

    .. math:: \min_{p \ge 0, \sum p = 1} E(kept, p_1 N \text{ rows of candidate } 1, \ldots)

    kept: sources that are trained on in any case, with their rows; may be empty. candidates: 1 to 12 sources whose
    `rows` are not looked at. budget: N > 0 rows. before: earlier fits that label candidates, with before_penalty. The
    other arguments, and what E is, as in `sources_risk`. Candidates that are the same get equal shares; where unlike
    mixes have the same risk, any of them may be returned.

    The minimum is looked for from every candidate alone and from equal shares, by sequential quadratic programs with
    numerical slopes. Errors: as `sources_risk`; no mix with a risk.
    Status: the least of several local minima, of asymptotic risks; convex for many rows and labels of one truth, where
    it is the global one. Closed forms for one candidate: docs/theory/unlike_sources.md.
    Source: docs/theory/unlike_sources.md. Checked by tests/unit/test_chosen_rows.py, against a grid.

    >>> from genloss.workflows import TRUTH
    >>> wide, narrow = Source(1, TRUTH, 1.0, [1.0, 1.0]), Source(1, TRUTH, 1.0, [4.0, 0.1])
    >>> best_rows([0.0, 0.0], [], [wide, narrow], budget=1000, penalty=0.0,
    ...           test_covariance=[1.0, 0.01]).shares.round(2).tolist()
    [0.11, 0.89]
    """
    total = checked_one("budget", budget, lowest=1e-6, meaning="a number of rows above 0")
    refuse_other("kept", kept)
    refuse_other("candidates", candidates)
    if not 1 <= len(candidates) <= 12:
        raise Problem("candidates", f"{len(candidates)} of them", "give 1 to 12")

    def found(rows: Array) -> tuple[float, str]:
        taken = [replace(each, rows=float(n)) for each, n in zip(candidates, rows, strict=True) if n > _ROWS]
        fits = [*before, [*kept, *taken]]
        penalties = [*([before_penalty] * len(before)), penalty]
        told = sources_risk(coefficients, fits, penalty=penalties, test_covariance=test_covariance, test_mean=test_mean)
        return float(told.total[-1]), told.status

    def risk(shares: Array) -> float:
        return found(np.maximum(shares, 0.0) * total)[0]

    count = len(candidates)
    corners = np.eye(count)
    alone = np.array([_or_inf(risk, corner) for corner in corners])
    even = risk(np.full(count, 1 / count))
    starts = [np.full(count, 1 / count), *(0.9 * corner + 0.1 / count for corner in corners)]
    ends = [_descended(risk, start) for start in starts] if count > 1 else [np.ones(1)]
    every = [*ends, *(corner for corner, value in zip(corners, alone, strict=True) if np.isfinite(value))]
    best = min(every, key=lambda shares: _or_inf(risk, shares))
    best = np.where(best < _LEAST, 0.0, best)
    best = _evened(best / best.sum(), candidates)
    value, status = found(best * total)
    without = _or_inf(lambda shares: found(shares)[0], np.zeros(count)) if kept else float("inf")
    return ChosenRows(best, best * total, value, even, alone, without, f"optimum of {status} risks")


def _descended(risk: Callable[[Array], float], start: Array) -> Array:
    """Go down from a mix, along the mixes; where it ends."""
    from scipy.optimize import minimize

    scale = _or_inf(risk, start)
    if not np.isfinite(scale) or scale == 0:
        return start
    found = minimize(
        lambda shares: min(_or_inf(risk, shares / shares.sum()) / scale, 1e6),
        start,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * start.size,
        constraints=[{"type": "eq", "fun": lambda shares: shares.sum() - 1}],
        options={"ftol": _TOL, "maxiter": 200},
    )
    end = np.clip(found.x, 0.0, None)
    return np.asarray(end / end.sum())


def _evened(shares: Array, candidates: Sequence[Source]) -> Array:
    """Give candidates that are the same equal shares, which changes no risk."""
    laws = [_law(each) for each in candidates]
    return np.array([np.mean([s for s, other in zip(shares, laws, strict=True) if other == law]) for law in laws])


def _law(source: Source) -> tuple[object, ...]:
    """Return all of a source but its rows, to compare."""
    mean = () if source.mean is None else np.asarray(source.mean, float).tolist()
    numbers = (source.noise, source.weight, np.asarray(source.covariance, float).tolist(), mean)
    return (source.origin, *numbers)


def _or_inf(risk: Callable[[Array], float], shares: Array) -> float:
    """Return the risk of a mix, infinity where it has none."""
    try:
        return float(risk(shares))
    except Problem:
        return float("inf")


def __dir__() -> list[str]:
    return sorted(__all__)
