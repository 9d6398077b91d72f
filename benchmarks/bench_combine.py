"""A chain of ridge fits with every row left out once: equality with refitting first, then the clocks.

    python benchmarks/bench_combine.py [repeats]

repeats: measurements of our side whose median counts (5); the plain side, scikit-learn's Ridge fitted anew without
each row, is timed once after the check. Exits 1 where the ratio is below its floor, 2 where the two sides disagree.
"""

import sys

import numpy as np
from clock import Line, machine, once, report, seconds
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

from genloss.advise.estimators.held_out_chain import chain_of, leave_one_out_chain, predictions_of

CLOSE = 1e-8
ALPHA, ROUNDS = 20.0, 2


def rows(count, dim):
    """Inputs and labels."""
    rng = np.random.default_rng(12)
    x = rng.standard_normal((count, dim))
    return x, x[:, 0] + rng.standard_normal(count)


def refitted(x, y):
    """Predictions of each row by fits that have not seen it, (rows, rounds + 1)."""
    found, every = [], np.arange(len(y))
    for i in every:
        others = every != i
        found.append(predictions_of(chain_of(Ridge(alpha=ALPHA), x[others], y[others], ROUNDS), x[i : i + 1])[0])
    return np.array(found)


def check(count, dim):
    """Compare every prediction of both sides."""
    x, y = rows(count, dim)
    worst = np.abs(refitted(x, y) - leave_one_out_chain(x, y, ALPHA, ROUNDS)).max()
    print(f"equal: {count} rows, {dim} features: largest difference {worst:.1e}, of {CLOSE:.0e}")
    return worst <= CLOSE


def timed(repeats):
    """Time both sides, row by row."""
    for count, dim, floor, goal in ((200, 10, 400, 1000), (400, 60, 400, 1000)):
        x, y = rows(count, dim)
        plain = once(lambda x=x, y=y: refitted(x, y))
        ours = seconds(lambda x=x, y=y: leave_one_out_chain(x, y, ALPHA, ROUNDS), repeats, calls=20)
        yield Line(f"{count} rows left out, {dim} features", f"{ROUNDS} refits", plain, ours, floor, goal)


def main(repeats=5):
    """Check, time, print."""
    print(f"machine: {machine()}; one BLAS thread, process time, median of {repeats} after a warm-up; plain side once")
    if not all([check(40, 5), check(30, 60)]):
        print("the two sides disagree: nothing is timed")
        return 2
    return report(timed(repeats))


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main(*map(int, sys.argv[1:])))
