r"""Logistic and Poisson regression: which coefficients have the largest likelihood, and do they exist?

Canonical links: a label's log likelihood is y eta - A(eta) plus what does not depend on eta = (1, x) b.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem

Array = NDArray[np.float64]
Truths = NDArray[np.bool_]

_STEPS, _HALVINGS = 100, 40
_SCORED = 30
_DONE = 1e-18  # gradient x step, per row, at which a fit has settled
_ROUNDS = 20
_ROUNDING = 1e-10
HIGHEST = 40.0  # a linear predictor beyond which nothing is counted: means of 1e17
_HIGH = 30.0  # linear predictors beyond which a converged fit is checked by the linear program


@dataclass(frozen=True, slots=True)
class Link:
    """A generalized linear model with its canonical link.

    cumulant A(eta), its derivatives mean, weight (the variance V), third; predictor: the inverse of mean. draw:
    labels of these means. missing: why an estimate does not exist.
    """

    mean: Callable[[Array], Array]
    weight: Callable[[Array], Array]
    third: Callable[[Array], Array]
    cumulant: Callable[[Array], Array]
    predictor: Callable[[float], float]
    draw: Callable[[Array, np.random.Generator], Array]
    missing: str

    def divergence(self, eta: Array, true: Array, weights: Array | None = None) -> Array:
        """Return the divergence of laws at eta from those at `true`, in nats, the mean over the last axis.

        weights: of that axis, adding up to 1; None: all alike.
        """
        rise = self.cumulant(eta) - self.cumulant(true) - self.mean(true) * (eta - true)
        return np.asarray(rise.mean(axis=-1) if weights is None else rise @ weights)


def _expit(eta: Array) -> Array:
    from scipy.special import expit  # loaded where it is needed

    return np.asarray(expit(eta))


LINKS = {
    "logistic": Link(
        mean=_expit,
        weight=lambda eta: np.asarray(_expit(eta) * _expit(-eta)),
        third=lambda eta: np.asarray(_expit(eta) * _expit(-eta) * (1 - 2 * _expit(eta))),
        cumulant=lambda eta: np.logaddexp(0.0, eta),
        predictor=lambda mean: float(np.log(mean / (1 - mean))),
        draw=lambda mean, rng: (rng.random(mean.shape) < mean).astype(float),
        missing="the labels are separable: some direction of the inputs parts the ones from the zeros",
    ),
    "poisson": Link(
        mean=np.exp,
        weight=np.exp,
        third=np.exp,
        cumulant=np.exp,
        predictor=lambda mean: float(np.log(mean)),
        draw=lambda mean, rng: rng.poisson(mean).astype(float),
        missing="counts above 0 lie in too few directions: the likelihood grows along one in which only zeros vary",
    ),
}

ALL_ALIKE = {
    "logistic": "all labels are alike, and no intercept is large enough for them",
    "poisson": "all counts are 0, and no intercept is small enough for them",
}
"""Why there is no estimate with a penalty either."""


def maximize(
    kind: str, x: Array, y: Array, weights: Array, penalty: float | Array = 0.0, offset: float | Array = 0.0
) -> tuple[Array, Truths]:
    r"""Maximize sum w (y eta - A(eta)) - sum penalty slopes^2 / 2 by Newton's method, all replicates at once.

    x: (replicates, rows, parameters), a column of ones first. y: (replicates, rows). weights: (rows,) or like y,
    adding up to 1. penalty: a number, or one for each slope. offset: what eta = x b + offset has beside the
    coefficients, a number, (rows,) or like y: the logarithm of the exposure of a count.
    Returns coefficients (replicates, parameters), and
    whether the estimate exists (replicates,). Steps are halved until a concave objective does not fall, so it cannot
    diverge; where it does not settle without a penalty, a linear program says whether there is a maximum. With a
    penalty > 0 there is one, separable labels or not, but where all labels are alike: the intercept is free.
    """
    w, o = np.broadcast_to(weights, y.shape), np.broadcast_to(offset, y.shape)
    held = np.append(0.0, np.broadcast_to(penalty, x.shape[-1] - 1))
    found = np.zeros((len(x), x.shape[-1]))
    settled = np.zeros(len(x), dtype=bool)
    active = np.arange(len(x))
    for _ in range(_STEPS):
        found[active], done = _climb(LINKS[kind], found[active], x[active], y[active], w[active], held, o[active])
        settled[active[done]] = True
        active = active[~done]
        if not active.size:
            break
    exists = np.ones(len(x), dtype=bool)
    if (held[1:] > 0).all() and held.size > 1:
        return found, unlike(kind, y, w)
    far = np.abs((x @ found[..., None])[..., 0]).max(axis=-1) > _HIGH
    doubtful = np.flatnonzero(~settled | far)
    exists[doubtful] = [estimate_exists(kind, x[r], y[r], w[r]) for r in doubtful]
    return found, exists


def unlike(kind: str, y: Array, w: Array) -> Truths:
    """Whether not all labels that weigh something are at the end of their range, (replicates,)."""
    some = ((y > 0) & (w > 0)).any(axis=1)
    return np.asarray(some & ((y < 1) & (w > 0)).any(axis=1) if kind == "logistic" else some)


def _climb(link: Link, b: Array, x: Array, y: Array, w: Array, held: Array, o: Array) -> tuple[Array, Truths]:
    """One Newton step, halved until the objective does not fall; and who has settled."""
    eta = (x @ b[..., None])[..., 0] + o
    gradient = ((w * (y - link.mean(eta)))[:, None, :] @ x)[:, 0] - held * b
    curvature = (x * (w * link.weight(eta))[..., None]).mT @ x + np.diag(held)
    ridge = 1e-14 * np.trace(curvature, axis1=-2, axis2=-1)[:, None, None] + 1e-300
    step = np.linalg.solve(curvature + ridge * np.eye(b.shape[-1]), gradient[..., None])[..., 0]
    rise = (gradient * step).sum(axis=-1)
    move = (x @ step[..., None])[..., 0]
    reach = np.minimum(1.0, 10.0 / np.maximum(np.abs(move).max(axis=-1), 1e-300))
    before = _objective(link, eta, b, y, w, held)
    for _ in range(_HALVINGS):
        after = _objective(link, eta + reach[:, None] * move, b + reach[:, None] * step, y, w, held)
        low = after < before - 1e-14 * np.abs(before)
        if not low.any():
            break
        reach = np.where(low, reach / 2, reach)
    return b + reach[:, None] * step, np.asarray(rise < _DONE)


def _objective(link: Link, eta: Array, b: Array, y: Array, w: Array, held: Array) -> Array:
    return np.asarray((w * (y * eta - link.cumulant(eta))).sum(axis=-1) - (held * b**2).sum(axis=-1) / 2)


def unbiased(kind: str, x: Array, y: Array, dispersion: float = 1.0, offset: float | Array = 0.0) -> Array:
    r"""Return coefficients without first-order bias, (parameters,): the root of a modified score (Firth).

    .. math:: \sum_i x_i \big(y_i - A'(\eta_i) + \tfrac12 \phi\, h_i A^{(3)}(\eta_i) / A''(\eta_i)\big) = 0

    h: the leverage. The left side is the slope of the log likelihood + phi/2 log det X'A''X, which every step raises.
    x: (rows, parameters), a column of ones first; y: (rows,). dispersion: phi, the variance of labels over that of the
    law. offset: as in `maximize`, (rows,). It exists where the largest likelihood does not, separable labels included.
    Status: exact root. Checked by tests/statistical/test_relabeled.py, tests/unit/test_separation.py.
    """
    link, b = LINKS[kind], np.zeros(x.shape[1])
    if kind == "poisson":
        b[0] = link.predictor(float(y.mean()) / float(np.mean(np.exp(offset))))
    for _ in range(_ROUNDS):
        b, size = _scored(link, x, y, b, dispersion, offset)
        if size < _ROUNDING * len(y):
            return b
        b = _bent(link, x, y, b, dispersion, offset)
    raise Problem(
        "X, y",
        f"the bias of the fit could not be removed in {_ROUNDS} rounds",
        "scale the inputs, or leave out far rows",
    )


def _scored(link: Link, x: Array, y: Array, b: Array, dispersion: float, offset: float | Array) -> tuple[Array, float]:
    """Climb by the information, a few steps: quick where labels are mixed. Returns also the size of the slope there."""
    value, score, information = _modified(link, x, y, b, dispersion, offset)
    for _ in range(_SCORED):
        step = np.linalg.solve(information, score)
        size, reach = float(score @ step), 1.0
        if size < 1e-16 * len(y):
            break
        for _ in range(_HALVINGS):
            tried = _modified(link, x, y, b + reach * step, dispersion, offset)
            if tried[0] > value + 1e-4 * reach * size:
                break
            reach /= 2
        else:  # what a step would gain is lost in the sum
            break
        b, (value, score, information) = b + reach * step, tried
    return b, size


def _bent(link: Link, x: Array, y: Array, b: Array, dispersion: float, offset: float | Array) -> Array:
    """Climb by BFGS in the metric of the information: quicker where labels part and slopes are long."""
    from scipy.optimize import minimize  # a quarter of a second that other fits need not wait for

    root = np.linalg.inv(np.linalg.cholesky(_modified(link, x, y, b, dispersion, offset)[2])).T

    def fallen(u: Array) -> tuple[float, Array]:
        value, score, _ = _modified(link, x, y, b + root @ u, dispersion, offset)
        return -value, -root.T @ score

    return np.asarray(b + root @ minimize(fallen, np.zeros(b.size), jac=True, method="BFGS").x)


def _modified(
    link: Link, x: Array, y: Array, b: Array, dispersion: float, offset: float | Array
) -> tuple[float, Array, Array]:
    """What is maximized, its slope, and the information."""
    eta = x @ b + offset
    eta = np.minimum(eta, HIGHEST) if link.mean is np.exp else eta
    weight = np.maximum(link.weight(eta), 1e-300)
    information = x.T @ (weight[:, None] * x)
    information[np.diag_indices_from(information)] += 1e-14 * np.trace(information) / len(information)
    leverage = weight * ((x @ np.linalg.inv(information)) * x).sum(axis=1)
    score = x.T @ (y - link.mean(eta) + dispersion * leverage * link.third(eta) / weight / 2)
    value = float((y * eta - link.cumulant(eta)).sum()) + dispersion / 2 * float(np.linalg.slogdet(information)[1])
    return value, score, information


def estimate_exists(kind: str, x: Array, y: Array, weights: Array) -> bool:
    """Whether the likelihood of a logistic or Poisson regression has a maximum, by a linear program.

    It has none if along some direction b no row's likelihood falls and some row's rises for ever. Logistic: (2y - 1)
    x.b >= 0 for all rows, > 0 for one; x.b = 0 where 0 < y < 1 (the mean of a row that was drawn more than once).
    Poisson: x.b = 0 where y > 0 and x.b <= 0 where y = 0, < 0 for one. The program maximizes the sum of what rises
    over |b| <= 1: 0 if there is no such direction. x: (rows, parameters); y: (rows,).
    """
    from scipy.optimize import linprog

    used = weights > 0
    x, y = x[used] / np.abs(x[used]).max(axis=0), y[used]
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return False
    if kind == "logistic":
        mixed = (y > 0) & (y < 1)
        rising, still = (2 * y - 1)[~mixed, None] * x[~mixed], x[mixed]
    else:
        rising, still = -x[y == 0], x[y > 0]
    if not len(rising):
        return True
    solved = linprog(
        -rising.sum(axis=0),
        A_ub=-rising,
        b_ub=np.zeros(len(rising)),
        A_eq=still if len(still) else None,
        b_eq=np.zeros(len(still)) if len(still) else None,
        bounds=(-1.0, 1.0),
        method="highs",
    )
    if solved.status != 0:
        raise Problem("regression", f"the linear program ended with: {solved.message}", "scale the inputs")
    return bool(-solved.fun < 1e-7 * len(rising))
