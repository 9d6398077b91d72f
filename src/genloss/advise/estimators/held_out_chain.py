"""What do a fit and its refits to its own predictions say of rows that none of them has seen?

Ridge regression in closed form, a row at a time; any other estimator by folds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import check_cv

from genloss.advise.estimators.recognized import squared_penalty_of

Array = NDArray[np.float64]

_SEEN = 1e-10  # one minus a row's leverage below which the fit without it does not exist


def chain_of(estimator: Any, x: Array, y: Array, rounds: int, unlabeled: Array | None = None) -> list[Any]:
    """Fit to labels, then `rounds` times to what the fit before predicts: of the same rows, or of unlabeled ones."""
    fits = [clone(estimator).fit(x, y)]
    inputs = x if unlabeled is None else unlabeled
    for _ in range(rounds):
        fits.append(clone(estimator).fit(inputs, np.asarray(fits[-1].predict(inputs), dtype=float)))
    return fits


def predictions_of(fits: Sequence[Any], x: Array) -> Array:
    """Return what each fit predicts, (rows, fits)."""
    return np.stack([np.asarray(fit.predict(x), dtype=float) for fit in fits], axis=1)


def held_out(
    estimator: Any, x: Array, y: Array, rounds: int, *, folds: Any, unlabeled: Array | None = None
) -> tuple[Array, str]:
    """Return predictions of rows left out of all fits, (rows, rounds + 1), and how: "leave-one-out" or "folds".

    folds: a number, or what scikit-learn takes as cv. Rows in no fold have nan.
    """
    penalty = squared_penalty_of(estimator)
    if penalty is not None and unlabeled is None:
        ridge = penalty[0] * (len(y) if penalty[1] else 1)
        found = leave_one_out_chain(x, y, ridge, rounds)
        if found is not None:
            return found, "leave-one-out"
    predicted = np.full((len(y), rounds + 1), np.nan)
    for train, test in check_cv(folds, y, classifier=False).split(x, y):
        predicted[test] = predictions_of(chain_of(estimator, x[train], y[train], rounds, unlabeled), x[test])
    return predicted, "folds"


def leave_one_out_chain(x: Array, y: Array, ridge: float, rounds: int) -> Array | None:
    r"""Return what a ridge fit and its refits predict of each row when it is left out of all, (rows, rounds + 1).

    .. math:: \theta_{k+1} = \theta_k - (A - z z')^{-1} P \theta_k, \quad
        (A - z z')^{-1} = A^{-1} + \frac{A^{-1} z z' A^{-1}}{1 - h}, \quad A = Z'Z + P, \; h = z'A^{-1}z

    Z: inputs and a column of ones; P: `ridge` on the coefficients' diagonal, 0 on the constant's, the same with a row
    left out as without. A refit to one's own predictions is one step of that recursion, so all rows together cost no
    more than products. None where a row decides the fit alone (its leverage is 1, or a coefficient is not determined).
    Checked by tests/unit/test_combined_generations.py against fits without the row.
    """
    center = x.mean(axis=0)
    z = np.column_stack([x - center, np.ones(len(x))])
    penalties = np.append(np.full(x.shape[1], ridge), 0.0)
    gram = z.T @ z + np.diag(penalties)
    if np.linalg.cond(gram) > 1 / _SEEN:
        return None
    inverse = np.linalg.inv(gram)
    turned = z @ inverse
    left = 1 - (turned * z).sum(axis=1)
    if left.min() < _SEEN:
        return None
    whole = inverse @ (z.T @ y)
    theta = whole - turned * ((y - z @ whole) / left)[:, None]
    predicted = [(theta * z).sum(axis=1)]
    for _ in range(rounds):
        pulled = theta * penalties
        theta = theta - pulled @ inverse - turned * ((pulled * turned).sum(axis=1) / left)[:, None]
        predicted.append((theta * z).sum(axis=1))
    return np.stack(predicted, axis=1)
