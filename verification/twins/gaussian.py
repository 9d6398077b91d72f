"""A Gaussian fitted to its own samples: moments, distances, distributions."""

from typing import Any

import mpmath as mp
import numpy as np

from genloss.theory import gaussian as g
from twins.case import Case, count, near

m = mp.mpf
DIVISORS = ("unbiased", "maximum_likelihood")


def _chain(rng: np.random.Generator, most: float, fits: int = 8) -> dict[str, Any]:
    rows = [count(rng, 2, most) for _ in range(count(rng, 1, fits))]
    return {"rows": rows, "divisor": DIVISORS[rng.integers(2)]}


def _long(rng: np.random.Generator, most: float, fits: float) -> dict[str, Any]:
    """The same number of rows for ever."""
    return {"rows": count(rng, 2, most), "generation": count(rng, 0, fits), "divisor": DIVISORS[rng.integers(2)]}


def divided(rows: int, divisor: str) -> Any:
    """D, by which the sum of squares is divided."""
    return m(rows - (divisor == "unbiased"))


def u(rows: int, divisor: str, power: Any) -> Any:
    """E (chi2 / D)^power."""
    half = m(rows - 1) / 2
    return mp.exp(mp.loggamma(half + power) - mp.loggamma(half)) * (2 / divided(rows, divisor)) ** power


def moments(rows: list[int], divisor: str) -> tuple[list[Any], list[Any], Any]:
    """E s^k (0..4), E m^2 s^k (0..2), E m^4 after the last fit, by the recursion of `chain_moments`."""
    a, b, c = [m(1)] * 5, [m(0)] * 3, m(0)
    for n in rows:
        factor = [u(n, divisor, m(k) / 2) for k in range(5)]
        c = c + 6 * b[2] / n + 3 * a[4] / m(n) ** 2
        b = [(b[k] + a[k + 2] / n) * factor[k] for k in range(3)]
        a = [x * f for x, f in zip(a, factor, strict=True)]
    return a, b, c


def distance(rows: list[int], divisor: str) -> list[Any]:
    """Mean and variance of W2^2, and their first orders."""
    a, b, c = moments(rows, divisor)
    mean = b[0] + a[2] - 2 * a[1] + 1
    square = c + 2 * (b[2] - 2 * b[1] + b[0]) + a[4] - 4 * a[3] + 6 * a[2] - 4 * a[1] + 1
    total = mp.fsum(1 / m(n) for n in rows)
    return [mean, square - mean**2, total * 3 / 2, total**2 * 5 / 2]


def _distance(rows: list[int], divisor: str) -> list[float]:
    found = g.squared_distance(rows=rows, generation=len(rows) - 1, divisor=divisor)
    return [found.mean, found.variance, found.first_order_mean, found.first_order_variance]


def _moments(rows: list[int], divisor: str) -> list[float]:
    found = g.chain_moments(rows, len(rows) - 1, divisor)
    return [*found.spread[-1], *found.mixed[-1], found.fourth[-1]]


def _logs(rows: int, generation: int, divisor: str) -> list[Any]:
    half = m(rows - 1) / 2
    mean = mp.digamma(half) - mp.log(divided(rows, divisor) / 2)
    return [(generation + 1) * mean, (generation + 1) * mp.polygamma(1, half)]


def _determinant(dim: int, rows: int, divisor: str) -> list[Any]:
    halves = [m(rows - 1 - j) / 2 for j in range(dim)]
    mean = mp.fsum(mp.digamma(x) for x in halves) - dim * mp.log(divided(rows, divisor) / 2)
    return [mean, mp.fsum(mp.polygamma(1, x) for x in halves)]


def _kept(rows: list[int], divisor: str) -> list[Any]:
    """E sigma_g^2 and E (mu_g - mu)^2 when all rows are kept."""
    total, variance, square = 0, m(1), m(0)
    for i, n in enumerate(rows):
        total += n
        square += m(n) / total**2 * variance
        if divisor == "maximum_likelihood":
            variance *= 1 - m(n) / total**2
        elif i:
            variance *= 1 - m(n) / (m(total) * (total - 1))
    return [variance, square]


def _limit(rows: float, divisor: str) -> list[Any]:
    n = m(rows)
    if divisor == "maximum_likelihood":
        x = mp.pi / mp.sqrt(n)
        return [mp.sin(x) / x]
    root = mp.sqrt(1 + 4 * n)
    ends = [(1 + root) / (2 * n), (1 - root) / (2 * n)]
    return [mp.gamma(2 - 1 / n) * mp.rgamma(2 - ends[0]) * mp.rgamma(2 - ends[1])]


def _bures(spectrum: list[float], rows: int) -> list[Any]:
    s = [m(x) for x in spectrum]
    pairs = mp.fsum((x * y + (x * x if i == j else 0)) / (x + y) for i, x in enumerate(s) for j, y in enumerate(s))
    mean = (mp.fsum(s) + pairs / 2) / rows
    return [mean, mean * len(s) / rows]


def below(threshold: float, rows: int, generation: int, divisor: str) -> list[Any]:
    """P(product of chi2 / D below a threshold): a gamma law for one fit, one integral over it for two."""
    half, each = m(rows - 1) / 2, divided(rows, divisor)
    one = lambda x: mp.gammainc(half, 0, each * x / 2, regularized=True)
    if generation == 0:
        return [one(m(threshold))]
    density = lambda v: mp.exp(half * mp.log(each / 2) + half * v - each * mp.exp(v) / 2 - mp.loggamma(half))
    width = 1 / mp.sqrt(half)
    points = [-60 * width - 40 / half, -8 * width, -2 * width, 0, 2 * width, 8 * width]
    return [mp.quad(lambda v: one(m(threshold) * mp.exp(-v)) * density(v), points, maxdegree=6)]


def overshoot(rows: int, threshold: float, divisor: str) -> list[Any]:
    """(log(1/threshold) + rho)/kappa - 1 with Spitzer's integral."""
    half = m(rows - 1) / 2
    kappa = mp.log(divided(rows, divisor) / 2) - mp.digamma(half)
    spread = mp.polygamma(1, half)

    def log_ratio(t: Any) -> Any:
        f = mp.exp(mp.loggamma(half - 1j * t) - mp.loggamma(half) + 1j * t * mp.log(divided(rows, divisor) / 2))
        return mp.log(abs(1 - f) * mp.sqrt(1 + (kappa * t) ** 2) / (kappa * t)) / t**2

    points = [m(10) ** k for k in range(-6, 12)]
    inside = mp.quad(log_ratio, points, maxdegree=6) + log_ratio(points[0]) * points[0]
    inside += mp.quad(lambda v: log_ratio(1 / v) / v**2, [0, 1 / points[-1]], maxdegree=5)
    return [(mp.log(1 / m(threshold)) + (spread + 3 * kappa**2) / (4 * kappa) - inside / mp.pi) / kappa - 1]


def first_row(rows: int, divisor: str, point: float) -> list[Any]:
    """P(row of generation 1 below a point): a normal law mixed over the gamma law of its variance."""
    half, each = m(rows - 1) / 2, divided(rows, divisor)
    weight = lambda v: mp.exp(half * mp.log(each / 2) + half * v - each * mp.exp(v) / 2 - mp.loggamma(half))
    width = 1 / mp.sqrt(half)
    points = [-60 * width - 40 / half, -8 * width, -2 * width, 0, 2 * width, 8 * width]
    return [mp.quad(lambda v: mp.ncdf(m(point) / mp.sqrt(1 / m(rows) + mp.exp(v))) * weight(v), points, maxdegree=6)]


def _collapse(rng: np.random.Generator) -> dict[str, Any]:
    rows = count(rng, 2, 1e6)
    return {"rows": rows, "threshold": near(rng, 1e-100, 0.5), "divisor": DIVISORS[rng.integers(2)]}


def _law_of_logs(rows: int, generation: int, divisor: str) -> list[float]:
    found = g.log_variance(rows=rows, generation=generation, divisor=divisor)
    return [found.mean, found.variance]


CASES = {
    "gaussian.log_variance": Case(
        "rows 2..1e15, generation 0..1e5",
        lambda rng: _long(rng, 1e15, 1e5),
        _law_of_logs,
        _logs,
        wide=True,
    ),
    "gaussian.variance_moment": Case(
        "power -.49..200, rows 2..1e15, generation 0..1000",
        lambda rng: (
            _long(rng, 1e15, 1e3) | {"power": float(rng.choice([near(rng, 1e-3, 200), -near(rng, 1e-3, 0.49)]))}
        ),
        lambda power, **a: [g.variance_moment(power, **a)],
        lambda power, rows, generation, divisor: [u(rows, divisor, m(power)) ** (generation + 1)],
        wide=True,
    ),
    "gaussian.chain_moments": Case(
        "rows 2..1e15 each, generation 0..7",
        lambda rng: _chain(rng, 1e15),
        _moments,
        lambda rows, divisor: [x for part in moments(rows, divisor)[:2] for x in part] + [moments(rows, divisor)[2]],
    ),
    "gaussian.squared_distance": Case(
        "rows 2..1e15 each, generation 0..7",
        lambda rng: _chain(rng, 1e15),
        _distance,
        distance,
        wide=True,
    ),
    "gaussian.squared_distance (long)": Case(
        "rows 2..1e15, generation 0..2000",
        lambda rng: _long(rng, 1e15, 2000),
        lambda rows, generation, divisor: _distance([rows] * (generation + 1), divisor),
        lambda rows, generation, divisor: long_distance(rows, generation, divisor),
        slow=4,
    ),
    "gaussian.row_moments": Case(
        "rows 2..1e15 each, generation 0..7",
        lambda rng: _chain(rng, 1e15),
        lambda rows, divisor: (lambda law: [law.variance, law.fourth])(
            g.row_moments(rows=rows, generation=len(rows) - 1, divisor=divisor)
        ),
        lambda rows, divisor: (lambda a, b, c: [b[0] + a[2], c + 6 * b[2] + 3 * a[4]])(*moments(rows, divisor)),
    ),
    "gaussian.log_determinant": Case(
        "dim 1..20, rows dim + 1..1e15, generation 0",
        lambda rng: (lambda d: {"dim": d, "rows": count(rng, d + 1, 1e15), "divisor": DIVISORS[rng.integers(2)]})(
            count(rng, 1, 20)
        ),
        lambda dim, rows, divisor: (lambda law: [law.mean, law.variance])(
            g.log_determinant(dim, rows=rows, generation=0, divisor=divisor)
        ),
        _determinant,
        wide=True,
    ),
    "gaussian.squared_distance_of_fits": Case(
        "eigenvalues 1e-100..1e100, rows 4 dim..1e15, generation 0",
        lambda rng: {"spectrum": [near(rng, 1e-100, 1e100) for _ in range(4)], "rows": count(rng, 16, 1e15)},
        lambda spectrum, rows: (lambda found: [found.mean, found.allowance])(
            g.squared_distance_of_fits(spectrum, rows=rows, generation=0)
        ),
        _bures,
    ),
    "gaussian.accumulated_moments": Case(
        "rows 2..1e15 each, generation 0..100",
        lambda rng: _chain(rng, 1e15, 100),
        lambda rows, divisor: (lambda found: [found.variance, found.mean_square])(
            g.accumulated_moments(rows=rows, generation=len(rows) - 1, divisor=divisor)
        ),
        _kept,
    ),
    "gaussian.accumulated_limit": Case(
        "rows 2..1e15",
        lambda rng: {"rows": count(rng, 2, 1e15), "divisor": DIVISORS[rng.integers(2)]},
        lambda rows, divisor: [g.accumulated_limit(rows, divisor=divisor)],
        _limit,
        wide=True,
    ),
    "gaussian.variance_below": Case(
        "threshold 1e-10..10, rows 2..1e6, generation 0 and 1",
        lambda rng: {
            "threshold": near(rng, 1e-10, 10),
            "rows": count(rng, 2, 1e6),
            "generation": int(rng.integers(2)),
            "divisor": DIVISORS[rng.integers(2)],
        },
        lambda threshold, **a: [g.variance_below(threshold, **a)],
        below,
        absolute=1.0,
        slow=10,
    ),
    "gaussian.expected_collapse": Case(
        "threshold 1e-100...5, rows 2..1e6",
        _collapse,
        lambda threshold, **a: [g.expected_collapse(threshold, **a)],
        lambda rows, threshold, divisor: overshoot(rows, threshold, divisor),
        slow=25,
    ),
    "gaussian.first_rows": Case(
        "rows 2..1e6, points -6..6",
        lambda rng: {
            "rows": count(rng, 2, 1e6),
            "divisor": DIVISORS[rng.integers(2)],
            "point": float(rng.uniform(-6, 6)),
        },
        lambda rows, divisor, point: [g.first_rows(rows=rows, divisor=divisor).cumulative(point)],
        first_row,
        absolute=1.0,
        slow=10,
    ),
}


def long_distance(rows: int, generation: int, divisor: str) -> list[Any]:
    """`distance` for equal rows, with the factors computed once and digits enough for their differences."""
    with mp.workdps(120):
        factor = [u(rows, divisor, m(k) / 2) for k in range(5)]
        a, b, c = [m(1)] * 5, [m(0)] * 3, m(0)
        for _ in range(generation + 1):
            c = c + 6 * b[2] / rows + 3 * a[4] / m(rows) ** 2
            b = [(b[k] + a[k + 2] / rows) * factor[k] for k in range(3)]
            a = [x * f for x, f in zip(a, factor, strict=True)]
        mean = b[0] + a[2] - 2 * a[1] + 1
        square = c + 2 * (b[2] - 2 * b[1] + b[0]) + a[4] - 4 * a[3] + 6 * a[2] - 4 * a[1] + 1
        total = (generation + 1) / m(rows)
        return [mean, square - mean**2, total * 3 / 2, total**2 * 5 / 2]
