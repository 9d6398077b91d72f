"""How many rows stay, and what does their number, which is random, do to the variance of a fit?"""

from __future__ import annotations

import numpy as np

from genloss.errors import Problem
from genloss.theory.arguments import Array

__all__ = ["LIKELY", "SURE", "inverse_rows", "refuse_few"]

SURE, LIKELY = 4.0, 2.0
"""Standard deviations of the number of kept rows, by which it stays above what a fit follows: the mean risk is infinite
below it without a penalty, and finite with one."""


def inverse_rows(rows: float, share: Array, *, lost: float, fixed: bool) -> Array:
    """Return E 1 / (K - lost) for K kept rows, binomial of `rows` and `share`; fixed: K is rows * share itself.

    lost: what a fit follows, dim + 1 of least squares, 0 of a mean. By the first four moments of K, which leave
    O(1 / K^3) of it. K - lost is taken as 1 at least; `refuse_few` says where that matters.
    """
    many = np.maximum(rows * share - lost, 1.0)
    square = 0.0 * many if fixed else rows * share * (1 - share)
    third, fourth = square * (1 - 2 * share), 3 * square**2 + square * (1 - 6 * share * (1 - share))
    return np.asarray((1 + square / many**2 - third / many**3 + fourth / many**4) / many)


def refuse_few(rows: float, share: float, *, lost: float, fixed: bool, spare: float = SURE) -> None:
    """Refuse a check after which too few rows may be left for a fit: K within `spare` standard deviations of lost.

    lost: what the fit follows, as in `inverse_rows`, and df2 of ridge.
    """
    spread = 0.0 if fixed else np.sqrt(rows * share * (1 - share))
    if rows * share - lost - spare * spread >= 1:
        return
    raise Problem(
        "rows",
        f"about {rows * share:.3g} of {rows:g} rows would stay"
        + (f" for a fit that follows {lost:.3g} of their directions" if lost else "")
        + ", too few for the mean risk of a fit to be known here",
        "draw more rows, or keep more of them",
    )
