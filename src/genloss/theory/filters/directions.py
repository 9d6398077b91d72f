"""What is a loop of regressions made of, direction by direction: the truth, the verifier's error, and mean fits?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.theory.arguments import Array
from genloss.theory.filters.loops import LeastSquaresLoop, RidgeLoop
from genloss.theory.ridge.spectra import Nodes, nodes_of

__all__ = ["Directions", "Fit", "directions_of"]


@dataclass(frozen=True, slots=True)
class Fit:
    """The mean of a fit, or a difference of fits: truth * w0 + error * v, (dim,) each."""

    truth: Array
    error: Array

    def moved(self, other: Fit, times: float) -> Fit:
        """Return self + times * other."""
        return Fit(self.truth + times * other.truth, self.error + times * other.error)

    def shrunk(self, shrink: Array) -> Fit:
        """Return what a fit follows of it."""
        return Fit(shrink * self.truth, shrink * self.error)


@dataclass(frozen=True, slots=True)
class Directions:
    """What a loop is made of, in eigendirections: everything in units of risk, which is power times eigenvalue.

    truth: s w0^2. error: s v^2 of the verifier. cross: s w0 v, 0 where the error is random with mean 0. (dim,) each.
    """

    nodes: Nodes
    truth: Array
    error: Array
    cross: Array
    rows: float
    noise: float
    penalty: float
    kept: bool

    def product(self, one: Fit, other: Fit) -> Array:
        """Return s E(w w'), (dim,), of the mean parts of two fits or guesses."""
        mixed = one.truth * other.error + one.error * other.truth
        return one.truth * other.truth * self.truth + mixed * self.cross + one.error * other.error * self.error


def directions_of(loop: LeastSquaresLoop | RidgeLoop, error: float, direction: Array | None) -> Directions:
    """Return the eigendirections of a loop with a verifier of root excess risk `error`.

    direction: the verifier's error in the eigenbasis up to a factor, (dim,); None: random, alike in all directions.
    """
    if isinstance(loop, LeastSquaresLoop):
        values, coefficients, penalty = np.ones(loop.dim), np.zeros(loop.dim), 0.0
    else:
        values, penalty = loop.eigenvalues(), float(loop.penalty)
        coefficients = np.broadcast_to(np.asarray(loop.coefficients, dtype=float), values.shape)
    spread = np.full(values.size, error**2 / values.size)
    cross = np.zeros(values.size)
    if direction is not None:
        v = error * direction / np.sqrt(values @ direction**2)
        spread, cross = values * v**2, values * v * coefficients
    return Directions(
        nodes_of(values),
        values * coefficients**2,
        spread,
        cross,
        float(loop.rows),
        float(loop.noise),
        penalty,
        loop.counted == "kept",
    )
