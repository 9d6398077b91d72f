"""Which share of the rows does a checker keep, and why can theory not tell about a check?"""

from __future__ import annotations

from typing import Any

from genloss.advise.plans.question import percent
from genloss.errors import Problem, shown
from genloss.theory.filters.rule import Keep

SAME = 1e-3
"""The part of the loss by which a check must change it, so that it is one."""


def share_of(given: Any) -> float | None:
    """Return a share of the rows, above 0 and at most 1, given as a number or as text with or without %.

    >>> share_of("50%"), share_of(0.5), share_of(None)
    (0.5, 0.5, None)
    """
    if given is None:
        return None
    meaning = "a share of the rows, from 0.001 to 1, e.g. 0.5 or 50%"
    share = percent("share", given, meaning)
    if not 0.001 <= share <= 1:
        raise Problem("share", f"{shown(given)} is no such share", f"give {meaning}")
    return share


class NoCheck(Problem):
    """A check sends away too few rows to change the loss."""


def keeps_all(keep: Keep, rows: int) -> bool:
    """Whether a check sends away no row at all, or of its share less than one."""
    return not keep.drops() or (keep.share is not None and rows * (1 - keep.share) < 1)


def no_check(keep: Keep, rows: int) -> NoCheck:
    """Return what is said of a check that sends away too few rows to change anything."""
    many = "every row stays" if not keep.drops() else f"of {rows:,} rows nearly every one stays"
    found = f"{many}, so that it is no check, and the loss is what it is without one"
    return NoCheck(option_of(keep), found, "give a smaller number")


def beyond_theory(problem: Problem, keep: Keep, rows: int, dim: int, generations: int) -> Problem:
    """Say in the words of the question why theory cannot tell. dim: coefficients, the constant among them."""
    if problem.where == "rows":
        share = keep.moments(1.0, float(rows))[0]
        inputs = f"{dim - 1} input{'s' if dim != 2 else ''} and the constant" if dim > 1 else "the constant"
        few = f"about {share * rows:.3g} of {rows:,} rows would stay for {inputs}, too few for theory to tell"
        return Problem(option_of(keep), few, "give a larger number, or more rows")
    found = (
        f"{generations}: theory cannot tell: the error at which checking costs as much as it saves is larger than the "
        "theory was checked for, 3 standard deviations of the label noise between a fit and the checker"
    )
    return Problem(
        "generations", found, "give fewer generations" if generations > 1 else "give a stricter check, or more rows"
    )


def option_of(keep: Keep) -> str:
    """Return by which of the two arguments a check was given."""
    return "within" if keep.share is None else "share"
