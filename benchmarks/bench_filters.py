"""Checked loops by two numbers a row, and categories by counts, beside the rows themselves. Equality first.

    python benchmarks/bench_filters.py [repeats]

The other side of least squares is the definition (`simulation.reference`), that of categories a loop that draws every
row with numpy. Exits 1 where a ratio is below its floor, 2 where the two sides disagree.
"""

import sys
from dataclasses import replace
from functools import partial

import numpy as np
from clock import Line, machine, report, seconds
from threadpoolctl import threadpool_limits

from genloss.metrics import measure
from genloss.models import Generator, LeastSquares
from genloss.populations import LinearGaussian
from genloss.simulation import reference
from genloss.simulation.families.categories import category_run
from genloss.simulation.linear import verified
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.workflows import Workflow

LAST, BLOCK = 8, 10
SIZES = ((10, 400, 5, 10), (50, 1_000, 15, 30), (200, 2_000, 30, 100))  # features, rows, floor, goal
CATEGORIES, ROWS = 50, 200_000


def workflow(rows, rule):
    """Plain replace whose synthetic rows are checked."""
    real = {"tag": "real", "from": "real", "rows": rows, "at": "start"}
    made = {"tag": "made", "from": "model", "rows": rows}
    return Workflow.from_dict({"emit": [real, made], "train": [{"select": {"last": 1}, "filter": rule}]})


def task(dim, rows):
    """Least squares checked by a verifier that is off by 0.2 standard deviations."""
    population = LinearGaussian(np.ones(dim), np.full(dim, dim**-0.5), 0.5)
    schedule = workflow(rows, {"kind": "distance", "within": 1.0, "verifier_error": 0.2}).compile(LAST)
    return Task(population, schedule, Generator(LeastSquares(), 0.5), None, (0, LAST), BLOCK, BLOCK)


def risks(engine, asked, seed, blocks):
    """Excess risk of the last generation, by replicate."""
    wide = replace(asked, replicates=blocks * BLOCK, block=blocks * BLOCK)
    return measure("excess_risk", engine.run(wide, partial(stream, seed, "bench"))[0][-1])


def law():
    """Shares that fall as 1 / rank."""
    shares = 1 / np.arange(1.0, CATEGORIES + 1)
    return shares / shares.sum()


RULE = {"keep_good": 0.9, "keep_bad": 0.2, "wrong": list(range(2, CATEGORIES + 1, 2))}


def by_counts(rng, replicates):
    """Shares of the last fit."""
    schedule = workflow(ROWS, RULE).compile(LAST)
    return category_run(law(), schedule, report=[LAST], replicates=replicates, rng=rng)[0]


def by_rows(rng, replicates):
    """The same, every row drawn and judged."""
    chances = np.where(np.arange(CATEGORIES) % 2 == 1, 0.2, 0.9)
    fits = []
    for _ in range(replicates):
        shares = np.bincount(rng.choice(CATEGORIES, ROWS, p=law()), minlength=CATEGORIES) / ROWS
        for _ in range(LAST):
            rows = rng.choice(CATEGORIES, ROWS, p=shares)
            kept = np.bincount(rows[rng.random(ROWS) < chances[rows]], minlength=CATEGORIES)
            shares = kept / kept.sum()
        fits.append(shares)
    return np.array(fits)


def distance(one, other):
    """Largest difference of means and mean squares, in standard errors."""
    pairs = [(a, b) for a, b in ((one, other), (one**2, other**2))]
    return max(
        float(np.max(np.abs(a.mean(0) - b.mean(0)) / np.sqrt(a.var(0) / len(a) + b.var(0) / len(b) + 1e-300)))
        for a, b in pairs
    )


def equal():
    """Both pairs of sides, 400 replicates of least squares and 100 of categories each."""
    asked = task(10, 400)
    least = distance(*(risks(engine, asked, seed, 40) for engine, seed in ((verified, 1), (reference, 2))))
    counts = distance(by_counts(stream(3, "counts"), 100)[:, :3], by_rows(stream(4, "rows"), 100)[:, :3])
    print(f"equal: least squares z {least:.1f}, three categories z {counts:.1f}, of 4.5")
    return max(least, counts) < 4.5


def lines(repeats):
    """Time both sides."""
    for dim, rows, floor, goal in SIZES:
        asked = task(dim, rows)
        plain = seconds(lambda asked=asked: reference.run(asked, partial(stream, 5, "bench")), max(1, repeats // 2))
        ours = seconds(lambda asked=asked: verified.run(asked, partial(stream, 5, "bench")), repeats)
        yield Line(f"least squares, {dim} features, {rows:,} rows", "block", plain, ours, floor, goal)
    plain = seconds(lambda: by_rows(stream(6, "rows"), BLOCK), repeats)
    ours = seconds(lambda: by_counts(stream(6, "counts"), BLOCK), repeats)
    yield Line(f"{CATEGORIES} categories, {ROWS:,} rows", "block", plain, ours, 100, 200)


def main(repeats=5):
    """Check, time, print."""
    print(
        f"machine: {machine()}; one thread, median of {repeats} after a warm-up; {LAST} generations, a block of {BLOCK}"
    )
    with threadpool_limits(limits=1):
        if not equal():
            return 2
        return report(lines(repeats))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
