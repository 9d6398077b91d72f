"""Drift of categories: heterozygosity, ancestors, survival, times."""

from itertools import combinations, pairwise
from typing import Any

import mpmath as mp

from genloss.theory import drift as d
from twins.case import Case, count, law, near, whole_law

m = mp.mpf


def ancestors(rows: list[int]) -> list[Any]:
    """Law of the number of ancestors in corpus 0 of the last corpus, index a, from the docstring's recursion."""
    found = [m(0)] * rows[-1] + [m(1)]
    for older in rows[:-1][::-1]:
        p = [m(1)]  # no lineage has no parent
        result = [m(0)] * (older + 1)
        for a in range(len(found)):
            if a:
                wide = [*p, m(0)] if len(p) <= older else p
                p = [wide[i] * i / older + (wide[i - 1] * (1 - m(i - 1) / older) if i else 0) for i in range(len(wide))]
            for i, x in enumerate(p):
                result[i] += found[a] * x
        found = result
    return found


def _rows(rng: Any, most: int) -> dict[str, Any]:
    fits = count(rng, 1, 5)
    return {"rows": [count(rng, 1, most) for _ in range(fits)], "generation": fits - 1}


def occupancy(n: int) -> Any:
    """Matrix of P(i distinct parents of a lineages) among n."""
    table = mp.zeros(n + 1)
    table[0, 0] = m(1)
    for a in range(n):
        for i in range(n + 1):
            table[a + 1, i] = table[a, i] * i / n + (table[a, i - 1] * (1 - m(i - 1) / n) if i else 0)
    return table


def time(n: int, left: Any) -> Any:
    """Sum over generations of E left(A_g), by forward substitution; left(a), 0 at a = 1."""
    if n == 1:
        return m(0)
    q, x = occupancy(n), {}
    for a in range(2, n + 1):
        x[a] = (left(a) + mp.fsum(q[a, i] * x[i] for i in range(2, a))) / (1 - q[a, a])
    return x[n]


def cover(p: list[Any], a: int) -> Any:
    """P(a draws show every category), by inclusion and exclusion."""
    return mp.fsum((-1) ** k * (1 - mp.fsum(chosen)) ** a for k in range(len(p) + 1) for chosen in combinations(p, k))


def first_loss(p: list[float], rows: float) -> list[Any]:
    """Fits until a first loss: the integral plus nothing; ours is a generation."""
    a = [2 * m(rows) * x for x in whole_law(p) if x > 0]
    ends = sorted({mp.log(x) for x in a})
    points = [ends[0] - 130, ends[0] - 30, *ends, ends[-1] + 30, ends[-1] + 130]
    f = lambda u: mp.exp(u) * mp.fprod(-mp.expm1(-x * mp.exp(-u)) for x in a)
    return [max(mp.quad(f, points, maxdegree=7), m(1))]


def forget(times: list[int], probability: float) -> list[Any]:
    """The smallest g with e_g^c >= probability."""
    found = []
    for c in times:
        e, g = m(0), 0
        while e**c < m(probability):
            e, g = mp.exp(e - 1), g + 1
        found.append(g)
    return found


def _loss(generation: int) -> Any:
    e = m(0)
    for _ in range(generation):
        e = mp.exp(e - 1)
    return e


def _accumulated(h: float, rows: list[int]) -> Any:
    total, left = 0, m(h)
    for n in rows:
        total += n
        left *= 1 - m(n) / total**2
    return left


def _sizes(c: list[float]) -> list[Any]:
    left = [m(1), *(1 - m(x) for x in c)]
    return [mp.inf if a == b else 1 / (1 - b / a) for a, b in pairwise(left)]


def _seen(rng: Any) -> dict[str, Any]:
    drawn = _rows(rng, 60)
    return drawn | {"times": count(rng, 0, drawn["rows"][0])}


def _few(rng: Any) -> dict[str, Any]:
    curvature = float(rng.choice([-2.0, -1.0, 0.0, 1.0, 2.0]))
    return {"real": count(rng, 1, 1000), "synthetic": count(rng, 1, 1e9), "curvature": curvature}


def _few_step(real: int, synthetic: int, curvature: float) -> tuple[Any, Any]:
    """The factor of a variance, and what a generation adds."""
    w = m(real) / (m(real) + synthetic)
    return (1 - w) ** 2 * (1 + m(curvature) / synthetic), w**2 / real + (1 - w) ** 2 / synthetic


def few(real: int, synthetic: int, curvature: float, first: int, generations: int) -> Any:
    """The variance of the last fit, step by step."""
    factor, added = _few_step(real, synthetic, curvature)
    v = 1 / m(first)
    for _ in range(generations):
        v = factor * v + added
    return v


def few_limit(real: int, synthetic: int, curvature: float) -> Any:
    """Where it stays."""
    factor, added = _few_step(real, synthetic, curvature)
    return added / (1 - factor) if factor < 1 else mp.inf


CASES = {
    "drift.expected_heterozygosity": Case(
        "start 1e-100..1, rows 1..1e15, generation 0..1e5",
        lambda rng: {"start": near(rng, 1e-100, 1), "rows": count(rng, 1, 1e15), "generation": count(rng, 0, 1e5)},
        lambda **a: [d.expected_heterozygosity(**a)],
        lambda start, rows, generation: [m(start) * (1 - 1 / m(rows)) ** (generation + 1)],
    ),
    "drift.accumulate_heterozygosity": Case(
        "start 1e-100..1, rows 1..1e12 each, generation 0..200",
        lambda rng: {"start": near(rng, 1e-100, 1), "rows": [count(rng, 1, 1e12) for _ in range(count(rng, 1, 200))]},
        lambda start, rows: [d.accumulate_heterozygosity(start, rows=rows, generation=len(rows) - 1)],
        lambda start, rows: [_accumulated(start, rows)],
    ),
    "drift.heterozygosity_limit": Case(
        "start 1e-100..1, rows 1..1e100",
        lambda rng: {"start": near(rng, 1e-100, 1), "rows": near(rng, 1, [1e100, 4.1, 1 + 1e-9][rng.integers(3)])},
        lambda **a: [d.heterozygosity_limit(**a)],
        lambda start, rows: [m(start) * mp.sin(mp.pi / mp.sqrt(rows)) / (mp.pi / mp.sqrt(rows)) if rows > 1 else 0],
        wide=True,
    ),
    "drift.heterozygosity_of_workflow": Case(
        "start 1e-100..1, shares 1e-100..1",
        lambda rng: {"start": near(rng, 1e-100, 1), "variance_share": [near(rng, 1e-100, 1) for _ in range(4)]},
        lambda **a: d.heterozygosity_of_workflow(**a),
        lambda start, variance_share: [m(start) * (1 - m(c)) for c in variance_share],
        wide=True,
    ),
    "drift.effective_size": Case(
        "rising shares 1e-100..1",
        lambda rng: {"variance_share": sorted(near(rng, 1e-100, 1 - 1e-9) for _ in range(4))},
        lambda **a: d.effective_size(**a),
        lambda variance_share: _sizes(variance_share),
        wide=True,
    ),
    "drift.ancestor_laws": Case(
        "rows 1..60 each, generation 0..4 (probabilities above 1e-25)",
        lambda rng: _rows(rng, 60),
        lambda rows, generation: [
            x if x > 1e-25 else 0.0 for x in d.ancestor_laws(rows=rows, generations=generation)[-1]
        ],
        lambda rows, generation: [
            x if x > 1e-25 else 0
            for x in ancestors(rows)[: len(d.ancestor_laws(rows=rows, generations=generation)[-1])]
        ],
    ),
    "drift.survival_of_category": Case(
        "probability 1e-100..1, rows 1..60 each, generation 0..4",
        lambda rng: {"probability": near(rng, 1e-100, 1)} | _rows(rng, 60),
        lambda **a: [d.survival_of_category(a.pop("probability"), **a)],
        lambda probability, rows, generation: [
            mp.fsum(x * (1 - (1 - m(probability)) ** a) for a, x in enumerate(ancestors(rows)))
        ],
        wide=True,
    ),
    "drift.survival_of_seen": Case(
        "times 0..rows, rows 1..60 each, generation 0..4",
        _seen,
        lambda **a: [d.survival_of_seen(a.pop("times"), **a)],
        lambda times, rows, generation: [
            mp.fsum(
                x * (1 - mp.binomial(rows[0] - times, a) / mp.binomial(rows[0], a))
                for a, x in enumerate(ancestors(rows))
            )
        ],
    ),
    "drift.survival_of_seen (many rows)": Case(
        "times 0..rows, rows 1..20,000, generation 0",
        lambda rng: (lambda n: {"rows": n, "times": count(rng, 0, n)})(count(rng, 1, 2000)),
        lambda rows, times: [d.survival_of_seen(times, rows=[rows, count_of(rows)], generation=1)],
        lambda rows, times: [
            mp.fsum(
                x * (1 - mp.binomial(rows - times, a) / mp.binomial(rows, a))
                for a, x in enumerate(ancestors([rows, count_of(rows)]))
            )
        ],
    ),
    "drift.expected_distinct": Case(
        "2..5 probabilities 1e-100..1, rows 1..40 each, generation 0..4",
        lambda rng: {"probabilities": law(rng, count(rng, 2, 5))} | _rows(rng, 40),
        lambda **a: [d.expected_distinct(a.pop("probabilities"), **a)],
        lambda probabilities, rows, generation: [
            mp.fsum(x * (1 - (1 - p) ** a) for a, x in enumerate(ancestors(rows)) for p in whole_law(probabilities))
        ],
        wide=True,
    ),
    "drift.expected_fixation": Case(
        "2..5 probabilities 1e-100..1, rows 1..40",
        lambda rng: {"probabilities": law(rng, count(rng, 2, 5)), "rows": count(rng, 1, 40)},
        lambda **a: [d.expected_fixation(a.pop("probabilities"), **a)],
        lambda probabilities, rows: [time(rows, lambda a: 1 - mp.fsum(p**a for p in whole_law(probabilities)))],
        wide=True,
    ),
    "drift.expected_first_loss": Case(
        "2..5 probabilities 1e-30..1, rows 1..40",
        lambda rng: {"probabilities": law(rng, count(rng, 2, 5), 1e-30), "rows": count(rng, 1, 40)},
        lambda **a: [d.expected_first_loss(a.pop("probabilities"), **a)],
        lambda probabilities, rows: [time(rows, lambda a: cover([p for p in whole_law(probabilities) if p], a))],
        wide=True,
    ),
    "drift.diffusion_fixation": Case(
        "2..6 probabilities 1e-100..1, rows 1..1e100; of the fits, generation + 1",
        lambda rng: {"probabilities": law(rng, count(rng, 2, 6)), "rows": near(rng, 1, 1e100)},
        lambda **a: [d.diffusion_fixation(a.pop("probabilities"), **a) + 1],
        lambda probabilities, rows: [
            max(m(1), -2 * m(rows) * mp.fsum((1 - p) * mp.log(1 - p) for p in whole_law(probabilities) if p < 1))
        ],
        wide=True,
    ),
    "drift.diffusion_first_loss": Case(
        "2..6 probabilities 1e-100..1, rows 1..1e100; of the fits, generation + 1",
        lambda rng: {"probabilities": law(rng, count(rng, 2, 6)), "rows": near(rng, 1, 1e100)},
        lambda **a: [d.diffusion_first_loss(a.pop("probabilities"), **a) + 1],
        lambda probabilities, rows: first_loss(probabilities, rows),
        slow=10,
    ),
    "drift.branching_loss": Case(
        "generation 0..3000",
        lambda rng: {"generation": count(rng, 0, 3000)},
        lambda **a: [d.branching_loss(**a)],
        lambda generation: [_loss(generation)],
    ),
    "drift.branching_survival": Case(
        "expected 1e-100..1e100, generation 0..3000",
        lambda rng: {"expected": near(rng, 1e-100, 1e100), "generation": count(rng, 0, 3000)},
        lambda expected, generation: [d.branching_survival(expected, generation=generation)],
        lambda expected, generation: [-mp.expm1(-m(expected) * (1 - _loss(generation)))],
    ),
    "drift.diffusion_survival": Case(
        "expected 1e-100..1e100, generation 0..1e12",
        lambda rng: {"expected": near(rng, 1e-100, 1e100), "generation": count(rng, 0, 1e12)},
        lambda expected, generation: [d.diffusion_survival(expected, generation=generation)],
        lambda expected, generation: [1 - mp.exp(-2 * m(expected) / (generation + 1))],
        wide=True,
    ),
    "drift.suresh_bound": Case(
        "expected 1e-100..1e100, generation 0..1e12",
        lambda rng: {"expected": near(rng, 1e-100, 1e100), "generation": count(rng, 0, 1e12)},
        lambda expected, generation: [d.suresh_bound(expected, generation=generation)],
        lambda expected, generation: [1 - mp.exp(-m(expected) / (generation + 1))],
        wide=True,
    ),
    "drift.forgetting_generation": Case(
        "times 1..100, probability .001...999 (whole answers)",
        lambda rng: {"times": [count(rng, 1, 100)], "probability": near(rng, 1e-3, 0.999)},
        lambda **a: d.forgetting_generation(a["times"], probability=a["probability"]),
        forget,
    ),
    "drift.real_rows_variances": Case(
        "real 1..1000, synthetic 1..1e9, first 1..1e9, curvature -2..2, generation 0..100",
        lambda rng: _few(rng) | {"first": count(rng, 1, 1e9), "generations": count(rng, 0, 100)},
        lambda **a: d.real_rows_variances(**a)[-1:],
        lambda real, synthetic, curvature, first, generations: [few(real, synthetic, curvature, first, generations)],
    ),
    "drift.real_rows_limit": Case(
        "real 1..1000, synthetic 1..1e9, curvature -2..2",
        _few,
        lambda **a: [d.real_rows_limit(**a)],
        lambda real, synthetic, curvature: [few_limit(real, synthetic, curvature)],
        wide=True,
    ),
    "drift.real_rows_stationary": Case(
        "probabilities .1, .2, .3, .4, real 1..1000",
        lambda rng: {"probabilities": [0.1, 0.2, 0.3, 0.4], "real": count(rng, 1, 1000)},
        lambda probabilities, real: d.real_rows_stationary(probabilities, real),
        lambda probabilities, real: [2 * m(real) * m(p) for p in probabilities],
    ),
}


def count_of(rows: int) -> int:
    """How many tokens the corpus after one of so many rows has here."""
    return max(1, min(rows, 12))
