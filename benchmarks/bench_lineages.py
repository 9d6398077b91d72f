"""Errors of many models that read each other: equality with plain code first, then the clocks.

    python benchmarks/bench_lineages.py [repeats]

repeats: measurements of our side whose median counts (5); the plain side is timed once. Both sides begin at the same
exchange, numbers of rows and family. Then 1,000 models are followed through 1,000 generations, once, where each reads
10 others and where all read all, in processes of their own that say their processor time and the most memory they took.
Exits 1 where the ratio is below its floor, or a long run takes more than a minute or 2 GB; 2 where the sides disagree.
"""

import resource
import subprocess
import sys
import time

import numpy as np
from clock import Line, machine, once, report, seconds
from threadpoolctl import threadpool_limits

from genloss.theory.lineages import crowd
from genloss.theory.workflows import covariance
from genloss.workflows import islands, replace, ring

CLOSE = 1e-10
MOST_SECONDS, MOST_GB = 60, 2
FAMILY = {"variance": 0.21, "curvature": -1.0}


def plain(lineages, rows, generations, variance, curvature):
    """The same recursion as it is written down: pair by pair, source by source."""
    every = range(lineages.count)
    S = [[variance / rows[k] if k == j else 0.0 for j in every] for k in every]
    found = []
    for g in range(generations + 1):
        if g:
            after = [
                [sum(p * q * S[i][j] for i, p in lineages.exchange[k] for j, q in lineages.exchange[h]) for h in every]
                for k in every
            ]
            for k in every:
                before = sum(p * S[i][i] for i, p in lineages.exchange[k])
                after[k][k] += (variance + curvature * before + before - after[k][k]) / rows[k]
            S = after
        found.append([sum(map(sum, S)) / len(S) ** 2, *(S[k][k] for k in every)])
    return np.array(found)


def ours(lineages, rows, generations):
    """Return the whole and each, (generations + 1, 1 + lineages)."""
    found = crowd(lineages, rows=rows, generations=generations, **FAMILY)
    return np.column_stack([found.whole, found.variance])


def check(lineages, rows, generations):
    """Compare plain code, ours and the covariance of all fits at a small size."""
    K = lineages.count
    one, two = plain(lineages, rows, generations, **FAMILY), ours(lineages, rows, generations)
    all_fits = covariance(lineages.compile([replace(n) for n in rows], generations), **FAMILY)
    blocks = [all_fits[g * K : (g + 1) * K, g * K : (g + 1) * K] for g in range(generations + 1)]
    three = np.array([[block.mean(), *block.diagonal()] for block in blocks])
    worst = max(np.abs(two / other - 1).max() for other in (one, three))
    print(
        f"equal: {K} lineages, {generations} generations, plain code and covariance of {K * (generations + 1)} fits: "
        f"largest difference {worst:.1e}, of {CLOSE:.0e}"
    )
    return worst <= CLOSE


def timed(repeats):
    """Time both sides."""
    lineages, rows = ring(50, 2, 0.3), [20] * 50
    slow = once(lambda: plain(lineages, rows, 200, **FAMILY))
    fast = seconds(lambda: ours(lineages, rows, 200), repeats)
    yield Line("50 lineages that read 5 each, 200 generations", "all", slow, fast, 40, 100)


WHO = {
    "that read 10 others each": lambda: ring(1000, 5, 0.3),
    "that read all others alike": lambda: islands(1000, 0.3),
}


def long_run(who):
    """Follow 1,000 lineages through 1,000 generations; print seconds of processor and the most memory."""
    lineages = WHO[who]()
    crowd(ring(30, 1, 0.3), rows=5, generations=2)  # compiled, or read from where it is kept
    begun = time.process_time()
    found = crowd(lineages, rows=50, generations=1000, **FAMILY)
    used = time.process_time() - begun
    print(used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, found.whole[-1], found.correlation[-1])


def judged_long_run(who):
    """Run it in a process of its own, and say whether it keeps within its limits."""
    done = subprocess.run([sys.executable, __file__, "long", who], capture_output=True, text=True, check=True)
    used, memory, whole, alike = map(float, done.stdout.split())
    print(
        f"1,000 lineages {who}, 1,000 generations, exact: {used:.1f} s of one processor, of "
        f"{MOST_SECONDS}; {memory:.2f} GB, of {MOST_GB} (variance of the whole {whole:.6f}, correlation {alike:.4f})"
    )
    return used <= MOST_SECONDS and memory <= MOST_GB


def main(repeats=5):
    """Check, time, print."""
    print(f"machine: {machine()}; one BLAS thread, process time, median of {repeats} after a warm-up; plain side once")
    unlike = [3 + k % 7 for k in range(12)]
    if not all([check(ring(12, 2, 0.3), unlike, 20), check(islands(12, 0.9), [5] * 12, 20)]):
        print("the two sides disagree: nothing is timed")
        return 2
    status = report(timed(repeats))
    print()
    kept = [judged_long_run(who) for who in WHO]
    return status if all(kept) else 1


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(
            long_run(sys.argv[2]) if sys.argv[1:2] == ["long"] else main(*(int(argument) for argument in sys.argv[1:]))
        )
