r"""How much variety is left if every generation gets a few new real rows beside the rows of the last model?

r real and M synthetic rows count alike, w = r / (r + M). The mean of all rows is unbiased, and its variance v, in units
of that of one real row, follows

.. math:: v_g = q\, v_{g-1} + \frac{1}{r + M}, \qquad q = (1-w)^2 (1 + \kappa / M)

kappa says how the variance of a row depends on the mean: V(m) = V (1 + kappa (m - truth)^2 / V). It is -1 for
categories, whose heterozygosity is that of the truth times 1 - v, 0 for the mean of Gaussian or Poisson rows, 1 for
exponential rows, and 2 for the variance of Gaussian rows of known mean. Shares of categories, p, are one mean each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_generation, checked_one, checked_range, guarded, guarded_infinite

__all__ = ["real_rows_limit", "real_rows_stationary", "real_rows_variances"]

_MEANING = "a number of rows from 1 on"


@guarded
def real_rows_variances(
    real: int, synthetic: int, *, generations: int, first: int | None = None, curvature: float = -1.0
) -> Array:
    r"""Return the variance v of every fit in units of one real row's, (generations + 1,); generation 0 is real alone.

    .. math:: v_g = v_\infty + (v_0 - v_\infty)\, q^g, \qquad v_0 = 1 / n_0

    real: r, new real rows in each later generation. synthetic: M, rows of the last fit. first: n_0, the real rows of
    generation 0, None for r + M. curvature: kappa, -2 to 2; -1 for categories: 1 - v is then the part of the truth's
    variety (heterozygosity) that is left. Half of the way to the end takes about 0.69 M / (2 r - kappa) generations.
    Status: exact for r, M >= 1 in families of quadratic variance; leading order in 1/M otherwise. A single chain
    varies by order 1. Source: docs/theory/contaminated.md, for the setting of arXiv 2506.20623. Checked by
    tests/statistical/test_few_real_rows.py.

    >>> (1 - real_rows_variances(1, 100, generations=300)[[0, 50, 300]]).round(4).tolist()
    [0.9901, 0.7373, 0.6645]
    """
    q, added = _recursion(real, synthetic, curvature)
    start = real + synthetic if first is None else checked_one("first", first, lowest=1, meaning=_MEANING)
    last = int(checked_generation(generations))
    found = [1 / float(start)]
    for _ in range(last):
        found.append(q * found[-1] + added)
    return np.array(found)


@guarded_infinite
def real_rows_limit(real: int, synthetic: float = np.inf, *, curvature: float = -1.0) -> float:
    r"""Return where `real_rows_variances` ends; synthetic = inf gives the limit of large sizes.

    .. math:: v_\infty = \frac{M + r}{M (2 r - \kappa) + r^2} \to \frac{1}{2 r - \kappa}

    One real row a generation keeps 1 - 1/3 of the variety of categories whatever M is, and the error of a Gaussian mean
    stops at half the variance of one row. The variance of Gaussian rows (kappa = 2) needs two: with one its estimates
    have the variance M + 1, in these units, and no limit.
    Arguments as in `real_rows_variances`; the result is inf where the variance has no bound.
    Status: exact for r, M >= 1 in families of quadratic variance; leading order in 1/M otherwise.
    Source: docs/theory/contaminated.md. Checked by tests/statistical/test_few_real_rows.py.

    >>> [round(1 - real_rows_limit(1, m), 4) for m in (10, 100, 1000, np.inf)]
    [0.6452, 0.6645, 0.6664, 0.6667]
    >>> real_rows_limit(1, curvature=0.0), round(real_rows_limit(1, 50, curvature=2.0), 9)
    (0.5, 51.0)
    """
    if isinstance(synthetic, float) and np.isinf(synthetic):
        r = checked_one("real", real, lowest=1, meaning=_MEANING)
        kappa = _checked_curvature(curvature)
        return float(1 / (2 * r - kappa)) if 2 * r > kappa else float("inf")
    r = checked_one("real", real, lowest=1, meaning=_MEANING)
    m = checked_one("synthetic", synthetic, lowest=1, meaning=_MEANING)
    back = m * (2 * r - _checked_curvature(curvature)) + r**2
    return float((m + r) / back) if back > 0 else float("inf")


@guarded
def real_rows_stationary(probabilities: ArrayLike, real: int) -> Array:
    r"""Return the concentrations of the Dirichlet law of shares in late generations, 2 r p, (categories,).

    The shares drift like genes of a population with immigration: as M grows they have the stationary law
    Dirichlet(2 r p), whose heterozygosity is 2 r / (2 r + 1) of the truth's. What is kept on average is not kept by one
    fit: where 2 r p is below 1 a share is mostly near 0, and near 1 now and then.
    probabilities: p, (categories,), above 0, sum 1. real: r, new real rows in each generation, from 1 on.
    Status: asymptotic in M (the diffusion limit). Source: Wright (1931); docs/theory/contaminated.md. Checked by
    tests/statistical/test_few_real_rows.py.

    >>> real_rows_stationary([0.5, 0.3, 0.2], 1).tolist()
    [1.0, 0.6, 0.4]
    """
    p = checked_range("probabilities", probabilities, lowest=1e-12, meaning="probabilities above 0 that sum to 1")
    if p.ndim != 1 or abs(p.sum() - 1) > 1e-9:
        raise Problem("probabilities", f"shape {p.shape}, sum {p.sum():g}", "give probabilities that sum to 1")
    return 2 * checked_one("real", real, lowest=1, meaning=_MEANING) * p


def _recursion(real: float, synthetic: float, curvature: float) -> tuple[float, float]:
    """Return the factor q, and what a generation adds."""
    r = checked_one("real", real, lowest=1, meaning=_MEANING)
    m = checked_one("synthetic", synthetic, lowest=1, meaning=_MEANING)
    w = r / (r + m)
    return (1 - w) ** 2 * (1 + _checked_curvature(curvature) / m), 1 / (r + m)


def _checked_curvature(curvature: float) -> float:
    return float(checked_one("curvature", curvature, lowest=-2, highest=2, meaning="kappa, from -2 to 2"))
