r"""Can the labels tell that correcting for what they inherit helps? If not, leave-one-out's penalty is the safer one.

Every belief about the truth (a prior k of weight p_k, with what the labels then show, v, and share with the truth, c)
predicts by how much the corrected penalty beats the one of leave-one-out, F = e / (e + penalty):

.. math:: \Delta_k = \sum_i e_i \big[ (F'^2_i - F_i^2) (v_{ki} + s^2 / (T e_i)) - 2 (F'_i - F_i) c_{ki} \big]

F' of leave-one-out. The chance of harm is the weight of the beliefs in which it does not. Kernels have the same in
function values, e v and e c.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV

from genloss.advise.estimators.empirical_bayes import Belief

Array = NDArray[np.float64]

LIMIT_LEAST_SQUARES, LIMIT_PENALIZED = 0.3, 0.05  # chosen on one seed, judged on another: docs/decisions/0047
LIMIT_LIGHT_KERNEL, LIMIT_KERNEL = 0.3, 0.01  # chosen on some tables, judged on others: docs/decisions/0050
LIGHT = 0.1  # of a label's noise, what a generator of light penalty passes on at least


def leave_one_out(x: Array, y: Array, weights: Array, penalties: Array) -> float:
    """Return the penalty of the mean that scikit-learn's RidgeCV takes of these, alphas penalties x sum of weights."""
    finite = penalties[np.isfinite(penalties)]
    alphas = finite * weights.sum()
    found = RidgeCV(alphas=alphas).fit(x, y, None if (weights == 1).all() else weights).alpha_
    return float(finite[int(np.argmin(np.abs(alphas - found)))])


def kernel_leave_one_out(values: Array, basis: Array, labels: Array, penalties: Array) -> float:
    r"""Return the penalty of the mean that leave-one-out takes for kernel ridge on labels of mean 0.

    values, basis: of the kernel over T. A row left out changes nothing but its weight, so its error is that of the fit
    over 1 - H_ii: what GridSearchCV with LeaveOneOut finds for KernelRidge on these labels, alphas penalties x T.
    """
    finite = penalties[np.isfinite(penalties)]
    keep = values / (values + finite[:, None])
    left = labels - (keep * (basis.T @ labels)) @ basis.T
    errors = ((left / (1 - keep @ (basis**2).T)) ** 2).mean(axis=1)
    return float(finite[int(np.argmin(errors))])


def chance_of_harm(belief: Belief, eigenvalues: Array, *, corrected: float, blind: float) -> float:
    """Return how much of the belief says that the corrected penalty has a larger risk than the blind one."""
    ours, theirs = eigenvalues / (eigenvalues + corrected), eigenvalues / (eigenvalues + blind)
    return share_harmed(belief.weights, belief.each_shown, belief.each_shared, ours=ours, theirs=theirs)


def share_harmed(weights: Array, shown: Array, shared: Array, *, ours: Array, theirs: Array) -> float:
    """Return the weight of beliefs in which keeping `ours` of each direction has a larger risk than `theirs`.

    weights (beliefs,); shown, shared (beliefs, directions): second and cross moments, noise of the rows in the first.
    """
    gains = shown @ (theirs**2 - ours**2) - 2 * shared @ (theirs - ours)
    return float(weights[gains < 0].sum())


def limit_of(generator_penalty: float) -> float:
    """Return the largest chance of harm with which the correction is still made."""
    return LIMIT_PENALIZED if generator_penalty > 0 else LIMIT_LEAST_SQUARES


def kernel_limit_of(passed_on: float) -> float:
    """Return the same for kernel ridge generators. passed_on: sum D^2 / T0, what each leaves of its labels' noise."""
    return LIMIT_LIGHT_KERNEL if passed_on >= LIGHT else LIMIT_KERNEL
