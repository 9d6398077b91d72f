"""How many rows stay, and what does their number, which is random, do to the variance of a fit?"""

from __future__ import annotations

import numpy as np

from genloss.errors import Problem
from genloss.theory.arguments import Array

__all__ = ["inverse_rows", "refuse_few"]

_SPARE = 4.0  # standard deviations of the number of kept rows, by which it stays above the features


def inverse_rows(rows: float, share: Array, *, lost: float, fixed: bool) -> Array:
    """Return E 1 / (K - lost) for K kept rows, binomial of `rows` and `share`; fixed: K is rows * share itself.

    lost: what least squares loses, dim + 1; 0 for a mean. The first four moments of K, which leave O(1 / K^3) of it.
    K - lost is taken as 1 at least; `refuse_few` says where that matters.
    """
    many = np.maximum(rows * share - lost, 1.0)
    square = 0.0 * many if fixed else rows * share * (1 - share)
    third, fourth = square * (1 - 2 * share), 3 * square**2 + square * (1 - 6 * share * (1 - share))
    return np.asarray((1 + square / many**2 - third / many**3 + fourth / many**4) / many)


def refuse_few(rows: float, share: float, *, lost: float, fixed: bool) -> None:
    """Refuse a check after which too few rows may be left for a fit: K within four standard deviations of lost."""
    spread = 0.0 if fixed else np.sqrt(rows * share * (1 - share))
    if rows * share - lost - _SPARE * spread >= 1:
        return
    raise Problem(
        "rows",
        f"about {rows * share:.3g} of {rows:g} rows would stay"
        + (f" for {lost - 1:g} features" if lost else "")
        + ", too few for the mean risk of a fit to be known here",
        "draw more rows, or keep more of them",
    )
