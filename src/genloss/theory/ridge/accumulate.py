"""How much is lost when every batch is kept with its old labels, and least squares is fitted to all of them?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import checked_generation, checked_one, guarded, per_generation
from genloss.theory.ridge.risk import Risk
from genloss.workflows import Schedule
from genloss.workflows.traits import EARLIER_ROWS, REUSE, SEVERAL_BATCHES, SIZES

__all__ = ["accumulate_reason", "accumulate_risk"]

COVERED = frozenset({REUSE, EARLIER_ROWS, SEVERAL_BATCHES, SIZES})
"""Each fit trains on every row so far, all alike: one batch a generation, drawn from the fit before."""


@guarded
def accumulate_risk(dim: float, *, rows: ArrayLike, noise: ArrayLike, generation: ArrayLike) -> Risk:
    r"""Expected excess risk of least squares on all batches so far, old labels kept.

    Batch 0 has real labels, batch t those of the fit of generation t - 1, plus noise, on fresh
    inputs; generation n fits batches 0..n. With batches of T_t rows, N_t = T_0 + ... + T_t:

    .. math:: E_n = \sum_{t=0}^{n} \sigma_t^2 \, \frac{T_t}{N_t} \, \frac{d}{N_t - d - 1}

    which for equal batches is :math:`\sigma^2 \sum_{t=1}^{n+1} d / (t (tT - d - 1))`, bounded in n.

    dim: number of features d >= 1. rows, noise: one number, or one per generation; noise is a
    standard deviation >= 0. generation: n >= 0, any shape; the result has its shape. Any positive
    spectrum and any truth give the same. `.bias` is 0, `.variance` what the same rows would give if
    all labels were real and had the noise of this generation, `.inherited` the rest.

    Errors: `Problem` when the first batch has fewer than dim + 2 rows (the mean is infinite).
    Status: exact at any size. Source: docs/theory/regression.md; the workflow is that of
    arXiv 2404.01413. Checked by tests/statistical/test_theory_accumulate.py.

    >>> accumulate_risk(10, rows=100, noise=1.0, generation=[0, 1, 100]).total.round(6).tolist()
    [0.11236, 0.138815, 0.178195]
    """
    d = checked_one("dim", dim, lowest=1, meaning="a number of features from 1 on")
    n = checked_generation(generation)
    fits = int(n.max(initial=0)) + 1
    batch = per_generation("rows", rows, fits, lowest=1, meaning="a number of rows from 1 on")
    sigma = per_generation("noise", noise, fits, lowest=0, meaning="a standard deviation >= 0")
    if batch[0] < d + 2:
        raise Problem(
            "rows",
            f"{batch[0]:g} rows in the first batch for {d:g} features: least squares on so few has no finite mean risk",
            f"give at least {d + 2:g} rows",
        )
    so_far = np.cumsum(batch)
    each = sigma**2 * batch / so_far * d / (so_far - d - 1)
    total = np.cumsum(each)[n]
    variance = (sigma**2 * d / (so_far - d - 1))[n]
    nothing = 0.0 * total
    return Risk(total, nothing, variance, total - variance, nothing, "exact")


def accumulate_reason(schedule: Schedule, dim: int) -> str | None:
    """Say why a schedule is not one that `accumulate_risk` covers, or None."""
    if schedule.batches[0].rows < dim + 2:
        return f"the first batch has {schedule.batches[0].rows} rows for {dim} features"
    return schedule.uncovered(COVERED)
