"""Kernel ridge regression for many penalties, repeats and generations: equality with scikit-learn, then the clocks.

    python benchmarks/bench_kernel.py [rows rows_iterated]

rows: of the decomposed case (5000); rows_iterated: of the iterated one (10000). Exits 1 where a ratio is below its
floor, 2 where the two sides disagree. Floors and goals: row D of the project's table of performance. The other side is
sklearn.kernel_ridge.KernelRidge, one fit for every penalty, repeat and generation, or, where it says "stacked", one fit
for every penalty with all repeats and generations as columns; a few of its fits are timed and counted as all.
"""

import sys
import time

import numpy as np
from clock import Line, machine
from sklearn.kernel_ridge import KernelRidge as Theirs
from threadpoolctl import threadpool_limits

from genloss.models import KernelRidge
from genloss.models.kernel_path import KernelPath
from genloss.models.kernel_solver import solve
from genloss.streams import stream

PENALTIES, REPEATS, GENERATIONS = np.geomspace(1e-5, 1e-1, 15), 10, 6
GAMMA, NOISE, FEATURES = 0.02, 1.0, 20


def job(rows):
    """Return inputs, the truth on them, and the noise of every generation and repeat."""
    rng = stream(6, "bench", rows)
    x = rng.standard_normal((rows, FEATURES)) / np.arange(1, FEATURES + 1) ** 0.5
    return x, np.sin(2 * x[:, 0]) + x[:, 1], NOISE * rng.standard_normal((GENERATIONS, rows, REPEATS))


def decomposed(x, truth, noise):
    """All generations' labels from one decomposition, then all penalties on all of them, (penalties, rows, columns)."""
    path = KernelPath.of(KernelRidge(1e-3, gamma=GAMMA), x)
    labels = np.concatenate(list(path.chain(truth, noise, penalty=1e-3)), axis=1)
    return labels, path.fitted(labels, PENALTIES)


def iterated(x, truth, noise):
    """The same by conjugate gradients: every generation once, then all penalties at once."""
    model, shown, labels = KernelRidge(1e-3, gamma=GAMMA), np.repeat(truth[:, None], REPEATS, axis=1), []
    for g, new in enumerate(noise):
        labels.append(shown + new)
        if g + 1 < len(noise):
            found = solve(model, x, labels[-1], [1e-3], tolerance=1e-6, rng=stream(7, "landmarks", g))
            shown = labels[-1] - 1e-3 * len(x) * found.dual[0]  # K a = y - penalty T a
    stacked = np.concatenate(labels, axis=1)
    return stacked, solve(model, x, stacked, PENALTIES, tolerance=1e-6, rng=stream(7, "landmarks", "last")).dual


def theirs(x, labels, penalty):
    """One fit."""
    return Theirs(alpha=penalty * len(x), kernel="rbf", gamma=GAMMA).fit(x, labels)


def main(rows=5000, many=10_000):
    """Check, time, print; return the exit code."""
    print(machine())
    small = job(600)
    labels, fitted = decomposed(*small)
    _, dual = iterated(*small)
    for place in (0, 7, 14):
        known = theirs(small[0], labels, PENALTIES[place])
        off = np.abs(fitted[place] - known.predict(small[0])).max() / np.abs(known.predict(small[0])).max()
        beyond = np.abs(dual[place] - known.dual_coef_).max() / np.abs(known.dual_coef_).max()
        if off > 1e-8 or beyond > 1e-3:
            print(f"disagree: {off:.1e}, {beyond:.1e} at penalty {PENALTIES[place]:.1e}")
            return 2
    fits, lines = len(PENALTIES) * REPEATS * GENERATIONS, []
    print(f"{'workload':<46} {'unit':<10} {'plain ms':>11} {'ours ms':>10} {'floor':>8} {'goal':>8} {'ratio':>10}")
    for name, count, ours, floor, goal in (
        ("D. decomposed", rows, decomposed, 45, 150),
        ("D. iterated", many, iterated, 8, 20),
    ):
        x, truth, noise = job(count)
        taken = once(lambda x=x, t=truth, e=noise, f=ours: f(x, t, e))
        one = once(lambda x=x, e=noise: theirs(x, e[0][:, 0], 1e-3))
        stacked = once(lambda x=x, e=noise: theirs(x, np.concatenate(list(e), axis=1), 1e-3)) * len(PENALTIES)
        lines.append(Line(f"{name}, {count} rows, {fits} fits", "all fits", one * fits, taken, floor, goal))
        print(lines[-1], flush=True)
        print(f"   the same against fits with stacked columns: {stacked / taken:.1f}", flush=True)
    return int(not all(line.holds for line in lines))


def once(work):
    """Process time of one call: these last seconds to minutes."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main(*map(int, sys.argv[1:])))
