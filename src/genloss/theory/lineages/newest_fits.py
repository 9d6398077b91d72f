"""How large are the errors of several models that replace their rows each generation, and how alike are they?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem, shown
from genloss.room import refuse_memory
from genloss.theory.arguments import Array, checked_generation, checked_one, checked_range, guarded
from genloss.theory.lineages.reading import Reading, reading
from genloss.workflows import Lineages

__all__ = ["Crowd", "crowd", "defined"]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Variances of the errors of several models, by generation, and what two of them have in common.

    variance: of each lineage, (generations + 1, lineages). between: the mean covariance of the errors of two different
    lineages, (generations + 1,); 0 for one lineage.
    """

    variance: Array
    between: Array

    @property
    def mean(self) -> Array:
        """The mean over the lineages of their variances, (generations + 1,)."""
        return np.asarray(self.variance.mean(axis=1))

    @property
    def whole(self) -> Array:
        """The variance of the mean of all lineages' fits, (generations + 1,): mean / K + between (1 - 1/K)."""
        count = self.variance.shape[1]
        return np.asarray(self.mean / count + self.between * (1 - 1 / count))

    @property
    def correlation(self) -> Array:
        """How much two different lineages have in common, (generations + 1,): between / mean.

        Where all lineages err alike it is the correlation of two lineages' errors. Errors: `Problem` for one lineage,
        and where no lineage errs.
        """
        if self.variance.shape[1] == 1:
            raise Problem("lineages", "two are compared, and there is one", "give at least two")
        if not self.mean.all():
            raise Problem("variance", "no lineage errs, so no errors are alike", "give a variance above 0")
        return np.asarray(self.between / self.mean)


@guarded
def crowd(
    lineages: Lineages,
    *,
    rows: ArrayLike,
    generations: int,
    variance: float = 1.0,
    curvature: float = 0.0,
    limit: bool = False,
) -> Crowd:
    r"""Return the errors of several models that train on the newest rows of those they read, and on no others.

    .. math:: S_{g+1} = M S_g M' + N_g / n, \quad
       N_{kk} = V_0 + \kappa \sum_j M_{kj} S_{jj} + [\sum_j M_{kj} S_{jj} - (M S M')_{kk}]

    S the covariance of the errors of the lineages' newest fits, M the exchange matrix (new real rows add nothing to M,
    for the truth does not err), n the rows of a lineage, V_0 the variance of a row at the truth and kappa the
    curvature of V(m) = V_0 + kappa (m - truth)^2. The bracket is what rows of a mixed law differ by their origins; it
    is left out where each source gives its share in whole rows (`by_rows`), which M then follows. Nothing else of the
    past matters, so a generation costs one product with a sparse matrix from each side;
    shares that nearly all pairs have alike, as in a pool, are added as one number.

    lineages: who reads whom. rows: n, a number or one for each lineage, from 1 on; each lineage has one batch of them
    in each generation, real ones in generation 0. generations: the last one. variance: V_0. curvature: as in
    `workflows.covariance`; 0 normal, -1 Bernoulli and multinomial, 1 exponential. limit: many rows, where every row has
    the truth's variance.

    Errors: `Problem` for other numbers of rows than lineages, for a variance of rows that turns negative, and for what
    takes more memory than there is.
    Status: exact, as `workflows.covariance` is; with `limit` asymptotic, many rows at a fixed generation.
    Source: docs/theory/lineages.md. Checked by tests/unit/test_theory_lineages.py (that covariance of all fits) and
    tests/brute/test_lineages.py (every outcome).

    >>> from genloss.workflows import pooled
    >>> two = crowd(pooled(2), rows=10, generations=2, limit=True)
    >>> (10 * two.mean).round(6).tolist(), two.correlation.round(6).tolist()
    ([1.0, 1.5, 2.0], [0.0, 0.333333, 0.5])
    """
    read, last, law = _asked(lineages, rows, generations, variance, curvature, limit)
    if read.is_dense:
        return _followed(read, last, law)
    from genloss.theory.lineages import compiled

    M = read.matrix.tocsr()
    readers = compiled.Readers(M.indptr, M.indices, M.data, read.every, read.rows, read.mixed)
    rows = compiled.Law(*law, rounding=ROUNDING * law[0])
    variances, between, negative = compiled.follow(readers, rows, read.start * law[0], last)
    _refuse_negative(int(negative))
    return Crowd(variances, between)


def defined(
    lineages: Lineages,
    *,
    rows: ArrayLike,
    generations: int,
    variance: float = 1.0,
    curvature: float = 0.0,
    limit: bool = False,
) -> Crowd:
    """Compute `crowd` as it is defined, with whole matrices."""
    return _followed(*_asked(lineages, rows, generations, variance, curvature, limit))


Law = tuple[float, float, bool]
ROUNDING = 1e-9
"""Of the variance at the truth: what shares that do not quite add up to 1 may put a row's variance below 0 by."""


def _asked(
    lineages: Lineages, rows: ArrayLike, generations: int, variance: float, curvature: float, limit: bool
) -> tuple[Reading, int, Law]:
    """Check the arguments."""
    if not isinstance(lineages, Lineages):
        found = f"{shown(lineages, 60)} is no Lineages"
        raise Problem("lineages", found, "give genloss.workflows.islands(4, 0.01), or another exchange")
    size = checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on", whole=True)
    if size.ndim > 1 or size.size not in (1, lineages.count):
        found = f"{size.size} numbers for {lineages.count} lineages"
        raise Problem("rows", found, "give one for each lineage, or one for all")
    last, count = int(checked_generation(generations)), lineages.count
    needed = 8.0 * (4 * count**2 + (last + 1) * (count + 1))
    what = f"{count:,} lineages through {last:,} generations"
    refuse_memory("lineages", needed, what, "give fewer lineages or generations")
    law = (
        checked_one("variance", variance, lowest=0, meaning="the variance of one row at the truth, >= 0"),
        checked_one("curvature", curvature, lowest=-np.inf, meaning="half of V'', e.g. -1 for Bernoulli"),
        bool(limit),
    )
    return reading(lineages, np.broadcast_to(size, (count,))), last, law


def _followed(read: Reading, last: int, law: Law) -> Crowd:
    """Follow the covariance of the newest fits from generation to generation."""
    variance, curvature, limit = law
    count, M = read.rows.size, read.whole_matrix
    S = variance * read.start
    variances, between = np.zeros((last + 1, count)), np.zeros(last + 1)
    for g in range(last + 1):
        variances[g] = S.diagonal()
        between[g] = (S.sum() - np.trace(S)) / max(count * (count - 1), 1)
        if g == last:
            break
        before = M @ S.diagonal()
        S = M @ S @ M.T
        row = np.full(count, variance) if limit else variance + curvature * before
        _refuse_negative(g + 1 if row.min() < -ROUNDING * variance else 0)
        row = np.maximum(row, 0.0)
        if read.mixed and not limit:
            row = row + before - S.diagonal()
        S[np.diag_indices(count)] += row / read.rows
    return Crowd(variances, between)


def _refuse_negative(generation: int) -> None:
    if generation:
        found = f"rows of generation {generation} would have a negative variance"
        raise Problem("curvature", found, "give the curvature of a family, and the variance that goes with it")
