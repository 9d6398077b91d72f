r"""How much noise do labels inherit from the generators before them, in each direction of the inputs?

Generator g is fitted to T0 rows that generator g - 1 labeled, with new noise of variance s2. In the eigenbasis of the
inputs' covariance, eigenvalues e, the n-th generator's coefficient in direction i has second moment v_i and cross
moment c_i with the truth's, started at those of the truth (the prior, t_i):

.. math:: v \leftarrow D^2 v + \frac{g\,(s^2 + \kappa^2 \langle g, v\rangle)}{T_0 - df_2}, \quad c = D^n t, \quad
    D = \frac{e}{e + \kappa}, \; g = \frac{e}{(e + \kappa)^2}

with kappa(1 - df1/T0) = penalty, df1 = sum D, df2 = sum D^2. Least squares has kappa 0, and exactly
v = t + n s2 / (e (T0 - d - 1)).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.theory.ridge.equivalents import effective_ridge

Array = NDArray[np.float64]

_SETS = 30  # resampled sets of rows
_FLOOR = 1e-9  # of the mean eigenvalue, added to resampled sets that repeat rows


def least_squares_noise(eigenvalues: Array, *, generator_rows: float) -> Array:
    """Return v_i / (n s2): inherited variance in each direction for each generation, 1 / (e (T0 - d - 1)).

    Status: exact for Gaussian inputs.
    """
    spare = checked_rows(generator_rows, eigenvalues.size) - eigenvalues.size - 1
    return 1 / (eigenvalues * spare)


def resampled_noise(rows: Array, basis: Array, *, generator_rows: int, rng: np.random.Generator) -> Array:
    """Return the same from 30 resampled sets of T0 of the rows: the mean of [V' (X'X)^-1 V]_ii.

    rows: (T, d), centered; basis: V, (d, directions). Heavy leverage, which the Gaussian form does not know, is in it.
    Status: estimate.
    """
    checked_rows(generator_rows, basis.shape[1])
    turned = rows @ basis
    total = np.zeros(basis.shape[1])
    for _ in range(_SETS):
        drawn = turned[rng.integers(len(turned), size=int(generator_rows))]
        gram = drawn.T @ drawn
        gram[np.diag_indices_from(gram)] += _FLOOR * np.trace(gram) / len(gram)
        total += np.diag(np.linalg.inv(gram))
    return total / _SETS


def ridge_chain(
    prior: Array, eigenvalues: Array, *, noise_variance: Array, generation: int, generator_rows: float, penalty: float
) -> tuple[Array, Array]:
    """Return second and cross moments of the n-th ridge generator's coefficients, each (priors, directions).

    prior: t, (priors, directions). noise_variance: s2, a number or (priors, 1).
    Status: asymptotic in rows and directions. Checked by tests/statistical/test_repair.py.
    """
    kappa = float(effective_ridge(eigenvalues, rows=generator_rows, penalty=penalty))
    keep = shrinkage(eigenvalues, generator_rows=generator_rows, penalty=penalty)
    g = keep / (eigenvalues + kappa)
    spare = generator_rows - float((keep**2).sum())
    v = prior
    for _ in range(generation):
        v = keep**2 * v + g * (noise_variance + kappa**2 * (v @ g)[:, None]) / spare
    return v, keep**generation * prior


def shrinkage(eigenvalues: Array, *, generator_rows: float, penalty: float) -> Array:
    """Return D = e / (e + kappa), what one ridge generator keeps of each direction. Status: asymptotic."""
    return np.asarray(eigenvalues / (eigenvalues + effective_ridge(eigenvalues, rows=generator_rows, penalty=penalty)))


def synthetic_weight(*, generation: int, rows: int, generator_rows: float, dim: int) -> float:
    r"""Return what a synthetic row should weigh beside a real one, 1 / (1 + n T / (T0 - d - 1)).

    Its label has noise of its own and shares the generators' error with all other synthetic rows; with this weight the
    pool of m real and T synthetic rows is worth m + weight x T real ones, in every direction.
    Status: exact for the variance of least squares, Gaussian inputs. Source: docs/theory/repair.md.

    >>> synthetic_weight(generation=3, rows=100, generator_rows=111, dim=10)
    0.25
    """
    return 1 / (1 + generation * rows / (checked_rows(generator_rows, dim) - dim - 1))


def checked_rows(generator_rows: float, dim: int) -> float:
    """Return T0, or say that least squares on so few rows has no finite variance."""
    if not generator_rows > dim + 1:
        found = f"{generator_rows:g} rows for {dim} directions: the generators' error has no finite variance"
        raise Problem("generator_rows", found, f"give more than {dim + 1}, or the generators' penalty")
    return float(generator_rows)
