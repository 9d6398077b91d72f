r"""How fast does a regression's held-out loss grow when its own fits label its rows again and again?

Given the real rows, generation 0 is fixed; each later batch of n labels adds noise of covariance J / n to the scores,
J = E V(eta) x x' at that fit. So to first order Cov of fit g is (c_g - 1) (n J)^-1, c the workflow's covariance for
variance 1 and n rows a batch, times n, less what the real batch brings, and

.. math:: E \, loss_g = loss_0 + \tfrac12 (c_g - 1) \, tr(H (n J)^{-1})

H the curvature of the held-out loss at the first fit. replace: c_g - 1 = g. accumulate: the sum of 1/j^2, j = 2..g+1.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.theory.workflows import variances
from genloss.workflows.named import NAMED

Array = NDArray[np.float64]


def expected_loss_growth(weight: ArrayLike, inputs: ArrayLike, held_weight: ArrayLike, held_inputs: ArrayLike) -> float:
    """Return tr(H (n J)^-1) / 2: what one unit of c_g - 1 adds to the held-out loss.

    weight, held_weight: V(eta) of the first fit on the rows and on the held-out ones. inputs, held_inputs: with a
    column of ones, (rows, features + 1). Status: asymptotic, many rows at a fixed generation.
    Source: docs/theory/tables.md. Checked by tests/statistical/test_relabelled.py.
    """
    x, z = np.asarray(inputs, dtype=float), np.asarray(held_inputs, dtype=float)
    scores = x.T @ (np.asarray(weight, dtype=float)[:, None] * x)
    curvature = z.T @ (np.asarray(held_weight, dtype=float)[:, None] * z) / len(z)
    return float(np.trace(np.linalg.solve(scores, curvature)) / 2)


def growth(workflow: str, generations: int) -> Array:
    """Return c_g - 1 for "replace" or "accumulate" of equal batches, given the real rows, (generations + 1,).

    >>> growth("accumulate", 2).round(4).tolist()
    [0.0, 0.25, 0.3611]
    """
    return variances(NAMED[workflow](1), generations=generations, limit=True) - 1
