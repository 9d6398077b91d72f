"""Loops: sharpening, choosing, guiding, smoothing."""

import functools
import itertools
from typing import Any

import mpmath as mp
import numpy as np

from genloss.theory import closed_loop, contaminated, curation, guidance, smoothing
from genloss.workflows import fresh_real
from twins.case import Case, count, law, near, whole_law

m = mp.mpf


def sharpened(x: list[Any], temperature: float) -> list[Any]:
    """x^(1/T), normalized."""
    risen = [m(each) ** (1 / m(temperature)) for each in x]
    return [each / mp.fsum(risen) for each in risen]


def curated(p: list[Any], reward: list[float], choices: float) -> list[Any]:
    """The law of what is chosen, by the integral; by every outcome where two are drawn."""
    p, w = whole_law(p), [mp.exp(m(r) - max(reward)) for r in reward]
    if np.isinf(choices):
        total = mp.fsum(x * y for x, y in zip(p, w, strict=True))
        return [x * y / total for x, y in zip(p, w, strict=True)]
    if choices <= 2:
        k = int(choices)
        return [
            x * mp.fsum(k * y * z / (y + (k - 1) * v) for z, v in zip(p, w, strict=True))
            for x, y in zip(p, w, strict=True)
        ]
    k = int(choices)
    logs = sorted({mp.log(x) for x in w})
    points = [-mp.log(k) - 60, -mp.log(k) - 20, -mp.log(k), *(4 - x for x in logs[::-1]), 6 - logs[0]]
    points = sorted(set(points))

    def inside(v: Any, i: int) -> Any:
        t = mp.exp(v)
        phi = mp.fsum(x * mp.exp(-t * y) for x, y in zip(p, w, strict=True))
        return k * p[i] * w[i] * t * mp.exp(-t * w[i]) * phi ** (k - 1)

    return [mp.quad(lambda v, i=i: inside(v, i), points, maxdegree=7) for i in range(len(p))]


def guided(within: float, between: float, guidance: float, sampler: str, cutoff: float) -> list[Any]:
    """s' and A by the formulas of the docstring, with a cutoff by the moments of noised classes."""
    s, tau, w, v = (m(x) for x in (within, between, guidance, cutoff))
    a, b = s**2 + v, s**2 + tau**2 + v
    r = b / a
    if w == 0:
        return [s, m(1)]
    if sampler == "tilt":
        spread = 1 / ((1 + w) / s**2 - w / (s**2 + tau**2))
        return [mp.sqrt(spread), (1 + w) / s**2 * spread]
    if sampler == "ode":
        gain = (1 + w) * mp.hyp2f1(-w / 2, 1, m(3) / 2, 1 - 1 / r)
        return [s * (a / b) ** (w / 2), 1 + (gain - 1) * s / mp.sqrt(a)]
    spread = a * r ** (-2 * w) * (r ** (2 * w + 1) - 1) / ((2 * w + 1) * (r - 1))
    gain = r**-w * (r ** (w + 1) - 1) / (r - 1)
    left = s**2 / a
    return [mp.sqrt(spread * left**2 + v * left), 1 + (gain - 1) * left]


def chain(
    within: float, between: float, guidance: float, sampler: str, generations: int, unconditional: float
) -> list[Any]:
    """Spreads of the last generation."""
    s, tau, e = m(within), m(between), m(unconditional)
    for _ in range(generations):
        out, gain = guided(s, tau, guidance, sampler, 0.0)
        new = (1 - e) * out**2 + e * (s**2 + tau**2) + e * (1 - e) * (gain * tau) ** 2
        s, tau = mp.sqrt(new), (1 - e) * gain * tau
    return [s, tau]


def _choice(rng: np.random.Generator) -> dict[str, Any]:
    reward = [float(x) for x in rng.uniform(-1, 1, 3) * near(rng, 1e-6, 250)]
    choices = float(rng.choice([1.0, 2.0, count(rng, 3, 40), count(rng, 3, 1e15), np.inf]))
    return {"law": law(rng, 3, 1e-30), "reward": reward, "choices": choices}


def _guide(rng: np.random.Generator) -> dict[str, Any]:
    sampler = guidance.SAMPLERS[rng.integers(3)]
    return {
        "within": near(rng, 1e-60, 1e60),
        "between": near(rng, 1e-60, 1e60),
        "guidance": near(rng, 1e-10, 100),
        "sampler": sampler,
        "cutoff": 0.0 if sampler == "tilt" else float(rng.choice([0.0, near(rng, 1e-60, 1e60)])),
    }


def still(outside: list[float], share: float, temperature: float) -> list[float]:
    """How far each reported point is from where one step takes it, in 50 digits, beside 1 (so that 0 is right)."""
    found = closed_loop.equilibria(outside, share=share, temperature=temperature)
    q, off = whole_law(outside), []
    for point in found.points.tolist():
        x = whole_law(point)
        moved = [m(share) * b + (1 - m(share)) * a for a, b in zip(sharpened(x, temperature), q, strict=True)]
        off += [float(1 + max(abs(a - b) for a, b in zip(moved, x, strict=True)))]
    return [max(off)]


def chosen_still(real: list[float], reward: list[float], choices: float, real_share: float) -> list[float]:
    """The same for the loop of choosing: the residual over the share that pulls it back bounds the error."""
    x = curation.curated_equilibrium(real, reward, choices=choices, real_share=real_share).tolist()
    moved = curated(whole_law(x), reward, choices)
    p = whole_law(real)
    off = [abs(m(real_share) * a + (1 - m(real_share)) * b - m(c)) for a, b, c in zip(p, moved, x, strict=True)]
    return [float(1 + max(off) / m(real_share))]


def threshold(outside: list[float], temperature: float) -> list[Any]:
    """Two tokens: the largest share at which two points of the map merge, by the touching condition."""
    q, heat = m(min(outside)), m(temperature)
    if temperature >= 1:
        return [m(0)]
    if outside[0] == outside[1]:
        return [1 - heat]

    def at(x: Any) -> tuple[Any, Any]:
        tau = 1 / (1 + ((1 - x) / x) ** (1 / heat))
        share = 1 - heat * x * (1 - x) / (tau * (1 - tau))
        return share, share * q + (1 - share) * tau - x

    grid = [m(k) / 4000 for k in range(1, 4000)]
    best = m(0)
    for left, right in itertools.pairwise(grid):
        (s1, f1), (s2, f2) = at(left), at(right)
        if s1 > 0 and s2 > 0 and f1 * f2 < 0:
            x = mp.findroot(lambda y: at(y)[1], (left, right), solver="anderson", tol=1e-60)
            best = max(best, at(x)[0])
    return [best]


def smoothed(real: int, made: int, last: int, step: Any, first: Any) -> Any:
    """Carry a number by a share of new real rows beside rows of the last fit: x' = step(mean over origins)."""
    share, found = m(real) / (real + made), step(first)
    for _ in range(last):
        found = step(share * first + (1 - share) * found)
    return found


def smoothing_moments(real: int, made: int, last: int, h: float, a: float, order: int, truth: list[float]) -> list[Any]:
    """Moments of x' = a x + h z by the binomial theorem, all orders together."""
    share, t = m(real) / (real + made), [m(x) for x in truth]
    normal = [m(1), m(0)]
    while len(normal) <= order:
        normal.append((len(normal) - 1) * normal[-2])

    def step(x: list[Any]) -> list[Any]:
        return [
            mp.fsum(mp.binomial(r, j) * m(a) ** (r - j) * m(h) ** j * normal[j] * x[r - j] for j in range(r + 1))
            for r in range(order + 1)
        ]

    found = step(t)
    for _ in range(last):
        found = step([share * x + (1 - share) * y for x, y in zip(t, found, strict=True)])
    return found


def smoothing_rows(real: int, made: int, last: int, h: float, a: float, wave: Any) -> list[Any]:
    """Expected variance, and power of a wave, of the last fit to rows of a standard normal truth."""
    share = m(real) / (real + made)
    truth = [m(1), m(0), m(1), m(0), m(3)]
    mean, power = m(1) / real, (1 - m(wave["phi"]) ** 2) / real  # of training sets
    r, law = mp.exp(-((m(h) * m(wave["t"])) ** 2) / 2), m(wave["phi"])
    for g in range(last):
        second = smoothing_moments(real, made, g, h, a, 4, [float(x) for x in truth])[2]
        row = second - m(a) ** 2 * mean
        mean = share**2 / real + (1 - share) ** 2 * (m(a) ** 2 * mean + row / made)
        gained = smoothed(real, made, g, lambda x: r * x, m(1)) * law
        noise = (1 - gained**2 - r**2 * power) / made
        power = share**2 * (1 - law**2) / real + (1 - share) ** 2 * (r**2 * power + noise)
    second = smoothing_moments(real, made, last, h, a, 4, [float(x) for x in truth])[2]
    gained = smoothed(real, made, last, lambda x: r * x, m(1)) * law
    return [second - m(a) ** 2 * mean, gained**2 + r**2 * power]


def followed(real: int, made: int, last: int, b: float) -> Any:
    """Expected variance where h is b deviations of the training rows."""
    share, mean = m(real) / (real + made), m(1) / real
    found = (1 + m(b) ** 2) * (1 - mean)
    for _ in range(last):
        new = share**2 / real + (1 - share) ** 2 * (mean + found / made)
        found = (1 + m(b) ** 2) * (share + (1 - share) * (found + mean) - new)
        mean = new
    return found


def _mixed(rng: np.random.Generator) -> dict[str, Any]:
    return {"real": count(rng, 2, 1e6), "made": count(rng, 2, 1e6), "last": count(rng, 0, 12)}


def _workflow(real: int, made: int) -> Any:
    return fresh_real(real, made)


def _pools(rng: np.random.Generator) -> dict[str, Any]:
    synthetic = int(rng.choice([0, count(rng, 1, 1e6)]))
    return {"real": count(rng, 2, 1e6), "synthetic": synthetic, "rounds": count(rng, 0, 30)}


def pools(real: int, synthetic: int, rounds: int, bandwidth: float = 0.0) -> list[list[Any]]:
    """Rows, variance, added variance and bandwidth of every round."""
    one, two, scale = m(real), m(synthetic), m(bandwidth)
    rows, v, k = one, 1 / one, m(0)
    found = [[rows, v, k, scale * rows ** -m(0.2)]]
    for _ in range(rounds):
        total, square = rows + one + two, found[-1][3] ** 2
        v = ((rows + two) ** 2 * v + two * (1 + k + square - v) + one) / total**2
        k, rows = ((rows + two) * k + two * square) / total, total
        found.append([rows, v, k, scale * rows ** -m(0.2)])
    return found


def slope_of(found: list[list[Any]]) -> Any:
    """The slope of half the log of the variance on the log of the rows."""
    x, y = [mp.log(each[0]) for each in found], [mp.log(each[1]) / 2 for each in found]
    center = mp.fsum(x) / len(x)
    return mp.fsum((a - center) * b for a, b in zip(x, y, strict=True)) / mp.fsum((a - center) ** 2 for a in x)


@functools.cache
def area(normal: bool) -> Any:
    """The integral of the root of F (1 - F) for a law of variance 1."""
    if not normal:
        return mp.pi / 8 * mp.sqrt(12)
    return 2 * mp.quad(lambda x: mp.sqrt(mp.ncdf(x) * mp.ncdf(-x)), [0, 1, 3, 6, 10, 20])


CASES = {
    "closed_loop.sharpened": Case(
        "laws of 2..5 tokens 1e-100..1, temperature .001..1000",
        lambda rng: {"x": law(rng, count(rng, 2, 5)), "temperature": near(rng, 1e-3, 1e3)},
        lambda x, temperature: closed_loop.sharpened(x, temperature),
        lambda x, temperature: sharpened(x, temperature),
    ),
    "closed_loop.step": Case(
        "laws of 3 tokens 1e-100..1, share 1e-100..1, temperature .001..1000",
        lambda rng: {
            "x": law(rng, 3),
            "q": law(rng, 3),
            "share": near(rng, 1e-100, 1),
            "temperature": near(rng, 1e-3, 1e3),
        },
        lambda x, q, **more: closed_loop.step(x, q, **more),
        lambda x, q, share, temperature: [
            m(share) * b + (1 - m(share)) * a for a, b in zip(sharpened(x, temperature), q, strict=True)
        ],
        wide=True,
    ),
    "closed_loop.urn_variance": Case(
        "probability 1e-100..1, first and batch 1..1e100, 0..200 generations",
        lambda rng: {
            "probability": near(rng, 1e-100, 1),
            "first": near(rng, 1, 1e100),
            "batch": near(rng, 1, 1e100),
            "generations": count(rng, 0, 200),
        },
        lambda probability, **more: [closed_loop.urn_variance(probability, **more)[-1]],
        lambda probability, first, batch, generations: [
            m(probability)
            * (1 - m(probability))
            * (1 - mp.fprod(1 - m(batch) / (m(first) + j * m(batch)) ** 2 for j in range(1, generations + 1)))
        ],
        wide=True,
    ),
    "closed_loop.equilibria (fixed point)": Case(
        "laws of 2..4 tokens .001..1, share .01..1, temperature .1..10: distance of a point from its image",
        lambda rng: {
            "outside": [max(x, 1e-3) for x in rng.dirichlet(np.ones(count(rng, 2, 4)))],
            "share": near(rng, 1e-2, 1),
            "temperature": near(rng, 0.1, 10),
        },
        lambda outside, **more: still([x / sum(outside) for x in outside], **more),
        lambda **_: [1],
        slow=2,
    ),
    "closed_loop.uniqueness_threshold (two tokens)": Case(
        "rarer token .01...5, temperature .3..1",
        lambda rng: (lambda q: {"outside": [q, 1 - q], "temperature": near(rng, 0.3, 1)})(near(rng, 0.01, 0.5)),
        lambda **a: [closed_loop.uniqueness_threshold(**a)],
        threshold,
        slow=20,
    ),
    "curation.curated": Case(
        "laws of 3 tokens 1e-30..1, rewards up to 500 apart, choices 1..1e15 and inf",
        _choice,
        lambda law, reward, choices: curation.curated(law, reward, choices=choices),
        lambda law, reward, choices: curated(law, reward, choices),
        absolute=1e-30,
        slow=4,
    ),
    "curation.curated_equilibrium (fixed point)": Case(
        "laws of 3 tokens, rewards up to 20 apart, real share .001..1: residual over the real share",
        lambda rng: {
            "real": [float(x) for x in (lambda p: p / p.sum())(rng.dirichlet(np.ones(3)) + 1e-3)],
            "reward": rng.uniform(-10, 10, 3).tolist(),
            "choices": float(rng.choice([2.0, np.inf])),
            "real_share": near(rng, 1e-3, 1),
        },
        chosen_still,
        lambda **_: [1],
        slow=4,
    ),
    "curation.curated_gaussian": Case(
        "mean, slope >= 0 to 1e50, variance 1e-50..1e50, bend x variance -.999..1e50",
        lambda rng: (
            lambda v: {
                "mean": near(rng, 1e-50, 1e50),
                "variance": v,
                "slope": near(rng, 1e-50, 1e50),
                "bend": float(rng.choice([near(rng, 1e-50, 1e50), -near(rng, 1e-9, 0.999)])) / v,
            }
        )(near(rng, 1e-50, 1e50)),
        lambda mean, variance, **a: list(curation.curated_gaussian(mean, variance, **a)),
        lambda mean, variance, slope, bend: (lambda v: [v * (m(mean) / m(variance) + m(slope)), v])(
            1 / (1 / m(variance) + m(bend))
        ),
        wide=True,
    ),
    "curation.first_order_shift": Case(
        "variance, slope 1e-100..1e100, choices 1..1e100",
        lambda rng: {
            "variance": near(rng, 1e-100, 1e100),
            "slope": near(rng, 1e-100, 1e100),
            "choices": 1 + near(rng, 1e-9, 1e100),
        },
        lambda variance, **a: [curation.first_order_shift(variance, **a)],
        lambda variance, slope, choices: [m(slope) * m(variance) * (m(choices) - 1) / m(choices)],
        wide=True,
    ),
    "curation.verified": Case(
        "probabilities 1e-100..1",
        lambda rng: {name: near(rng, 1e-100, 1) for name in ("error", "keep_good", "keep_bad")},
        lambda error, **a: list(curation.verified(error, **a)),
        lambda error, keep_good, keep_bad: (
            lambda bad, good: [bad / (bad + good), bad + good, m(keep_good) / (m(keep_good) + m(keep_bad))]
        )(m(error) * m(keep_bad), (1 - m(error)) * m(keep_good)),
        wide=True,
    ),
    "guidance.guided": Case(
        "within, between 1e-60..1e60, cutoff 0 and 1e-60..1e60, guidance 1e-10..100",
        _guide,
        lambda within, between, **a: list(guidance.guided(within, between, **a)),
        guided,
        wide=True,
    ),
    "guidance.guidance_chain": Case(
        "within, between 1e-20..1e20, guidance 1e-10..10, 0..5 generations, unconditional 1e-10...9",
        lambda rng: {
            "within": near(rng, 1e-20, 1e20),
            "between": near(rng, 1e-20, 1e20),
            "guidance": near(rng, 1e-10, 10),
            "sampler": guidance.SAMPLERS[rng.integers(3)],
            "generations": count(rng, 0, 5),
            "unconditional": near(rng, 1e-10, 0.9),
        },
        lambda within, between, **a: (lambda c: [c.within[-1], c.between[-1]])(
            guidance.guidance_chain(within, between, **a)
        ),
        chain,
        wide=True,
    ),
    "contaminated.contaminated_rounds": Case(
        "real 2..1e6, synthetic 0..1e6, rounds 0..30, bandwidth 0..3: rows, variance, added, bandwidth of the last",
        lambda rng: _pools(rng) | {"bandwidth": float(rng.choice([0.0, near(rng, 1e-3, 3)]))},
        lambda **a: (lambda r: [r.rows[-1], r.variance[-1], r.added[-1], r.bandwidth[-1]])(
            contaminated.contaminated_rounds(**a)
        ),
        lambda **a: pools(**a)[-1],
    ),
    "contaminated.contaminated_slope": Case(
        "real 2..1e6, synthetic 0..1000, rounds 1..4 to 20..60",
        lambda rng: (
            _pools(rng) | {"synthetic": count(rng, 0, 1000), "rounds": count(rng, 20, 60), "first": count(rng, 1, 4)}
        ),
        lambda real, synthetic, rounds, first: [
            contaminated.contaminated_slope(real, synthetic, first=first, last=rounds)
        ],
        lambda real, synthetic, rounds, first: [slope_of(pools(real, synthetic, rounds)[first:])],
    ),
    "contaminated.contaminated_distance": Case(
        "real 2..1e6, synthetic 0..1e6, rounds 0..30, normal and uniform laws, without a kernel",
        lambda rng: _pools(rng) | {"law": str(rng.choice(["normal", "uniform"]))},
        lambda real, synthetic, rounds, law: contaminated.contaminated_distance(
            contaminated.contaminated_rounds(real, synthetic, rounds), law
        )[-1:],
        lambda real, synthetic, rounds, law: [
            mp.sqrt(2 * pools(real, synthetic, rounds)[-1][1] / mp.pi) * area(law == "normal")
        ],
    ),
    "contaminated.contaminated_exponent": Case(
        "share .001..1, baseline .001..1",
        lambda rng: {"share": near(rng, 1e-3, 1), "baseline": near(rng, 1e-3, 1)},
        lambda **a: [contaminated.contaminated_exponent(**a)],
        lambda share, baseline: [-min(m(share), m(baseline))],
    ),
    "contaminated.rows_lost": Case(
        "share .3..1",
        lambda rng: {"share": near(rng, 0.3, 1)},
        lambda share: [contaminated.rows_lost(share)],
        lambda share: [1 / (2 * m(share) - 1) if share > 0.5 else mp.inf],
    ),
}

SMOOTHING = {
    "smoothing.smoothing_limit": Case(
        "share 1e-9..1, bandwidth, variance 1e-30..1e30, kurtosis 1..1e6",
        lambda rng: {
            "share": near(rng, 1e-9, 1),
            "bandwidth": near(rng, 1e-30, 1e30),
            "variance": near(rng, 1e-30, 1e30),
            "kurtosis": near(rng, 1, 1e6),
        },
        lambda share, **a: (lambda x: [x.smoothings, x.variance, x.kurtosis])(smoothing.smoothing_limit(share, **a)),
        lambda share, bandwidth, variance, kurtosis: (
            lambda a, noise, v: [
                1 / a,
                v + noise / a,
                3 + ((m(kurtosis) - 3) * v**2 + 3 * noise**2 * (1 - a) / a**2) / (v + noise / a) ** 2,
            ]
        )(m(share), m(bandwidth) ** 2, m(variance)),
        wide=True,
    ),
    "smoothing.limit_gain": Case(
        "share, once 1e-12..1",
        lambda rng: {"share": near(rng, 1e-12, 1), "once": near(rng, 1e-12, 1)},
        lambda share, once: [smoothing.limit_gain(share, once=once)],
        lambda share, once: [m(share) * m(once) / (1 - (1 - m(share)) * m(once))],
        wide=True,
    ),
    "smoothing.early_stopped": Case(
        "time 1e-100..300",
        lambda rng: {"time": near(rng, 1e-100, 300)},
        lambda time: smoothing.early_stopped(time),
        lambda time: [mp.exp(-m(time)), mp.sqrt(1 - mp.exp(-2 * m(time)))],
        wide=True,
    ),
    "smoothing.silverman": Case(
        "rows 1..1e100, factor 1e-100..1e100",
        lambda rng: {"rows": near(rng, 1, 1e100), "factor": near(rng, 1e-100, 1e100)},
        lambda rows, factor: [smoothing.silverman(rows, factor=factor)],
        lambda rows, factor: [m(factor) * m(rows) ** (-m(1) / 5)],
    ),
    "smoothing.least_real_share": Case(
        "relative bandwidth 1e-100..1e100",
        lambda rng: {"relative": near(rng, 1e-100, 1e100)},
        lambda relative: [smoothing.least_real_share(relative)],
        lambda relative: [m(relative) ** 2 / (1 + m(relative) ** 2)],
    ),
    "smoothing.cumulants": Case(
        "moments of gamma laws of shape .1..10, orders 1 to 5",
        lambda rng: {"shape": near(rng, 0.1, 10)},
        lambda shape: smoothing.cumulants([float(mp.rf(m(shape), n)) for n in range(6)]),
        lambda shape: [mp.factorial(n - 1) * m(shape) for n in range(1, 6)],
    ),
    "smoothing.density": Case(
        "two parts, means -3..3, deviations .1..10, one component",
        lambda rng: {
            "at": float(rng.uniform(-3, 3)),
            "means": rng.uniform(-3, 3, 2).tolist(),
            "deviations": [near(rng, 0.1, 10) for _ in range(2)],
            "scale": float(rng.uniform(0, 1)),
            "noise": near(rng, 1e-3, 10),
        },
        lambda at, means, deviations, scale, noise: [
            smoothing.density(
                at,
                smoothing.Components(np.ones(1), np.array([scale]), np.array([noise])),
                weights=[0.25, 0.75],
                means=means,
                deviations=deviations,
            )
        ],
        lambda at, means, deviations, scale, noise: [
            mp.fsum(
                w * mp.npdf(m(at), m(scale) * m(c), mp.sqrt(m(scale) ** 2 * m(d) ** 2 + m(noise)))
                for w, c, d in zip((m(1) / 4, m(3) / 4), means, deviations, strict=True)
            )
        ],
    ),
    "smoothing.components": Case(
        "2..1e6 real and made rows, 0..12 generations, bandwidth 1e-10..1e10: the newest and the oldest component",
        lambda rng: _mixed(rng) | {"bandwidth": near(rng, 1e-10, 1e10)},
        lambda real, made, last, bandwidth: (lambda c: [c.weights[0], c.weights[-1], c.variances[-1]])(
            smoothing.components(_workflow(real, made), bandwidth=bandwidth, generation=last)
        ),
        lambda real, made, last, bandwidth: (
            lambda a: [a if last else m(1), (1 - a) ** last, (last + 1) * m(bandwidth) ** 2]
        )(m(real) / (real + made)),
    ),
    "smoothing.wave_gain": Case(
        "2..1e6 real and made rows, 0..12 generations, frequency .1..3, bandwidth 1e-10..3",
        lambda rng: _mixed(rng) | {"t": near(rng, 0.1, 3), "h": near(rng, 1e-10, 3)},
        lambda real, made, last, t, h: smoothing.wave_gain(_workflow(real, made), [t], bandwidth=h, generations=last)[
            -1
        ],
        lambda real, made, last, t, h: [
            smoothed(real, made, last, lambda x: mp.exp(-((m(h) * m(t)) ** 2) / 2) * x, m(1))
        ],
    ),
    "smoothing.hermite_gain": Case(
        "2..1e6 real and made rows, 0..12 generations, orders 0..12, time 1e-10..1",
        lambda rng: _mixed(rng) | {"order": count(rng, 0, 12), "time": near(rng, 1e-10, 1)},
        lambda real, made, last, order, time: smoothing.hermite_gain(
            _workflow(real, made), [order], time=time, generations=last
        )[-1],
        lambda real, made, last, order, time: [
            smoothed(real, made, last, lambda x: mp.exp(-order * m(time)) * x, m(1))
        ],
    ),
    "smoothing.expected_moments": Case(
        "2..1e6 real and made rows, 0..12 generations, bandwidth 1e-10..1e3, scale 0..1, orders 0 to 6",
        lambda rng: _mixed(rng) | {"h": near(rng, 1e-10, 1e3), "a": float(rng.uniform(0, 1))},
        lambda real, made, last, h, a: smoothing.expected_moments(
            _workflow(real, made), [1, 0.5, 2, 1, 9, 3, 70], bandwidth=h, scale=a, generations=last
        )[-1],
        lambda real, made, last, h, a: smoothing_moments(real, made, last, h, a, 6, [1, 0.5, 2, 1, 9, 3, 70]),
    ),
    "smoothing.finite_rows": Case(
        "2..1e6 real and made rows, 0..12 generations, bandwidth .1..1e3, scale .1..1, a normal truth: variance",
        lambda rng: _mixed(rng) | {"h": near(rng, 0.1, 1e3), "a": float(rng.uniform(0.1, 1))},
        lambda real, made, last, h, a: [
            smoothing.finite_rows(
                _workflow(real, made), [1, 0, 1, 0, 3], bandwidth=h, scale=a, generations=last
            ).variance[-1]
        ],
        lambda real, made, last, h, a: smoothing_rows(real, made, last, h, a, {"t": 1, "phi": 0.5})[:1],
    ),
    "smoothing.covariance_factors": Case(
        "2..1e6 real and made rows, 0..8 generations, bandwidth .1..1e3, scale .1..1",
        lambda rng: _mixed(rng) | {"last": count(rng, 0, 8), "h": near(rng, 0.1, 1e3), "a": float(rng.uniform(0.1, 1))},
        lambda real, made, last, h, a: [
            part[-1]
            for part in smoothing.covariance_factors(_workflow(real, made), bandwidth=h, scale=a, generations=last)
        ],
        lambda real, made, last, h, a: [
            smoothing_rows(real, made, last, 0.0, a, {"t": 1, "phi": 0.5})[0],
            smoothing_rows(real, made, last, h, a, {"t": 1, "phi": 0.5})[0]
            - smoothing_rows(real, made, last, 0.0, a, {"t": 1, "phi": 0.5})[0],
        ],
    ),
    "smoothing.wave_power": Case(
        "2..1e6 real and made rows, 0..12 generations, bandwidth 1e-3..1, frequency .1..2, wave .01..1",
        lambda rng: _mixed(rng) | {"h": near(rng, 1e-3, 1), "t": near(rng, 0.1, 2), "phi": near(rng, 0.01, 1)},
        lambda real, made, last, h, t, phi: smoothing.wave_power(
            _workflow(real, made), [t], [phi], bandwidth=h, generations=last
        )[-1],
        lambda real, made, last, h, t, phi: smoothing_rows(real, made, last, h, 1.0, {"t": t, "phi": phi})[1:],
    ),
    "smoothing.relative_variance": Case(
        "2..1e6 real and made rows, 0..12 generations, relative bandwidth 1e-10..10",
        lambda rng: _mixed(rng) | {"b": near(rng, 1e-10, 10)},
        lambda real, made, last, b: [smoothing.relative_variance(_workflow(real, made), b, generations=last)[-1]],
        lambda real, made, last, b: [followed(real, made, last, b)],
    ),
}
CASES |= SMOOTHING
