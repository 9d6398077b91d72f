"""When is a token that was seen c times forgotten? Laws for corpora so large that only c matters."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from genloss.theory.arguments import Array, checked_generation, checked_range, guarded

__all__ = ["branching_loss", "branching_survival", "diffusion_survival", "forgetting_generation", "suresh_bound"]

_EXPECTED = "an expected count >= 0"


@guarded
def branching_loss(generation: ArrayLike) -> Array:
    r"""Probability that one copy has no descendant left after g generations with Poisson(1) offspring.

    .. math:: e_0 = 0, \quad e_g = \exp(e_{g-1} - 1); \qquad 1 - e_g \approx 2/g \text{ for large } g

    generation: g >= 0, any shape. Status: exact for the branching process.
    Source: docs/theory/classical.md. Checked by tests/unit/test_discrete_chain.py.

    >>> branching_loss([0, 1, 2]).round(4).tolist()
    [0.0, 0.3679, 0.5315]
    """
    order = checked_generation(generation)
    return np.asarray(1 - _alive(int(order.max(initial=0)))[order])


def _alive(last: int) -> Array:
    """Return 1 - e_g for g = 0..last; it falls like 2/g, and is no difference of numbers near 1."""
    alive = np.ones(last + 1)
    for g in range(1, alive.size):
        alive[g] = -np.expm1(-alive[g - 1])
    return alive


@guarded
def branching_survival(expected: ArrayLike, *, generation: ArrayLike) -> Array:
    r"""Probability that a token with `expected` copies in the real corpus still occurs at generation g.

    .. math:: P = 1 - \exp(-\lambda (1 - e_g))

    with `branching_loss` e_g. Given that it was seen c times it is 1 - e_g^c. For the Poisson recursion
    lambda' ~ Poisson(n lambda)/n it is exact with lambda = n lambda_0. For the binomial chain it is a
    lower bound at every N, since (1 - p (1 - u))^N <= exp(-N p (1 - u)) at each step, and the limit for N -> infinity.

    expected: lambda = N p >= 0; generation: g >= 0 (0: the real corpus); shapes broadcast.
    Status: exact (Poisson recursion), bound and asymptotic in N (binomial chain, off by order 1/N).
    Source: docs/theory/classical.md. Checked by tests/statistical/test_discrete_chain.py.

    >>> branching_survival(1.0, generation=[0, 1, 9]).round(4).tolist()
    [0.6321, 0.4685, 0.1582]
    """
    copies = checked_range("expected", expected, lowest=0, meaning=_EXPECTED)
    order = checked_generation(generation)
    return np.asarray(-np.expm1(-copies * _alive(int(order.max(initial=0)))[order]))


@guarded
def diffusion_survival(expected: ArrayLike, *, generation: ArrayLike) -> Array:
    r"""The limit of `branching_survival` for many generations: Feller's diffusion.

    .. math:: P = 1 - \exp(-2 \lambda / (g + 1))

    expected: lambda >= 0; generation: g >= 0; shapes broadcast. Status: asymptotic in g: 10 % high at
    g = 11, the relative error falling like log(g)/g. Source: docs/theory/classical.md.
    Checked by tests/statistical/test_discrete_chain.py.

    >>> diffusion_survival(3.0, generation=11).round(4).item()
    0.3935
    """
    copies = checked_range("expected", expected, lowest=0, meaning=_EXPECTED)
    return np.asarray(-np.expm1(-2 * copies / (checked_generation(generation, highest=2**53) + 1)))


@guarded
def suresh_bound(expected: ArrayLike, *, generation: ArrayLike) -> Array:
    r"""Lower bound on the probability that a token still occurs at generation g.

    .. math:: P \ge 1 - \exp(-\lambda / (g + 1))

    By induction 1 - e_g >= 1/(g + 1), because exp(-x) <= 1/(1 + x). Late it is loose by a factor 2 in
    the exponent (`diffusion_survival`). Status: bound, at every N. Source: after Suresh et al. 2412.17646.
    Checked by tests/statistical/test_discrete_chain.py.

    >>> suresh_bound(3.0, generation=11).round(4).item()
    0.2212
    """
    copies = checked_range("expected", expected, lowest=0, meaning=_EXPECTED)
    return np.asarray(-np.expm1(-copies / (checked_generation(generation, highest=2**53) + 1)))


@guarded
def forgetting_generation(times: ArrayLike, *, probability: float = 0.5) -> Array:
    r"""First generation by which a token seen c times is lost with at least the given probability.

    The smallest g with e_g^c >= probability; for the median about 2c/log 2 = 2.9c.

    times: c >= 1, any shape. probability: from 0.001 to 0.999. Status: asymptotic in N (N large
    compared with c and g). Source: docs/theory/classical.md. Checked by tests/unit/test_discrete_chain.py.

    >>> forgetting_generation([1, 10]).tolist()
    [2.0, 27.0]
    """
    meaning = "how often the token was seen, from 1 to 10,000"
    c = checked_range("times", times, lowest=1, highest=1e4, meaning=meaning, whole=True)
    wanted = checked_range("probability", probability, lowest=1e-3, highest=0.999, meaning="a probability")
    left = -np.expm1(np.log(wanted) / c)  # the first g at which 1 - e_g is at most this
    far = int(4 / left.min(initial=1.0)) + 10
    return np.searchsorted(-_alive(far), -left, side="left").astype(float)
