"""What is a long chain asked about, and what is known of it while it is followed? Compiled code passes these on."""

from __future__ import annotations

from typing import NamedTuple

from genloss.theory.reuse.compiled_classes import Classes
from genloss.theory.reuse.compiled_fit import Array, Index, compiled


class Truth(NamedTuple):
    """A spectrum and a signal.

    values, multiplicity: (N,), eigenvalues and how many; carrier, power: (P,), s and s w0^2.
    """

    values: Array
    multiplicity: Array
    dim: float
    carrier: Array
    power: Array


class Batches(NamedTuple):
    """rows, origin, scale: (B,): who labels them (-1: the truth), and the variance of their noise over the model's."""

    rows: Array
    origin: Index
    scale: Array


class Chain(NamedTuple):
    """What is known of K fits; letters as in the solver.

    L, S, W: of all classes, a square after the other, lower triangles: L, its sums from a column on, and W
    (2, .). known_W (2, .), so_far (.): by fits of classes, what of a row of W hangs on no later fit, and rows so far.
    Q, D: (2, K, K). s_A: (K, K, N). A_rho: (K, P). own_power: (2, K, N). drift, own_error, own_bias: (K,).
    """

    L: Array
    S: Array
    W: Array
    known_W: Array
    so_far: Array
    s_A: Array
    A_rho: Array
    Q: Array
    D: Array
    own_power: Array
    drift: Array
    own_error: Array
    own_bias: Array


class Alone(NamedTuple):
    """What fit g does by itself. ell, spread, different: (C,), l, its relative variance, and that of rows drawn."""

    ell: Array
    spread: Array
    different: float
    rho: float
    M: float
    slack: float
    squares: float
    s_A: Array


@compiled
def fits_of(known: Classes, c: int) -> Index:
    """Return the fits of a class."""
    return known.fits[known.begin[c] : known.begin[c + 1]]


@compiled
def square_of(squares: Array, known: Classes, c: int) -> Array:
    """Return the square of a class, its fits in rows and columns."""
    size = known.begin[c + 1] - known.begin[c]
    return squares[known.square[c] : known.square[c + 1]].reshape(size, size)
