"""Two workers against one: threads, processes, and a cluster's. Equality first, then the clocks.

    python benchmarks/bench_scale.py [cells] [repeats]

cells: of the second workload (10,000). repeats: of each run, of which the median counts (1).

1. The simulation of studies/ridge-on-synthetic-labels.toml, each cell kept in a store.
2. Many cells that are computed in a millisecond each, kept in a store: what it costs to hand work out shows here.

Each is run by one thread, then by two threads, and by one and two processes and workers of a dask cluster, which has
its scheduler on this machine. The clock is on the wall, from asking to the last row; processes are begun within it, the
workers of the cluster before. Floors: two are 1.6 times as fast as one; goals: 1.9, and 1.8 for the cluster. Threads
are measured and not judged: they share one interpreter (decision 0113 says what follows). overhead: processor time of
all processes with one worker beyond that of one thread, per cell. A ratio is judged only where other programs took less
than a tenth of a core meanwhile and there are two cores; else it says what they took.

Exits 1 below a floor, 2 where the rows of two runs differ.
"""

import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from clock import machine

import genloss

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from helpers_cluster import cluster

FLOOR, GOALS = 1.6, {"processes": 1.9, "cluster": 1.8}
BUSY = 0.1  # cores that others may take
TICKS = os.sysconf("SC_CLK_TCK")
DEMO = Path(__file__).parent.parent / "studies" / "ridge-on-synthetic-labels.toml"


def tiny(cells):
    """Return a study of many cells that cost next to nothing."""
    return {
        "generations": 1,
        "replicates": 10,
        "population": {"kind": "linear_gaussian", "dim": 3, "noise": {"linear": [0.1, 1.0, cells]}},
        "workflow": {"kind": "replace", "rows": 9},
        "generator": {"kind": "ridge", "penalty": 0.1},
    }


def machine_busy():
    """Seconds for which the cores of this machine worked, since it was started."""
    fields = [int(each) for each in Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS  # without idle, and waiting for a disk


def used(process):
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def ours_busy(others=()):
    """Seconds for which this process, those that it has waited for, and others of ours worked."""
    return sum(os.times()[:4]) + sum(map(used, others))


@dataclass(frozen=True)
class Run:
    """One run: seconds on the wall, of our processors, and cores that other programs took meanwhile."""

    wall: float
    cpu: float
    others: float


def timed(study, others=(), **kind):
    """Run a study into a new store; return the clocks and the rows."""
    store = Path(tempfile.mkdtemp())
    try:
        wall, ours, all_of_it = time.perf_counter(), ours_busy(others), machine_busy()
        rows = genloss.simulate(study, store=store / "cells", **kind).rows
        wall, ours, all_of_it = time.perf_counter() - wall, ours_busy(others) - ours, machine_busy() - all_of_it
        return Run(wall, ours, max(0.0, all_of_it - ours) / wall), rows
    finally:
        shutil.rmtree(store)


def middle(runs):
    """Return the run of median time on the wall, with the most that others took."""
    wall = median(each.wall for each in runs)
    return Run(wall, median(each.cpu for each in runs), max(each.others for each in runs))


def measured(study, repeats):
    """Run one workload by every kind and number of workers."""
    warm = {"engine": "auto", "workers": 1}
    _, wanted = timed(study, **warm)
    found = {}

    def run(kind, count, others=(), **options):
        runs = []
        for _ in range(repeats):
            clocks, rows = timed(study, others, **options)
            if rows != wanted:
                print(f"{count} {kind}: other rows than one thread")
                sys.exit(2)
            runs.append(clocks)
        found[kind, count] = middle(runs)

    for count in (1, 2):
        run("threads", count, workers=count)
        run("processes", count, workers=count, processes=True)
        with tempfile.TemporaryDirectory() as folder, cluster(Path(folder), workers=count) as made:
            genloss.simulate(tiny(3), scheduler=made.address)  # what workers load once
            run("cluster", count, [each.pid for each in made.begun], scheduler=made.address)
    return found, len({(row.case, row.cell) for row in wanted})


def judged(kind, ratio, others):
    """Say what to think of a ratio; whether it is below its floor."""
    if kind == "threads":
        return "not judged", False
    if (os.cpu_count() or 1) < 2:
        return "one core: not judged", False
    if others > BUSY:
        return f"others took {others:.1f} cores: not judged", False
    if ratio < FLOOR:
        return "BELOW FLOOR", True
    return ("goal" if ratio >= GOALS[kind] else "floor"), False


def main():
    """Print both tables."""
    cells = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(f"{machine()}, {os.cpu_count()} cores; floor {FLOOR}, goals {GOALS}", flush=True)
    below = False
    for name, study in (("the demo's first study", DEMO), (f"{cells:,} tiny cells", tiny(cells))):
        found, count = measured(study, repeats)
        alone = found["threads", 1]
        print(f"{name}: {count:,} cells, one thread {alone.wall:.1f} s ({alone.cpu:.1f} s of processor)")
        print("  workers     one, s   two, s   ratio   two: cores in use   overhead, ms a cell   verdict")
        for kind in ("threads", "processes", "cluster"):
            one, two = found[kind, 1], found[kind, 2]
            ratio, others = one.wall / two.wall, max(one.others, two.others)
            verdict, low = judged(kind, ratio, others)
            below |= low
            overhead = 1e3 * (one.cpu - alone.cpu) / count
            print(
                f"  {kind:<10} {one.wall:>7.1f} {two.wall:>8.1f} {ratio:>7.2f} {two.cpu / two.wall:>19.2f} "
                f"{overhead:>21.2f}   {verdict}",
                flush=True,
            )
    sys.exit(1 if below else 0)


if __name__ == "__main__":
    main()
