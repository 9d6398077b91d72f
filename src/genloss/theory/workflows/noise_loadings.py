"""How much of each source of noise is in each fit? A triangular recursion, in blocks."""

from __future__ import annotations

import numpy as np

from genloss.theory.arguments import Array
from genloss.theory.workflows.atoms import Atoms, Whole

__all__ = ["gram", "loadings", "spread"]

_BLOCK = 128


def loadings(atoms: Atoms) -> Array:
    r"""Return the loading of fit g on the noise of atom j, (fits, J).

    .. math:: L_{g} = W_{g} + \sum_{h<g} M_{gh} L_{h},

    W the share of an atom in the loss, M the share of rows that fit h drew, times their gain.
    """
    return spread(atoms.teacher_weights, atoms.atom_weights, atoms.first_fit_of_atom)


def spread(teaching: Array, weights: Array, first: Whole) -> Array:
    """Solve (I - teaching) L = weights, teaching strictly lower triangular; `first`, ascending: where columns begin."""
    from scipy.linalg.lapack import dtrtri

    size = teaching.shape[0]
    result = weights.copy()
    ends = np.searchsorted(first, np.arange(size), side="right")  # columns that have begun, by fit
    unit = np.eye(min(_BLOCK, size))
    for low in range(0, size, _BLOCK):
        high = min(low + _BLOCK, size)
        for back in range(0, low, _BLOCK):
            stop = back + _BLOCK
            factor = teaching[low:high, back:stop]
            if factor.any():
                result[low:high, : ends[stop - 1]] += factor @ result[back:stop, : ends[stop - 1]]
        inside, _ = dtrtri((unit[: high - low, : high - low] - teaching[low:high, low:high]).T, lower=0, unitdiag=1)
        end = ends[high - 1]
        result[low:high, :end] = np.tril(inside.T) @ result[low:high, :end]
    return result


def gram(table: Array, first: Whole) -> Array:
    """Return table @ table.T for rows that have only begun columns, symmetric to the last bit."""
    size = table.shape[0]
    ends = np.searchsorted(first, np.arange(size), side="right")
    result = np.empty((size, size))
    for low in range(0, size, _BLOCK):
        high = min(low + _BLOCK, size)
        end = ends[high - 1]
        block = table[low:high, :end] @ table[low:, :end].T
        result[low:high, low:] = block
        result[low:, low:high] = block.T
        corner = result[low:high, low:high]
        result[low:high, low:high] = (corner + corner.T) / 2
    return result
