"""Which workflows change little from one generation to the next? Their covariance costs a few rows each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from genloss.theory.arguments import Array
from genloss.theory.workflows.atoms import Atoms, Whole

__all__ = ["Steps", "as_steps", "step_covariance", "step_paths"]

_FEW = 6  # changes a generation, on average, up to which steps are worth while
_ROUNDING = 2e-15
_TOGETHER = 32

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


def as_steps(atoms: Atoms) -> Steps | None:
    """Return the training sets as changes, or None where there are many."""
    line = np.arange(atoms.fits)
    begun = np.searchsorted(atoms.first_fit_of_atom, line, side="right")
    for table, ends in ((atoms.atom_weights, begun), (atoms.teacher_weights, line)):
        keep = _ratios(table, ends)
        weights = _changes(atoms.atom_weights, begun, keep)
        teaching = None if weights is None else _changes(atoms.teacher_weights, line, keep)
        if weights is not None and teaching is not None:
            return Steps(keep.tolist(), weights, teaching)
    return None


def step_covariance(atoms: Atoms, steps: Steps, sizes: Sizes) -> Array:
    r"""Return the covariance of all fits, (fits, fits), a row from rows before it.

    Fit g errs by k_g delta_{g-1} + sum_h d_h delta_h + sum_j w_j e_j, so its covariance with an earlier
    fit is k_g and d_h times rows that are known, plus w_j Var(e_j) times what that fit holds of e_j.

    sizes: (g, variances of the fits before g) -> variances of the atoms that begin at g or before.
    """
    fits, first = atoms.fits, atoms.first_fit_of_atom.tolist()
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


def step_paths(steps: Steps, noise: Array) -> Array:
    """Return the errors of fits in many runs, (fits, runs), from the noise of atoms, (J, runs)."""
    result = np.zeros((len(steps.keep), noise.shape[1]))
    for g, row in enumerate(result):
        if steps.keep[g]:
            np.multiply(steps.keep[g], result[g - 1], out=row)
        for h, d in zip(*steps.teaching[g], strict=True):
            row += d * result[h]
        for j, w in zip(*steps.weights[g], strict=True):
            row += w * noise[j]
    return result


def _mirrored(lower: Array) -> Array:
    """Fill the upper triangle from the lower one, in place."""
    size = lower.shape[0]
    for low in range(0, size, _TOGETHER):
        high = min(low + _TOGETHER, size)
        lower[low:high, high:] = lower[high:, low:high].T
        corner = np.tril(lower[low:high, low:high])
        lower[low:high, low:high] = corner + np.tril(corner, -1).T
    return lower


def _ratios(table: Array, ends: Whole) -> Array:
    """What the old entries of a row are multiplied by from the row before: read at a middle one, or 0."""
    keep = np.zeros(table.shape[0])
    for g in range(1, keep.size):
        before = table[g - 1, : ends[g - 1]]
        used = before.size and before[-1] != 0
        if used:
            oldest = int(np.argmax(before != 0))
            middle = (oldest + before.size - 1) // 2
            keep[g] = table[g, middle] / before[middle] if before[middle] else 0.0
    return keep


def _changes(table: Array, ends: Whole, keep: Array) -> list[Change] | None:
    """The entries of each row that are not keep times the row before; None if there are more than a few."""
    fits, found, count = table.shape[0], [], 0
    before = np.zeros(0)
    for low in range(0, fits, _TOGETHER):
        end = max(int(ends[min(low + _TOGETHER, fits) - 1]), 1)
        rows, before = table[low : low + _TOGETHER, :end], np.pad(before, (0, end - before.size))
        left = np.empty_like(rows)
        np.multiply(keep[low], before, out=left[0])
        np.multiply(keep[low + 1 : low + rows.shape[0], None], rows[:-1], out=left[1:])
        np.subtract(rows, left, out=left)
        line, column = np.nonzero(left)
        value, size = left[line, column], np.abs(rows[line, column])
        real = np.abs(value) > _ROUNDING * size
        line, column, value = line[real], column[real], value[real]
        count += line.size
        if count > _FEW * (low + rows.shape[0]) + 64:
            return None
        edges = np.searchsorted(line, np.arange(rows.shape[0] + 1)).tolist()
        entries, columns = value.tolist(), column.tolist()
        found += [(columns[i:j], entries[i:j]) for i, j in pairwise(edges)]
        before = rows[-1]
    return found
