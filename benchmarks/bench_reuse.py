"""Accumulated rows, least squares in every generation: equality with plain code first, then the clocks.

    python benchmarks/bench_reuse.py [repeats]

repeats: measurements of our side whose median counts (5); the plain side takes one to two minutes a
replicate and is timed once. Exits 1 where the ratio is below its floor, 2 where the two sides
disagree. Floor and goal: row A''' of the project's table of performance.
"""

import sys
from functools import partial

import numpy as np
import plain_reuse
from clock import Line, machine, once, report, seconds
from threadpoolctl import threadpool_limits

from genloss.metrics import measure
from genloss.models import Generator, LeastSquares
from genloss.populations import LinearGaussian
from genloss.simulation import choose
from genloss.simulation.task import Task
from genloss.streams import BLOCK, stream
from genloss.workflows import Workflow

Z, NOISE = 4.5, 0.3


def job(dim, rows, generations):
    """Return the engine's name, a replicate of plain code, and a block of ours."""
    spectrum, truth = np.arange(1, dim + 1.0) ** -1.0, np.arange(1, dim + 1.0) ** -0.5
    schedule = Workflow.from_dict({"kind": "accumulate", "rows": rows}).compile(generations - 1)
    report = tuple(range(generations))
    population, generator = LinearGaussian(spectrum, truth, NOISE), Generator(LeastSquares(), NOISE)
    task = Task(population, schedule, generator, None, report, BLOCK, BLOCK)
    engine, rng = choose(task), np.random.default_rng([6, dim, rows])

    def plain():
        return plain_reuse.risks(spectrum, truth, rows=rows, generations=generations, noise=NOISE, rng=rng)

    def ours(block=0):
        return np.array([measure("excess_risk", e) for e in engine.run(task, partial(stream, 3, "bench", block))[0]])

    return engine.name, plain, ours


def check_law(dim, rows, generations, replicates=1000, blocks=200):
    """Compare the means of both sides, and of ours with the exact one, within Z standard errors."""
    name, plain, ours = job(dim, rows, generations)
    one = np.stack([plain() for _ in range(replicates)], axis=-1)
    other = np.concatenate([ours(block) for block in range(blocks)], axis=-1)
    errors = [x.std(-1, ddof=1) / np.sqrt(x.shape[-1]) for x in (one, other)]
    t = np.arange(1, generations + 1)
    exact = np.cumsum(NOISE**2 * dim / (t * (t * rows - dim - 1)))
    worst = np.max(np.abs(one.mean(-1) - other.mean(-1)) / np.hypot(*errors))
    off = np.max(np.abs(other.mean(-1) - exact) / errors[1])
    print(
        f"equal: accumulate, d={dim}, {rows} rows, {name}: largest |z| of {generations} means against plain code "
        f"{worst:.2f}, against the exact mean {off:.2f}, of {Z}"
    )
    return max(worst, off) <= Z


def main(repeats=5):
    """Check, time, print."""
    print(f"machine: {machine()}; one BLAS thread, process time, median of {repeats} after a warm-up; plain side once")
    if not all([check_law(10, 30, 8), check_law(30, 40, 5)]):
        print("the two sides disagree: nothing is timed")
        return 2
    name, plain, ours = job(100, 1000, 100)
    each = seconds(ours, repeats) / BLOCK
    line = Line(f"A''' accumulate, d=100, n=1000, 100 g. ({name})", "replicate", once(plain), each, 300, 2000)
    status = report([line])
    more = [(300, 1000, 60), (1000, 3000, 10)]
    others = [
        f"ours at d={d}, n={n}, {g} generations: {seconds(job(d, n, g)[2], 1) / BLOCK:.4f} s a replicate"
        for d, n, g in more
    ]
    print("", *others, sep="\n")
    return status


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
