"""How do rows that a fit made differ from real rows that it never saw? For any model, since only rows are compared.

Each column is taken in units of the standard deviation of its real values, so that units do not matter. Real rows
beside other real rows do not give 0 but a floor that shrinks with the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np

from genloss.errors import Problem
from genloss.metrics.evidence import Array

MOST_ROWS = 2_000
"""Rows of each kind between which all distances are taken; the first ones are, for rows stand in no order."""


def _each_replicate(one: Callable[..., Array]) -> Callable[..., Array]:
    """Let a function of (rows, columns) take generated rows (..., rows, columns) too; it returns (...)."""

    @wraps(one)
    def of_all(*, real_rows: Array, generated_rows: Array) -> Array:
        if generated_rows.ndim == 2:
            return one(real_rows=real_rows, generated_rows=generated_rows)
        return np.array([of_all(real_rows=real_rows, generated_rows=rows) for rows in generated_rows])

    return of_all


@_each_replicate
def mean_shift(*, real_rows: Array, generated_rows: Array) -> Array:
    """Root mean square over columns of (generated mean - real mean) / real standard deviation; from 0.

    >>> rows = np.array([[-1.0], [1.0]])
    >>> float(mean_shift(real_rows=rows, generated_rows=rows + 0.5))
    0.5
    """
    real, made = _scaled(real_rows, generated_rows)
    return np.asarray(np.sqrt(np.mean((made.mean(axis=0) - real.mean(axis=0)) ** 2)))


@_each_replicate
def variance_left(*, real_rows: Array, generated_rows: Array) -> Array:
    """Mean over columns of generated variance / real variance: 1 for none lost."""
    _, made = _scaled(real_rows, generated_rows)
    return np.asarray(made.var(axis=0).mean())


@_each_replicate
def tail_left(*, real_rows: Array, generated_rows: Array) -> Array:
    """Share of generated values outside the central 95 % of their column's real ones, over 5 %: 1 for none lost."""
    low, high = np.quantile(real_rows, [0.025, 0.975], axis=0)
    outside = (generated_rows < low) | (generated_rows > high)
    expected = ((real_rows < low) | (real_rows > high)).mean()
    return np.asarray(outside.mean() / (expected or 0.05))  # of few values, many of them equal, none lies outside


@_each_replicate
def wasserstein_distance(*, real_rows: Array, generated_rows: Array) -> Array:
    """Mean over columns of the Wasserstein-1 distance of generated from real values, in real standard deviations."""
    from scipy.stats import wasserstein_distance as distance

    real, made = _scaled(real_rows, generated_rows)
    return np.asarray(np.mean([distance(x, y) for x, y in zip(real.T, made.T, strict=True)]))


@_each_replicate
def energy_distance(*, real_rows: Array, generated_rows: Array) -> Array:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'| of real rows X and generated rows Y in real standard deviations.

    Unbiased: pairs of a row with itself are left out, so that it is 0 on average, and may be below, where the laws are
    one. It sees all columns together, correlations included. Over `MOST_ROWS` rows of each kind at the most.
    """
    from scipy.spatial.distance import cdist, pdist

    real, made = (rows[:MOST_ROWS] for rows in _scaled(real_rows, generated_rows))
    return np.asarray(2 * cdist(real, made).mean() - pdist(real).mean() - pdist(made).mean())


@_each_replicate
def correlation_distance(*, real_rows: Array, generated_rows: Array) -> Array:
    """Root mean square over pairs of columns of (generated correlation - real correlation); from 0 to 2.

    A column that does not vary among generated rows has no correlation with any. 0 for a single column.
    """
    if real_rows.shape[1] < 2:
        return np.asarray(0.0)
    if _is_wide(real_rows, generated_rows):
        return _correlation_distance_by_rows(real_rows, generated_rows)
    pairs = np.triu_indices(real_rows.shape[1], 1)
    real, made = (_correlations(rows)[pairs] for rows in (real_rows, generated_rows))
    return np.asarray(np.sqrt(np.mean((made - real) ** 2)))


@_each_replicate
def least_direction_left(*, real_rows: Array, generated_rows: Array) -> Array:
    """Least over the principal directions of real rows of generated variance / real variance; 1 for none lost.

    Columns are taken in real standard deviations; directions with less than 1e-9 of the largest variance are left out.
    """
    real, made = _scaled(real_rows, generated_rows)
    if _is_wide(real):  # as many directions as rows
        _, sizes, directions = np.linalg.svd(real - real.mean(axis=0), full_matrices=False)
        values, vectors = sizes[::-1] ** 2 / len(real), directions[::-1].T
    else:
        values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(real.T, bias=True)))
    kept = values > 1e-9 * values[-1]
    return np.asarray(((made @ vectors[:, kept]).var(axis=0) / values[kept]).min())


def held_out_loss(*, held_out_surprise: Array) -> Array:
    """Mean of -log p of held-out real rows, in nats: what the fit itself says of them."""
    return held_out_surprise


def held_out_error(*, held_out_misses: Array) -> Array:
    """Share of wrong predictions of held-out real rows; of numbers, the mean squared distance."""
    return held_out_misses


_WIDE = 2000  # columns


def _is_wide(*samples: Array) -> bool:
    """Whether there are so many columns, and fewer rows, that products of rows are to be preferred to those of columns.

    A table of 100,000 columns has 5,000,000,000 pairs of them.
    """
    return all(rows.shape[1] > max(_WIDE, len(rows)) for rows in samples)


def _correlations(rows: Array) -> Array:
    away = _away(rows)
    return np.asarray(away.T @ away / len(rows))


def _away(rows: Array) -> Array:
    deviations = rows.std(axis=0)
    return np.asarray((rows - rows.mean(axis=0)) / np.where(deviations > 0, deviations, np.inf))


def _correlation_distance_by_rows(real_rows: Array, generated_rows: Array) -> Array:
    """Sum squares over all pairs of columns by products of rows: |Z'Z|^2 = |Z Z'|^2."""
    real, made = (_away(rows) / np.sqrt(len(rows)) for rows in (real_rows, generated_rows))
    alone = (made**2).sum(axis=0) - (real**2).sum(axis=0)
    within = [float(((one @ other.T) ** 2).sum()) for one, other in ((made, made), (made, real), (real, real))]
    columns = real.shape[1]
    pairs = within[0] - 2 * within[1] + within[2] - float((alone**2).sum())
    return np.asarray(np.sqrt(max(pairs, 0.0) / (columns * (columns - 1))))


def _scaled(real: Array, made: Array) -> tuple[Array, Array]:
    """Divide columns by the standard deviation of the real values; a column that does not vary is refused."""
    deviations = real.std(axis=0)
    still = np.flatnonzero(~(deviations > 0))
    if still.size:
        raise Problem("real rows", f"column {still[0]} is the same in every real row", "leave the column out")
    return real / deviations, made / deviations
