"""How likely is it that one workflow errs less than another?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.workflows import Schedule

__all__ = ["CLOSE", "Chances", "chances", "on_which_rows"]

Array = NDArray[np.float64]

CLOSE = 1e-9  # errors as near as this are one error


@dataclass(frozen=True, slots=True)
class Chances:
    """Chances that the first errs less, ties counted half, and their standard errors: (workflows, workflows, fits)."""

    chance: Array
    standard_error: Array


def chances(errors: Sequence[Array]) -> Chances:
    r"""Return the chances from the squared errors of simulated runs, (runs, fits) for each workflow.

    .. math:: p = (w + t/2) / R, \quad SE^2 = (q (1 - q) - t / (4 R)) / R, \quad q = (w + t/2 + 1) / (R + 2),

    w of R runs won, t tied. q is Laplace's p, so that none of R runs is not never; all tied is exactly one half.

    Status: exact, of the runs given. Checked by tests/unit/test_compare.py.

    >>> found = chances([np.array([[1.0], [1.0]]), np.array([[2.0], [1.0]])])
    >>> found.chance[0, 1].tolist(), found.standard_error[0, 1].round(3).tolist()
    ([0.75], [0.234])
    """
    runs, fits = errors[0].shape
    chance = np.full((len(errors), len(errors), fits), 0.5)
    error = np.zeros_like(chance)
    for i, j in itertools.combinations(range(len(errors)), 2):
        gap = errors[i] - errors[j]
        near = np.abs(gap) <= CLOSE * (errors[i] + errors[j])
        won, tied = ((gap < 0) & ~near).sum(axis=0), near.sum(axis=0)
        chance[i, j] = (won + tied / 2) / runs
        chance[j, i] = 1 - chance[i, j]
        believed = (won + tied / 2 + 1) / (runs + 2)
        error[i, j] = error[j, i] = np.sqrt(np.maximum(believed * (1 - believed) - tied / (4 * runs), 0) / runs)
    return Chances(chance, error)


def on_which_rows(one: Schedule, other: Schedule) -> str:
    """Say what two separate runs of these schedules have in common.

    >>> from genloss.workflows import accumulate, replace
    >>> on_which_rows(replace(10).compile(1), accumulate(10).compile(1))
    'on the same real rows'
    >>> on_which_rows(replace(10).compile(1), replace(20).compile(1))
    'on other real rows, since their numbers differ'
    """
    ours, theirs = set(one.real_names.values()), set(other.real_names.values())
    if ours == theirs:
        return "on the same real rows"
    return "that share some real rows" if ours & theirs else "on other real rows, since their numbers differ"
