r"""Which coefficients have the largest likelihood if all replicates have the same rows, each by weights of its own?

The same maximum as `likelihood.maximize` finds for any rows. Here information on coefficients is one product of weights
with products of columns (`pairs`), and a step of Newton's method needs no look at the objective where it changes no
linear predictor by more than 1.5: with canonical links the third derivative of a row's log likelihood is at most the
second, so along such a step, of length M at most, the objective rises by at least

.. math:: \lambda^2 \big(1 - (e^M - 1 - M) / M^2\big) > 0

lambda^2 = gradient x step, and the next lambda^2 is at most about M^2 times this one. Checked by
tests/unit/test_shared_design.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.models.likelihood import estimate_exists, unlike
from genloss.models.pairs import Pairs

Array = NDArray[np.float64]
Truths = NDArray[np.bool_]

_STEPS, _HALVINGS = 100, 40
_QUICK = 5  # steps that most fits need
_HALF, _CLEAR = 0.5, 1e-6  # between classes; a linear predictor that is not 0 by rounding
_DONE = 1e-15  # what another step would add to a row's log likelihood where a fit has settled
_LONG = 10.0  # the most that a step changes a linear predictor
_SAFE = 1.5  # a change of linear predictors at which a step needs no look at the objective
_ROUND = 1e10  # rows in deviations of the coefficients, squared, up to which these are found to some digits
_HIGH = 30.0  # linear predictors beyond which a fit is checked by the linear program


def means(kind: str, eta: Array) -> Array:
    """Return means of labels, as `LINKS` has them."""
    if kind == "poisson":
        return np.exp(eta)
    with np.errstate(over="ignore"):  # a mean of 0
        return np.asarray(1 / (1 + np.exp(-eta)))


def cumulants(kind: str, eta: Array) -> Array:
    """Return A(eta), as `LINKS` has it."""
    if kind == "poisson":
        return np.exp(eta)
    return np.asarray(np.maximum(eta, 0.0) + np.log1p(np.exp(-np.abs(eta))))


def _slopes(kind: str, eta: Array) -> tuple[Array, Array]:
    """Return A' and A''."""
    if kind == "poisson":
        mean = np.exp(eta)
        return mean, mean
    mean = means(kind, eta)
    return mean, mean - mean * mean


@dataclass(frozen=True, eq=False)
class _Fits:
    """Fits on their way. b (replicates, p), eta (replicates, rows): linear predictors."""

    kind: str
    pairs: Pairs
    held: Array
    y: Array
    w: Array
    b: Array
    eta: Array

    def step(self) -> Truths:
        """Take one step of Newton's method, at most as long as helps, and say which fits have settled."""
        mean, weight = _slopes(self.kind, self.eta)
        left = self.y - mean
        left *= self.w
        gradient = left @ self.pairs.values - self.held * self.b
        curvature = self.pairs.sums(np.multiply(self.w, weight, out=left))
        own = np.einsum("...ii->...i", curvature)
        own += self.held
        own += 1e-14 * own.sum(axis=-1, keepdims=True) + 1e-300
        step: Array = np.asarray(np.linalg.solve(curvature, gradient[..., None])[..., 0])
        move: Array = step @ self.pairs.values.T
        gain, longest = (gradient * step).sum(axis=-1), np.maximum(move.max(axis=-1), -move.min(axis=-1))
        far = np.flatnonzero(~(longest <= _SAFE))
        if far.size:
            reach = np.minimum(1.0, _LONG / np.maximum(longest, 1e-300))[:, None]
            reach[far, 0] = self._halved(far, step, move, reach[:, 0])
            step, move = reach * step, reach * move
        self.b[:] += step
        self.eta[:] += move
        return np.asarray((longest <= 1) & (gain * longest**2 < _DONE) | (gain < _DONE))

    def _halved(self, far: NDArray[np.intp], step: Array, move: Array, reach: Any) -> Array:
        """Halve steps until the objective does not fall. far: which fits may go too far."""
        y, w, b, eta = (each[far] for each in (self.y, self.w, self.b, self.eta))

        def objective(reached: Array) -> Array:
            at, there = eta + reached[:, None] * move[far], b + reached[:, None] * step[far]
            with np.errstate(over="ignore"):  # what is too far is halved
                rise = (w * (y * at - cumulants(self.kind, at))).sum(axis=-1)
            return np.asarray(rise - (self.held * there**2).sum(axis=-1) / 2)

        reach, before = reach[far], objective(np.zeros(far.size))
        for _ in range(_HALVINGS):
            low = objective(reach) < before - 1e-14 * np.abs(before)
            if not low.any():
                break
            reach = np.where(low, reach / 2, reach)
        return np.asarray(reach)

    def apart(self) -> Truths:
        """Whether coefficients part classes wholly, so that longer ones do it better for ever."""
        if self.kind == "poisson":
            return np.zeros(len(self.b), dtype=bool)
        right = np.where(self.y > _HALF, self.eta > _CLEAR, self.eta < -_CLEAR) & ((self.y == 0) | (self.y == 1))
        return np.asarray((right | (self.w == 0)).all(axis=1))

    def certain(self) -> Truths:
        r"""Whether there is a maximum for certain: where \lambda^2 \max_i x_i' H^{-1} x_i < 1, H the information.

        Along any v the objective is at most its value, (gradient' v) t, and -v'Hv / S^2 (e^(-S t) + S t - 1) together,
        S = max |x_i' v|, which fall in the end if gradient' v < v'Hv / S. Rounding must be small beside H.
        """
        mean, weight = _slopes(self.kind, self.eta)
        gradient = (self.w * (self.y - mean)) @ self.pairs.values
        try:
            inverse = np.linalg.inv(self.pairs.sums(self.w * weight))
        except np.linalg.LinAlgError:
            return np.zeros(len(self.b), dtype=bool)
        gain = ((inverse @ gradient[..., None])[..., 0] * gradient).sum(axis=-1)
        reach = np.where(self.w > 0, self.pairs.forms(np.asarray(inverse)), 0.0)
        least, most = reach.min(axis=-1), reach.max(axis=-1)
        return np.asarray((least >= 0) & (most < _ROUND) & (np.abs(gain) * most < 0.25))

    def exist(self) -> Truths:
        """Say which have a maximum, by a linear program where nothing simpler tells."""
        found = self.certain()
        for r in np.flatnonzero(~found):
            found[r] = estimate_exists(self.kind, self.pairs.values, self.y[r], self.w[r])
        return found

    def some(self, kept: NDArray[np.intp]) -> _Fits:
        """Return some of the fits, apart from these."""
        return _Fits(self.kind, self.pairs, self.held, *(each[kept] for each in (self.y, self.w, self.b, self.eta)))


def maximize_shared(
    kind: str,
    pairs: Pairs,
    y: Array,
    weights: Array,
    penalty: float | Array = 0.0,
    offset: float | Array = 0.0,
    start: Array | None = None,
) -> tuple[Array, Truths]:
    """Maximize sum w (y eta - A(eta)) - sum penalty slopes^2 / 2, all replicates at once, and say which have a maximum.

    pairs: of the rows' columns, one of ones first, (rows, p). y, weights (replicates, rows): as `maximize` has them.
    penalty: a number, or one for each slope. offset: (rows,) or (replicates, rows). start (replicates, p) or None.
    Returns coefficients (replicates, p), and whether the estimate exists (replicates,).
    """
    held = np.append(0.0, np.broadcast_to(penalty, pairs.values.shape[1] - 1))
    begin = np.zeros((len(y), held.size)) if start is None else np.array(start)
    bound = held.size > 1 and bool((held[1:] > 0).all())
    fits = _Fits(kind, pairs, held, y, weights, begin, begin @ pairs.values.T + offset)
    found, settled, parted = _climbed(fits, bound=bound)
    if bound:
        return found, unlike(kind, y, weights)
    doubtful = ~parted & (~settled | (np.abs(found @ pairs.values.T).max(axis=-1) > _HIGH))
    exists = ~parted
    if doubtful.any():
        at = replace(fits, b=found, eta=found @ pairs.values.T + offset).some(np.flatnonzero(doubtful))
        exists[doubtful] = at.exist()
    return found, exists


def _climbed(fits: _Fits, *, bound: bool) -> tuple[Array, Truths, Truths]:
    """Climb: coefficients, which fits have settled, and which part classes wholly. bound: all have a maximum."""
    found, active = fits.b.copy(), np.arange(len(fits.b))
    settled, parted, going = np.zeros(active.size, dtype=bool), np.zeros(active.size, dtype=bool), fits
    for step in range(_STEPS):
        done = going.step()
        settled[active[done]] = True
        if not bound and step >= _QUICK:  # those that have not settled yet may run away
            apart = ~done & going.apart()
            parted[active[apart]], done = True, done | apart
        if done.any():
            found[active[done]] = going.b[done]
            active, going = active[~done], going.some(np.flatnonzero(~done))
        if not active.size:
            break
    found[active] = going.b
    return found, settled, parted
