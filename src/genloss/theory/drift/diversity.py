"""How fast does a categorical model lose diversity? Heterozygosity and effective size of any workflow."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import (
    Array,
    as_numbers,
    checked_generation,
    checked_range,
    guarded,
    guarded_infinite,
    per_generation,
)

__all__ = [
    "accumulate_heterozygosity",
    "effective_size",
    "expected_heterozygosity",
    "heterozygosity_limit",
    "heterozygosity_of_workflow",
    "sine_ratio",
]

_ROWS = "a number of rows from 1 on"


@guarded
def expected_heterozygosity(start: ArrayLike, *, rows: ArrayLike, generation: int) -> Array:
    r"""Expected 1 - sum p^2 of the model of generation g, each fitted to N rows of the one before.

    .. math:: E H_g = H_0 \prod_{i=0}^{g} (1 - 1/N_i)

    start: heterozygosity of the truth in [0, 1], any shape, which the result has. rows: N >= 1, one
    number or one per generation. generation: g >= 0; 0 is fitted to real rows, hence g + 1 factors.
    Status: exact, for any truth; a single run varies by order 1. Source: Wright (1931), haploid;
    after Seddik et al. 2404.05090. Checked by tests/brute/test_discrete_chain.py.

    >>> expected_heterozygosity(0.5, rows=10, generation=1).item()
    0.405
    """
    h = checked_range("start", start, lowest=0, highest=1, meaning="a heterozygosity from 0 to 1")
    last = int(checked_generation(generation))
    count = per_generation("rows", rows, last + 1, lowest=1, meaning=_ROWS, whole=True)
    return np.asarray(h * np.prod(1 - 1 / count))


@guarded
def accumulate_heterozygosity(start: ArrayLike, *, rows: ArrayLike, generation: int) -> Array:
    r"""Expected heterozygosity of generation g when all rows so far are kept.

    .. math:: E H_g = H_0 \prod_{i=0}^{g} (1 - n_i / N_i^2), \quad N_i = n_0 + \dots + n_i

    Arguments: as `expected_heterozygosity`. Status: exact, for any truth. Source: docs/theory/classical.md.
    Checked by tests/brute/test_discrete_chain.py.

    >>> accumulate_heterozygosity(0.5, rows=10, generation=1).item()
    0.43875
    """
    h = checked_range("start", start, lowest=0, highest=1, meaning="a heterozygosity from 0 to 1")
    last = int(checked_generation(generation))
    count = per_generation("rows", rows, last + 1, lowest=1, meaning=_ROWS, whole=True)
    return np.asarray(h * np.prod(1 - count / np.cumsum(count) ** 2))


@guarded
def heterozygosity_limit(start: ArrayLike, *, rows: ArrayLike) -> Array:
    r"""Limit of `accumulate_heterozygosity` for equal batches of n rows: H_0 sin(x)/x with x = pi/sqrt(n).

    Status: exact (Euler's product for the sine). Shapes of start and rows broadcast.
    Source: docs/theory/classical.md. Checked by tests/unit/test_discrete_chain.py.

    >>> heterozygosity_limit(0.5, rows=10).round(5).item()
    0.42172
    """
    h = checked_range("start", start, lowest=0, highest=1, meaning="a heterozygosity from 0 to 1")
    return np.asarray(h * sine_ratio(checked_range("rows", rows, lowest=1, meaning=_ROWS)))


def sine_ratio(rows: Array) -> Array:
    """Return sin(x)/x at x = pi/sqrt(n), n >= 1, by pi - x where x is above pi/2."""
    root = np.sqrt(rows)
    nearer = np.where(rows < 4, (rows - 1) / (root * (root + 1)), 1 / root)
    return np.asarray(np.sin(np.pi * nearer) * root / np.pi)


@guarded
def heterozygosity_of_workflow(start: ArrayLike, variance_share: ArrayLike) -> Array:
    r"""Expected heterozygosity of every generation of any workflow, from its covariance.

    The fitted probabilities are a martingale with Var p_i = p_i (1 - p_i) c_g, so

    .. math:: E H_g = H_0 (1 - c_g)

    start: H_0, a number or any shape. variance_share: c_g = the diagonal of the workflow's covariance for
    variance 1 and curvature -1 (multinomial), from 0 to 1, (generations,). Result: shape start + (generations,).
    Status: exact for honest samplers, as exact as c_g. Source: docs/theory/classical.md.
    Checked by tests/brute/test_discrete_chain.py.

    >>> heterozygosity_of_workflow(0.5, [0.1, 0.19]).round(6).tolist()
    [0.45, 0.405]
    """
    h = checked_range("start", start, lowest=0, highest=1, meaning="a heterozygosity from 0 to 1")
    return remaining_heterozygosity(h, _shares(variance_share))


def remaining_heterozygosity(start: ArrayLike, shares: Array) -> Array:
    """Compute `heterozygosity_of_workflow` of a start that is one; shares beyond 1 are refused."""
    if shares.max(initial=0.0) > 1:
        _shares(shares)
    return np.multiply.outer(start, 1 - shares)


@guarded_infinite
def effective_size(variance_share: ArrayLike) -> Array:
    r"""Rows per generation of the replace workflow that would lose diversity as fast, generation by generation.

    .. math:: N_e(g) = 1 / (1 - (1 - c_g)/(1 - c_{g-1})), \quad c_{-1} = 0

    Accumulating n rows each time gives n (g + 1)^2. Infinite where nothing is lost.

    variance_share: as in `heterozygosity_of_workflow`. Errors: `Problem` where diversity returns (fresh
    real rows), or is gone: no size says that. Status: exact. Source: docs/theory/classical.md.
    Checked by tests/unit/test_discrete_chain.py.

    >>> effective_size([0.1, 0.19]).round(6).tolist()
    [10.0, 10.0]
    """
    left = np.append(1.0, 1 - _shares(variance_share))
    back = (left[1:] > left[:-1] * (1 + 1e-12)) | (left[:-1] == 0)
    if back.any():
        g = int(np.flatnonzero(back)[0])
        found = f"generation {g}: {'nothing is left to lose' if left[g] == 0 else 'diversity returns'}"
        raise Problem("variance_share", found, f"ask for the generations before {g}")
    lost: Array = np.diff(_shares(variance_share), prepend=0.0) / left[:-1]
    return np.asarray(np.divide(1.0, lost, out=np.full(lost.shape, np.inf), where=lost > 0))


def _shares(variance_share: ArrayLike) -> Array:
    c = np.atleast_1d(as_numbers("variance_share", variance_share, "one c from 0 to 1 per generation"))
    if c.ndim != 1 or not np.all((c >= 0) & (c <= 1)):
        raise Problem(
            "variance_share", "not one list from 0 to 1", "give the covariance's diagonal for variance 1, curvature -1"
        )
    return c
