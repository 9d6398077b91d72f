"""Ridge regression through generations."""

from typing import Any

import mpmath as mp
import numpy as np

from genloss.theory import equivalents, mixing, ridge, scaling, sources, spectra, strong
from genloss.theory.ridge import Block
from genloss.theory.ridge.spectra import nodes_of
from genloss.workflows import TRUTH
from twins.case import Case, count, near

m = mp.mpf


def kappa(s: list[Any], rows: Any, penalty: Any) -> Any:
    """The largest root of kappa - lambda = kappa df1(kappa) / T, by bisection of logarithms."""
    s = [m(x) for x in s]
    if penalty == 0 and rows >= sum(x > 0 for x in s):
        return m(0)
    f = lambda k: 1 - m(penalty) / k - mp.fsum(x / (x + k) for x in s) / m(rows)
    low, high = mp.log(m(10) ** -420), mp.log(m(penalty) + mp.fsum(s) / m(rows)) + 1
    for _ in range(int(mp.mp.prec * 1.0) + 14):
        middle = (low + high) / 2
        low, high = (low, middle) if f(mp.exp(middle)) > 0 else (middle, high)
    return mp.exp(high)


class Fit:
    """One ridge fit to rows of one origin: D, df2, slack, the factor of label noise."""

    def __init__(self, s: list[float], rows: float, penalty: float) -> None:
        d = sum(x > 0 for x in s)
        self.kappa = kappa(s, rows, penalty)
        self.shrink = [m(x) / (m(x) + self.kappa) if x > 0 else m(0) for x in s]
        self.rest = [self.kappa / (m(x) + self.kappa) if x > 0 else m(1) for x in s]
        self.df2 = mp.fsum(x**2 for x in self.shrink)
        plain = penalty == 0
        self.slack = m(rows) - d - 1 if plain and rows > d else m(rows) - self.df2
        self.factor = (m(d) - rows) / (m(d) - rows - 1) if plain and d - rows > 1 else m(1)

    def taught(self, theta: list[Any], q: list[Any], loss: list[Any], noise: float) -> tuple[list[Any], list[Any]]:
        """Error power and loss of gain of a fit to labels of a model that has q and loss."""
        power = [a + (1 - 2 * b) * c for a, b, c in zip(q, loss, theta, strict=True)]
        seen = m(noise) ** 2 * self.factor + mp.fsum(r**2 * x for r, x in zip(self.rest, power, strict=True))
        seen /= self.slack
        error = [
            d**2 * a + 2 * d * r * b * c + r**2 * c + d**2 * seen
            for d, r, a, b, c in zip(self.shrink, self.rest, q, loss, theta, strict=True)
        ]
        return error, [r + d * b for r, d, b in zip(self.rest, self.shrink, loss, strict=True)]


def replaced(
    spectrum: list[float], coefficients: list[float], generation: int, fit: dict[str, float], last: dict[str, float]
) -> list[Any]:
    """Total, bias, variance of `replace_risk`."""
    theta = [m(s) * m(w) ** 2 for s, w in zip(spectrum, coefficients, strict=True)]
    q, loss = [m(0)] * len(theta), [m(0)] * len(theta)
    made = Fit(spectrum, fit["rows"], fit["penalty"]) if generation else None
    for _ in range(generation):
        q, loss = made.taught(theta, q, loss, fit["noise"])
    own = Fit(spectrum, last["rows"], last["penalty"])
    total = mp.fsum(own.taught(theta, q, loss, last["noise"])[0])
    bias = mp.fsum(r**2 * t for r, t in zip(own.rest, theta, strict=True)) * (1 + own.df2 / own.slack)
    return [total, bias, m(last["noise"]) ** 2 * own.factor * own.df2 / own.slack]


def _settings(rng: np.random.Generator, dim: int, wide: float) -> dict[str, float]:
    """Rows away from the edge where there is no penalty."""
    penalty = float(near(rng, 1 / wide, wide) * (rng.random() < 0.7))
    rows = near(rng, 1, 1e12)
    if penalty == 0:
        rows = count(rng, dim + 2, 1e12) if rng.random() < 0.6 else count(rng, 1, dim - 2)
    return {"rows": float(rows), "penalty": penalty, "noise": near(rng, 1e-8, 1e8)}


def _replace(rng: np.random.Generator) -> dict[str, Any]:
    dim = count(rng, 4, 6)
    return {
        "spectrum": [near(rng, 1e-40, 1e40) for _ in range(dim)],
        "coefficients": [near(rng, 1e-20, 1e20) for _ in range(dim)],
        "generation": count(rng, 0, 6),
        "fit": _settings(rng, dim, 1e40),
        "last": _settings(rng, dim, 1e40),
    }


def _ours(
    spectrum: Any, coefficients: Any, generation: int, fit: dict[str, float], last: dict[str, float]
) -> list[float]:
    made = {f"generator_{name}": value for name, value in fit.items()}
    found = ridge.replace_risk(spectrum, coefficients, generation=generation, **made, **last)
    return [found.total, found.bias, found.variance]


def _mixture_of_replace(
    spectrum: Any, coefficients: Any, generation: int, fit: dict[str, float], last: dict[str, float]
) -> list[float]:
    fits = [[Block(fit["rows"], g - 1 if g else TRUTH, fit["noise"])] for g in range(generation)]
    fits.append([Block(last["rows"], generation - 1 if generation else TRUTH, last["noise"])])
    penalties = [fit["penalty"]] * generation + [last["penalty"]]
    found = ridge.mixture_risk(spectrum, coefficients, fits, penalty=penalties)
    return [found.total[-1], found.bias[-1], found.variance[-1]]


def level(s: list[float], share: list[Any], omega: list[Any], total: Any, penalty: Any) -> tuple[Any, Any]:
    """c and kappa of a weighted fit: 1 = sum p omega / (c + omega df1(lambda / c) / T), falling in c."""

    def left(c: Any) -> Any:
        k = m(penalty) / c
        df1 = mp.fsum(m(x) / (m(x) + k) for x in s)
        return mp.fsum(p * o / (c + o * df1 / total) for p, o in zip(share, omega, strict=True)) - 1

    low, high = mp.log(m(10) ** -150), mp.log(max(omega)) + 1
    for _ in range(mp.mp.prec + 14):
        middle = (low + high) / 2
        low, high = (middle, high) if left(mp.exp(middle)) > 0 else (low, middle)
    return mp.exp(low), m(penalty) / mp.exp(low)


def mixed(
    spectrum: list[float],
    coefficients: list[float],
    rows: float,
    synthetic_rows: float,
    noise: float,
    penalty: float,
    weight: float,
    steps: int,
) -> list[Any]:
    """Error after so many generations on fresh real rows and rows of the last fit, by the recursion of mixture.py."""
    s, theta = spectrum, [m(x) * m(w) ** 2 for x, w in zip(spectrum, coefficients, strict=True)]
    total = m(rows) + m(synthetic_rows)
    share = [m(rows) / total, m(synthetic_rows) / total]
    omega = [m(weight) / share[0], (1 - m(weight)) / share[1]]
    c, k = level(s, share, omega, total, penalty)
    d = [m(x) / (m(x) + k) for x in s]
    df1, df2 = mp.fsum(d), mp.fsum(x**2 for x in d)
    r = [o / (c + o * df1 / total) for o in omega]
    pi = [p * x for p, x in zip(share, r, strict=True)]
    slack = total - df2 * mp.fsum(p * x**2 for p, x in zip(share, r, strict=True))
    lift = [p * x**2 / slack for p, x in zip(share, r, strict=True)]
    # errors e of the last fit: cross moments with the truth are L, powers q
    q, loss = [m(0)] * len(s), [m(0)] * len(s)
    for _ in range(steps):
        # block residuals: e_a - ebar + (1 - D)(ebar + w0), ebar = pi_2 e; e_real = 0
        heard = m(0)
        for b, is_old in enumerate((0, 1)):
            for i in range(len(s)):
                along = is_old - pi[1] + (1 - d[i]) * pi[1]  # times e
                own = 1 - d[i]  # times w0; E e w0 s = -L theta
                heard += lift[b] * (along**2 * q[i] - 2 * along * own * loss[i] * theta[i] + own**2 * theta[i])
            heard += lift[b] * m(noise) ** 2
        q, loss = (
            [
                d[i] ** 2 * pi[1] ** 2 * q[i]
                + 2 * d[i] * pi[1] * (1 - d[i]) * loss[i] * theta[i]
                + (1 - d[i]) ** 2 * theta[i]
                + d[i] ** 2 * heard
                for i in range(len(s))
            ],
            [(1 - d[i]) + d[i] * pi[1] * loss[i] for i in range(len(s))],
        )
    return [mp.fsum(q), pi[0]]


def _mix(rng: np.random.Generator) -> dict[str, Any]:
    dim = 4
    return {
        "spectrum": [near(rng, 1e-20, 1e20) for _ in range(dim)],
        "coefficients": [near(rng, 1e-10, 1e10) for _ in range(dim)],
        "rows": near(rng, 6, 1e10),
        "synthetic_rows": near(rng, 6, 1e10),
        "noise": near(rng, 1e-6, 1e6),
        "penalty": near(rng, 1e-20, 1e20),
        "weight": float(rng.uniform(0.01, 0.99)),
    }


def _mixture(steps: int, **a: Any) -> list[float]:
    spectrum, coefficients, penalty, weight = a["spectrum"], a["coefficients"], a["penalty"], a["weight"]
    total = a["rows"] + a["synthetic_rows"]
    fits = [
        [
            Block(a["rows"], TRUTH, a["noise"], weight * total / a["rows"]),
            Block(a["synthetic_rows"], g - 1 if g else TRUTH, a["noise"], (1 - weight) * total / a["synthetic_rows"]),
        ]
        for g in range(steps)
    ]
    found = ridge.mixture_risk(spectrum, coefficients, fits, penalty=penalty)
    return [found.total[-1], found.effective_weights[-1][0]]


def relabeled(
    spectrum: list[float], coefficients: list[float], noise: float, rows: float, penalty: float, real_weight: float
) -> list[Any]:
    """Total, bias, variance of `relabeled_risk`."""
    s, w, t = spectrum, m(real_weight), m(rows)
    dim = len(s)
    one, two = kappa(s, t, m(penalty) / w), kappa(s, t, m(penalty) / (2 - w))
    theta = [m(x) * m(c) ** 2 for x, c in zip(s, coefficients, strict=True)]
    freedom = mp.fsum(m(x) ** 2 / ((m(x) + one) * (m(x) + two)) for x in s)
    df2 = mp.fsum((m(x) / (m(x) + one)) ** 2 for x in s)
    plain = penalty == 0
    slack = t - dim - 1 if plain and t > dim else t - freedom
    left = t - dim if plain and t > dim else t - df2
    bias = mp.fsum((one / (m(x) + one)) ** 2 * p for x, p in zip(s, theta, strict=True)) * t / left
    factor = (m(dim) - t) / (m(dim) - t - 1) if plain and dim - t > 1 else 1
    variance = m(noise) ** 2 * (w**2 + (1 - w) ** 2) / (w * (2 - w)) * freedom / slack * factor
    return [bias + variance, bias, variance]


def collapse(
    spectrum: list[float],
    gamma: list[float],
    delta: list[float],
    noise: float,
    rows: float,
    synthetic_share: float,
    penalty: float,
    features: float | None,
) -> list[Any]:
    """Total, bias, variance, shift, floor of `strong_collapse_risk`, with a penalty above 0."""
    s, p2 = [m(x) for x in spectrum], m(synthetic_share)
    g = [a * m(b) for a, b in zip(s, gamma, strict=True)]
    v = [a * m(b) for a, b in zip(s, delta, strict=True)]

    def parts(n: Any) -> tuple[list[Any], list[Any], Any]:
        def excess(k: Any) -> Any:
            df1 = mp.fsum(x / (x + k) for x in s)
            wide = 1 - df1 / m(features) if features else m(1)
            many = 1 - df1 / n if n else m(1)
            return -1 if min(wide, many) <= 0 else k * wide * many - m(penalty)

        low, high = mp.log(m(10) ** -150), mp.log(m(10) ** 150)
        for _ in range(mp.mp.prec + 20):
            middle = (low + high) / 2
            low, high = (low, middle) if excess(mp.exp(middle)) > 0 else (middle, high)
        k = mp.exp(high)
        d = [x / (x + k) for x in s]
        df1, df2 = mp.fsum(d), mp.fsum(x**2 for x in d)
        ratio = (m(features) - df1) / (m(features) - df2) if features else m(1)
        followed = [x * (1 - ratio * (1 - x)) for x in d]
        missed = [(1 - x) * (1 - ratio * x) for x in d]
        return followed, missed, df1 - ratio * (df1 - df2)

    dot = lambda a, b: mp.fsum(x * y for x, y in zip(a, b, strict=True))
    followed, missed, df2 = parts(m(rows))
    u = df2 / (m(rows) - df2)
    bias, variance = dot(missed, g) * (1 + u), m(noise) ** 2 * u
    shift = p2**2 * dot(followed, v) + u * (p2**2 * dot(missed, v) + p2 * (1 - p2) * mp.fsum(v))
    far, away, _ = parts(None)
    return [bias + variance + shift, bias, variance, shift, dot(away, g) + p2**2 * dot(far, v)]


def _strong(rng: np.random.Generator) -> dict[str, Any]:
    dim = 4
    return {
        "spectrum": [near(rng, 1e-20, 1e20) for _ in range(dim)],
        "gamma": [near(rng, 1e-10, 1e10) for _ in range(dim)],
        "delta": [near(rng, 1e-10, 1e10) for _ in range(dim)],
        "noise": near(rng, 1e-6, 1e6),
        "rows": near(rng, 1, 1e10),
        "synthetic_share": near(rng, 1e-10, 1),
        "penalty": near(rng, 1e-20, 1e20),
        "features": [None, near(rng, 1, 1e10)][rng.integers(2)],
    }


def _collapse(spectrum: Any, gamma: Any, delta: Any, **a: Any) -> list[float]:
    found = strong.strong_collapse_risk(spectrum, gamma, delta, **a)
    return [found.total, found.bias, found.variance, found.shift, found.floor]


def isotropic(signal: float, noise: float, aspect_ratio: float, inherited_risk: float) -> list[float]:
    """Residual of the stationarity at the penalty returned, over its largest term, and of the risk there; 1 is right."""
    penalty, risk = mixing.isotropic_optimal_penalty(
        signal=signal, noise=noise, aspect_ratio=aspect_ratio, inherited_risk=inherited_risk
    )
    if penalty == 0:
        return [1.0, 1.0]
    phi, lam, extra, r2, sigma = m(aspect_ratio), m(penalty), m(inherited_risk), m(signal), m(noise)
    b = 1 - phi - lam  # kappa^2 + (1 - phi - lambda) kappa - lambda = 0
    root = mp.sqrt(b**2 + 4 * lam)
    k = (root - b) / 2

    def at(x: Any) -> Any:
        ridge_ = extra * (1 - phi * (1 - x) / (1 + x))
        return (x**2 * r2 + sigma**2 * phi + ridge_) / ((1 + x) ** 2 - phi)

    slope = [lam * r2, sigma**2 * phi, extra, extra * phi * (2 - k) / (1 + k), extra * phi**2 / (1 + k) ** 3]
    off = slope[0] - slope[1] - slope[2] + slope[3] - slope[4]
    return [float(1 + abs(off) / max(abs(x) for x in slope)), float(m(risk) / at(k))]


def kept(dim: int, rows: list[float], noise: list[float]) -> list[Any]:
    """The published sum: least squares on all batches so far."""
    total, found = m(0), m(0)
    for t, sigma in zip(rows, noise, strict=True):
        total += t
        found += m(sigma) ** 2 * t / total * dim / (total - dim - 1)
    return [found]


def crossing(capacity: float, source: float, decay: float, noise: float) -> list[Any]:
    """T at which bias and label noise are equal."""
    beta, r = m(capacity), min(m(source), m(1))
    bias = mp.gamma(2 - 2 * r) * mp.gamma(2 * r) / beta if source < 1 else mp.zeta(1 + 2 * beta * (m(source) - 1))
    variance = m(noise) ** 2 * (1 - 1 / beta) * mp.pi / beta / mp.sin(mp.pi / beta)
    return [(bias / variance) ** (1 / (2 * r * m(decay) - (1 - m(decay) / beta)))]


def _cross(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "capacity": 1 + near(rng, 1e-2, 10),
        "source": float(rng.choice([near(rng, 1e-2, 0.95), 1 + near(rng, 0.05, 10)])),
        "noise": near(rng, 1e-10, 1e10),
    }


def _decay(a: dict[str, Any]) -> float:
    """A decay well above the critical one, so that bias and variance are not parallel."""
    clean = scaling.clean_scaling(a["capacity"], a["source"])
    return 0.5 * (clean.critical_decay + a["capacity"])


def of_sources(
    s: list[list[float]], w0: list[float], rows: list[float], noise: list[float], penalty: float, test: list[float]
) -> list[Any]:
    """Two sources of unlike eigenvalues, labels of the truth: chi by its own iteration, then (4) and (5) of the docs."""
    count, c = len(s), m(penalty) * mp.fsum(rows)
    s = [[m(x) for x in each] for each in s]
    chi = [mp.fsum(each) / c for each in s]
    for _ in range(3000):
        ell = [1 / (1 + x) for x in chi]
        A = [c + mp.fsum(m(rows[b]) * ell[b] * s[b][i] for b in range(count)) for i in range(len(w0))]
        new = [mp.fsum(s[b][i] / A[i] for i in range(len(w0))) for b in range(count)]
        if max(abs(x - y) / y for x, y in zip(chi, new, strict=True)) < m(10) ** -(mp.mp.dps - 5):
            break
        chi = new
    missed = [(c / a * m(w)) ** 2 for a, w in zip(A, w0, strict=True)]
    strength = [m(n) * x**2 for n, x in zip(rows, ell, strict=True)]
    passes = mp.matrix(count, count)
    for b in range(count):
        for other in range(count):
            passes[b, other] = strength[other] * mp.fsum(
                x * y / a**2 for x, y, a in zip(s[b], s[other], A, strict=True)
            )
    right = mp.matrix(
        [m(noise[b]) ** 2 + mp.fsum(x * y for x, y in zip(s[b], missed, strict=True)) for b in range(count)]
    )
    residual = mp.lu_solve(mp.eye(count) - passes, right)
    adds = [strength[b] * mp.fsum(m(t) * x / a**2 for t, x, a in zip(test, s[b], A, strict=True)) for b in range(count)]
    own = mp.fsum(m(t) * x for t, x in zip(test, missed, strict=True))
    return [own + mp.fsum(x * r for x, r in zip(adds, residual, strict=True))]


def _sources(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "s": [[near(rng, 1e-6, 1e6) for _ in range(4)] for _ in range(2)],
        "w0": [near(rng, 1e-3, 1e3) for _ in range(4)],
        "rows": [near(rng, 2, 1e3), near(rng, 2, 1e3)],
        "noise": [near(rng, 1e-3, 1e3), near(rng, 1e-3, 1e3)],
        "penalty": near(rng, 1e-3, 1e3),
        "test": [near(rng, 1e-6, 1e6) for _ in range(4)],
    }


def _ours_of_sources(
    s: list[list[float]], w0: list[float], rows: list[float], noise: list[float], penalty: float, test: list[float]
) -> list[Any]:
    """The same by genloss."""
    given = [sources.Source(n, TRUTH, e, x) for n, e, x in zip(rows, noise, s, strict=True)]
    return [sources.sources_risk(w0, [given], penalty=penalty, test_covariance=test).total]


CASES = {
    "sources.sources_risk (two sources, labels of the truth)": Case(
        "4 eigenvalues 1e-6..1e6 of either and of the test, penalty 1e-3..1e3, rows 2..1e3, noise 1e-3..1e3",
        _sources,
        _ours_of_sources,
        of_sources,
        slow=4,
    ),
    "equivalents.degrees_of_freedom": Case(
        "eigenvalues 1e-100..1e100, kappa 1e-100..1e100 and 0, order 1..5",
        lambda rng: {
            "s": [near(rng, 1e-100, 1e100) for _ in range(5)],
            "k": near(rng, 1e-100, 1e100) * (rng.random() < 0.9),
            "order": count(rng, 1, 5),
        },
        lambda s, k, order: [equivalents.degrees_of_freedom(s, k, order=order)],
        lambda s, k, order: [mp.fsum((m(x) / (m(x) + m(k))) ** order for x in s)],
    ),
    "equivalents.rows_left": Case(
        "eigenvalues 1e-100..1e100, rows 5..1e12, kappa 1e-100..1e100",
        lambda rng: {
            "s": [near(rng, 1e-100, 1e100) for _ in range(5)],
            "rows": count(rng, 5, 1e12),
            "k": near(rng, 1e-100, 1e100),
        },
        lambda s, rows, k: [equivalents.rows_left(nodes_of(s), rows=rows, kappa=k)],
        lambda s, rows, k: [rows - mp.fsum(m(x) / (m(x) + m(k)) for x in s)],
        wide=True,
    ),
    "ridge.effective_ridge": Case(
        "eigenvalues 1e-100..1e100, rows 1..1e15, penalty 1e-100..1e100 and 0",
        lambda rng: {
            "s": [near(rng, 1e-100, 1e100) for _ in range(5)],
            "rows": near(rng, 1, [8, 1e15][rng.integers(2)]),
            "penalty": near(rng, 1e-100, 1e100) * (rng.random() < 0.8),
        },
        lambda s, rows, penalty: [ridge.effective_ridge(s, rows=rows, penalty=penalty)],
        lambda s, rows, penalty: [kappa(s, rows, penalty)],
        wide=True,
        slow=2,
    ),
    "ridge.replace_risk": Case(
        "4..6 eigenvalues 1e-40..1e40, coefficients 1e-20..1e20, penalty 1e-40..1e40 and 0, rows 1..1e12, n 0..6",
        _replace,
        _ours,
        replaced,
        wide=True,
        slow=2,
    ),
    "ridge.mixture_risk (one origin)": Case(
        "as replace_risk",
        _replace,
        _mixture_of_replace,
        replaced,
        wide=True,
        slow=2,
    ),
    "ridge.mixture_risk (two origins)": Case(
        "4 eigenvalues 1e-20..1e20, penalty 1e-20..1e20, rows 6..1e10, real weight .01...99, 4 fits",
        _mix,
        lambda **a: _mixture(4, **a),
        lambda **a: mixed(**a, steps=4),
        wide=True,
        slow=4,
    ),
    "ridge.accumulate_risk": Case(
        "dim 1..100, rows dim + 2..1e12 each, noise 1e-50..1e50, generation 0..50",
        lambda rng: (
            lambda d, n: {
                "dim": d,
                "rows": [float(count(rng, d + 2, 1e12)) for _ in range(n)],
                "noise": [near(rng, 1e-50, 1e50) for _ in range(n)],
            }
        )(count(rng, 1, 100), count(rng, 1, 50)),
        lambda dim, rows, noise: [ridge.accumulate_risk(dim, rows=rows, noise=noise, generation=len(rows) - 1).total],
        kept,
    ),
    "mixing.relabeled_risk": Case(
        "4..6 eigenvalues 1e-40..1e40, penalty 1e-40..1e40 and 0, rows 1..1e12, real weight 1e-30..1",
        lambda rng: (
            lambda a: (
                {
                    "spectrum": a["spectrum"],
                    "coefficients": a["coefficients"],
                    "real_weight": near(rng, 1e-30, 1),
                }
                | a["last"]
            )
        )(_replace(rng)),
        lambda spectrum, coefficients, **a: (lambda f: [f.total, f.bias, f.variance])(
            mixing.relabeled_risk(spectrum, coefficients, **a)
        ),
        relabeled,
        wide=True,
        slow=2,
    ),
    "mixing.fresh_mixing_risk": Case(
        "4 eigenvalues 1e-20..1e20, penalty 1e-20..1e20, rows 20..1e10, real weight .3...99: 200 steps of the recursion",
        lambda rng: _mix(rng) | {"rows": near(rng, 20, 1e10), "weight": float(rng.uniform(0.3, 0.99))},
        lambda spectrum, coefficients, weight, **a: (lambda f: [f.total, f.effective_weight])(
            mixing.fresh_mixing_risk(spectrum, coefficients, real_weight=weight, **a)
        ),
        lambda **a: mixed(**a, steps=200),
        slow=10,
    ),
    "mixing.golden_real_weight": Case(
        "size ratio 1e-100..1e100",
        lambda rng: {"k": near(rng, 1e-100, 1e100)},
        lambda k: [mixing.golden_real_weight(k)],
        lambda k: [(mp.sqrt(m(k) ** 2 + 4 * m(k)) - m(k)) / 2],
        wide=True,
    ),
    "mixing.isotropic_optimal_penalty (stationarity, risk)": Case(
        "signal, noise 1e-20..1e20, aspect ratio 1e-10..1e10, inherited risk 1e-20..1e20 and 0",
        lambda rng: {
            "signal": near(rng, 1e-20, 1e20),
            "noise": near(rng, 1e-20, 1e20),
            "aspect_ratio": near(rng, 1e-10, 1e10),
            "inherited_risk": near(rng, 1e-20, 1e20) * (rng.random() < 0.7),
        },
        isotropic,
        lambda **_: [1, 1],
        wide=True,
    ),
    "strong.strong_collapse_risk": Case(
        "4 eigenvalues 1e-20..1e20, variances 1e-10..1e10, penalty 1e-20..1e20, rows and features 1..1e10",
        _strong,
        _collapse,
        collapse,
        wide=True,
        slow=4,
    ),
    "strong.lowest_floor (isotropic)": Case(
        "signal and shift 1e-20..1e20, share .001..1: the Wiener value, to the line of a minimum",
        lambda rng: {
            "signal": near(rng, 1e-20, 1e20),
            "ratio": near(rng, 1e-4, 1e4),
            "synthetic_share": near(rng, 1e-3, 1),
        },
        lambda signal, ratio, synthetic_share: [
            strong.lowest_floor([1.0] * 4, signal, signal * ratio, synthetic_share=synthetic_share).risk
        ],
        lambda signal, ratio, synthetic_share: [
            (lambda g, s: g * s / (g + s))(4 * m(signal), 4 * m(synthetic_share) ** 2 * m(signal * ratio))
        ],
        slow=10,
    ),
    "scaling.clean_scaling": Case(
        "capacity 1 + 1e-9..1e50, source 1e-50..1e50",
        lambda rng: {"capacity": 1 + near(rng, 1e-9, 1e50), "source": near(rng, 1e-50, 1e50)},
        lambda capacity, source: (lambda f: [f.critical_decay, f.noisy, f.noiseless])(
            scaling.clean_scaling(capacity, source)
        ),
        lambda capacity, source: (lambda b, x: [b / (x + 1), x / (x + 1), x])(
            m(capacity), 2 * m(capacity) * min(m(source), 1)
        ),
    ),
    "scaling.term_exponents": Case(
        "capacity 1.01..11, source .01..10, decay 0..capacity, growth, aspect decay 1e-10..1e10",
        lambda rng: (
            lambda b: {
                "capacity": b,
                "source": near(rng, 0.01, 10),
                "decay": float(rng.uniform(0, b)),
                "growth": near(rng, 1e-10, 1e10),
                "aspect_decay": near(rng, 1e-10, 1e10),
            }
        )(1 + near(rng, 1e-2, 10)),
        lambda capacity, source, **a: (lambda f: [f.bias, f.synthetic])(scaling.term_exponents(capacity, source, **a)),
        lambda capacity, source, decay, growth, aspect_decay: [
            2 * min(m(source), 1) * m(decay),
            min(m(growth), 1 + m(aspect_decay)) - m(decay) / m(capacity),
        ],
        absolute=1.0,
    ),
    "scaling.synthetic_scaling": Case(
        "capacity 1.01..11, source .01..10, growth 1e-10..1e10",
        lambda rng: {
            "capacity": 1 + near(rng, 1e-2, 10),
            "source": near(rng, 0.01, 10),
            "growth": near(rng, 1e-10, 1e10),
        },
        lambda capacity, source, growth: (lambda f: [f.best_decay, f.best])(
            scaling.synthetic_scaling(capacity, source, growth=growth)
        ),
        lambda capacity, source, growth: (lambda x, e: [min(e * m(capacity) / (x + 1), m(capacity)), e * x / (x + 1)])(
            2 * m(capacity) * min(m(source), 1), min(m(growth), 1)
        ),
    ),
    "scaling.crossovers": Case(
        "capacity 1.01..11, source .01...95 and 1.05..11, noise 1e-10..1e10, a decay between the critical one and capacity",
        lambda rng: (lambda a: a | {"decay": _decay(a)})(_cross(rng)),
        lambda **a: [
            scaling.crossovers(**a, generator_noise=1.0, generations=1, generator_rows=600, dim=100).bias_meets_noise
        ],
        crossing,
    ),
    "scaling.fit_power_law": Case(
        "exact laws, capacity 1.01..5, source .01..1, 2000 ranks (stated to 1e-9)",
        lambda rng: {"beta": 1 + near(rng, 1e-2, 4), "r": near(rng, 0.01, 1)},
        lambda beta, r: (lambda f: [f.capacity, f.source])(
            scaling.fit_power_law(np.arange(1.0, 201) ** -beta, np.arange(1.0, 201) ** -(1 + 2 * beta * r), last=40)
        ),
        lambda beta, r: [beta, r],
        slow=2,
        line=1e-9,
    ),
    "spectra.compress": Case(
        "2000 eigenvalues j^-b, b .1..10, kappa 1e-12..1e6 of the first: sums of s/(s + kappa)",
        lambda rng: {"b": near(rng, 0.1, 10), "k": near(rng, 1e-12, 1e6)},
        lambda b, k: (lambda n: [n.multiplicity @ (n.values / (n.values + k))])(
            spectra.compress(np.arange(1.0, 2001) ** -b)
        ),
        lambda b, k: [mp.fsum(x / (x + m(k)) for x in map(m, (np.arange(1.0, 2001) ** -b).tolist()))],
        slow=10,
    ),
}
