"""How does a heavy tail fare over generations, under the two rules for what a generator repeats?

*Empirical*: the generator draws its rows from the rows it has seen, counts and all. *Support only*: it knows
which tokens it has seen, and their true relative frequencies. The two differ in kind: the first forgets
like a random walk, (g + 1)^c; the second like a maximum, (log g)^c. Say which one you mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_generation, checked_range, guarded
from genloss.theory.drift.ancestors import ancestor_laws, checked_probabilities, logs_of
from genloss.theory.tails.by_cut import zipf_error

__all__ = ["empirical_error", "empirical_law", "support_bound", "support_error", "two_stage_error"]


@guarded
def empirical_error(probabilities: ArrayLike, *, rows: ArrayLike, generation: ArrayLike) -> Array:
    r"""Expected error of generation g when every generator draws from the rows of the one before.

    .. math:: E_g = \sum_i p_i \, E (1 - p_i)^{A_g}

    A_g = ancestors of the corpus of generation g in the real one (`ancestor_laws`).

    probabilities: (tokens,), adding up to 1. rows: one number or one per generation, up to 20,000.
    generation: g >= 0, any shape; 0 is fitted to real rows. Status: exact.
    Source: after 2402.07043; docs/theory/classical.md. Checked by tests/brute/test_tails.py.

    >>> empirical_error([0.5, 0.5], rows=2, generation=[0, 1]).tolist()
    [0.25, 0.375]
    """
    p = checked_probabilities(probabilities)
    order = checked_generation(generation)
    laws = ancestor_laws(rows=rows, generations=int(order.max(initial=0)))
    errors, others = np.zeros(len(laws)), np.exp(logs_of(p)[1])
    for g in np.unique(order):
        errors[g] = p @ np.polynomial.polynomial.polyval(others, laws[g])
    return np.asarray(errors[order])


@guarded
def empirical_law(exponent: float, *, rows: float, generation: ArrayLike) -> Array:
    r"""The same for p_i proportional to i^-b and many generations: sub-linear in g.

    .. math:: E_g \approx a(N) \, ((g + 1)/2)^c, \quad c = 1 - 1/b

    since A_g is near 2N/(g + 1). exponent: b > 1. rows: N. generation: g >= 9.
    Errors: `Problem` below g = 9, and beyond the horizon where 2N/(g + 1) rows no longer show the first
    token ten times. Status: asymptotic in g; allowance 1.5 log(g + 1)/(g + 1) of itself: 35 % at g = 9, 5 % at 140.
    Source: docs/theory/classical.md. Checked by tests/brute/test_tails.py.

    >>> empirical_law(1.5, rows=1000, generation=19).round(3).item()
    0.203
    """
    order = checked_generation(generation)
    if np.any(order < 9):
        raise Problem(
            "generation", f"{order.min()} is too early for the limit", "ask from 9 on, or use empirical_error"
        )
    n = checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on")
    try:
        return zipf_error(exponent, rows=2 * n / (order + 1))
    except Problem as problem:
        if problem.where != "rows":
            raise
        raise Problem(
            "generation",
            f"{order.max()} is beyond the horizon: too few ancestors are left for a power law",
            "ask for fewer generations or give more rows; empirical_error is exact",
        ) from problem


@guarded
def two_stage_error(exponent: float, *, first_rows: ArrayLike, rows: ArrayLike) -> Array:
    r"""Expected error after T rows from an empirical generator that saw T_0 real ones.

    .. math:: E = a(T_{eff}), \quad T_{eff} = T_0 (1 - e^{-T/T_0}),

    the expected number of distinct ancestors: more than a few T_0 synthetic rows add nothing.
    exponent: b > 1. first_rows: T_0, rows: T; shapes broadcast. Errors: `Problem` when T_eff is too
    small for the power law. Status: asymptotic in T_0; allowance 1/T_0 + 1/T of itself. The exact value is
    `empirical_error` with rows=[T_0, T], generation=1. Source: docs/theory/classical.md.
    Checked by tests/brute/test_tails.py.

    >>> two_stage_error(2.0, first_rows=1000, rows=[1000, 100_000]).round(5).tolist()
    [0.02748, 0.02185]
    """
    t0 = checked_range("first_rows", first_rows, lowest=1, meaning="a number of rows from 1 on")
    t = checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on")
    return zipf_error(exponent, rows=-t0 * np.expm1(-t / t0))


@guarded
def support_bound(probabilities: ArrayLike, *, rows: float, generation: ArrayLike) -> Array:
    r"""Upper bound on the expected error when every generator knows the seen tokens' true frequencies.

    .. math:: E_g \le \sum_i p_i \, [1 - (1 - (1 - p_i)^N)^{g + 1}]

    A seen token has at least its true probability, since the law is renormalized over fewer tokens; so
    each generation keeps it with at least the probability 1 - (1 - p)^N, whatever happened before.

    probabilities: (tokens,). rows: N >= 1. generation: g >= 0, any shape; exact at g = 0.
    Status: bound, at every N. Source: after 2402.07043; docs/theory/classical.md.
    Checked by tests/brute/test_tails.py.

    >>> support_bound([0.5, 0.5], rows=2, generation=[0, 1]).round(12).tolist()
    [0.25, 0.4375]
    """
    p = checked_probabilities(probabilities)
    n = checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on")
    order = checked_generation(generation, highest=2**53)
    missed = n * logs_of(p)[1]  # log of (1 - p)^N; of 1 less that next, with all digits at both ends
    kept = np.where(missed > -0.5, xlogy(1.0, -np.expm1(missed)), np.log1p(-np.exp(missed)))
    return np.asarray(-np.expm1((order[..., None] + 1.0) * kept) @ p)


@guarded
def support_error(probabilities: ArrayLike, *, rows: float, generation: ArrayLike) -> Array:
    r"""The same with the renormalization: the mean-field recursion over the mass that is left.

    .. math:: s_g(i) = s_{g-1}(i) \, (1 - (1 - p_i / m_{g-1})^N), \quad m_g = \sum_i p_i s_g(i), \quad E_g = 1 - m_g

    with s_{-1} = 1, m_{-1} = 1. Arguments: as `support_bound`.
    Status: asymptotic in N (the mass left fluctuates by 1/sqrt(N)); allowance 2 % of itself for N >= 100 and
    heavy tails. Source: docs/theory/classical.md. Checked by tests/brute/test_tails.py.

    >>> support_error([0.4, 0.3, 0.2, 0.1], rows=10, generation=[0, 5]).round(4).tolist()
    [0.0672, 0.2013]
    """
    p = checked_probabilities(probabilities)
    n = checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on")
    order = checked_generation(generation)
    p = p / p.sum()
    others, lost, errors = np.exp(logs_of(p)[1]), np.zeros(p.size), []  # lost: 1 - s
    for _ in range(int(order.max(initial=0)) + 1):
        gone = float(p @ lost)
        share = p / (1 - gone)
        rare = np.log1p(-np.minimum(share, 0.5))
        missed = np.exp(n * np.where(share < 0.5, rare, xlogy(1.0, np.maximum(others - gone, 0.0) / (1 - gone))))
        lost = lost + (1 - lost) * missed
        errors.append(float(p @ lost))
    return np.array(errors)[order]
