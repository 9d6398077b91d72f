"""How large are the errors of the fits of many workflows that differ in their numbers of rows? One recursion for all.

The arrays have the workflows last, (..., workflows), and every sum goes through its terms in their order: a workflow's
numbers are the same to the last bit whichever others stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloss.errors import Problem
from genloss.grouping import grouped
from genloss.theory.arguments import Array
from genloss.theory.workflows.errors_of_fits import variances
from genloss.workflows import TRUTH, Batch, Schedule
from genloss.workflows.columns import MOST_TERMS, shares_of_columns

__all__ = ["RowVariance", "variances_together"]

_LONGEST = 64  # fits up to which loops over them are faster than products of matrices


@dataclass(frozen=True, slots=True)
class RowVariance:
    """The variance of one row at the mean m: variance + curvature (m - truth)^2; with limit that at the truth alone."""

    variance: float = 1.0
    curvature: float = 0.0
    limit: bool = False


def variances_together(asked: Sequence[tuple[Schedule, RowVariance | None]]) -> list[Array | Problem | None]:
    """Return `variances` of many schedules, (fits,) each, or why there are none; None where no variance is given.

    Equal to those of one schedule up to rounding. Status, source and errors as there. Checked by
    tests/unit/test_together.py.
    """
    found: list[Array | Problem | None] = [None] * len(asked)
    wanted = {i: (schedule, row) for i, (schedule, row) in enumerate(asked) if row is not None}
    alike = grouped(wanted, lambda i: id(wanted[i][0].pattern))
    for places in (each for each in alike.values() if _is_covered(wanted[each[0]][0].pattern)):
        values = _recursion([wanted[i] for i in places])
        usable = np.logical_and.reduce(np.isfinite(values) & (values >= 0), axis=0).tolist()
        for place, column in ((p, c) for p, c, use in zip(places, values.T, usable, strict=True) if use):
            found[place] = column
    return [_alone(*wanted[i]) if each is None and i in wanted else each for i, each in enumerate(found)]


def _alone(schedule: Schedule, row: RowVariance) -> Array | Problem:
    try:
        return variances(schedule, variance=row.variance, curvature=row.curvature, limit=row.limit)
    except Problem as problem:
        return problem


def _is_covered(pattern: Schedule | None) -> bool:
    """Whether batches are drawn honestly from one origin each, and used whole."""
    return (
        pattern is not None
        and len(pattern.train) <= _LONGEST
        and all(batch.sampler is None and batch.origin is not None for batch in pattern.batches)
        and all(len(uses) <= MOST_TERMS for uses in pattern.train)
        and all(use.take is None and use.filter is None for uses in pattern.train for use in uses)
    )


def _recursion(asked: Sequence[tuple[Schedule, RowVariance]]) -> Array:
    """Return the variance of every fit, (fits, workflows), of schedules of one pattern."""
    schedule, rows = asked[0][0], np.array([[float(b.rows) for b in each.batches] for each, _ in asked]).T
    law = np.array([(row.variance, 0.0 if row.limit else row.curvature) for _, row in asked]).T
    fits, batches = len(schedule.train), schedule.batches
    loading, noise = np.zeros((fits, *rows.shape)), np.zeros(rows.shape)
    known, born = np.zeros((fits, rows.shape[1])), 0
    for g, uses in enumerate(schedule.train):
        while born < len(batches) and batches[born].birth <= g:
            noise[born] = _noise(batches[born], law, known) / rows[born]
            born += 1
        for b, share in shares_of_columns(uses, rows):
            origin = batches[b].origin
            if origin != TRUTH and origin is not None:
                loading[g, :born] += share * loading[origin, :born]
            loading[g, b] += share
        for b in range(born):
            known[g] += loading[g, b] ** 2 * noise[b]
    return known


def _noise(batch: Batch, law: Array, known: Array) -> Array:
    """Return the variance of one row of a batch, (workflows,)."""
    origin = batch.origin
    return np.asarray(law[0] if origin is None or origin == TRUTH else law[0] + law[1] * known[origin])
