r"""Can the labels tell that correcting for what they inherit helps? If not, leave-one-out's penalty is the safer one.

Every belief about the truth (a prior k of weight p_k, with what the labels then show, v, and share with the truth, c)
predicts by how much the corrected penalty beats the one of leave-one-out, F = e / (e + penalty):

.. math:: \Delta_k = \sum_i e_i \big[ (F'^2_i - F_i^2) (v_{ki} + s^2 / (T e_i)) - 2 (F'_i - F_i) c_{ki} \big]

F' of leave-one-out. The chance of harm is the weight of the beliefs in which it does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV

from genloss.advise.estimators.empirical_bayes import Belief

Array = NDArray[np.float64]

LIMIT_LEAST_SQUARES, LIMIT_PENALIZED = 0.3, 0.05  # chosen on one seed, judged on another: docs/decisions/0047


def leave_one_out(x: Array, y: Array, weights: Array, penalties: Array) -> float:
    """Return the penalty of the mean that scikit-learn's RidgeCV takes of these, alphas penalties x sum of weights."""
    finite = penalties[np.isfinite(penalties)]
    alphas = finite * weights.sum()
    found = RidgeCV(alphas=alphas).fit(x, y, None if (weights == 1).all() else weights).alpha_
    return float(finite[int(np.argmin(np.abs(alphas - found)))])


def chance_of_harm(belief: Belief, eigenvalues: Array, *, corrected: float, blind: float) -> float:
    """Return how much of the belief says that the corrected penalty has a larger risk than the blind one."""
    ours, theirs = eigenvalues / (eigenvalues + corrected), eigenvalues / (eigenvalues + blind)
    gains = belief.each_shown @ (theirs**2 - ours**2) - 2 * belief.each_shared @ (theirs - ours)
    return float(belief.weights[gains < 0].sum())


def limit_of(generator_penalty: float) -> float:
    """Return the largest chance of harm with which the correction is still made."""
    return LIMIT_PENALIZED if generator_penalty > 0 else LIMIT_LEAST_SQUARES
