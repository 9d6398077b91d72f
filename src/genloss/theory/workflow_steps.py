"""Which workflows change little from one generation to the next? Their covariance costs a few rows each."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genloss.theory.arguments import Array
from genloss.theory.workflow_plan import Plan

__all__ = ["Steps", "as_steps", "step_covariance"]

_FEW = 6  # changes a generation, on average, up to which steps are worth while
_ROUNDING = 2e-15
_TOGETHER = 256

Sizes = Callable[[int, Array], Array]
Change = tuple[list[int], list[float]]


@dataclass(frozen=True)
class Steps:
    """Training sets as changes: row g of (weights, teaching) is keep[g] x row g - 1, plus a few entries.

    weights, teaching: of each fit, the columns and the entries that are added.
    """

    keep: list[float]
    weights: list[Change]
    teaching: list[Change]


def as_steps(plan: Plan) -> Steps | None:
    """Return the changes of a plan, or None where there are many."""
    for table in (plan.weights, plan.teaching):
        keep = _ratios(table)
        weights = _changes(plan.weights, keep)
        teaching = None if weights is None else _changes(plan.teaching, keep)
        if weights is not None and teaching is not None:
            return Steps(keep.tolist(), weights, teaching)
    return None


def step_covariance(plan: Plan, steps: Steps, sizes: Sizes) -> Array:
    r"""Return the covariance of all fits, (fits, fits), a row from rows before it.

    Fit g errs by k_g delta_{g-1} + sum_h d_h delta_h + sum_j w_j e_j, so its covariance with an earlier
    fit is k_g and d_h times rows that are known, plus w_j Var(e_j) times what that fit holds of e_j.

    sizes: (g, variances of the fits before g) -> variances of the atoms that begin at g or before.
    """
    fits, first = plan.fits, plan.first.tolist()
    anchors = sorted({j for g, (columns, _) in enumerate(steps.weights) for j in columns if first[j] < g})
    place = {j: a for a, j in enumerate(anchors)}
    held = np.zeros((fits, len(anchors)))  # what each fit holds of atoms that are taken up again
    result, known = np.zeros((fits, fits)), np.zeros(fits)
    for g in range(fits):
        size = sizes(g, known)
        keep, row, has = steps.keep[g], result[g], held[g]
        if keep:
            row[:g] = keep * result[g - 1, :g]
            has[:] = keep * held[g - 1]
        for h, d in zip(*steps.teaching[g], strict=True):
            row[: h + 1] += d * result[h, : h + 1]
            row[h + 1 : g] += d * result[h + 1 : g, h]
            has += d * held[h]
        own = 0.0
        for j, w in zip(*steps.weights[g], strict=True):
            a = place.get(j)
            if a is not None:
                has[a] += w
        for j, w in zip(*steps.weights[g], strict=True):
            begin = first[j]
            own += w * size[j] * (has[place[j]] if j in place else w)
            if begin < g:
                row[begin:g] += w * size[j] * held[begin:g, place[j]]
        own += keep * row[g - 1] if keep else 0.0
        own += sum(d * row[h] for h, d in zip(*steps.teaching[g], strict=True))
        row[g] = known[g] = own
    return _mirrored(result)


def _mirrored(lower: Array) -> Array:
    """Fill the upper triangle from the lower one, in place."""
    size = lower.shape[0]
    for low in range(0, size, _TOGETHER):
        high = min(low + _TOGETHER, size)
        lower[low:high, high:] = lower[high:, low:high].T
        corner = np.tril(lower[low:high, low:high])
        lower[low:high, low:high] = corner + np.tril(corner, -1).T
    return lower


def _ratios(weights: Array) -> Array:
    """What most old entries of a row are multiplied by from the row before: read at the middle one, or 0."""
    fits = weights.shape[0]
    used = weights != 0
    middle = (np.cumsum(used, axis=1) * 2 <= used.sum(axis=1)[:, None]).sum(axis=1)  # of each row's nonzero entries
    middle = np.minimum(middle, weights.shape[1] - 1)
    line = np.arange(1, fits)
    above = weights[line - 1, middle[:-1]]
    keep = np.zeros(fits)
    keep[1:] = np.where(above != 0, weights[line, middle[:-1]] / np.where(above != 0, above, 1.0), 0.0)
    return keep


def _changes(table: Array, keep: Array) -> list[Change] | None:
    """The entries of each row that are not keep times the row before; None if there are more than a few."""
    fits, found, count = table.shape[0], [], 0
    before = np.zeros(table.shape[1])
    for low in range(0, fits, _TOGETHER):
        rows = table[low : low + _TOGETHER]
        left = rows - keep[low : low + _TOGETHER, None] * np.vstack([before, rows[:-1]])
        line, column = np.nonzero(np.abs(left) > _ROUNDING * (np.abs(rows) + np.abs(rows).max(axis=1)[:, None] * 1e-3))
        count += line.size
        if count > _FEW * (low + rows.shape[0]) + 64:
            return None
        edges = np.searchsorted(line, np.arange(rows.shape[0] + 1)).tolist()
        entries, columns = left[line, column].tolist(), column.tolist()
        found += [(columns[i:j], entries[i:j]) for i, j in itertools.pairwise(edges)]
        before = rows[-1]
    return found
