"""Does a symbol survive, and how wide is a Gaussian still, when each model sees only what the one before it wrote?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from genloss.reproductions.computed.part import Array, Part, Theory
from genloss.theory import drift, gaussian


def chances(settings: Mapping[str, Any]) -> list[Part]:
    """Return chances that a symbol of a Bernoulli or Poisson chain is left, and lower or upper bounds beside them.

    settings: chains (Bernoulli, Poisson or Gaussian), each with its settings and the published fits, which count from
    1: fit k is generation k - 1.
    """
    makers = {"bernoulli": _bernoulli, "poisson": _poisson, "gaussian": _gaussian}
    return [part for kind, maker in makers.items() if kind in settings for part in maker(settings[kind])]


def _bernoulli(asked: Mapping[str, Any]) -> list[Part]:
    """P(a symbol of probability p is in the corpus of fit k) for corpora of n symbols."""
    p, n, generations = asked["probability"], asked["rows"], tuple(k - 1 for k in asked["fits"])
    exact = drift.survival_of_category(p, rows=n, generation=list(generations))
    left = Part(
        "Bernoulli",
        generations,
        draw=partial(_corpora, p, n, generations),
        theory=_theory(generations, exact, "exact", "survival_of_category"),
    )
    return [left, _lower_bound("Bernoulli, lower bound", n * p, generations)]


def _poisson(asked: Mapping[str, Any]) -> list[Part]:
    """P(the rate of fit k is not 0) for rates refitted to n counts."""
    expected, generations = asked["rate"] * asked["rows"], tuple(k - 1 for k in asked["fits"])
    exact = drift.branching_survival(expected, generation=list(generations))
    left = Part(
        "Poisson",
        generations,
        draw=partial(_rates, expected, generations),
        theory=_theory(generations, exact, "exact", "branching_survival"),
    )
    return [left, _lower_bound("Poisson, lower bound", expected, generations)]


def _lower_bound(case: str, expected: float, generations: tuple[int, ...]) -> Part:
    bound = drift.suresh_bound(expected, generation=list(generations))
    return Part(case, generations, theory=_theory(generations, bound, "bound", "suresh_bound"))


def _gaussian(asked: Mapping[str, Any]) -> list[Part]:
    """P(the deviation of fit k is above a level), and the published bound exp(-k / (4 n)) / level."""
    level, n, generations = asked["level"], asked["rows"], tuple(k - 1 for k in asked["fits"])
    above = 1 - gaussian.variance_below(level**2, rows=n, generation=list(generations))
    bound = np.minimum(1.0, np.exp(-np.array(asked["fits"]) / (4 * n)) / level)
    return [
        Part("Gaussian", generations, theory=_theory(generations, above, "exact", "variance_below")),
        Part("Gaussian, upper bound", generations, theory=_theory(generations, bound, "bound", "published bound")),
    ]


def typical_deviation(settings: Mapping[str, Any]) -> list[Part]:
    """Return the logarithm of the deviation of a Gaussian that is refitted to its own rows. settings: rows, fits."""
    n, generations = settings["rows"], tuple(k - 1 for k in settings["fits"])
    law = gaussian.log_variance(rows=n, generation=list(generations))
    theory = _theory(generations, law.mean / 2, "exact", "log_variance")
    return [Part("Gaussian", generations, draw=partial(_log_deviations, n, generations), theory=theory)]


def _theory(generations: tuple[int, ...], values: Array, status: str, formula: str) -> dict[int, Theory]:
    return {g: Theory(float(value), status, formula) for g, value in zip(generations, values, strict=True)}


def _corpora(p: float, n: int, generations: tuple[int, ...], rng: np.random.Generator, replicates: int) -> Array:
    share, alive = np.full(replicates, p), []
    for _ in range(max(generations) + 1):
        share = rng.binomial(n, share) / n
        alive.append(share > 0)
    return np.array(alive, dtype=float)[list(generations)]


def _rates(expected: float, generations: tuple[int, ...], rng: np.random.Generator, replicates: int) -> Array:
    """The sum of n counts of rate m / n has the law of one count of rate m."""
    total, alive = np.full(replicates, expected), []
    for _ in range(max(generations) + 1):
        total = rng.poisson(total).astype(float)
        alive.append(total > 0)
    return np.array(alive, dtype=float)[list(generations)]


def _log_deviations(n: int, generations: tuple[int, ...], rng: np.random.Generator, replicates: int) -> Array:
    """Refit to rows, the definition: each generation draws n rows and takes their mean and deviation."""
    mean, deviation, found = np.zeros(replicates), np.ones(replicates), []
    for _ in range(max(generations) + 1):
        rows = mean[:, None] + deviation[:, None] * rng.standard_normal((replicates, n))
        mean, deviation = rows.mean(axis=1), rows.std(axis=1, ddof=1)
        found.append(np.log(deviation))
    return np.array(found)[list(generations)]
