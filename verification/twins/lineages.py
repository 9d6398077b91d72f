"""Several models that read each other."""

from typing import Any

import mpmath as mp
import numpy as np

from genloss.theory import lineages as ours
from genloss.workflows import Lineages
from twins.case import Case, count, near

m = mp.mpf


def followed(
    exchange: list[list[float]], rows: list[int], variance: float, curvature: float, generations: int, mixed: bool
) -> list[Any]:
    """The last covariance, pair by pair: variances, then the mean of all entries."""
    K = range(len(rows))
    M, v, c = mp.matrix(exchange), m(variance), m(curvature)
    S = mp.diag([v / n for n in rows])
    for _ in range(generations):
        T = M * S * M.T
        for k in K:
            before = mp.fsum(M[k, j] * S[j, j] for j in K)
            spread = before - T[k, k] if mixed else m(0)
            T[k, k] += (v + c * before + spread) / rows[k]
        S = T
    return [*(S[k, k] for k in K), mp.fsum(S[i, j] for i in K for j in K) / len(rows) ** 2]


def _crowd(
    exchange: list[list[float]], rows: list[int], variance: float, curvature: float, generations: int, mixed: bool
) -> list[float]:
    names = tuple(map(str, range(len(rows))))
    who = Lineages(names, tuple(tuple(enumerate(line)) for line in exchange), by_rows=not mixed)
    found = ours.crowd(who, rows=rows, variance=variance, curvature=curvature, generations=generations)
    return [*found.variance[-1], found.whole[-1]]


def _drawn(rng: np.random.Generator, mixed: bool) -> dict[str, Any]:
    K, variance = count(rng, 1, 4), near(rng, 1e-90, 1e90)
    parts = [[count(rng, 0, 9) if k != j else count(rng, 1, 9) for j in range(K)] for k in range(K)]
    rows = [sum(line) if not mixed else count(rng, 1, 1e9) for line in parts]
    return {
        "exchange": [[part / sum(line) for part in line] for line in parts],
        "rows": rows,
        "variance": variance,
        "curvature": float(rng.choice([0.0, -1e-9, near(rng, 1e-12, 10)])),
        "generations": count(rng, 0, 20),
        "mixed": mixed,
    }


def islands(K: int, migration: float, rows: int, generations: int, start: float) -> list[Any]:
    """Variety within and of all, by the chances that two rows come from one model."""
    share = m(migration)
    others = max(K - 1, 1)
    same = (1 - share) ** 2 + share**2 / others if K > 1 else m(1)
    meet = 2 * share * (1 - share) / others + share**2 * (K - 2) / m(others) ** 2 if K > 1 else m(0)
    left = 1 - m(1) / rows
    within, between = left * start, m(start)
    for _ in range(generations):
        within, between = left * (same * within + (1 - same) * between), meet * within + (1 - meet) * between
    return [within, within / K + between * (1 - m(1) / K)]


def rates(K: int, migration: float, rows: int) -> list[Any]:
    """The eigenvalues of the step, from 1, as roots of their polynomial."""
    share, others = m(migration), max(K - 1, 1)
    same = (1 - share) ** 2 + share**2 / others if K > 1 else m(1)
    meet = 2 * share * (1 - share) / others + share**2 * (K - 2) / m(others) ** 2 if K > 1 else m(0)
    left = 1 - m(1) / rows
    if K == 1:
        return [m(1) / rows, m(1)]
    trace, product = 1 - left * same + meet, (1 - left * same) * meet - left * (1 - same) * meet
    root = mp.sqrt(trace**2 - 4 * product)
    return [(trace - root) / 2, (trace + root) / 2]


def _islands(rng: np.random.Generator) -> dict[str, Any]:
    K = count(rng, 1, 1e4)
    return {"K": K, "migration": near(rng, 1e-90, 1) if K > 1 else 0.0, "rows": count(rng, 1, 1e9)}


def _ours(K: int, migration: float, rows: int, generations: int, start: float) -> list[float]:
    found = ours.heterozygosity_of_islands(start, count=K, migration=migration, rows=rows, generations=generations)
    return [found.within[-1], found.whole[-1]]


def _pool(rng: np.random.Generator) -> dict[str, Any]:
    return {"generation": count(rng, 0, 1e6), "count": count(rng, 2, 1e9)}


CASES = {
    "lineages.crowd (shares)": Case(
        "1 to 4 lineages, shares by chance, rows to 1e9, variance 1e-90 to 1e90, curvature to 10, 20 generations",
        lambda rng: _drawn(rng, True),
        _crowd,
        followed,
        slow=2,
    ),
    "lineages.crowd (whole rows)": Case(
        "the same, each source gives whole rows",
        lambda rng: _drawn(rng, False),
        _crowd,
        followed,
        slow=2,
    ),
    "lineages.heterozygosity_of_islands": Case(
        "1 to 1e4 models, migration 0 to 1, rows to 1e9, 40 generations",
        lambda rng: {**_islands(rng), "generations": count(rng, 0, 40), "start": near(rng, 1e-90, 1)},
        _ours,
        islands,
    ),
    "lineages.island_rates": Case(
        "1 to 1e4 models, migration 0 to 1, rows to 1e9",
        _islands,
        lambda K, migration, rows: ours.island_rates(count=K, migration=migration, rows=rows),
        rates,
        wide=True,
    ),
    "lineages.pooled_variance": Case(
        "generation to 1e6, 2 to 1e9 models",
        _pool,
        lambda generation, count: [float(ours.pooled_variance(generation, count=count))],
        lambda generation, count: [1 + m(generation) / count],
    ),
    "lineages.pooled_correlation": Case(
        "generation to 1e6, 2 to 1e9 models",
        _pool,
        lambda generation, count: [float(ours.pooled_correlation(generation, count=count))],
        lambda generation, count: [m(generation) / (generation + count)],
    ),
}
