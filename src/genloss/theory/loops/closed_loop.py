"""Where does a closed loop end when a model is trained on its own samples, sharpened, beside a share of other data?

Mean-field map on distributions over K tokens, temperature T and share alpha of an outside law q:

    x  <-  alpha q + (1 - alpha) tau_T(x),     tau_T(x)_i  proportional to  x_i^(1/T).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_one, checked_range, guarded
from genloss.workflows.checks import whole

__all__ = ["Equilibria", "equilibria", "sharpened", "step", "uniqueness_threshold", "urn_variance"]

_STEPS, _CLOSE = 200_000, 1e-9
_MOST_TOKENS = 2000


@dataclass(frozen=True)
class Equilibria:
    """Where the loop can end. points: (count, K), distributions; from: (count, K), which starts lead there.

    gain: largest factor by which one step changes a small deviation at each point, (count,); below 1 is stable.
    distance: total variation from q, (count,). unique: whether all starts tried end in one point.
    """

    points: Array
    reached_from: Array
    gain: Array
    distance: Array
    unique: bool


@guarded
def sharpened(law: ArrayLike, temperature: float) -> Array:
    """Return tau_T(x), x_i^(1/T) normalized, over the last axis; T < 1 sharpens, T > 1 flattens.

    law: (..., K), >= 0, sums to 1. Zeros stay zeros.
    Status: exact. Source: definition; docs/theory/closed_loop.md. Checked by tests/unit/test_closed_loop.py.

    >>> sharpened([0.2, 0.8], 0.5).round(4).tolist()
    [0.0588, 0.9412]
    """
    x = _law("law", law)
    heat = _temperature(temperature)
    with np.errstate(divide="ignore"):
        risen = np.exp(np.log(x / x.max(axis=-1, keepdims=True)) / heat)
    return np.asarray(risen / risen.sum(axis=-1, keepdims=True))


@guarded
def step(law: ArrayLike, outside: ArrayLike, *, share: float, temperature: float) -> Array:
    """Return one generation of the loop in the limit of many tokens, alpha q + (1 - alpha) tau_T(x).

    law: x (..., K), the model of this generation; outside: q (K,); share: alpha in [0, 1]. Under accumulation the
    pooled law moves a part of the way, x += (new / all) (step(x) - x): the same points stand still.
    Status: asymptotic in the number of tokens. Source: after arXiv 2404.02325; docs/theory/closed_loop.md.
    Checked by tests/unit/test_closed_loop.py.

    >>> step([0.5, 0.5], [0.2, 0.8], share=0.5, temperature=0.7).tolist()
    [0.35, 0.65]
    """
    q = _law("outside", outside)
    part = checked_one("share", share, lowest=0, highest=1, meaning="a share from 0 to 1")
    tau = sharpened(law, temperature)
    if q.ndim != 1 or q.size != tau.shape[-1]:
        raise Problem("outside", f"shape {q.shape} beside a law of {tau.shape[-1]} tokens", "give one share per token")
    return np.asarray(part * q + (1 - part) * tau)


@guarded
def equilibria(outside: ArrayLike, *, share: float, temperature: float) -> Equilibria:
    r"""Return the points where the loop can end, from starts at every vertex, at q and at the uniform law.

    .. math:: x = \alpha q + (1-\alpha) \tau_T(x)

    outside: q, (K,), > 0. Vertices are approached from within (1e-6 off), so that T < 1 without an outside share
    ends in them. T > 1: one point, since tau_T contracts Hilbert's metric by 1/T. T = 1: every start of alpha = 0
    stays; alpha > 0 ends in q. Points that are no attractor (a saddle between two) are not listed.
    Errors: `Problem` for T = 1 with share 0 (every law stands still) and more than 2,000 tokens.
    Status: exact for the mean-field map, to 1e-9; asymptotic for the loop, in the tokens per generation.
    Source: after arXiv 2404.02325, docs/theory/closed_loop.md. Checked by tests/unit/test_closed_loop.py, and against
    drawn loops by tests/statistical/test_closed_loop.py.

    >>> found = equilibria([0.5, 0.5], share=0.2, temperature=0.5)
    >>> found.unique, found.points.round(3).tolist()
    (False, [[0.887, 0.113], [0.113, 0.887]])
    """
    q = _law("outside", outside)
    part = checked_one("share", share, lowest=0, highest=1, meaning="a share from 0 to 1")
    heat = _temperature(temperature)
    if q.ndim != 1 or np.any(q <= 0):
        raise Problem("outside", "not one distribution with every token above 0", "leave tokens out that never come")
    if q.size > _MOST_TOKENS:
        raise Problem("outside", f"{q.size} tokens: starts from every vertex", f"give at most {_MOST_TOKENS}")
    if heat == 1 and part == 0:
        raise Problem(
            "temperature",
            "1 without outside data: every distribution stays as it is",
            "give share > 0, or T below or above 1",
        )
    starts = np.vstack([(1 - 1e-6) * np.eye(q.size) + 1e-6 / q.size, q, np.full(q.size, 1 / q.size)])
    ends = _iterated(starts, q, part, heat)
    points: list[Array] = []
    place = np.empty(len(ends), dtype=np.int64)  # of the point that each start ends in
    for i, end in enumerate(ends):
        place[i] = next((j for j, point in enumerate(points) if np.abs(point - end).max() < 1e-6), len(points))
        if place[i] == len(points):
            points.append(end)
    reached = place[: q.size] == np.arange(len(points))[:, None]
    gains = np.array([_gain(point, part, heat) for point in points])
    stable = gains < 1 + 1e-6
    kept = np.array(points)[stable]
    return Equilibria(
        kept,
        reached[stable],
        gains[stable],
        np.abs(kept - q).sum(axis=1) / 2,
        int(stable.sum()) == 1,
    )


def _iterated(starts: Array, q: Array, share: float, temperature: float) -> Array:
    ends = starts
    for _ in range(_STEPS):
        moved = share * q + (1 - share) * sharpened(ends, temperature)
        moved /= moved.sum(axis=1, keepdims=True)
        done = float(np.abs(moved - ends).max()) < _CLOSE * 1e-3
        ends = moved
        if done:
            return ends
    return ends


def _gain(point: Array, share: float, temperature: float) -> float:
    """Spectral radius of the map's derivative on deviations that sum to 0."""
    kept = point > 1e-12
    x = point[kept]
    if x.size < 2:
        return 0.0 if temperature < 1 else np.inf
    tau = sharpened(x, temperature)
    slope = (np.diag(tau) - np.outer(tau, tau)) @ np.diag(1 / x) * (1 - share) / temperature
    return float(np.abs(np.linalg.eigvals(slope)).max())


@guarded
def uniqueness_threshold(outside: ArrayLike, *, temperature: float) -> float:
    r"""Return the least share of outside data with which the loop ends in one point from every start.

    Two tokens: at the threshold two points merge, :math:`(1-\alpha) \tau_T'(x) = 1`; for q = (1/2, 1/2) it is 1 - T.
    More tokens: bisection on the number of ends of all starts, to 1e-4. T >= 1: 0.
    outside: q, (K,), > 0. One end does not mean an honest one: `equilibria(...).distance`.
    Status: exact for the mean-field map with two tokens; numerical beyond. Source: docs/theory/closed_loop.md.
    Checked by tests/unit/test_closed_loop.py.

    >>> round(uniqueness_threshold([0.5, 0.5], temperature=0.7), 4)
    0.3
    """
    q = _law("outside", outside)
    heat = _temperature(temperature)
    if heat >= 1:
        return 0.0
    if q.size == 2:
        return _two_tokens(float(q.min()), heat)
    guess = 1 - heat  # enough for two tokens
    low, high = 0.0, guess if heat > 0.5 and equilibria(q, share=guess, temperature=heat).unique else 1.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        if equilibria(q, share=middle, temperature=heat).unique:
            high = middle
        else:
            low = middle
    return high


def _two_tokens(rare: float, heat: float) -> float:
    """Largest alpha at which the map of the rare token's share touches the diagonal."""
    if rare == 0.5:
        return 1 - heat
    x = np.linspace(1e-6, 1 - 1e-6, 400_001)
    share, at = _touching(x, rare, heat)
    valid = share > 0
    crossing = np.flatnonzero(valid[1:] & valid[:-1] & (np.sign(at[1:]) != np.sign(at[:-1])))
    if crossing.size == 0:
        return 0.0
    low, high = x[crossing], x[crossing + 1]
    for _ in range(60):  # halving keeps the sign change inside
        middle = (low + high) / 2
        left = np.sign(_touching(middle, rare, heat)[1]) == np.sign(at[crossing])
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    return float(_touching((low + high) / 2, rare, heat)[0].max())


def _touching(x: Array, rare: float, heat: float) -> tuple[Array, Array]:
    """Return the share at which the map has slope 1 at x, and by how much it misses the diagonal there."""
    tau = 1 / (1 + ((1 - x) / x) ** (1 / heat))
    share = 1 - heat * x * (1 - x) / (tau * (1 - tau))
    with np.errstate(divide="ignore", invalid="ignore"):
        return share, np.asarray((x - (1 - share) * tau) / share - rare)


@guarded
def urn_variance(probability: ArrayLike, *, first: float, batch: float, generations: int) -> Array:
    r"""Variance of a token's share when a pool grows by batches drawn from its own shares, generation 0 first.

    .. math:: \mathrm{Var}\, x_g = p (1-p) \Big(1 - \prod_{j \le g} \Big(1 - \frac{m}{(n_0 + j m)^2}\Big)\Big)

    The loop at T = 1 without outside data that accumulates: Polya's urn in batches of m, from a pool of n_0 rows with
    share exactly p at generation 0, where the variance is 0. probability: p, any shape. Returns (generations + 1, ...).
    Status: exact. Source: docs/theory/closed_loop.md. Checked by tests/unit/test_closed_loop.py (m = 1: Polya's
    beta-binomial) and tests/statistical/test_closed_loop.py.

    >>> urn_variance(0.5, first=2, batch=1, generations=1).round(6).tolist()
    [0.0, 0.027778]
    """
    p = checked_range("probability", probability, lowest=0, highest=1, meaning="a probability")
    size = checked_one("first", first, lowest=1, meaning="the rows of the first pool, >= 1")
    new = checked_one("batch", batch, lowest=1, meaning="the rows of a batch, >= 1")
    last = whole(generations, "generations", lowest=0, meaning="a whole number >= 0")
    steps = np.append(0.0, new / (size + new * np.arange(1, last + 1)) ** 2)
    return np.asarray(np.multiply.outer(-np.expm1(np.cumsum(np.log1p(-steps))), p * (1 - p)))


def _law(name: str, law: ArrayLike) -> Array:
    x = checked_range(name, law, lowest=0, smallest=0.0, meaning="shares >= 0 that sum to 1")
    if x.ndim == 0 or x.shape[-1] < 2 or np.any(np.abs(x.sum(axis=-1) - 1) > 1e-9):
        raise Problem(
            name, f"shares of shape {x.shape} that do not sum to 1 over two tokens or more", "divide by their sum"
        )
    return x


def _temperature(temperature: float) -> float:
    return checked_one("temperature", temperature, lowest=1e-3, highest=1e3, meaning="a temperature, .001 to 1000")


def __dir__() -> list[str]:
    return sorted(__all__)
