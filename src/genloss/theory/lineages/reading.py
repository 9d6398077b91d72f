"""Whom does each lineage read, as a matrix, and what do their first fits have in common?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.theory.arguments import Array
from genloss.workflows import TRUTH, Lineages
from genloss.workflows.lineages import whole_rows

__all__ = ["Reading", "reading"]

_DENSE = 0.15  # of the matrix: from here on products of whole matrices are faster


@dataclass(frozen=True, slots=True)
class Reading:
    """Several models that read each other, in arrays: K lineages.

    matrix: the share of lineage k's rows that lineage j draws, sparse (K, K); new real rows are left out. rows: (K,).
    mixed: whether the origin of each row is drawn. start: the covariance of the first fits, for variance 1, (K, K).
    """

    matrix: Any
    rows: Array
    mixed: bool
    start: Array

    @property
    def is_dense(self) -> bool:
        """Whether most lineages read most others."""
        return bool(self.matrix.nnz > _DENSE * self.rows.size**2)


def reading(lineages: Lineages, rows: Array) -> Reading:
    """Return the arrays of lineages with these numbers of rows, (K,)."""
    from scipy import sparse

    line, column, value = [], [], []
    for k, sources in enumerate(lineages.exchange):
        shares = [share for _, share in sources]
        if lineages.by_rows:
            shares = [count / rows[k] for count in whole_rows(int(rows[k]), shares)]
        for (source, _), share in zip(sources, shares, strict=True):
            if source != TRUTH and share > 0:
                line.append(k)
                column.append(source)
                value.append(share)
    shape = rows.size, rows.size
    matrix = sparse.csr_matrix((np.array(value, dtype=float), (line, column)), shape=shape)
    same = rows[:, None] == rows if lineages.shared_real else np.eye(rows.size, dtype=bool)
    return Reading(matrix, np.array(rows, dtype=float), not lineages.by_rows, np.where(same, 1 / rows, 0.0))
