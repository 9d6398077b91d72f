"""How large are the errors of all fits of a workflow, together? Covariance by one linear recursion."""

from __future__ import annotations

import numpy as np

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_one, guarded, guarded_infinite
from genloss.theory.workflows.atoms import Atoms, read
from genloss.theory.workflows.gaussian_paths import paths
from genloss.theory.workflows.information import unequal_information
from genloss.theory.workflows.limits import LongRun, closed_form, numerical
from genloss.theory.workflows.noise_loadings import gram, loadings
from genloss.theory.workflows.noise_sources import VarianceFunction, drifts, growing_noise_variances, noise_variances
from genloss.theory.workflows.one_number import as_chain, chain_covariance, chain_variances
from genloss.theory.workflows.steps import as_steps, step_covariance
from genloss.workflows import Schedule, WorkflowLike, schedule_of, workflow_of

__all__ = ["LongRun", "covariance", "drift", "long_run", "paths", "unequal_information", "variances"]

_FAR = 2048  # the last generation that a long run is read off
_NEAR = 64  # and the last it may be read off where rows run out before
_LARGEST = 22_000  # generations whose covariance takes 4 GB
_MANY = 1200  # fits from which steps are faster than products of blocks


@guarded
def covariance(
    workflow: WorkflowLike,
    *,
    variance: float = 1.0,
    curvature: float = 0.0,
    slope: float = 0.0,
    truth: float = 0.0,
    limit: bool = False,
    generations: int | None = None,
) -> Array:
    r"""Return the covariance of all fits of a workflow, (fits, fits), generation 0 first.

    .. math:: \delta_g = \sum_b W_{gb} (a_b \delta_{o(b)} + \beta_b + e_b) + \eta_g, \quad
       Var(e_b) = s_b E V(m_{o(b)}) / n_b,

    delta_g the error of fit g, W the share of batch b in its loss, o(b) who drew the batch (error 0
    for the truth), a, beta, s the gain, shift and variance scale of the sampler, e_b the noise of its
    n_b rows, one for all fits that use it, eta the noise of sub-sampling. A fit is the weighted mean of
    its rows; one row has the variance V(m) = variance + slope (m - truth) + curvature (m - truth)^2.

    workflow: any `WorkflowLike`, with `generations` the last one; a `Schedule` has its own. variance: V at
    the truth. curvature: half of V'': 0 for normal and Poisson, -1 for Bernoulli and multinomial, 1 for
    exponential and geometric, 1/k for gamma of shape k and negative binomial with k. slope: V' at the
    truth, truth: the mean itself; both matter only where a sampler has a shift or a gain. limit: the limit
    of many rows, where every row has the truth's variance.

    Rows of a mixed law differ by their origins, too; a sub-sample of k of N rows has the variance of
    the pool's rows times (1 - k/N)/k x N/(N - 1), or 1/k with replacement; both are exact means here
    and leading terms with `limit`.

    Errors: `Problem` for filters (the weights would depend on the rows), for samplers that only some
    models have, for a variance that turns negative, and above 4 GB.
    Status: exact for one-parameter families of quadratic variance in their mean, for any number of rows;
    with `limit` asymptotic for every regular estimator, many rows at a fixed generation.
    Source: docs/theory/workflows.md sections 1 and 2. Checked by tests/brute/test_workflow_covariance.py
    (row by row) and tests/statistical/test_workflow_covariance.py.

    >>> from genloss.workflows import accumulate
    >>> covariance(accumulate(1), generations=2).round(4).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.25, 1.25], [1.0, 1.25, 1.3611]]
    """
    if isinstance(generations, int) and generations > _LARGEST:
        found = f"{generations:,}: the covariance of all fits would take {8e-9 * generations**2:,.0f} GB"
        raise Problem("generations", found, f"give at most {_LARGEST:,}, or ask for the variances alone")
    schedule, function = _asked(workflow, generations, variance, curvature, slope, truth)
    chain = as_chain(schedule)
    if chain is not None:
        return chain_covariance(chain, function, limit=limit)
    return solved(read(schedule), function, limit=limit)


def solved(atoms: Atoms, function: VarianceFunction, *, limit: bool) -> Array:
    """Return the covariance of the fits: many that change little by their steps, others by products of blocks."""
    growing = growing_noise_variances(atoms, function, limit=limit) if atoms.fits > _MANY else None
    steps = None if growing is None else as_steps(atoms)
    if steps is not None and growing is not None:
        return step_covariance(atoms, steps, growing)
    loading = loadings(atoms)
    sizes = noise_variances(atoms, loading, function, limit=limit)
    np.multiply(loading, np.sqrt(np.maximum(sizes, 0.0)), out=loading)
    return gram(loading, atoms.first_fit_of_atom)


@guarded
def variances(
    workflow: WorkflowLike,
    *,
    variance: float = 1.0,
    curvature: float = 0.0,
    slope: float = 0.0,
    truth: float = 0.0,
    limit: bool = False,
    generations: int | None = None,
) -> Array:
    """Return the variance of every fit, (fits,): the diagonal of `covariance`, whose arguments these are.

    Replace, accumulate and their sub-sampled forms take time proportional to the generations.
    Status: exact, or asymptotic with `limit`, as there; errors as there. Source: docs/theory/workflows.md.
    Checked by tests/brute/test_workflow_covariance.py.

    >>> from genloss.workflows import replace
    >>> variances(replace(10), variance=0.25, curvature=-1, generations=2).round(6).tolist()
    [0.025, 0.0475, 0.06775]
    """
    schedule, function = _asked(workflow, generations, variance, curvature, slope, truth)
    chain = as_chain(schedule)
    if chain is not None:
        return chain_variances(chain, function, limit=limit)
    atoms = read(schedule)
    loading = loadings(atoms)
    return np.asarray(np.square(loading) @ noise_variances(atoms, loading, function, limit=limit))


@guarded
def drift(workflow: WorkflowLike, *, truth: float = 0.0, generations: int | None = None) -> Array:
    """Return E(fit) - truth of every fit, (fits,): what gains and shifts of samplers do to the mean.

    d_g = sum over batches of W[g, b] (a_b d_o(b) + shift_b + (a_b - 1) truth); 0 for honest samplers.
    truth: the mean itself, for a gain multiplies the fit and not its error.

    Status: exact. Errors as `covariance`. Source: docs/theory/workflows.md section 1.
    Checked by tests/brute/test_workflow_covariance.py.

    >>> from genloss import Workflow
    >>> real = {"tag": "r", "from": "real", "rows": 5, "at": "start"}
    >>> made = {"tag": "s", "from": "model", "rows": 5, "sampler": {"shift": 0.5}}
    >>> rules = {"emit": [real, made], "train": [{"select": {"last": 1}}]}
    >>> drift(Workflow.from_dict(rules), generations=2).tolist()
    [0.0, 0.5, 1.0]
    """
    at = checked_one("truth", truth, lowest=-np.inf, meaning="a number")
    return drifts(read(schedule_of(workflow, generations)), at)


@guarded_infinite
def long_run(workflow: WorkflowLike, *, variance: float = 1.0) -> LongRun:
    """Return where a workflow leads in the limit of many rows, and why.

    Named workflows of constant numbers of rows, and pools joined by new real rows in every generation,
    have closed forms; for others the variances of 2049 fits are computed and read, or of as many as
    the numbers of rows allow.

    workflow: any `WorkflowLike` but a `Schedule`, which ends. variance: of one row at the truth.
    Errors: `Problem` as `covariance`.
    Status: each answer says its own. Source: docs/theory/workflows.md section 3. Checked by
    tests/unit/test_workflow_limits.py.

    >>> from genloss.workflows import accumulate, window
    >>> round(long_run(accumulate(1)).limit, 6), long_run(window(1, keep=3)).coefficient
    (1.644934, 0.25)
    """
    rules = workflow_of(workflow)
    size = checked_one("variance", variance, lowest=1e-300, meaning="the variance of one row, above 0")
    found = closed_form(rules, size)
    if found is not None:
        return found
    last = _FAR if rules.only_through is None else min(_FAR, rules.only_through)
    while True:
        try:
            return numerical(variances(rules, variance=size, limit=True, generations=last))
        except Problem:  # rows that grow or shrink beyond what a batch can have
            if last <= _NEAR:
                raise
            last //= 2


def _asked(
    workflow: WorkflowLike,
    generations: int | None,
    variance: float,
    curvature: float,
    slope: float,
    truth: float,
) -> tuple[Schedule, VarianceFunction]:
    """Check the arguments."""
    function = VarianceFunction(
        checked_one("variance", variance, lowest=0, meaning="the variance of one row at the truth, >= 0"),
        checked_one("curvature", curvature, lowest=-np.inf, meaning="half of V'', e.g. -1 for Bernoulli"),
        checked_one("slope", slope, lowest=-np.inf, meaning="V' at the truth"),
        checked_one("truth", truth, lowest=-np.inf, meaning="the mean at the truth"),
    )
    schedule = schedule_of(workflow, generations)
    if not schedule.train:
        raise Problem("workflow", "has no generation", "compile it for generation 0 at least")
    return schedule, function
