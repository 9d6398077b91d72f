"""Ridge on n-fold labels and the effective ridge: equality with plain code first, then the clocks.

    python benchmarks/bench_ridge.py [repeats]

repeats: measurements whose median counts (5). Exits 1 where a ratio is below its floor, 2 where the
two sides disagree. Floors and goals: rows A, A', A'' and B of the project's table of performance.
"""

import sys
from dataclasses import replace
from functools import partial

import numpy as np
import plain_ridge
from clock import Line, machine, report, seconds
from threadpoolctl import threadpool_limits

from genloss.blocks import side_by_side
from genloss.metrics import measure
from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation import choose
from genloss.simulation.linear import rao_blackwell
from genloss.simulation.task import Task
from genloss.streams import BLOCK, stream
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.ridge.spectra import compress
from genloss.workflows import Workflow

Z = 4.5
NOISE, GENERATIONS, PENALTIES = 0.3, 5, np.geomspace(1e-4, 3.0, 30)
FLOORS = {("falling", 600): (80, 200), ("falling", 30000): (1500, 4000)} | {
    ("flat", 600): (3000, 10_000),
    ("flat", 30000): (50_000, 200_000),
}


def job(kind, dim, generator_rows, rows, penalties=PENALTIES):
    """Return the engine, how many replicates of ours are one call, and three ways.

    They are a replicate of plain code, blocks of ours side by side as in a study of 400 replicates, and a block with
    noise integrated.
    """
    spectrum = np.ones(dim) if kind == "flat" else np.arange(1, dim + 1.0) ** -1.0
    truth = np.arange(1, dim + 1.0) ** -0.5
    schedule = Workflow.from_dict({"kind": "replace", "rows": generator_rows}).compile(GENERATIONS)
    predictor = Predictor(tuple(Ridge(p) for p in penalties), rows, NOISE)
    task = Task(
        LinearGaussian(spectrum, truth, NOISE),
        schedule,
        Generator(LeastSquares(), NOISE),
        predictor,
        tuple(range(GENERATIONS + 1)),
        BLOCK,
        BLOCK,
    )
    engine, rng = choose(task), np.random.default_rng([4, kind == "flat", dim, rows])
    settings = {"generator_rows": generator_rows, "rows": rows, "penalties": penalties, "noise": NOISE, "rng": rng}

    def plain():
        return plain_ridge.risks(spectrum, truth, generations=GENERATIONS, **settings)

    many = min(engine.side_by_side(task), 400 // BLOCK)
    wide = replace(task, replicates=many * BLOCK, block=many * BLOCK)

    def ours(turn=0):
        blocks = range(turn * many, (turn + 1) * many)
        errors = engine.run(wide, side_by_side(partial(stream, 2, "bench"), blocks, BLOCK))
        return np.array([[measure("excess_risk", e) for e in row] for row in errors])

    def integrated(block=0):
        return rao_blackwell.run(task, partial(stream, 2, "bench", block))

    return engine.name, many * BLOCK, plain, ours, integrated


def check_law(kind, rows, replicates=400, blocks=200):
    """Compare means of both sides in 40 dimensions, within Z standard errors, for 5 of the penalties.

    A first form with 60 plain replicates, all settings on one seed, found z = 4.90 (flat, 80 rows, n = 0): the
    plain side had drawn 0.0826 where the exact mean is 0.0923 and ours 0.0935. 1000 plain replicates on
    a fresh seed agreed (|z| <= 2.25). Few draws of a skewed law give no normal z; hence 400.
    """
    name, count, plain, ours, _ = job(kind, 40, 80, rows, PENALTIES[[0, 8, 15, 22, 29]])
    one = np.stack([plain() for _ in range(replicates)], axis=-1)
    other = np.concatenate([ours(turn) for turn in range(blocks * BLOCK // count)], axis=-1)
    error = np.hypot(*(x.std(-1, ddof=1) / np.sqrt(x.shape[-1]) for x in (one, other)))
    worst = np.max(np.abs(one.mean(-1) - other.mean(-1)) / error)
    print(
        f"equal: {kind} spectrum, {rows} rows, {name} against plain code: "
        f"largest |z| of {error.size} is {worst:.2f} of {Z}"
    )
    return worst <= Z


def draws_needed(side, count):
    """Draws until the standard error is 1 % of the mean, (penalties, generations); plain code draws the law of ours.

    count: replicates of one call.
    """
    draws = np.concatenate([side(turn) for turn in range(-(-200 // count))], axis=-1)
    return np.ceil(np.square(draws.std(-1, ddof=1) / draws.mean(-1) / 0.01))


def simulation_line(kind, rows, repeats):
    """Time both sides of one row; also say what 1 % standard error costs."""
    name, count, plain, ours, integrated = job(kind, 300, 600, rows)
    times = {
        "ours": seconds(ours, repeats, calls=1 + 50 // count) / count,
        "integrated": seconds(integrated, repeats) / BLOCK,
    }
    times["plain"] = seconds(plain, repeats)
    sampled, given = draws_needed(ours, count), draws_needed(integrated, BLOCK)
    costs = [
        f"1 % standard error at T={rows}, {kind}, n={n}, {which} penalty: "
        + ", ".join(
            f"{side} {count:,.0f} draws {count * times[side]:,.4f} s"
            for side, needed in (("plain", sampled), ("ours", sampled), ("integrated", given))
            for count in [chosen(needed[:, n])]
        )
        for n in (0, GENERATIONS)
        for which, chosen in (("median", np.median), ("worst", np.max))
    ]
    label = f"{'A_' if kind == 'flat' else 'A'} {kind} spectrum, T={rows} ({name})".replace("A_", "A'")
    return Line(label, "replicate", times["plain"], times["ours"], *FLOORS[kind, rows]), costs


def kappa_lines(repeats):
    """Row B: 1000 points of a spectrum of a million eigenvalues; brentq is timed on five of them."""
    spectrum = np.arange(1, 1_000_001.0) ** -1.5
    rng = np.random.default_rng(3)
    rows, penalty = np.exp(rng.uniform(np.log(100), np.log(1e5), 1000)), 10 ** rng.uniform(-8, 0, 1000)
    some = range(0, 1000, 200)
    nodes = compress(spectrum)
    found = effective_ridge(nodes, rows=rows, penalty=penalty)
    exact = [plain_ridge.kappa(spectrum, rows[i], penalty[i]) for i in some]
    off = np.max(np.abs(found[list(some)] / exact - 1))
    print(f"equal: kappa, nodes against brentq on the full spectrum: largest relative difference {off:.1e} of 1e-10")
    plain = seconds(lambda: [plain_ridge.kappa(spectrum, rows[i], penalty[i]) for i in some], repeats) / len(some)
    point = seconds(lambda: effective_ridge(nodes, rows=rows, penalty=penalty), repeats) / 1000
    whole = point + seconds(lambda: compress(spectrum), repeats) / 1000
    lines = [
        Line("B kappa, 10^6 eigenvalues, per point", "point", plain, point, 8000, 20_000),
        Line("B kappa, compression counted", "point", plain, whole, 100, 2000),
    ]
    return lines, off <= 1e-10


def main(repeats=5):
    """Check, time, print."""
    print(f"machine: {machine()}; one BLAS thread, process time, median of {repeats} after a warm-up")
    print(f"A, A': d=300, T0=600, {PENALTIES.size} penalties, generations 0..{GENERATIONS}, all excess risks")
    checked = [check_law(kind, rows) for kind in ("falling", "flat") for rows in (20, 80)]
    lines, right = kappa_lines(repeats)
    if not (all(checked) and right):
        print("the two sides disagree: nothing is timed")
        return 2
    costs = []

    def timed():
        yield from lines
        for kind, rows in FLOORS:
            line, more = simulation_line(kind, rows, repeats)
            costs.extend(more)
            yield line

    status = report(timed())
    print("", *costs, sep="\n")
    return status


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
