"""Heavy tails, by cuts and by generations."""

from typing import Any

import mpmath as mp
import numpy as np

from genloss.theory import tails as t
from twins.case import Case, count, law, near, whole_law
from twins.drift import ancestors

m = mp.mpf


def a(b: Any, rows: Any) -> Any:
    """Gamma(c)/b A^(1/b) T^-c."""
    c = 1 - 1 / m(b)
    return mp.gamma(c) / m(b) * mp.zeta(b) ** (-1 / m(b)) * m(rows) ** -c


def beyond(b: float, k: int) -> Any:
    """Probability of the tokens beyond k."""
    return mp.zeta(m(b), k + 1) / mp.zeta(m(b))


def edge(b: float, k: int) -> Any:
    """p at k + 1/2."""
    return (m(k) + m(1) / 2) ** -m(b) / mp.zeta(m(b))


def upper(c: Any, x: Any) -> Any:
    """Q(c, x), regularized."""
    return mp.gammainc(c, x, mp.inf, regularized=True) if x < 1e4 else m(0)


def cut(exponent: float, rows: float, cut: int) -> list[Any]:
    """The error of a generator that knows k tokens."""
    c, lost = 1 - 1 / m(exponent), beyond(exponent, cut)
    q = edge(exponent, cut) / (1 - lost)
    return [(1 - lost) ** c * a(exponent, rows) * upper(c, q * rows) + lost]


def mixed(exponent: float, rows: float, cut: int, real_share: float) -> list[Any]:
    """The error with a share of real rows."""
    c, lost, pi, p = 1 - 1 / m(exponent), beyond(exponent, cut), m(real_share), edge(exponent, cut)
    s = pi + (1 - pi) / (1 - lost)
    rare = a(exponent, pi * rows) * (1 - upper(c, pi * rows * p)) if pi else lost
    return [a(exponent, s * rows) * upper(c, s * rows * p) + rare]


def _temperature(exponent: float, rows: float, temperature: float) -> list[Any]:
    b = m(exponent)
    steep = b / m(temperature)
    e = (b - 1) / steep
    return [1 / mp.zeta(b) / steep * mp.gamma(e) * (rows / mp.zeta(steep)) ** -e]


def _top(exponent: float, top_p: float) -> list[int]:
    low, high = 0, 10**12
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if beyond(exponent, middle) > 1 - m(top_p) else (low, middle)
    return [high]


def support(probabilities: list[float], rows: float, generation: int) -> list[Any]:
    """The mean-field recursion over the mass that is left."""
    p = whole_law(probabilities)
    alive, left = [m(1)] * len(p), m(1)
    for _ in range(generation + 1):
        alive = [s * (1 - (1 - x / left if x < left else m(0)) ** rows) for s, x in zip(alive, p, strict=True)]
        left = mp.fsum(x * s for x, s in zip(p, alive, strict=True))
    return [1 - left]


def _exponent(rng: np.random.Generator) -> float:
    return 1 + near(rng, 1.001e-3, 49)


def _rows(rng: np.random.Generator, b: float) -> float:
    return near(rng, 10.001 * float(mp.zeta(b)), 1e100)


def _with(rng: np.random.Generator, **more: Any) -> dict[str, Any]:
    b = _exponent(rng)
    return {"exponent": b, "rows": _rows(rng, b)} | more


def _hot(rng: np.random.Generator) -> dict[str, Any]:
    b = 1 + near(rng, 1.001e-3, 30)
    steep = 1 + near(rng, 1.1e-3, 48)
    return {"exponent": b, "temperature": b / steep, "rows": near(rng, 20 * float(mp.zeta(steep)), 1e100)}


def _unseen(rng: np.random.Generator) -> dict[str, Any]:
    return {"truth": law(rng, 4), "training": law(rng, 4), "rows": near(rng, 1e-3, 1e100)}


CASES = {
    "tails.unseen_mass": Case(
        "probabilities 1e-100..1, rows .001..1e100",
        _unseen,
        lambda truth, training, rows: [t.unseen_mass(truth, training, rows=rows)],
        lambda truth, training, rows: [
            mp.fsum(m(p) * (1 - m(q)) ** m(rows) for p, q in zip(truth, training, strict=True) if q < 1)
        ],
        wide=True,
    ),
    "tails.zipf_error": Case(
        "exponent 1.001..50, rows to 1e100",
        _with,
        lambda exponent, rows: [t.zipf_error(exponent, rows=rows)],
        lambda exponent, rows: [a(exponent, rows)],
    ),
    "tails.cut_error": Case(
        "exponent 1.001..50, rows to 1e100, cut 1..1e12",
        lambda rng: _with(rng, cut=count(rng, 1, 1e12)),
        lambda exponent, **x: [t.cut_error(exponent, **x)],
        cut,
    ),
    "tails.mixed_error": Case(
        "exponent 1.001..50, rows to 1e100, cut 1..1e12, real share 1e-100..1 and 0",
        lambda rng: _with(rng, cut=count(rng, 1, 1e12), real_share=near(rng, 1e-100, 1) * (rng.random() < 0.9)),
        lambda exponent, **x: [t.mixed_error(exponent, **x)],
        mixed,
        wide=True,
        slow=4,
    ),
    "tails.mixed_plateau": Case(
        "exponent 1.001..50, cut 1..1e12, real share 1e-100..1",
        lambda rng: {
            "exponent": _exponent(rng),
            "cut": count(rng, 1, 1e12),
            "real_share": near(rng, 1e-100, 1),
        },
        lambda exponent, **x: (lambda f: [f.level, f.start, f.end])(t.mixed_plateau(exponent, **x)),
        lambda exponent, cut, real_share: (
            lambda lost, p: [
                lost,
                1 / ((m(real_share) + (1 - m(real_share)) / (1 - lost)) * p),
                1 / (m(real_share) * p),
            ]
        )(beyond(exponent, cut), edge(exponent, cut)),
    ),
    "tails.temperature_error": Case(
        "exponent 1.001..31, exponent/temperature 1.001..49, rows to 1e100",
        _hot,
        lambda exponent, **x: [t.temperature_error(exponent, **x)],
        lambda exponent, rows, temperature: _temperature(exponent, rows, temperature),
    ),
    "tails.tail_mass": Case(
        "exponent 1.001..50, cut 0..1e12",
        lambda rng: {"exponent": _exponent(rng), "cut": count(rng, 0, 1e12)},
        lambda exponent, cut: [t.tail_mass(exponent, cut=cut)],
        lambda exponent, cut: [beyond(exponent, cut)],
    ),
    "tails.top_p_cut": Case(
        "exponent 1.001..50, top_p .001...999",
        lambda rng: {"exponent": _exponent(rng), "top_p": 1 - near(rng, 1e-3, 0.999)},
        lambda exponent, top_p: [t.top_p_cut(exponent, top_p=top_p)],
        lambda exponent, top_p: _top(exponent, top_p),
        slow=4,
    ),
    "tails.empirical_error": Case(
        "2..5 probabilities 1e-100..1, rows 1..40 each, generation 0..4",
        lambda rng: {"probabilities": law(rng, count(rng, 2, 5)), "rows": [count(rng, 1, 40) for _ in range(3)]},
        lambda probabilities, rows: [t.empirical_error(probabilities, rows=rows, generation=len(rows) - 1)],
        lambda probabilities, rows: [
            mp.fsum(x * p * (1 - p) ** k for k, x in enumerate(ancestors(rows)) for p in whole_law(probabilities))
        ],
        wide=True,
    ),
    "tails.empirical_law": Case(
        "exponent 1.001..50, rows to 1e100, generation 9..1e5",
        lambda rng: _with(rng, generation=count(rng, 9, 1e5)),
        lambda exponent, **x: [t.empirical_law(exponent, **x)],
        lambda exponent, rows, generation: [a(exponent, rows) * (m(generation + 1) / 2) ** (1 - 1 / m(exponent))],
    ),
    "tails.two_stage_error": Case(
        "exponent 1.001..50, rows and first rows to 1e100",
        lambda rng: _with(rng, first_rows=near(rng, 1, 1e100)),
        lambda exponent, **x: [t.two_stage_error(exponent, **x)],
        lambda exponent, rows, first_rows: [a(exponent, m(first_rows) * (1 - mp.exp(-m(rows) / m(first_rows))))],
        wide=True,
    ),
    "tails.support_bound": Case(
        "2..5 probabilities 1e-100..1, rows 1..1e100, generation 0..1e12",
        lambda rng: {
            "probabilities": law(rng, count(rng, 2, 5)),
            "rows": near(rng, 1, 1e100),
            "generation": count(rng, 0, 1e12),
        },
        lambda probabilities, **x: [t.support_bound(probabilities, **x)],
        lambda probabilities, rows, generation: [
            mp.fsum(p * (1 - (1 - (1 - p) ** m(rows)) ** (generation + 1)) for p in whole_law(probabilities))
        ],
        wide=True,
    ),
    "tails.support_error": Case(
        "2..5 probabilities 1e-100..1, rows 1..1e6, generation 0..50",
        lambda rng: {
            "probabilities": law(rng, count(rng, 2, 5)),
            "rows": count(rng, 1, 1e6),
            "generation": count(rng, 0, 50),
        },
        lambda probabilities, **x: [t.support_error(probabilities, **x)],
        support,
        wide=True,
    ),
}
