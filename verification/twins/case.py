"""What is one formula's comparison: where arguments are drawn, what genloss says, what the twin says?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

DIGITS = 50
"""Digits of a twin's answer. Differences of numbers near 1 are formed with `WIDE` digits, so that as many are left."""
WIDE = 450


@dataclass(frozen=True)
class Case:
    """One formula. domain: in words. draw: arguments, from a generator. ours, twin: lists of numbers from them.

    absolute: errors are taken over the larger of the value and this (a formula that states an absolute error).
    """

    domain: str
    draw: Callable[[np.random.Generator], dict[str, Any]]
    ours: Callable[..., Iterable[float]]
    twin: Callable[..., Iterable[Any]]
    absolute: float = 0.0
    wide: bool = False
    line: float = 1e-10
    slow: int = 1  # how many times fewer points


def near(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw log-uniformly; each end itself one time in twelve."""
    chosen = rng.integers(12)
    return low if chosen == 0 else high if chosen == 1 else float(np.exp(rng.uniform(np.log(low), np.log(high))))


def count(rng: np.random.Generator, low: float, high: float) -> int:
    """Draw a whole number log-uniformly, its ends one time in twelve each."""
    return int(min(max(round(near(rng, max(low, 0.6), high)), low), high))


def law(rng: np.random.Generator, size: int, low: float = 1e-100) -> list[float]:
    """Draw probabilities that add up to 1 as well as doubles can, most of them far from even; sometimes a zero."""
    if rng.integers(3) == 0:
        p = rng.dirichlet(np.full(size, 0.7))
    else:
        p = np.array([near(rng, low, 1.0) for _ in range(size)])
        p[rng.integers(size)] = 1.0
    if size > 2 and rng.integers(4) == 0:
        p[rng.integers(size)] = 0.0
    p = p / p.sum()
    return np.where(p < low, 0.0, p).tolist()


def whole_law(p: Sequence[float]) -> list[Any]:
    """Return probabilities that add up to 1 with all digits."""
    total = mp.fsum(mp.mpf(x) for x in p)
    return [mp.mpf(x) / total for x in p]


def worst(case: Case, points: int, seed: int) -> tuple[float, str]:
    """Return the largest relative error over so many drawn points, and where; a refused point is drawn anew."""
    from genloss.errors import Problem

    rng = np.random.default_rng(seed)
    found, where, done, refused = 0.0, "", 0, 0
    while done < max(points // case.slow, 2):
        arguments = case.draw(rng)
        try:
            ours = [float(x) for x in np.ravel(list(case.ours(**arguments)))]
        except Problem as problem:
            refused += 1
            assert refused <= 40 * points, f"nothing but refusals: {problem}"
            continue
        done += 1
        with mp.workdps(WIDE if case.wide else DIGITS):
            exact = list(case.twin(**arguments))
            assert len(exact) == len(ours), (len(exact), len(ours), arguments)
            error = max((float(_error(a, b, case.absolute)) for a, b in zip(ours, exact, strict=True)), default=0.0)
        if error > found or not where:
            found, where = error, ", ".join(f"{name}={_brief(value)}" for name, value in arguments.items())
    return found, where


def _error(ours: float, exact: Any, absolute: float) -> Any:
    exact = mp.mpf(exact)
    if exact > mp.mpf("1.79e308"):
        return mp.mpf(0 if np.isinf(ours) else 1)
    if mp.isinf(exact):
        return mp.mpf(0 if ours == float(exact) else 1)
    if not absolute and abs(exact) < mp.mpf("1e-290"):
        return mp.mpf(0 if abs(ours) < 1e-280 else 1)
    return abs(mp.mpf(ours) - exact) / max(abs(exact), mp.mpf(absolute))


def _brief(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_brief(x) for x in value[:6]) + ", ..." * (len(value) > 6) + "]"
    return str(value)[:60]
