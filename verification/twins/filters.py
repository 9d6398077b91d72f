"""Filters: the law of kept rows, and the risk of loops that are checked."""

from typing import Any

import mpmath as mp
import numpy as np

from genloss.theory import verifier
from twins.case import Case, count, near

m = mp.mpf


def _density(x: Any) -> Any:
    return mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)


def band(u: Any, a: Any) -> list[Any]:
    """Share, mean, variance of rows within a of the guess: moments of a truncated normal law."""
    high, low = a - u, -a - u
    share = mp.ncdf(high) - mp.ncdf(low)
    slope = (_density(high) - _density(low)) / share
    return [share, u - slope, 1 - (high * _density(high) - low * _density(low)) / share - slope**2]


def kept(u: Any, a: Any, good: Any, bad: Any) -> list[Any]:
    """Share, mean, variance where rows within a stay with one chance and others with another."""
    if mp.isinf(a):
        return [good, u, m(1)]
    share, mean, variance = band(u, a)
    whole = bad + (good - bad) * share
    middle = ((good - bad) * share * mean + bad * u) / whole
    second = ((good - bad) * share * (variance + mean**2) + bad * (1 + u**2)) / whole
    return [whole, middle, second - middle**2]


def _distance(u: Any, q: Any) -> Any:
    """The distance within which a share q lies, by halving."""
    low, high = m(0), abs(u) + 10
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if mp.ncdf(middle - u) - mp.ncdf(-middle - u) < q else (low, middle)
    return low


def best(offset: float, share: float) -> list[Any]:
    """All parts of `kept_best`."""
    u, q = m(offset), m(share)
    a = _distance(u, q)
    _, mean, variance = band(u, a)
    return [q, mean, variance, variance + (1 - q) * (mean - a * mp.tanh(a * u)) ** 2, a]


def location(rows: int, within: float, error: float) -> list[Any]:
    """Risk in generations 0, 1, 2, rows counted as kept: integrals over a normal law of the distance."""
    a, c = m(within), m(error)
    mean, variance, found = m(0), 1 / m(rows), [1 / m(rows)]
    for _ in range(2):
        middle, width = mean - c, mp.sqrt(variance)
        ends = [middle + k * width for k in (-11, -4, 0, 4, 11)]

        def over(f: Any, middle: Any = middle, width: Any = width, ends: Any = ends) -> Any:
            return mp.quad(lambda x: f(x) * _density((x - middle) / width) / width, ends)

        first = over(lambda x: band(x, a)[1])
        variance = over(lambda x, first=first: (band(x, a)[1] - first) ** 2 + band(x, a)[2] / rows)
        mean = c + first
        found.append(mean**2 + variance)
    return found


def squares(dim: int, rows: int, noise: float, within: float, error: float) -> list[Any]:
    """Risk of least squares in generations 0, 1, 2, rows counted as kept; the guess is error off, in any direction."""
    s2, e2 = m(noise) ** 2, m(error) ** 2
    bias, spread = m(1), s2 / (rows - dim - 1)  # of the mean D, in units of the error; of D in each direction
    found = [dim * spread]
    for _ in range(2):
        each = bias**2 * e2 / dim
        square = dim * (each + spread)
        d2 = (square + 2 * dim * spread * (spread + 2 * each) / square) / s2
        h = 1 / (1 + d2)
        a = m(within) * mp.sqrt(h)
        share = 2 * mp.ncdf(a) - 1
        second = 1 - 2 * a * _density(a) / share
        fourth = 3 * second - 2 * a**3 * _density(a) / share
        r = second / (h + (1 - h) * second)
        slope, alpha = mp.sqrt(d2) * r, mp.sqrt(d2) * h
        c = 1 - slope * alpha  # labels less their line are c r - slope eta, inputs alpha r + eta
        score = alpha**2 * c**2 * fourth / h**2 + 3 * slope**2 * h**2
        score += ((alpha * slope) ** 2 - 4 * alpha * slope * c + c**2) * second
        parallel = score / (h + alpha**2 * second / h) ** 2
        bias *= r
        spread = r**2 * spread + s2 / (rows - dim - 1) * (r * (dim - 1) + parallel) / dim
        found.append((1 - bias) ** 2 * e2 + dim * spread)
    return found


def _loop(rng: np.random.Generator) -> dict[str, Any]:
    return {"rows": count(rng, 20, 10_000), "within": near(rng, 0.01, 5), "error": near(rng, 1e-6, 2)}


def _squares(rng: np.random.Generator) -> dict[str, Any]:
    dim = count(rng, 1, 100)
    noise = near(rng, 1e-3, 1e3)
    within, error = near(rng, 0.01, 5), near(rng, 1e-6, 1) * noise
    return {"dim": dim, "rows": dim + count(rng, 10, 10_000), "noise": noise, "within": within, "error": error}


CASES = {
    "verifier.kept": Case(
        "offset -30..30, within 1e-6..100 and inf, chances 1e-10..1",
        lambda rng: {
            "offset": near(rng, 1e-10, 30) * rng.choice([-1, 1]),
            "within": float(rng.choice([near(rng, 1e-6, 100), np.inf], p=[0.9, 0.1])),
            "keep_good": float(rng.choice([1.0, 0.5])),
            "keep_bad": float(rng.choice([0.0, near(rng, 1e-10, 0.5)])),
        },
        lambda offset, **a: [float(x) for x in verifier.kept(offset, **a)[:3]],
        lambda offset, within, keep_good, keep_bad: kept(m(offset), m(within), m(keep_good), m(keep_bad)),
        wide=True,
    ),
    "verifier.kept_best": Case(
        "offset 1e-6..5 in size, share .01...99",
        lambda rng: {
            "offset": near(rng, 1e-6, 5) * rng.choice([-1, 1]),
            "share": near(rng, 0.01, 0.99),
        },
        lambda offset, share: [float(x) for x in verifier.kept_best(offset, share=share)],
        best,
        wide=True,
        slow=2,
    ),
    "verifier.contraction": Case(
        "within 1e-6..100, chances 1e-10..1",
        lambda rng: {
            "within": near(rng, 1e-6, 100),
            "keep_good": 1.0,
            "keep_bad": float(rng.choice([0.0, near(rng, 1e-10, 1)])),
        },
        lambda **a: [float(verifier.contraction(**a))],
        lambda within, keep_good, keep_bad: [kept(m(0), m(within), m(keep_good), m(keep_bad))[2]],
        wide=True,
    ),
    "verifier.within_of_likelihood": Case(
        "distance .01..30 in size, sd 1e-50..1e50",
        lambda rng: (lambda sd: {"density": float(np.exp(-(near(rng, 0.01, 30) ** 2) / 2)) * 0.398 / sd, "sd": sd})(
            near(rng, 1e-50, 1e50)
        ),
        lambda density, sd: [float(verifier.within_of_likelihood(density, sd=sd))],
        lambda density, sd: [mp.sqrt(-2 * mp.log(m(density) * m(sd) * mp.sqrt(2 * mp.pi)))],
        wide=True,
    ),
    "verifier.filtered_risk (a location)": Case(
        "20..10,000 rows kept, within .01..5, error 1e-6..2, generations 0..2",
        _loop,
        lambda rows, within, error: (
            verifier.filtered_risk(
                verifier.LocationLoop(rows, counted="kept"),
                verifier.Keep(within=within),
                generation=[0, 1, 2],
                error=error,
            ).total
        ),
        location,
        slow=20,
    ),
    "verifier.filtered_risk (least squares)": Case(
        "1..100 features, 10..10,000 spare rows, within .01..5, error 1e-6..1 of the noise, generations 0..2",
        _squares,
        lambda dim, rows, noise, within, error: (
            verifier.filtered_risk(
                verifier.LeastSquaresLoop(dim, rows, noise, "kept"),
                verifier.Keep(within=within),
                generation=[0, 1, 2],
                error=error,
            ).total
        ),
        squares,
        wide=True,
    ),
}
