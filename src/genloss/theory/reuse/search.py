"""Which penalties does cross-validation choose in fits that share rows, and how does each penalty move the risks?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from genloss.errors import Problem
from genloss.theory.arguments import Array
from genloss.theory.reuse.batch import SharedRows
from genloss.theory.reuse.risks import Prepared, prepared
from genloss.theory.ridge.spectra import PowerLaw, Spectrum, signal_on

__all__ = [
    "CrossValidated",
    "cross_validate",
    "cross_validated_penalties",
    "least_on",
    "penalty_range",
    "risks_at",
    "slopes_at",
]

_LOWEST, _HIGHEST, _POINTS = 1e-8, 1e4, 37
_STEP = 1e-6  # of a log penalty, in a difference quotient


@dataclass(frozen=True)
class CrossValidated:
    """What leave-one-out chooses, generation by generation. Fits in order, (K,) each.

    penalties: the minimizers; 0 where the score falls down to the lower end of the range and 0 is no
    worse. score: mean squared leave-one-out residual there. risk: expected excess risk of the fits.
    """

    penalties: Array
    score: Array
    risk: Array


def cross_validated_penalties(
    spectrum: Spectrum, coefficients: ArrayLike | PowerLaw, batches: Sequence[SharedRows]
) -> CrossValidated:
    r"""Return the penalties that leave-one-out on each fit's own pooled rows chooses, in the limit of large size.

    .. math:: \lambda_g = \mathrm{arg\,min}_\lambda \frac{\sum_m n_m \omega_m(g) E y_{m,g}^2}{\sum_m n_m \omega_m(g)},
        \qquad E y_{m,g}^2 = (1 + \omega_m(g) \chi_{gg} / \theta_g)^2 \, E r_{m,g}^2

    with r the residual of a training row and y the same row's residual when fit g is made without it: fits
    before g, which saw the row, and the labels they made stay as they are. So the noise that reached later
    labels through earlier fits is in y, as it is in a user's data. Fits before g have their own choices.
    For all rows with weight 1 this is what RidgeCV and, to leading order, generalized cross-validation minimize.

    Arguments, errors, index: as in `reuse.risk`. Range: 1e-8 to 1e4 times the largest eigenvalue.
    Rows drawn with replacement: all copies of a row are left out together.
    Status: asymptotic, and further from proof than `reuse.risk`, which excludes penalties chosen by looking at
    labels: this is the penalty at the minimum of the mean score. One data set's choice varies around it, and
    what this variation costs (of second order in it) is not in `risk`.
    Source: docs/theory/advice.md. Checked by tests/statistical/test_advise.py (rows drawn plainly, dim 60, four
    generations: the mean score, the choice on each data set, and the risk that it leads to) and
    verification/advise.py (dim 100).

    >>> real = SharedRows(200, [1, 1], [[0, 0], [0, 0]], 0.5)
    >>> labeled_by_fit_0 = SharedRows(200, [0, 1], [[0, 0], [1, 0]], 0.5)
    >>> cross_validated_penalties([1.0] * 100, 0.1, [real, labeled_by_fit_0]).penalties.round(4).tolist()
    [0.125, 0.0593]
    """
    nodes, power = signal_on(spectrum, coefficients)
    return cross_validate(prepared(nodes, power, batches))


def cross_validate(ready: Prepared) -> CrossValidated:
    """`cross_validated_penalties` of a chain that is set up."""
    recursion, fits = ready.recursion, ready.rows.size
    penalties, score = np.zeros(fits), np.zeros(fits)
    for g in range(fits):
        penalties[g], score[g] = least_on(lambda penalty, g=g: _score(ready, g, penalty), *penalty_range(ready))  # type: ignore[misc]
        recursion.fill(g, penalties[g] * ready.rows[g])
    return CrossValidated(penalties, score, risks_at(ready, penalties))


def _score(ready: Prepared, g: int, penalty: float) -> float:
    """Mean squared leave-one-out residual of fit g at a penalty; fits before g are solved."""
    ready.recursion.fill(g, penalty * ready.rows[g])
    known, residual = ready.recursion.batches, ready.recursion.found.left_out_residual[:, g].sum(axis=0)
    weight = known.rows * known.sampled[:, g] * known.weights[:, g]
    return float(weight @ residual / weight.sum())


def risks_at(ready: Prepared, penalty: ArrayLike) -> Array:
    """Expected excess risks (K,) at a penalty, or one per fit."""
    for g, ridge in enumerate(ready.ridge(penalty).tolist()):
        ready.recursion.fill(g, ridge)
    return np.asarray(np.diagonal(ready.recursion.found.Q.sum(axis=0)).copy())


def slopes_at(ready: Prepared, penalties: Array, directions: Array | None = None) -> tuple[Array, Array]:
    """Risks (K,), and d risk of fit h along direction j of the log penalties at (j, h), by difference quotients.

    directions: (J, K); None: each penalty by itself. From the direction that begins last: fits before it
    are not touched, and need no second solution.
    """
    risks, recursion = risks_at(ready, penalties), ready.recursion
    along = np.eye(risks.size) if directions is None else directions
    begins = (along != 0).argmax(axis=1)
    slopes = np.zeros(along.shape)
    for j in np.argsort(-begins, kind="stable"):
        ridge = ready.ridge(penalties * np.exp(_STEP * along[j]))
        for h in range(begins[j], risks.size):
            recursion.fill(h, float(ridge[h]))
        changed = np.diagonal(recursion.found.Q.sum(axis=0))
        slopes[j, begins[j] :] = (changed[begins[j] :] - risks[begins[j] :]) / _STEP
    return risks, slopes


def penalty_range(ready: Prepared) -> tuple[float, float]:
    """Return the least and the largest penalty that a search considers."""
    top = float(ready.nodes.values.max())
    return _LOWEST * top, _HIGHEST * top


def least_on(function: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Return the penalty between two where a function is least, and its value; 0 where that is no worse than `low`.

    37 points, even in the logarithm, then bounded minimization between the neighbors of the best.
    """
    grid = np.linspace(np.log(low), np.log(high), _POINTS)
    values = [function(float(np.exp(point))) for point in grid]
    best = int(np.argmin(values))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, _POINTS - 1)]
    found = minimize_scalar(
        lambda x: function(float(np.exp(x))), bounds=bounds, method="bounded", options={"xatol": 1e-8}
    )
    place, least = (float(found.x), float(found.fun)) if found.fun < values[best] else (grid[best], values[best])
    if best <= 1:
        try:
            at_zero = function(0.0)
        except Problem:  # rows within one of dim: infinite without a penalty
            at_zero = np.inf
        if at_zero <= least * (1 + 1e-9):
            return 0.0, at_zero
    return float(np.exp(place)), least
