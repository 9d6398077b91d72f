"""Generators that smooth, and fits with a prior, against plain loops. Equality first, to the last bit or in ten digits.

    python benchmarks/bench_smoothing.py [repeats]

1. A kernel density refitted beside a tenth of real rows: row by row in Python, the same random numbers.
2. The Wasserstein distance of such a fit: center by center on the same points, one convolution here.
3. The waves of 200 generations of accumulate: by the law of every ancestor, one recursion here.
4. Errors of fits with a prior over 300 generations: by the definition, products of loadings here.

Exits 1 where a ratio is below its floor, 2 where the two sides disagree.
"""

import sys

import numpy as np
from clock import Line, machine, report, seconds
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

from genloss.metrics.smoothed import transport_distance
from genloss.models.smoothing import KernelDensity
from genloss.simulation.loops.smoothing import NormalMixture, smoothing_run
from genloss.streams import stream
from genloss.theory import priors, smoothing
from genloss.workflows import accumulate, fresh_real

REPLICATES, REAL, MADE, LAST, WIDE = 10, 100, 900, 10, 0.3
TRUTH = NormalMixture(np.array([0.3, 0.7]), np.array([-1.0, 0.5]), np.array([0.4, 0.6]))
TIMES = np.linspace(0.1, 5, 20)


def engine(rng):
    """Return the centers of the last fit."""
    schedule = fresh_real(REAL, MADE).compile(LAST)
    model = KernelDensity(WIDE)
    return smoothing_run(model, TRUTH, schedule, report=[LAST], replicates=REPLICATES, rng=rng)[0].centers


def plain(rng):
    """Return the same, one row after the other."""
    rows = real_rows(rng)
    for _ in range(LAST):
        real = real_rows(rng)
        places = rng.integers(0, len(rows[0]), size=(REPLICATES, MADE)).tolist()
        noise = rng.standard_normal((REPLICATES, MADE)).tolist()
        rows = [
            [*real[r], *(rows[r][place] + WIDE * z for place, z in zip(places[r], noise[r], strict=True))]
            for r in range(REPLICATES)
        ]
    return np.array(rows)


def real_rows(rng):
    """Draw real rows of every replicate, one after the other."""
    uniform = rng.random((REPLICATES, REAL)).tolist()
    noise = rng.standard_normal((REPLICATES, REAL)).tolist()
    return [
        [
            float(TRUTH.means[part] + TRUTH.deviations[part] * z)
            for part, z in ((0 if u < TRUTH.weights[0] else 1, z) for u, z in zip(us, zs, strict=True))
        ]
        for us, zs in zip(uniform, noise, strict=True)
    ]


def ours_distance(centers):
    """By one convolution."""
    return transport_distance(
        kernel_centers=centers,
        kernel_weights=np.ones(1),
        kernel_deviation=np.full(len(centers), WIDE),
        part_weights=TRUTH.weights,
        part_means=TRUTH.means,
        part_deviations=TRUTH.deviations,
    )


def plain_distance(centers):
    """Center by center on 2,049 points."""
    x = np.linspace(centers.min() - 6 * WIDE, centers.max() + 6 * WIDE, 2049)
    true = sum(w * ndtr((x - m) / s) for w, m, s in zip(TRUTH.weights, TRUTH.means, TRUTH.deviations, strict=True))
    center = TRUTH.weights @ TRUTH.means
    deviation = np.sqrt(TRUTH.weights @ (TRUTH.deviations**2 + (TRUTH.means - center) ** 2))
    found = []
    for row in centers:
        fitted = np.zeros(x.size)
        for each in row:
            fitted += ndtr((x - each) / WIDE)
        found.append(np.trapezoid(np.abs(fitted / row.size - true), x) / deviation)
    return np.array(found)


def plain_waves(last):
    """Waves of accumulate from the law of every generation, as mixtures."""
    laws = []
    for g in range(last + 1):
        law = {1: 1 / (g + 1)}
        for before in laws:
            for count, weight in before.items():
                law[count + 1] = law.get(count + 1, 0.0) + weight / (g + 1)
        laws.append(law)
    counts, weights = np.array(list(laws[-1])), np.array(list(laws[-1].values()))
    return np.exp(-np.outer(TIMES**2, counts) * WIDE**2 / 2) @ weights


def plain_priors(last, rows=50, prior=10.0):
    """Bias and variance of accumulate with a prior, from all batches of every fit."""
    loads, bias = np.zeros((last + 1, last + 1)), np.zeros(last + 1)
    for g in range(last + 1):
        whole = rows * (g + 1) + prior
        bias[g] = prior / whole
        loads[g, 0] = rows / whole
        for h in range(g):
            loads[g] += rows / whole * loads[h]
            loads[g, h + 1] += rows / whole
            bias[g] += rows / whole * bias[h]
    return bias, (loads**2).sum(axis=1) / rows


def ours_priors(last):
    """By the recursion of workflows."""
    found = priors.prior_errors(accumulate(50), prior_rows=10.0, prior_mean=1.0, generations=last)
    return found.bias, found.variance


def agree():
    """Whether both sides have the same numbers."""
    one, other = engine(stream(1, "bench")), plain(stream(1, "bench"))
    same = np.array_equal(one, other)
    distance = np.abs(ours_distance(one) / plain_distance(one) - 1).max()
    waves = np.abs(
        smoothing.wave_gain(accumulate(10), TIMES, bandwidth=WIDE, generations=60)[-1] - plain_waves(60)
    ).max()
    off = max(np.abs(a - b).max() for a, b in zip(ours_priors(40), plain_priors(40), strict=True))
    print(f"equal: rows {same}; distance within {distance:.1e} of 1e-3; waves {waves:.1e}, errors {off:.1e} of 1e-12")
    return same and distance < 1e-3 and waves < 1e-12 and off < 1e-12


def main(repeats=5):
    """Check, time, print."""
    print(f"machine: {machine()}; one thread, median of {repeats} after a warm-up")
    if not agree():
        print("the two sides disagree: nothing is timed")
        return 2
    centers = engine(stream(1, "bench"))

    def lines():
        both = [seconds(lambda run=run: run(stream(1, "bench")), repeats) for run in (plain, engine)]
        yield Line(f"10 x {LAST} generations of 1,000 rows", "chain", *both, 3, 10)
        both = [seconds(lambda run=run: run(centers), repeats) for run in (plain_distance, ours_distance)]
        yield Line("distance of 10 fits of 1,000 rows", "fits", *both, 20, 50)
        plainly = seconds(lambda: plain_waves(200), repeats)
        ours = seconds(lambda: smoothing.wave_gain(accumulate(10), TIMES, bandwidth=WIDE, generations=200), repeats)
        yield Line("20 waves, 200 generations of accumulate", "fits", plainly, ours, 1, 5)
        both = [seconds(lambda run=run: run(300), repeats) for run in (plain_priors, ours_priors)]
        yield Line("300 fits with a prior, accumulate", "fits", *both, 1, 5)

    return report(lines())


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        sys.exit(main(*map(int, sys.argv[1:2])))
