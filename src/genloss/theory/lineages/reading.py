"""Whom does each lineage read, as a matrix, and what do their first fits have in common?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.theory.arguments import Array
from genloss.workflows import TRUTH, Lineages
from genloss.workflows.lineages import counted_out

__all__ = ["Reading", "reading"]

_DENSE = 0.15  # of the matrix: from here on products of whole matrices are faster


@dataclass(frozen=True, slots=True)
class Reading:
    """Several models that read each other, in arrays: K lineages.

    matrix: the share of lineage k's rows that lineage j draws, less `every`, sparse (K, K); new real rows are left out.
    every: a share that is the same for nearly all pairs, as in a pool; 0 where lineages read a few. rows: (K,). mixed:
    whether the origin of each row is drawn. start: the covariance of the first fits, for variance 1, (K, K).
    """

    matrix: Any
    every: float
    rows: Array
    mixed: bool
    start: Array

    @property
    def is_dense(self) -> bool:
        """Whether most lineages read most others, for shares that differ."""
        return _is_dense(self.matrix)

    @property
    def whole_matrix(self) -> Array:
        """The share of lineage k's rows that lineage j draws, (K, K)."""
        return np.asarray(self.matrix.toarray() + self.every)


def reading(lineages: Lineages, rows: Array) -> Reading:
    """Return the arrays of lineages with these numbers of rows, (K,)."""
    from scipy import sparse

    line, column, value = [], [], []
    for k, sources in enumerate(lineages.exchange):
        shares = [share for _, share in sources]
        if lineages.by_rows:
            shares = [count / rows[k] for count in counted_out(int(rows[k]), shares)]
        for (source, _), share in zip(sources, shares, strict=True):
            if source != TRUTH and share > 0:
                line.append(k)
                column.append(source)
                value.append(share)
    shape = rows.size, rows.size
    matrix = sparse.csr_matrix((np.array(value, dtype=float), (line, column)), shape=shape)
    same = rows[:, None] == rows if lineages.shared_real else np.eye(rows.size, dtype=bool)
    matrix, every = _less_the_commonest(matrix) if _is_dense(matrix) else (matrix, 0.0)
    return Reading(matrix, every, np.array(rows, dtype=float), not lineages.by_rows, np.where(same, 1 / rows, 0.0))


def _is_dense(matrix: Any) -> bool:
    return bool(matrix.nnz > _DENSE * matrix.shape[0] ** 2)


def _less_the_commonest(matrix: Any) -> tuple[Any, float]:
    """Take from all shares the commonest one, where that leaves few."""
    from scipy import sparse

    whole = matrix.toarray()
    shares, times = np.unique(whole, return_counts=True)
    every = float(shares[np.argmax(times)])
    rest = sparse.csr_matrix(whole - every)
    return (matrix, 0.0) if _is_dense(rest) else (rest, every)
