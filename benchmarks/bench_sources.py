"""Sources of unlike covariances on shared axes: equality with matrices first, then the clocks.

    python benchmarks/bench_sources.py [repeats]

The plain side is the same theory on matrices, as it is for covariances without shared axes; both sides have the same
fits. repeats: measurements of our side whose median counts (5); the plain side is timed once after a warm-up. Exits 1
where the ratio is below its floor, 2 where the two sides disagree.
"""

import sys

import numpy as np
from clock import Line, machine, once, report, seconds
from threadpoolctl import threadpool_limits

from genloss.theory.ridge.sources import Source, sources_risk
from genloss.workflows import TRUTH

CLOSE = 1e-9


def chain(dim, fits, *, full):
    """Fits to real rows and rows of the fit before, whose inputs are others."""
    axes = np.arange(1, dim + 1.0)
    real, other = axes**-1.0, axes[::-1] ** -0.5
    whole = np.diag if full else np.asarray
    first = [[Source(2 * dim, TRUTH, 0.5, whole(real))]]
    later = [[Source(dim, TRUTH, 0.5, whole(real)), Source(dim, f, 0.5, whole(other))] for f in range(fits - 1)]
    return np.cos(axes) / np.sqrt(dim), first + later, whole(real)


def risk(given):
    """Return the risks of a chain."""
    w0, fits, test = given
    return sources_risk(w0, fits, penalty=0.05, test_covariance=test).total


def check(dim, fits):
    """Compare both sides, relative to each risk."""
    worst = np.abs(risk(chain(dim, fits, full=True)) / risk(chain(dim, fits, full=False)) - 1).max()
    print(f"equal: {dim} features, {fits} fits: largest relative difference {worst:.1e}, of {CLOSE:.0e}")
    return worst <= CLOSE


def main(repeats=5):
    """Check, time, print."""
    print(f"machine: {machine()}; one BLAS thread, process time, median of {repeats} after a warm-up; plain side once")
    if not all([check(40, 4), check(150, 3)]):
        print("the two sides disagree: nothing is timed")
        return 2
    return report(timed(repeats))


def timed(repeats):
    """Time both sides, row by row."""
    for dim, fits, floor, goal in ((100, 4, 5, 10), (300, 4, 40, 80)):
        slow, fast = chain(dim, fits, full=True), chain(dim, fits, full=False)
        plain = once(lambda slow=slow: risk(slow))
        ours = seconds(lambda fast=fast: risk(fast), repeats)
        yield Line(f"sources, {dim} features, {fits} fits", "chain", plain, ours, floor, goal)


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
