"""What does a cluster cost beside the work, for a million cells and a thousand workers? Measured, then simulated.

    python verification/cluster_costs.py > verification/cluster_costs.txt

1. Constants are measured with a real scheduler and two workers of eight threads, in processor time, which other
   programs of a machine do not move: what a bundle costs the scheduler, the client and a worker, what a cell costs the
   client, how many bytes travel.
2. A run is simulated: the client and the scheduler each do one thing after the other, workers take the next bundle when
   they are free, and bundles are made by the code that makes them in a real run. Work here is sleep, so that sixteen
   workers need no sixteen cores. The simulation of that run must agree with its clock within a tenth, or this exits 1.
3. The same simulation for a million cells, a thousand workers, and workers of which some are slow.
"""

import heapq
import os
import pickle
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

import genloss
from genloss.study.runner.bundles import SECONDS, Bundles, Done
from genloss.study.runner.cluster import PER_WORKER
from genloss.study.runner.executor import AHEAD
from genloss.study.runner.made import Made
from genloss.study.runner.plans import plan_group
from genloss.study.runner.sent import written
from genloss.study.runner.workers import Workers
from genloss.study.study import as_study
from genloss.study.subjects.table import group_cells

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from bench_scale import tiny, used
from clock import machine
from helpers_cluster import cluster

THREADS, AGREES = 8, 0.10


@dataclass(frozen=True)
class Costs:
    """Seconds of a processor: of the scheduler, the client and a worker for a bundle, and of the client for a cell."""

    scheduler: float
    client: float
    worker: float
    cell: float


@dataclass(frozen=True)
class Outcome:
    """What a simulated run takes. busy: shares of the time for which client and scheduler work."""

    seconds: float
    bundles: int
    client: float
    scheduler: float


def simulated(items, speeds, costs, bundle_seconds=None):
    """Simulate a run of items, in seconds each, by workers of these speeds; bundle_seconds: 0 for bundles of one."""
    target = max(SECONDS, PER_WORKER * len(speeds)) if bundle_seconds is None else bundle_seconds
    bundles = Bundles(range(len(items)), target)
    free = [(0.0, worker) for worker in range(len(speeds))]
    heapq.heapify(free)
    running, client, scheduler, count = [], 0.0, 0.0, 0

    def give(bundle):
        nonlocal client, scheduler, count
        client += costs.client
        scheduler = max(scheduler, client) + costs.scheduler
        begins, worker = heapq.heappop(free)
        took = np.cumsum(items[bundle]) / speeds[worker] + costs.worker
        done = max(1, int(np.searchsorted(took, 2 * target, side="right")) + 1) if target else 1
        ended = max(scheduler, begins) + took[min(done, len(bundle)) - 1]
        heapq.heappush(free, (ended, worker))
        heapq.heappush(running, (ended, count, bundle[:done], bundle, ended - max(scheduler, begins)))
        count += 1

    while True:
        while len(running) < AHEAD * len(speeds) and (bundle := bundles.next()):
            give(bundle)
        if not running:
            return Outcome(client, count, (costs.client * count + costs.cell * len(items)) / client,
                           costs.scheduler * count / client)  # fmt: skip
        ended, _, done, bundle, took = heapq.heappop(running)
        client = max(client, ended) + costs.cell * len(done)
        bundles.heard(bundle, Done([None] * len(done), took))


def clocks(processes):
    """Seconds of processor of a scheduler, this process, and workers together."""
    return np.array([used(processes[0]), time.process_time(), sum(map(used, processes[1:]))])


def measured(made):
    """Measure the constants with a running cluster."""
    processes = [each.pid for each in made.begun]
    with Workers(scheduler=made.address).opened():
        before = clocks(processes)
        time.sleep(10)
        after = clocks(processes)
    idle = (after - before) / 10
    count = 600
    with Workers(scheduler=made.address).opened() as workers:
        before, begun = clocks(processes), time.perf_counter()
        assert sum(1 for _ in workers.as_finished(time.sleep, repeat(1.01 * SECONDS, count))) == count
        each = (clocks(processes) - before - idle * (time.perf_counter() - begun)) / count
    cells = 1000
    genloss.simulate(tiny(20), scheduler=made.address, store=Path(mkdtemp()) / "cells")
    before = time.process_time()
    genloss.simulate(tiny(cells), scheduler=made.address, store=Path(mkdtemp()) / "cells")
    return Costs(each[0], each[1], each[2], (time.process_time() - before) / cells)


def bytes_sent(cells):
    """Return how many bytes go out with a bundle of so many tiny cells, and come back."""
    study = as_study(tiny(100))
    plans = [plan_group(study.scope, group, "auto", None) for group in group_cells(study.cells())]
    units = [unit for plan in plans for unit in plan.units()][:cells]
    answer = Done([Made(np.empty(0), left=True) for _ in units], 0.5)
    return len(written(units, (study.scope,))), len(pickle.dumps(answer))


def real(made, seconds, count):
    """Run items of so many seconds of sleep; return the clock on the wall, and what workers say that an item took."""
    with Workers(scheduler=made.address).opened() as workers:
        plain, said = workers._result, []

        def told(future):
            done = plain(future)
            said.append(done.seconds)
            return done

        workers._result = told
        begun = time.perf_counter()
        assert sum(1 for _ in workers.as_finished(time.sleep, repeat(seconds, count))) == count
        return time.perf_counter() - begun, sum(said) / count


def main():
    """Measure, compare, and simulate what does not fit here."""
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, genloss {genloss.__version__}, {machine()}, "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    with cluster(Path(mkdtemp()), workers=0) as made:
        for _ in range(2):
            made.said(made.worker("--nthreads", str(THREADS)), "(Registered to)")
        costs = measured(made)
        found = [(each, count, *real(made, each, count)) for each, count in ((0.02, 8000), (0.2, 1200))]
    print(f"a bundle: scheduler {1e3 * costs.scheduler:.2f} ms, client {1e3 * costs.client:.2f} ms, "
          f"worker {1e3 * costs.worker:.2f} ms; a cell: client {1e3 * costs.cell:.2f} ms (processor time)")  # fmt: skip
    for cells in (1, 100):
        out, back = bytes_sent(cells)
        print(f"a bundle of {cells} tiny cells: {out:,} bytes out, {back:,} back")
    print("\nthe simulation beside a real run: two processes of eight threads, work is sleep")
    low = False
    for seconds, count, wall, took in found:
        sleeping = Costs(costs.scheduler, costs.client, costs.worker, 0.0)
        guess = simulated(np.full(count, took), np.ones(2 * THREADS), sleeping)
        apart = guess.seconds / wall - 1
        low |= abs(apart) > AGREES
        print(f"  {count:,} items of {seconds} s ({took:.4f} s in a worker): {wall:.2f} s, "
              f"simulated {guess.seconds:.2f} s ({apart:+.1%}), {guess.bundles} bundles")  # fmt: skip
    print("\na million cells, a thousand workers; cells take log-normal times (sigma 0.5); ideal: work / workers")
    print("  mean cell, s   workers        ideal, s   bundles   takes, s   times ideal   client   scheduler")
    rng = np.random.default_rng(0)
    for mean in (0.01, 0.1, 1.0, 10.0):
        items = mean * rng.lognormal(-0.125, 0.5, 1_000_000)
        for name, slow in (("alike", 0.0), ("1% at a fifth", 0.01)):
            speeds = np.where(np.arange(1000) < slow * 1000, 0.2, 1.0)
            line(mean, name, items, speeds, costs, None)
        line(mean, "alike, no bundles", items, np.ones(1000), costs, 0.0)
    sys.exit(1 if low else 0)


def line(mean, name, items, speeds, costs, bundle_seconds):
    """Print one line of the table."""
    got, ideal = simulated(items, speeds, costs, bundle_seconds), items.sum() / speeds.sum()
    print(f"  {mean:>12} {name:<18} {ideal:>8.0f} {got.bundles:>9,} {got.seconds:>10.0f} {got.seconds / ideal:>13.2f} "
          f"{got.client:>8.0%} {got.scheduler:>11.0%}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
