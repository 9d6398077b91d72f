"""Kernel ridge regression for many penalties, repeats and generations: equality with scikit-learn, then the clocks.

    python benchmarks/bench_kernel.py [rows rows_iterated rows_in_blocks]

rows: of the reduced case (5000); rows_iterated: of the iterated one (10000); rows_in_blocks: of the last (12000).
Exits 1 where a ratio is below its floor, 2 where the two sides disagree. Floors and goals: row D of the project's
table of performance. The other side is sklearn.kernel_ridge.KernelRidge, one fit for every penalty, repeat and
generation, or, where it says "stacked", one fit for every penalty and generation with the repeats as columns: each
penalty has its own chain, and a generation's labels wait for the fit before. One of its fits is timed and counted as
all. The floor of the iterated case is against the stacked fits, the shorter of the two ways; the other ratio is
printed below each line.

The last case is a kernel that is computed anew in blocks of rows at every step, by one process and by two: equality to
the byte, then the clock on the wall. Where other programs took more than a tenth of a core meanwhile, or there are no
two cores, the ratio is not judged. Beside it stands what two would take on quiet cores: processor time of this process
and of the busier worker, added up as if they never worked at once.
"""

import os
import sys
import time

import numpy as np
from bench_scale import machine_busy, used
from clock import Line, machine, once, report
from sklearn.kernel_ridge import KernelRidge as Theirs
from threadpoolctl import threadpool_limits

from genloss.models import KernelRidge
from genloss.models.kernel.chain import chains
from genloss.models.kernel.path import KernelPath
from genloss.models.kernel.solver import solve
from genloss.streams import stream
from genloss.study import open_workers

PENALTIES, REPEATS, GENERATIONS = np.geomspace(1e-5, 1e-1, 15), 10, 6
GAMMA, NOISE, FEATURES = 0.02, 1.0, 20
SPREAD, BUSY_CORES = (1.6, 1.8), 0.1


def job(rows):
    """Return inputs, the truth on them, and the noise of every generation and repeat."""
    rng = stream(6, "bench", rows)
    x = rng.standard_normal((rows, FEATURES)) / np.arange(1, FEATURES + 1) ** 0.5
    return x, np.sin(2 * x[:, 0]) + x[:, 1], NOISE * rng.standard_normal((GENERATIONS, rows, REPEATS))


def reduced(x, truth, noise):
    """Every penalty's chain from one reduction to a band: fitted values (penalties, generations, rows, repeats)."""
    return KernelPath.of(KernelRidge(1e-3, gamma=GAMMA), x).chains(truth, noise, PENALTIES)


def iterated(x, truth, noise):
    """The same by conjugate gradients, to a relative residual of 1e-6."""
    model = KernelRidge(1e-3, gamma=GAMMA)
    return chains(model, x, truth, noise, PENALTIES, tolerance=1e-6, rng=stream(7, "landmarks")).fitted


def by_hand(x, truth, noise, penalty):
    """One penalty's chain, one fit after the other, repeats as columns."""
    shown = np.repeat(truth[:, None], REPEATS, axis=1)
    for new in noise:
        labels = shown + new
        shown = theirs(x, labels, penalty).predict(x)
        yield shown


def theirs(x, labels, penalty):
    """One fit."""
    return Theirs(alpha=penalty * len(x), kernel="rbf", gamma=GAMMA).fit(x, labels)


def in_blocks(x, y, workers=None):
    """All penalties of one label column, the kernel computed anew in each step."""
    how = {"held": False} if workers is None else {"workers": workers}
    return solve(
        KernelRidge(1e-3, gamma=GAMMA), x, y, PENALTIES, tolerance=1e-8, landmarks=300, rng=stream(7, "blocks"), **how
    )


def by_processes(count, x, y):
    """The answer of so many processes, and seconds: on the wall, of this process, of each worker, of other programs."""
    with open_workers(count, processes=True) as workers:
        in_blocks(x[:4000], y[:4000], workers)  # begun, and what they load once
        pids = list(workers.executor.pool._processes)
        before = time.perf_counter(), time.process_time(), [used(each) for each in pids], machine_busy()
        found = in_blocks(x, y, workers)
        wall, own = time.perf_counter() - before[0], time.process_time() - before[1]
        theirs = [used(each) - old for each, old in zip(pids, before[2], strict=True)]
        others = max(0.0, machine_busy() - before[3] - own - sum(theirs))
    return found, wall, own, theirs, others


def spread(rows):
    """Two processes against one; return the exit code."""
    x, truth, noise = job(rows)
    y = truth + noise[0][:, 0]
    known = in_blocks(x, y)
    runs = [by_processes(count, x, y) for count in (1, 2)]
    if any((each[0].dual != known.dual).any() for each in runs):
        print("in blocks: other numbers by processes than by one")
        return 2
    (_, one, *_), (_, two, *_) = runs
    quiet = [own + max(theirs) for _, _, own, theirs, _ in runs]
    others = max(other / wall for _, wall, _, _, other in runs)
    judged = others <= BUSY_CORES and (os.cpu_count() or 1) > 1
    verdict = "BELOW FLOOR" if one / two < SPREAD[0] else "goal" if one / two >= SPREAD[1] else "floor"
    print(
        f"\nE. in blocks, {rows} rows, {len(PENALTIES)} penalties, {known.steps} steps; equal to the byte; "
        f"floor {SPREAD[0]}, goal {SPREAD[1]}\n"
        f"   on the wall: one process {one:.1f} s, two {two:.1f} s, ratio {one / two:.2f}; "
        f"{verdict if judged else f'others took {others:.1f} cores: not judged'}\n"
        f"   on quiet cores, by processor time: {quiet[0]:.1f} s, {quiet[1]:.1f} s, ratio {quiet[0] / quiet[1]:.2f} "
        f"(this process {runs[1][2]:.1f} s, workers {', '.join(f'{each:.1f}' for each in runs[1][3])} s)",
        flush=True,
    )
    return int(judged and verdict == "BELOW FLOOR")


def main(rows=5000, many=10_000, blocks=12_000):
    """Check, time, print; return the exit code."""
    print(machine())
    small = job(600)
    exact, close = reduced(*small), iterated(*small)
    for place in (0, 7, 14):
        known = np.array(list(by_hand(*small, PENALTIES[place])))
        off, beyond = (np.abs(found[place] - known).max() / np.abs(known).max() for found in (exact, close))
        print(f"equal: 600 rows, penalty {PENALTIES[place]:.0e}: {off:.1e} of 1e-8, iterated {beyond:.1e} of 1e-5")
        if off > 1e-8 or beyond > 1e-5:
            print("the two sides disagree: nothing is timed")
            return 2
    return max(report(timed(rows, many)), spread(blocks))


def timed(rows, many):
    """Time both sides, row by row; each lasts seconds to minutes and is timed once."""
    fits = len(PENALTIES) * REPEATS * GENERATIONS
    for name, count, ours, floor, goal in (
        ("D. reduced", rows, reduced, 45, 150),
        ("D. iterated, stacked", many, iterated, 8, 20),
    ):
        x, truth, noise = job(count)
        taken = once(lambda x=x, t=truth, e=noise, f=ours: f(x, t, e))
        one = once(lambda x=x, e=noise: theirs(x, e[0][:, 0], 1e-3)) * fits
        stacked = once(lambda x=x, e=noise: theirs(x, e[0], 1e-3)) * fits / REPEATS
        plain, other = (stacked, one) if "stacked" in name else (one, stacked)
        yield Line(f"{name}, {count} rows, {fits} fits", "all fits", plain, taken, floor, goal)
        beside = "one column a fit" if "stacked" in name else "stacked columns"
        print(f"   against fits with {beside}: {other / taken:.1f}", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main(*map(int, sys.argv[1:])))
