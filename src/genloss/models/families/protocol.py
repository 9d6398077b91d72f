"""What must a family of several parameters know, to be refitted to its own rows by maximum likelihood?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.blocks import apart
from genloss.errors import Problem, shown

Array = NDArray[np.float64]
Truths = NDArray[np.bool_]


class Family(Protocol):
    """A family of laws of rows. Parameters are (replicates, parameters), rows (replicates, rows, width).

    free: how many of the parameters are free. fewest: rows that a fit needs. missing: why an estimate does not exist,
    in words.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def free(self) -> int: ...  # noqa: D102
    @property
    def fewest(self) -> int: ...  # noqa: D102
    @property
    def missing(self) -> str: ...  # noqa: D102

    def checked(self, truth: ArrayLike) -> Array:
        """Return parameters in the interior of the family, (parameters,), or say that they are not."""
        ...

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw rows for every replicate."""
        ...

    def estimate(self, rows: Array, weights: Array, size: float) -> tuple[Array, Truths]:
        """Maximize the likelihood: parameters, and whether the estimate exists, (replicates,).

        weights: (rows,) or (replicates, rows), adding up to 1. size: the number of rows that they stand for.
        """
        ...

    def inside(self, parameters: Array) -> Truths:
        """Whether a fit lies in the interior, (replicates,)."""
        ...

    def whitened(self, parameters: Array, truth: Array) -> Array:
        """Return the errors times the root of the information of one row at the truth, (replicates, free).

        For many rows each coordinate has the variance that theory.workflows.covariance gives for variance 1.
        """
        ...

    def row_variance(self, parameters: Array) -> Array:
        """Return the total variance of a row, (replicates,)."""
        ...


class Summarized(Family, Protocol):
    """A family whose rows enter a fit by a few numbers, (replicates, numbers)."""

    def summary(self, rows: Array, weights: Array) -> Array:
        """Return the sufficient statistic of weighted rows."""
        ...

    def draw_summary(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw the statistic of so many rows at once."""
        ...

    def expected(self, parameters: Array) -> Array:
        """Return the expected statistic of the rows of a law: what a prior adds."""
        ...

    def pooled(self, summaries: Sequence[Array], shares: Sequence[float]) -> Array:
        """Return the statistic of batches that have these shares of the loss."""
        ...

    def solve(self, summary: Array, size: float) -> tuple[Array, Truths]:
        """Return what `estimate` returns, from the statistic."""
        ...


def weighted_mean(summaries: Sequence[Array], shares: Sequence[float]) -> Array:
    """Pool statistics that are means of rows."""
    return np.asarray(np.sum([share * each for share, each in zip(shares, summaries, strict=True)], axis=0))


_LARGEST = 1e100
SMALLEST, LARGEST = 1e-12, 1e15
"""Ends of shapes and sizes: beyond them a batch of rows is all alike, or one row is as all others."""


def parameters_of(name: str, truth: ArrayLike, count: int, meaning: str) -> Array:
    """Return a list of so many finite parameters, or say what is wrong."""
    try:
        given = np.asarray(truth, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise Problem(f"{name}: truth", f"{shown(truth)} holds no numbers", f"give {meaning}") from error
    if given.shape != (count,) or not np.all(np.isfinite(given)):
        raise Problem(f"{name}: truth", f"{shown(truth)} is not {count} finite numbers", f"give {meaning}")
    if not np.all((given == 0) | ((np.abs(given) >= 1 / _LARGEST) & (np.abs(given) <= _LARGEST))):
        mend = f"give {meaning}; each 0 or of a size from {1 / _LARGEST:g} to {_LARGEST:g}"
        raise Problem(f"{name}: truth", f"{shown(truth)} has a number that is too small or too large", mend)
    return given


def checked_shapes(name: str, shapes: Array) -> None:
    """Refuse shapes or concentrations so small or large that rows are all alike, or one is as all others."""
    if not np.all((shapes >= SMALLEST) & (shapes <= LARGEST)):
        mend = f"give numbers from {SMALLEST:g} to {LARGEST:g}"
        raise Problem(f"{name}: truth", f"{shown(shapes.tolist())} is not inside the family", mend)


def turned(errors: Array, matrix: Array) -> Array:
    """Multiply each replicate's errors (replicates, n) by a matrix from the right, one product for each.

    In one product of all, a replicate's last digits would hang on how many stand beside it.
    """
    return np.asarray((errors[:, None, :] @ matrix)[:, 0])


def chunks(rows: int, replicates: int, width: int, rng: np.random.Generator) -> list[int]:
    """Split rows so that a chunk of them for all replicates that one generator draws for stays below 16 MB."""
    together = max(at.stop - at.start for at, _ in apart(rng, replicates))
    most = max(1, 2_000_000 // max(1, together * width))
    whole, rest = divmod(rows, most)
    return [most] * whole + ([rest] if rest else [])
