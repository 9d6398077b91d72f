"""How much of a heavy-tailed law is not learned from T rows, and what do cuts of its tail cost?

Tokens i = 1, 2, ... have the probabilities p_i = A i^-b, A = 1/zeta(b), b = `exponent` > 1. The model
memorizes: it errs on a token that it has not seen, so its expected error after T training rows with
the law q is sum p_i (1 - q_i)^T (after Dohmatob et al. 2402.07043). c = 1 - 1/b throughout.
All formulas take b from 1.001 to 50 and cuts up to 10^12: there they have 10 digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bernoulli, gamma, gammainc, gammaincc, xlog1py, zeta

from genloss.errors import Problem
from genloss.theory.arguments import LARGEST, Array, as_numbers, checked_one, checked_range, guarded, guarded_infinite

__all__ = [
    "Plateau",
    "cut_error",
    "mixed_error",
    "mixed_plateau",
    "tail_mass",
    "temperature_error",
    "top_p_cut",
    "unseen_mass",
    "zipf_error",
]

HEAD = 10.0
"""Least expected count of the most frequent token: below it the power law in T has not begun."""
LEAST_EXPONENT, LARGEST_EXPONENT, LARGEST_CUT = 1.001, 50.0, 1e12
_CUT = "the number of tokens kept, a whole number up to 10^12"


@guarded
def unseen_mass(truth: ArrayLike, training: ArrayLike, *, rows: ArrayLike) -> Array:
    r"""Expected error after T rows of the law q, for a finite list of tokens: sum p_i (1 - q_i)^T.

    truth, training: p and q, each (tokens,) and adding up to at most 1. rows: T >= 0, any shape,
    which the result has. Status: exact. Source: after 2402.07043. Checked by tests/brute/test_tails.py.

    >>> unseen_mass([0.5, 0.5], [1.0, 0.0], rows=[0, 3]).tolist()
    [1.0, 0.5]
    """
    p, q = (as_numbers(name, law, "probabilities") for name, law in (("truth", truth), ("training", training)))
    t = checked_range("rows", rows, lowest=0, meaning="a number of rows >= 0")
    for name, law in (("truth", p), ("training", q)):
        if law.ndim != 1 or law.shape != p.shape or not np.all(law >= 0) or not law.sum() <= 1 + 1e-9:
            raise Problem(name, f"shape {law.shape}, sum {law.sum():g}: no law of the tokens", "give equal lists >= 0")
    missed = np.exp(xlog1py(t[..., None], -np.minimum(q, 1.0)))
    return np.asarray(missed @ p)


@guarded
def zipf_error(exponent: float, *, rows: ArrayLike) -> Array:
    r"""Expected error after T honest rows.

    .. math:: a(T) = \frac{\Gamma(c)}{b} A^{1/b} \, T^{-c}

    exponent: b > 1. rows: T with A T >= 10, any shape, which the result has.
    Errors: `Problem` below that, with the rows from which the law holds.
    Status: asymptotic in T; allowance 2 (1 + c)^2/T + exp(-A T) (A T)^c of itself. Source: after 2402.07043;
    docs/theory/classical.md. Checked by tests/brute/test_tails.py.

    >>> zipf_error(2.0, rows=[100, 10_000]).round(5).tolist()
    [0.0691, 0.00691]
    """
    b, t = _checked(exponent, rows)
    return _power(b, t)


@guarded
def cut_error(exponent: float, *, rows: ArrayLike, cut: ArrayLike) -> Array:
    r"""Expected error after T rows of a generator that knows only the k most frequent tokens.

    .. math:: E = (1 - t)^c \, a(T) \, Q(c, q_k T) + t

    t = `tail_mass`(k), the error that no number of rows removes; Q the regularized upper incomplete
    gamma function. p is read at k + 1/2, the edge of the last kept token, which makes the sum
    over tokens right to order 1/k^2 (at k itself: 1/k).

    exponent: b > 1. rows: T, cut: k >= 1; shapes broadcast. Errors: as `zipf_error`.
    Status: asymptotic in T and k; allowance that of `zipf_error` + b/k^2 of itself. Source: after 2402.07043;
    docs/theory/classical.md. Checked by tests/brute/test_tails.py.

    >>> cut_error(1.5, rows=10_000, cut=[100, 10_000_000]).round(4).tolist()
    [0.0765, 0.0437]
    """
    b, t = _checked(exponent, rows)
    k = _cut(cut)
    lost = tail_mass(b, cut=k)
    return np.asarray(_power(b, t / (1 - lost)) * gammaincc((b - 1) / b, t * _edge(b, k) / (1 - lost)) + lost)


@guarded
def mixed_error(exponent: float, *, rows: ArrayLike, cut: ArrayLike, real_share: ArrayLike) -> Array:
    r"""Expected error after T rows, a share pi of them real and the rest from a generator cut at k.

    Tokens up to k come with s p_i, s = pi + (1 - pi)/(1 - t), those beyond with pi p_i:

    .. math:: E = a(sT) \, Q(c, s T p_k) + a(\pi T) \, P(c, \pi T p_k)

    Between T = 1/(s p_k) and 1/(pi p_k) it rests near t (`mixed_plateau`), then falls like (pi T)^-c.

    exponent: b > 1. rows: T with A T >= 10, cut: k >= 1, real_share: pi in [0, 1]; shapes broadcast.
    Status: asymptotic, with the allowance of `cut_error`, at any pi T: the tokens beyond k are many.
    Source: after 2402.07043; docs/theory/classical.md.
    Checked by tests/brute/test_tails.py.

    >>> mixed_error(1.5, rows=[1e4, 1e6, 1e9], cut=100, real_share=0.01).round(5).tolist()
    [0.07574, 0.04357, 0.00437]
    """
    share = checked_range("real_share", real_share, lowest=0, highest=1, meaning="a share from 0 to 1")
    b, t = _checked(exponent, rows)
    k = _cut(cut)
    lost, c = tail_mass(b, cut=k), (b - 1) / b
    more = share + (1 - share) / (1 - lost)
    known = _power(b, more * t) * gammaincc(c, more * t * _edge(b, k))
    real = share * t
    some = np.where(real > 0, real, 1.0)
    beyond = np.where(real > 0, _power(b, some) * gammainc(c, some * _edge(b, k)), lost)
    return np.asarray(known + beyond)


@dataclass(frozen=True, slots=True)
class Plateau:
    """Where more rows do not help: the error there, and the rows between which it stays near it."""

    level: Array
    start: Array
    end: Array


@guarded_infinite
def mixed_plateau(exponent: float, *, cut: ArrayLike, real_share: ArrayLike) -> Plateau:
    r"""The plateau of `mixed_error`: level t, from 1/(s p_k) to 1/(pi p_k) rows (infinite without real rows).

    Arguments: as `mixed_error`; p_k at least 1e-200. Status: asymptotic, the ends are orders of magnitude.
    Source: docs/theory/classical.md.     Checked by tests/brute/test_tails.py.

    >>> there = mixed_plateau(2.0, cut=100, real_share=0.01)
    >>> there.level.round(5).item(), there.start.round().item(), there.end.round().item()
    (0.00605, 16515.0, 1661425.0)
    """
    share = checked_range("real_share", real_share, lowest=0, highest=1, meaning="a share from 0 to 1")
    b = _exponent(exponent)
    k = _cut(cut)
    lost = tail_mass(b, cut=k)
    edge = _edge(b, k)
    if np.any(edge < 1 / LARGEST**2):
        raise Problem("cut", f"{k.max():g} at exponent {b:g}: the last token kept never comes", "give a lower cut")
    real = np.where(share > 0, share, np.nan)
    start = 1 / ((share + (1 - share) / (1 - lost)) * edge)
    return Plateau(lost, start, np.where(share > 0, 1 / (real * edge), np.inf))


@guarded
def temperature_error(exponent: float, *, rows: ArrayLike, temperature: float) -> Array:
    r"""Expected error after T rows sampled at a temperature tau, q proportional to p^(1/tau).

    .. math:: E = \frac{A}{b'} \Gamma(e) (A' T)^{-e}, \quad b' = b/\tau, \; e = (b - 1)/b', \; A' = 1/\zeta(b')

    tau < 1 makes the tail lighter and learning slower; tau > 1 faster, up to tau = b, where q ends.
    exponent: b > 1. temperature: tau in (0, b), with b/tau from 1.001 to 50.
    rows: T with A' T >= 10; Errors: `Problem` elsewhere.
    Status: asymptotic in T; allowance 2 (1 + e)^2/T + exp(-A'T) (A'T)^e of itself.
    Source: after 2402.07043; docs/theory/classical.md. Checked by tests/brute/test_tails.py.

    >>> temperature_error(1.5, rows=10_000, temperature=0.8).round(4).item()
    0.0692
    """
    b = _exponent(exponent)
    tau = checked_one("temperature", temperature, lowest=0, meaning="a temperature above 0")
    if not 0 < tau < b:
        raise Problem(
            "temperature",
            f"{tau:g}: at exponent {b:g} the probabilities of all tokens have no finite sum",
            f"give one between 0 and {b:g}",
        )
    steep, t = _checked(b / tau, rows)
    order = (b - 1) / steep
    return np.asarray(gamma(order) / (zeta(b) * steep) * (t / zeta(steep)) ** -order)


@guarded
def tail_mass(exponent: float, *, cut: ArrayLike) -> Array:
    r"""Probability of the tokens beyond the k most frequent: zeta(b, k + 1)/zeta(b), about A k^(1-b)/(b-1).

    exponent: b > 1. cut: k >= 0, any shape, which the result has. Status: exact.
    Source: definition; docs/theory/classical.md. Checked by tests/brute/test_tails.py.

    >>> tail_mass(2.0, cut=[0, 1, 100]).round(5).tolist()
    [1.0, 0.39207, 0.00605]
    """
    b = _exponent(exponent)
    k = _cut(cut, lowest=0)
    return np.asarray(np.minimum(_hurwitz(b, k + 1) / zeta(b), 1.0))


@guarded
def top_p_cut(exponent: float, *, top_p: float) -> int:
    r"""How many tokens top-p sampling keeps: the smallest k whose tail mass is at most 1 - P.

    The error then levels off at `tail_mass`(k): 1 - P, or less by at most p_k.
    exponent: b > 1. top_p: P in (0, 1) such that k stays below 10^12.
    Status: exact. Source: definition; docs/theory/classical.md. Checked by tests/brute/test_tails.py.

    >>> top_p_cut(2.0, top_p=0.99)
    61
    """
    b = _exponent(exponent)
    p = checked_one("top_p", top_p, lowest=0, highest=1, meaning="a share between 0 and 1")
    low, high = 0, 10**12
    if not 0 < p < 1 or tail_mass(b, cut=high) > 1 - p:
        raise Problem("top_p", f"{p:g}: keeps no token, or over 10^12", "give a share above 0, and further below 1")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if tail_mass(b, cut=middle) > 1 - p else (low, middle)
    return high


def _hurwitz(exponent: float, start: Array) -> Array:
    """Sum of j^-b over j = a, a + 1, ..., by Euler and Maclaurin after 100 terms: scipy's has 9 digits in places."""
    far = start + 100.0
    terms = ((start[..., None] + np.arange(100)) ** -exponent).sum(axis=-1)
    rest = far ** (1 - exponent) / (exponent - 1) + far**-exponent / 2
    factor = exponent * far ** (-exponent - 1)
    for j, weight in enumerate(bernoulli(16)[2::2], start=1):
        rest += weight * factor / factorial(2 * j)
        factor = factor * (exponent + 2 * j - 1) * (exponent + 2 * j) / far**2
    return np.asarray(terms + rest)


def _exponent(exponent: ArrayLike) -> float:
    """Return b, or say what is wrong with it: near 1 no tail is lighter than another, above 50 there is none."""
    b = checked_one("exponent", exponent, lowest=1, meaning="an exponent above 1")
    if b == 1:
        raise Problem("exponent", "1: the probabilities have no sum", "give an exponent above 1")
    if not LEAST_EXPONENT <= b <= LARGEST_EXPONENT:
        ends = f"{LEAST_EXPONENT:g} to {LARGEST_EXPONENT:g}"
        raise Problem("exponent", f"{b:.10g} is not from {ends}", f"give an exponent from {ends}")
    return b


def _cut(cut: ArrayLike, *, lowest: float = 1) -> Array:
    return checked_range("cut", cut, lowest=lowest, highest=LARGEST_CUT, meaning=_CUT, whole=True)


def _checked(exponent: ArrayLike, rows: ArrayLike) -> tuple[float, Array]:
    """Return the exponent and the rows if the power law in rows holds for them."""
    b = _exponent(exponent)
    t = checked_range("rows", rows, lowest=0, meaning="a number of rows")
    least = HEAD * float(zeta(b))
    if np.any(t < least):
        raise Problem(
            "rows",
            f"{t.min():g}: the law holds from {np.ceil(least):g} on, where the first token comes {HEAD:g} times",
            "give more rows, or use unseen_mass, which is exact",
        )
    return b, t


def _power(exponent: float, rows: Array) -> Array:
    c = (exponent - 1) / exponent
    return np.asarray(gamma(c) / exponent * zeta(exponent) ** (-1 / exponent) * rows**-c)


def _edge(exponent: float, cut: Array) -> Array:
    """Probability at the edge between the last kept token and the first one cut."""
    return np.asarray((cut + 0.5) ** -exponent / zeta(exponent))
