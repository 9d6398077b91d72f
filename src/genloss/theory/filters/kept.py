"""What law has a normal row that a verifier keeps? Its share, mean and variance, exactly.

Everything is counted in standard deviations of a row, from the verifier's own guess c: a row is y = c + offset + noise.
The density of kept rows is proportional to k(y) exp(offset y - y^2 / 2), k the chance to be kept: an exponential
family in the offset, so that the variance of kept rows is the slope of their mean, whatever k is.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from genloss.errors import Problem
from genloss.theory.arguments import Array, as_numbers, checked_range, guarded, guarded_infinite, together

__all__ = ["FARTHEST", "Kept", "contraction", "kept", "kept_best", "kept_moments", "within_of_likelihood"]

FARTHEST = 30.0
"""Offsets beyond it are refused: no row in 10^190 would be near the guess."""
_NODES, _BEYOND = 128, 12.0  # of Gauss-Legendre; exp(-12^2 / 2) is 10^-31 of the density's top
_HALVINGS = 60


class Kept(NamedTuple):
    """Kept rows, each of the arguments' shape.

    share: how many of the rows are kept. mean: of the kept rows, from the guess. variance: of one kept row. spread: n
    times the variance of the mean of n kept rows, which is `variance` unless the rows compete for their places.
    within: the distance up to which rows are kept. In standard deviations of a row, or their squares.
    """

    share: Array
    mean: Array
    variance: Array
    spread: Array
    within: Array


@guarded_infinite
def kept(offset: ArrayLike, *, within: ArrayLike, keep_good: float = 1.0, keep_bad: float = 0.0) -> Kept:
    r"""Return the law of normal rows of which a verifier keeps those near its own guess.

    .. math:: m(u) = \frac{\int y\,k(y)\,e^{uy-y^2/2}\,dy}{\int k(y)\,e^{uy-y^2/2}\,dy}, \qquad v(u) = m'(u)

    A row within `within` standard deviations of the guess stays with the chance keep_good, any other with keep_bad.
    offset: u, the mean of all rows less the guess, in standard deviations, up to 30 in size. within: a from 1e-6 on,
    inf for all rows. Both broadcast. keep_bad at most keep_good, and keep_good above 0.
    To keep rows whose density under N(c, sd^2) is high enough is the same rule: `within_of_likelihood`.
    Errors: `Problem` outside these ranges. Status: exact, by quadrature of positive terms.
    Source: moments of a truncated normal law; docs/theory/verifier.md. Checked by tests/unit/test_verifier.py.

    >>> [round(float(x), 4) for x in kept(0.3, within=1.0)[:3]]
    [0.6612, 0.0869, 0.2871]
    """
    u, a = _offset_and(offset, within)
    good, bad = kept_chances(keep_good, keep_bad)
    share, mean, variance, _ = _band(u, a)
    whole = bad + (good - bad) * share
    inside, anywhere = (good - bad) * share / whole, bad / whole
    middle = inside * mean + anywhere * u
    spread = inside * (variance + (mean - middle) ** 2) + anywhere * (1 + (u - middle) ** 2)
    return Kept(whole, middle, spread, spread, a)


@guarded_infinite
def kept_best(offset: ArrayLike, *, share: ArrayLike) -> Kept:
    r"""Return the law of the share of normal rows that is nearest to a verifier's guess.

    The distance up to which rows stay is the one that this share has, :math:`P(|y| \le a(u)) = q`: it moves with the
    rows. One row that stays drives another out, so that the mean of n kept rows has, with b = a tanh(a u),

    .. math:: n \mathrm{Var} = v + (1-q)(m-b)^2

    offset: u, up to 30 in size. share: q from .001 to 1. Both broadcast.
    Errors: `Problem` outside these ranges. Status: exact for many rows; a finite number of rows moves all by O(1 / n).
    Source: the influence function of a trimmed mean; docs/theory/verifier.md. Checked by tests/unit/test_verifier.py.

    >>> [round(float(x), 4) for x in kept_best(1.0, share=0.5)]
    [0.5, 0.3006, 0.2707, 0.4064, 1.0505]
    """
    part = checked_range("share", share, lowest=1e-3, highest=1, meaning="a share of the rows from .001 to 1")
    u, q = together(offset=_checked_offset(offset), share=part)
    a = _distance_of_share(np.abs(u), q)
    _, mean, variance, _ = _band(u, a)
    last = np.where(np.isinf(a), 0.0, a)  # where all rows stay, none is driven out
    boundary = last * np.tanh(last * u)
    return Kept(q, mean, variance, variance + (1 - q) * (mean - boundary) ** 2, a)


@guarded
def contraction(
    *, within: ArrayLike | None = None, share: ArrayLike | None = None, keep_good: float = 1.0, keep_bad: float = 0.0
) -> Array:
    r"""Return the factor by which one generation of checked rows brings a model nearer to the verifier's guess.

    .. math:: \rho(a) = 1 - \frac{2 a \varphi(a)}{2 \Phi(a) - 1}

    for rows kept within a standard deviations, and for the nearest share q = 2 Phi(a) - 1: a first order in the
    distance from the guess. It is the variance of a kept row as well, in units of a row's. With errors, rho is
    (bad + (good - bad) P rho(a)) / (bad + (good - bad) P), P = 2 Phi(a) - 1.
    Give one of within (>= 1e-6) and share (.001 to 1). Returns the argument's shape.
    Status: exact. Source: docs/theory/verifier.md. Checked by tests/unit/test_verifier.py.

    >>> contraction(within=[0.5, 1.0, 2.0, 3.0]).round(4).tolist()
    [0.0806, 0.2911, 0.7737, 0.9733]
    """
    if (within is None) == (share is None):
        raise Problem("within", "one of within and share is needed", "give a distance, or the share that is kept")
    if share is not None:
        kept_chances(keep_good, keep_bad, rates=False)
        return np.asarray(kept_best(0.0, share=share).variance)
    return np.asarray(kept(0.0, within=0.0 if within is None else within, keep_good=keep_good, keep_bad=keep_bad)[2])


@guarded
def within_of_likelihood(density: ArrayLike, *, sd: float = 1.0) -> Array:
    r"""Return the distance, in standard deviations, at which a normal density falls to `density`.

    .. math:: a = \sqrt{-2 \log(\sqrt{2\pi}\, sd\, f)}

    A verifier that keeps rows of at least this density under its own guess N(c, sd^2) keeps |y - c| <= a sd: for normal
    rows a threshold on likelihood is a band around the guess, and the best share by likelihood is the nearest.
    density: f > 0, below the top of the density, 1 / (sd sqrt(2 pi)). sd: > 0.
    Status: exact. Source: the normal density. Checked by tests/unit/test_verifier.py.

    >>> within_of_likelihood(0.24197072451914337).round(6).item()
    1.0
    """
    f = checked_range("density", density, lowest=0, meaning="a density > 0 below its top")
    width = float(checked_range("sd", sd, lowest=0, meaning="a standard deviation > 0"))
    if width == 0 or np.any(f == 0) or np.any(f * width * np.sqrt(2 * np.pi) >= 1):
        raise Problem(
            "density", "no distance has this density", f"give one above 0 and below {1 / np.sqrt(2 * np.pi):.4f} / sd"
        )
    return np.asarray(np.sqrt(-2 * (np.log(f) + np.log(width) + np.log(2 * np.pi) / 2)))


def kept_moments(within: Array, keep_good: float, keep_bad: float) -> tuple[Array, Array, Array]:
    """Return share, second and fourth moment of kept rows whose mean is the guess."""
    share, _, second, fourth = _band(np.zeros_like(within), within)
    whole = keep_bad + (keep_good - keep_bad) * share
    inside, anywhere = (keep_good - keep_bad) * share / whole, keep_bad / whole
    return whole, inside * second + anywhere, inside * fourth + 3 * anywhere


def kept_chances(keep_good: float, keep_bad: float, *, rates: bool = True) -> tuple[float, float]:
    """Return the two chances, or say what is wrong with them. rates: whether they have a meaning here."""
    good, bad = (
        float(checked_range(name, value, lowest=0, highest=1, meaning="a probability"))
        for name, value in (("keep_good", keep_good), ("keep_bad", keep_bad))
    )
    if good < bad or good == 0:
        raise Problem(
            "keep_bad",
            f"{bad:g} beside a keep_good of {good:g}: such a verifier drives the loop away from its guess",
            "give a keep_good above 0, and a keep_bad that is not larger",
        )
    if not rates and (good, bad) != (1.0, 0.0):
        raise Problem("keep_bad", "chances have no meaning where the nearest share is kept", "leave them out")
    return good, bad


def _offset_and(offset: ArrayLike, within: ArrayLike) -> tuple[Array, Array]:
    given = as_numbers("within", within, "a distance from 1e-6 on")
    checked_range("within", np.where(np.isposinf(given), 1.0, given), lowest=1e-6, meaning="a distance from 1e-6 on")
    u, a = together(offset=_checked_offset(offset), within=given)
    return u, a


def _checked_offset(offset: ArrayLike) -> Array:
    meaning = f"an offset from the guess, up to {FARTHEST:g} standard deviations"
    return checked_range("offset", offset, lowest=-FARTHEST, highest=FARTHEST, meaning=meaning)


def _band(offset: Array, within: Array) -> tuple[Array, Array, Array, Array]:
    """Return share, mean, variance and fourth central moment of rows within a distance of the guess.

    Rows at y and at -y are taken together: then all terms are positive, and an offset near 0 loses no digits.
    """
    x, weight = _legendre()
    size = np.abs(offset)[..., None]
    end = np.minimum(within[..., None], size + _BEYOND)
    y = x * end
    log_density = size * y - y**2 / 2
    top = log_density.max(axis=-1, keepdims=True)
    near = weight * np.exp(log_density - top)
    far, less = near * np.exp(-2 * size * y), -np.expm1(-2 * size * y)
    total = (near + far).sum(axis=-1)
    mean = (y * near * less).sum(axis=-1) / total
    right, left = (y - mean[..., None]) ** 2, (y + mean[..., None]) ** 2
    variance = (near * right + far * left).sum(axis=-1) / total
    fourth = (near * right**2 + far * left**2).sum(axis=-1) / total
    log_scale = (top + np.log(end / np.sqrt(2 * np.pi)) - size**2 / 2)[..., 0]
    share = np.where(np.isinf(within), 1.0, np.minimum(total * np.exp(log_scale), 1.0))  # the sum may pass 1 by a digit
    return share, np.sign(offset) * mean, variance, fourth


@cache
def _legendre() -> tuple[Array, Array]:
    """Nodes and weights on [0, 1]."""
    x, weight = np.polynomial.legendre.leggauss(_NODES)
    return (x + 1) / 2, weight / 2


def _distance_of_share(size: Array, share: Array) -> Array:
    """Return the distance within which this share of the rows lies, inf for all; size: |offset|."""
    low, high = np.zeros_like(size), size + ndtri(np.minimum((1 + share) / 2, 1 - 1e-16)) + 1
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        less = ndtr(middle - size) - ndtr(-middle - size) < share
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return np.where(share == 1, np.inf, (low + high) / 2)
