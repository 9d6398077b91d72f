"""When is the first category lost, and when is only one left?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_one, guarded
from genloss.theory.drift.ancestors import checked_probabilities, logs_of

__all__ = ["diffusion_first_loss", "diffusion_fixation", "expected_first_loss", "expected_fixation"]

_STEP = 0.25
LARGEST = 2000
"""Most rows for the exact times: a triangular system of that size."""


@guarded
def expected_fixation(probabilities: ArrayLike, *, rows: int) -> float:
    r"""Expected first generation whose corpus holds one category only, under replace.

    The corpus of generation g is of one kind if all its A_g ancestors in corpus 0 are, so

    .. math:: E T = \sum_{g \ge 0} 1 - E \sum_i p_i^{A_g} = [(I - Q)^{-1} f]_N, \quad f(a) = 1 - \sum_i p_i^a

    with Q the occupancy law of parents, which is lower triangular.

    probabilities: (categories,), adding up to 1. rows: N from 1 to 2000, the same in every generation.
    Status: exact. Source: docs/theory/classical.md. Checked by tests/brute/test_discrete_chain.py.

    >>> round(expected_fixation([0.5, 0.5], rows=2), 6)
    1.0
    """
    p, count = checked_probabilities(probabilities), _checked_rows(rows)
    p = p[p > 0] / p.sum()
    # f(a) = sum p (1 - p^(a - 1)), since the probabilities add up to 1
    several = -(p @ np.expm1(np.multiply.outer(logs_of(p)[0], np.arange(count))))
    return _time(count, several)


@guarded
def expected_first_loss(probabilities: ArrayLike, *, rows: int) -> float:
    r"""Expected first generation whose corpus lacks a category that the truth has, under replace.

    .. math:: E T = \sum_{g \ge 0} E \, cover(A_g), \quad cover(a) = P(a \text{ draws show every category})

    cover(a) by adding one category after another, with binomial counts: sums of positive terms.

    Arguments: as `expected_fixation`; categories of probability 0 are ignored.
    Status: exact. Source: docs/theory/classical.md. Checked by tests/brute/test_discrete_chain.py.

    >>> round(expected_first_loss([0.5, 0.5], rows=2), 6)
    1.0
    """
    p, count = checked_probabilities(probabilities), _checked_rows(rows)
    p = np.sort(p[p > 0])
    a = np.arange(count + 1)
    cover, total = (a >= 1).astype(float), p[0]
    for one in p[1:]:
        before, total = total, total + one
        law = _binomial(a, a[:, None], one / total, before / total)  # draws of the new category among a
        law[:, 0] = 0.0
        shifted = np.where(a[:, None] >= a, cover[np.maximum(a[:, None] - a, 0)], 0.0)
        cover = (law * shifted).sum(axis=1)
    if p.size == 1:
        raise Problem("probabilities", "one category is never lost", "give at least two of positive probability")
    return _time(count, cover[1:])


@guarded
def diffusion_fixation(probabilities: ArrayLike, *, rows: float) -> float:
    r"""Fixation time in the diffusion limit: -2N sum (1 - p_i) log(1 - p_i) fits; one less is the generation.

    Returned as a generation, 0 where the limit says less than one fit. Its digits are those of the fits, the
    generation + 1. Status: asymptotic, 3-4 % high at N = 100. Source: after 2509.20101 and
    Kimura; docs/theory/classical.md. Checked by tests/brute/test_discrete_chain.py.

    >>> round(diffusion_fixation([0.5, 0.5], rows=100), 2)
    137.63
    """
    p = checked_probabilities(probabilities)
    count = checked_one("rows", rows, lowest=1, meaning="a number of rows from 1 on")
    p = p / p.sum()
    others = logs_of(p)[1]
    return max(0.0, float(-2 * count * (np.exp(others) * np.where(np.isfinite(others), others, 0.0)).sum() - 1))


@guarded
def diffusion_first_loss(probabilities: ArrayLike, *, rows: float) -> float:
    r"""First loss in the diffusion limit, as a generation.

    .. math:: \int_0^\infty \prod_i (1 - e^{-2 N p_i / t}) \, dt - 1

    and 0 where that is below: the limit speaks of many fits, and with few rows the first corpus has lost one.
    Its digits are those of the fits, the generation + 1. rows: N >= 1, any number.
    Status: asymptotic, a few percent high at N = 100. Source: after 2509.20101;
    docs/theory/classical.md. Checked by tests/brute/test_discrete_chain.py.

    >>> round(diffusion_first_loss([0.5, 0.5], rows=100), 2)
    137.63
    """
    p = checked_probabilities(probabilities)
    p = p[p > 0]
    count = checked_one("rows", rows, lowest=1, meaning="a number of rows from 1 on")
    if p.size < 2:
        raise Problem("probabilities", "one category is never lost", "give at least two of positive probability")

    # In log t the integrand is analytic to pi/2 off the line, so equal steps of h are right to exp(-pi^2/h).
    logs = np.log(2 * count * p)
    points = np.arange(logs.min() - 45, logs.max() + 45, _STEP)
    inside = sum(np.log(-np.expm1(-np.exp(log - points))) for log in logs)
    return max(0.0, _STEP * float(np.exp(points + inside).sum()) - 1)


def _checked_rows(rows: ArrayLike) -> int:
    count = checked_one("rows", rows, lowest=1, highest=LARGEST, meaning=f"a whole number of rows up to {LARGEST}")
    if count != int(count):
        raise Problem("rows", f"{count:g} is not whole", "give a whole number of rows")
    return int(count)


def _time(rows: int, left: Array) -> float:
    """Sum over g >= 0 of E left(A_g), from A_0 = rows; left (rows,) for 1..rows ancestors, 0 where it ends."""
    from scipy.linalg import solve_triangular  # loaded where it is needed

    if rows == 1:
        return 0.0
    step = np.zeros((rows + 1, rows + 1))  # step[a, i]: i distinct parents of a lineages
    step[0, 0] = 1.0
    i = np.arange(rows + 1)
    for a in range(rows):
        step[a + 1] = step[a] * i / rows
        step[a + 1, 1:] += step[a, :-1] * (1 - i[:-1] / rows)
    solved = solve_triangular(np.eye(rows - 1) - step[2:, 2:], left[1:], lower=True)
    return float(solved[-1])


def _binomial(count: NDArray[np.int64], draws: NDArray[np.int64], probability: float, other: float) -> Array:
    """Probability of so many successes, other = 1 - probability; 0 above the draws."""
    from scipy.special import gammaln, xlogy

    rest = draws - count
    ways = gammaln(draws + 1) - gammaln(count + 1) - gammaln(np.maximum(rest, 0) + 1)
    logs = ways + xlogy(count, probability) + xlogy(np.maximum(rest, 0), other)
    return np.asarray(np.where(rest >= 0, np.exp(logs), 0.0))
