"""Combinations of fits: systems of equations, and a derivative, in fifty digits."""

from typing import Any

import mpmath as mp
import numpy as np

from genloss.theory import combine
from twins.case import Case, count, near
from twins.ridge import replaced

m = mp.mpf


def _cross(rng: np.random.Generator, fits: int) -> list[list[float]]:
    """Moments of fits that are not nearly alike."""
    root = rng.standard_normal((fits, fits + 3)) * near(rng, 1e-10, 1e10)
    return (root @ root.T).tolist()


def _asked(rng: np.random.Generator) -> dict[str, Any]:
    return {"cross": _cross(rng, count(rng, 1, 5))}


def _weighted(rng: np.random.Generator) -> dict[str, Any]:
    fits = count(rng, 2, 5)
    first = (rng.integers(-64, 64, fits - 1) / 16).tolist()
    return {"cross": _cross(rng, fits), "weights": [*first, 1 - sum(first)]}


def _pair(rng: np.random.Generator) -> dict[str, Any]:
    (first, shared), (_, second) = _cross(rng, 2)
    return {"first": first, "second": second, "shared": shared}


def _best(cross: list[list[float]]) -> tuple[list[Any], Any]:
    """Weights Q^-1 1 / (1'Q^-1 1) and the risk."""
    solved = mp.lu_solve(mp.matrix([[m(x) for x in row] for row in cross]), mp.ones(len(cross), 1))
    total = mp.fsum(solved)
    return [x / total for x in solved], 1 / total


def _extrapolated(first: float, second: float, shared: float) -> list[Any]:
    one, other, both = m(first), m(second), m(shared)
    weight = (both - one) / (one - 2 * both + other)
    risk = (1 + weight) ** 2 * one - 2 * weight * (1 + weight) * both + weight**2 * other
    return [weight, risk]


def _slope(spectrum: list[float], coefficients: list[float], fit: dict[str, float]) -> list[Any]:
    at = lambda u: replaced(spectrum, coefficients, 0, fit, {**fit, "penalty": mp.exp(u)})[0]
    u, step = mp.log(m(fit["penalty"])), m(10) ** -100
    return [(at(u + step) - at(u - step)) / (2 * step)]


CASES = {
    "combine.combined_risk": Case(
        "2..5 fits, weights of sixteenths",
        _weighted,
        lambda cross, weights: [combine.combined_risk(cross, weights)],
        lambda cross, weights: [
            mp.fsum(
                m(a) * m(b) * m(x)
                for a, row in zip(weights, cross, strict=True)
                for b, x in zip(weights, row, strict=True)
            )
        ],
    ),
    "combine.best_combination": Case(
        "1..5 fits that are not nearly alike: risk, and weights over the largest",
        _asked,
        lambda cross: [combine.best_combination(cross).risk, *combine.best_combination(cross).weights],
        lambda cross: [_best(cross)[1], *_best(cross)[0]],
        absolute=1e-3,
    ),
    "combine.combinations_by_generation": Case(
        "as best_combination, the last risk",
        _asked,
        lambda cross: [combine.combinations_by_generation(cross).combined[-1]],
        lambda cross: [_best(cross)[1]],
    ),
    "combine.extrapolation": Case(
        "two fits that are not nearly alike",
        _pair,
        lambda **a: [combine.extrapolation(**a).weight, combine.extrapolation(**a).risk],
        _extrapolated,
    ),
    "combine.penalty_slope": Case(
        "4 eigenvalues 1e-3..1e3, coefficients 1e-3..1e3, rows 5..1e6, penalty 1e-3..1e3, noise 1e-3..1e3; a derivative",
        lambda rng: {
            "spectrum": [near(rng, 1e-3, 1e3) for _ in range(4)],
            "coefficients": [near(rng, 1e-3, 1e3) for _ in range(4)],
            "fit": {"rows": count(rng, 5, 1e6), "penalty": near(rng, 1e-3, 1e3), "noise": near(rng, 1e-3, 1e3)},
        },
        lambda spectrum, coefficients, fit: [combine.penalty_slope(spectrum, coefficients, **fit)],
        _slope,
        wide=True,
        slow=2,
    ),
}
