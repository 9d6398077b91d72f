"""In which directions do a table's inputs vary, whatever units its columns have?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.advise.forecasts.worlds.protocol import Array
from genloss.errors import Problem

_RANK = 1e-10  # of the largest variance of standardized columns
_CONSTANT = 1e-13  # of a column's mean


@dataclass(frozen=True, eq=False)
class Directions:
    """Columns less their center, over their scale, along a basis (d, k): uncorrelated on the rows they are of."""

    center: Array
    scale: Array
    basis: Array
    variances: Array

    def turn(self, x: Array) -> Array:
        """Return rows (rows, d) along the directions, (rows, k)."""
        return np.asarray((x - self.center) / self.scale @ self.basis)


class FewRows(Problem):
    """Fewer rows than a forecast needs for so many directions of the inputs."""

    def __init__(self, rows: int, count: int, needed: int) -> None:
        found = f"{rows} rows for {count} directions of the inputs"
        super().__init__("X", found, f"give at least {needed} rows and inputs that vary")

    def __reduce__(self) -> tuple[type[Problem], tuple[str, str, str]]:
        return Problem, (self.where, self.found, self.mend)


def directions(x: Array, spare: int, *, standardized: bool = True) -> Directions:
    """Standardize, if asked for, and decompose; refuse fewer than k + spare rows. Constant columns have no part."""
    center, deviation = x.mean(axis=0), x.std(axis=0)
    scale = np.where(deviation > _CONSTANT * np.abs(center), deviation if standardized else 1.0, np.inf)
    away = (x - center) / scale
    _refuse_few(away, spare)
    values, basis = np.linalg.eigh(away.T @ away / len(x))
    kept = values > _RANK * max(values[-1], 1e-300)
    count = int(kept.sum())
    if not count or len(x) < count + spare:
        raise FewRows(len(x), count, count + spare)
    return Directions(center, scale, signed(away, basis[:, kept]), values[kept])


def _refuse_few(away: Array, spare: int) -> None:
    """Where columns outnumber rows, count the directions among the rows: it costs less by the square of the ratio."""
    rows, columns = away.shape
    if columns <= rows:
        return
    values = np.linalg.eigvalsh(away @ away.T / rows)
    count = int((values > _RANK * max(values[-1], 1e-300)).sum())
    if not count or rows < count + spare:
        raise FewRows(rows, count, count + spare)


def signed(rows: Array, basis: Array) -> Array:
    """Turn each direction of a basis (d, k) so that rows (T, d) have a third moment >= 0 along it.

    An eigenvector's sign is a matter of rounding: it would change with the order of columns, and draws along it too.
    """
    return np.asarray(basis * _signs(rows @ basis))


def positive(basis: Array) -> Array:
    """Turn each direction of bases (..., d, k) so that its entries have a third moment >= 0, whatever their order."""
    return np.asarray(basis * _signs(basis))


def _signs(along: Array) -> Array:
    return np.where((along * along * along).sum(axis=-2, keepdims=True) < 0, -1.0, 1.0)
