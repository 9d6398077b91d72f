"""What does a prior do to models that are refitted to their own rows: what does it hold, and what does it cost in bias?

A conjugate prior of a family in its mean m acts as `prior_rows` more rows of mean `prior_mean` that never change:

    fit = (rows x mean of the rows + prior_rows x prior_mean) / (rows + prior_rows).

That is the maximum a posteriori estimate in natural parameters, maximum likelihood with this penalty, and the posterior
mean of m. `pseudo_rows` says how many rows a named prior stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_one, guarded, guarded_infinite
from genloss.theory.workflows.atoms import Atoms, read
from genloss.theory.workflows.noise_loadings import loadings
from genloss.theory.workflows.noise_sources import VarianceFunction, drifts, noise_variances
from genloss.theory.workflows.prior_rows import PseudoRows, pseudo_rows
from genloss.workflows import Schedule, WorkflowLike, schedule_of
from genloss.workflows.checks import whole

__all__ = [
    "BestPrior",
    "PriorErrors",
    "PriorLimit",
    "PseudoRows",
    "best_prior_rows",
    "least_prior_rows",
    "prior_errors",
    "prior_limit",
    "pseudo_rows",
]

CENTERS = ("given", "first_fit")
"""Where a prior stands: at a mean that is given, or at the fit of generation 0."""
_ROWS = "the rows that the prior stands for, >= 0"


@dataclass(frozen=True)
class PriorErrors:
    """bias: E(fit) - truth. variance: of the fit. Both (fits,), generation 0 first, in the units of the mean."""

    bias: Array
    variance: Array

    @property
    def mean_square(self) -> Array:
        """Expected squared error, (fits,)."""
        return np.asarray(self.bias**2 + self.variance)


@dataclass(frozen=True)
class PriorLimit:
    """Where a chain ends. bias: share of the way from the truth to the prior's mean. variance: rows x Var / V."""

    bias: float
    variance: float


@dataclass(frozen=True)
class BestPrior:
    """prior_rows: those of the smallest error, inf: the prior alone. mean_square: there. without: with no prior."""

    prior_rows: float
    mean_square: float
    without: float


@guarded
def prior_errors(
    workflow: WorkflowLike,
    *,
    prior_rows: float,
    prior_mean: float = 0.0,
    truth: float = 0.0,
    variance: float = 1.0,
    curvature: float = 0.0,
    slope: float = 0.0,
    limit: bool = False,
    center: str = "given",
    generations: int | None = None,
) -> PriorErrors:
    r"""Return bias and variance of every fit, where each fit has a prior worth k = `prior_rows` rows.

    .. math:: \delta_g = A_g \Big(\sum_b W_{gb}(\delta_{o(b)} + e_b) + \eta_g\Big) + (1 - A_g)(m_0 - m), \quad
       A_g = N_g / (N_g + k), \quad Var(e_b) = E V(m_{o(b)}) / n_b

    N_g: the rows that fit g trains on. With center = "first_fit" the prior stands at the fit of generation 0, which has
    none itself: delta_0 takes the place of m_0 - m. workflow: any `WorkflowLike`, with `generations` the last one.
    prior_rows: >= 0; 0 is maximum likelihood. prior_mean: m_0, truth: m. variance, slope, curvature: V, V' and V''/2 of
    one row at the truth; e.g. Bernoulli m (1 - m), 1 - 2 m, -1, and Poisson m, 1, 0. For categories with a Dirichlet
    prior the sum over categories follows the same recursion (docs/theory/priors.md). limit: every row has the truth's
    variance.
    Errors: `Problem` as `theory.workflows.covariance`, and where V is negative at m_0.
    Status: exact for families of quadratic variance, for any number of rows; with `limit` asymptotic for others.
    Source: derived in docs/theory/priors.md; the question is arXiv 2506.20623's. Checked by
    tests/unit/test_priors.py and tests/statistical/test_priors.py.

    >>> from genloss.workflows import replace
    >>> found = prior_errors(replace(10), prior_rows=10, prior_mean=1.0, generations=2)
    >>> found.bias.tolist(), found.variance.round(6).tolist()
    ([0.5, 0.75, 0.875], [0.025, 0.03125, 0.032812])
    """
    rows = checked_one("prior_rows", prior_rows, lowest=0, meaning=_ROWS)
    function = VarianceFunction(
        checked_one("variance", variance, lowest=0, meaning="the variance of one row at the truth, >= 0"),
        checked_one("curvature", curvature, lowest=-np.inf, meaning="half of V'', e.g. -1 for Bernoulli"),
        checked_one("slope", slope, lowest=-np.inf, meaning="V' at the truth"),
        checked_one("truth", truth, lowest=-np.inf, meaning="the mean at the truth"),
    )
    if center not in CENTERS:
        raise Problem("center", f"{center!r}", f"give one of {', '.join(CENTERS)}")
    stands = checked_one("prior_mean", prior_mean, lowest=-np.inf, meaning="the mean of the prior")
    if rows and center == "given" and not limit:
        _refuse_outside(function, stands)
    away = stands - function.truth
    schedule = schedule_of(workflow, generations)
    used = np.array([schedule.rows_used(g).sum() for g in range(len(schedule.train))])
    atoms = _shrunk(read(schedule), used, rows, away, first=center == "first_fit")
    loading = loadings(atoms)
    sizes = noise_variances(atoms, loading, function, limit=limit)
    return PriorErrors(drifts(atoms, function.truth), np.asarray(np.square(loading) @ sizes))


def _refuse_outside(function: VarianceFunction, prior_mean: float) -> None:
    """Refuse a prior whose mean no row of the family can have: there the variance of a row would be negative."""
    away = prior_mean - function.truth
    there = float(function.at(np.asarray(away), np.asarray(away**2)))
    if there < -1e-12 * (function.variance + abs(function.slope * away) + abs(function.curvature) * away**2):
        raise Problem(
            "prior_mean",
            f"at {prior_mean:g} the variance of one row, variance + slope d + curvature d^2 with d = prior_mean - truth"
            f" = {away:g}, is {there:g}",
            "give a mean that the family has, e.g. 0 to 1 for a coin, or the variance function of the family at truth",
        )


def _shrunk(atoms: Atoms, used: Array, prior_rows: float, away: float, *, first: bool) -> Atoms:
    """Return the arrays of fits that are pulled to a prior: their loadings times A, and the pull as a shift.

    used: the rows of each fit, (fits,). first: whether the prior stands at the first fit, which has none itself.
    """
    kept, pull = used / (used + prior_rows), prior_rows / (used + prior_rows)
    if first:
        kept[0], pull[0] = 1.0, 0.0
    teaching, shift = kept[:, None] * atoms.teacher_weights, kept[:, None] * atoms.shift_effect
    if first:
        teaching[1:, 0] += pull[1:]
    else:
        shift[:, 0] += pull * away
    return replace(atoms, teacher_weights=teaching, shift_effect=shift, atom_weights=kept[:, None] * atoms.atom_weights)


@guarded_infinite
def prior_limit(
    kind: str, *, rows: float, prior_rows: float, synthetic_rows: float = 0.0, center: str = "given"
) -> PriorLimit:
    r"""Return where a chain with a prior ends, for rows of constant variance V; kappa = k / n, n = `rows`.

    =============  =====================================  ==================================================
    kind           bias, share of the way to the prior    rows x Var / V
    =============  =====================================  ==================================================
    "replace"      1                                      1 / (kappa (2 + kappa))
    "accumulate"   kappa / (1 + kappa), from the first    psi_1(1 + kappa), pi^2/6 without a prior
    "fresh_real"   k / (k + n)                            n (n + s) / ((k + n + s)^2 - s^2)
    =============  =====================================  ==================================================

    fresh_real: n new real rows in every generation beside s = `synthetic_rows` of the last fit; the prior stands
    against one generation's real rows alone. With center = "first_fit" (replace only) the bias is 0 and rows x Var / V
    ends at 1 + 1 / (kappa (2 + kappa)). prior_rows: k >= 0; at 0 replace has no limit and the variance is inf.
    Errors: `Problem` for another kind, and for "first_fit" with one that has no such limit here.
    Status: exact. Source: derived in docs/theory/priors.md. Checked by tests/unit/test_priors.py (the recursion of
    `prior_errors`).

    >>> prior_limit("fresh_real", rows=50, prior_rows=50, synthetic_rows=50)
    PriorLimit(bias=0.5, variance=0.25)
    """
    n = checked_one("rows", rows, lowest=1, meaning="the rows of a generation, >= 1")
    k = checked_one("prior_rows", prior_rows, lowest=0, meaning=_ROWS)
    s = checked_one("synthetic_rows", synthetic_rows, lowest=0, meaning="rows of the last fit, >= 0")
    if kind not in ("replace", "accumulate", "fresh_real"):
        raise Problem("kind", f"{kind!r}", "give replace, accumulate or fresh_real")
    if center not in CENTERS or (center == "first_fit" and kind != "replace"):
        raise Problem("center", f"{center!r} with {kind}", "give given, or first_fit with replace")
    ratio = k / n
    if kind == "replace":
        still = 1 / (ratio * (2 + ratio)) if k else np.inf
        return PriorLimit(0.0, 1.0 + still) if center == "first_fit" else PriorLimit(1.0 if k else 0.0, still)
    if kind == "accumulate":
        from scipy.special import polygamma  # loaded where it is needed

        return PriorLimit(k / (k + n), float(polygamma(1, 1 + ratio)))
    return PriorLimit(k / (k + n), n * (n + s) / ((k + n) * (k + n + 2 * s)))


@guarded
def least_prior_rows(rows: float, *, curvature: float) -> float:
    r"""Return the rows k of a prior above which the variance of fits stays finite for ever under replace.

    .. math:: A^2 (1 + v_2/n) < 1, \quad A = n/(n + k) \quad\Longleftrightarrow\quad k > n (\sqrt{1 + v_2/n} - 1)

    rows: n >= 1. curvature: v2, half of V''; 2 for the variance of a normal law, 1 for exponential, 1/k for gamma of
    shape k. For v2 <= 0 any prior is enough: 0. For many rows it is v2 / 2 rows, whatever n.
    Status: exact. Source: derived in docs/theory/priors.md. Checked by tests/unit/test_priors.py.

    >>> round(least_prior_rows(100, curvature=2.0), 4)
    0.995
    """
    n = checked_one("rows", rows, lowest=1, meaning="the rows of a generation, >= 1")
    bend = checked_one("curvature", curvature, lowest=-np.inf, meaning="half of V'', e.g. 1 for exponential")
    return float(max(bend, 0.0) / (np.sqrt(1 + max(bend, 0.0) / n) + 1))


@guarded_infinite
def best_prior_rows(
    workflow: WorkflowLike,
    *,
    prior_mean: float,
    generation: int,
    truth: float = 0.0,
    variance: float = 1.0,
    curvature: float = 0.0,
    slope: float = 0.0,
) -> BestPrior:
    """Return the strength of a prior at which the fit of one generation has the smallest expected squared error.

    workflow: as `prior_errors` takes it. generation: the horizon, from 0. Other arguments as there. The search is over
    1e-6 to 1e6 times the rows of generation 0, the ends none and the prior alone included; where the prior alone, of
    error (m_0 - m)^2, is best, prior_rows is inf.
    Status: numerical, to 1e-6 of ln k, of an exact error. Source: docs/theory/priors.md. Checked by
    tests/unit/test_priors.py (generation 0: k = V / (m_0 - m)^2).

    >>> from genloss.workflows import replace
    >>> best = best_prior_rows(replace(100), prior_mean=0.5, generation=0)
    >>> round(best.prior_rows, 3), best.without
    (4.0, 0.01)
    """
    last = whole(generation, "generation", lowest=0, meaning="a whole number >= 0")
    schedule = schedule_of(workflow, None if isinstance(workflow, Schedule) else last)
    if last >= len(schedule.train):
        raise Problem("generation", f"{last} of a schedule of {len(schedule.train)}", "give an earlier one")

    def error(prior_rows: float) -> float:
        found = prior_errors(
            schedule,
            prior_rows=prior_rows,
            prior_mean=prior_mean,
            truth=truth,
            variance=variance,
            curvature=curvature,
            slope=slope,
        )
        return float(found.mean_square[last])

    first, without, alone = float(schedule.rows_used(0).sum()), error(0.0), (prior_mean - truth) ** 2
    grid = np.log(first) + np.linspace(np.log(1e-6), np.log(1e6), 49)
    errors = [error(float(np.exp(x))) for x in grid]
    at = int(np.argmin(errors))
    rows, least = _refined(error, grid[max(at - 1, 0)], grid[min(at + 1, grid.size - 1)])
    if without <= min(least, alone):
        return BestPrior(0.0, without, without)
    return (
        BestPrior(np.inf, alone, without) if alone < least or at == grid.size - 1 else BestPrior(rows, least, without)
    )


def _refined(error: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Return where an error is least between two logarithms, and how large it is there."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda x: error(float(np.exp(x))), bounds=(low, high), method="bounded", options={"xatol": 1e-7}
    )
    return float(np.exp(found.x)), float(found.fun)


def __dir__() -> list[str]:
    return sorted(__all__)
