"""Does kernel ridge regression on 20,000 to 60,000 rows fit into memory and time? Prints a dated table.

Run: .venv/bin/python verification/kernel.py > verification/kernel.txt (about fifteen minutes; one BLAS thread).
Each line is of a process of its own; seconds are of the processor.
"""

import datetime
import platform
import resource
import subprocess
import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits

from genloss.models import KernelRidge
from genloss.models.kernel.solver import solve
from genloss.streams import stream

GRID = np.geomspace(1e-5, 1e-1, 15)
JOBS = {
    "20,000 rows in double, 15 penalties x 10 columns": (20_000, 10, GRID, 0.02, {"tolerance": 1e-6}),
    "20,000 rows in single": (20_000, 10, GRID, 0.02, {"tolerance": 1e-6, "precision": "single"}),
    "the same in double, a narrower kernel, 1e-8": (20_000, 10, GRID, 0.2, {"tolerance": 1e-8}),
    "the same in single": (20_000, 10, GRID, 0.2, {"tolerance": 1e-8, "precision": "single"}),
    "36,000 rows in single": (36_000, 10, GRID, 0.2, {"tolerance": 1e-8, "precision": "single"}),
    "60,000 rows in blocks, 3 penalties x 2 columns": (
        60_000,
        2,
        [1e-3, 1e-2, 1e-1],
        0.02,
        {"tolerance": 1e-4, "held": False},
    ),
}


def report(name):
    """Solve and print a line."""
    rows, columns, penalties, gamma, how = JOBS[name]
    rng = stream(8, "kernel", rows)
    x = rng.standard_normal((rows, 20)) / np.arange(1, 21) ** 0.5
    y = (np.sin(2 * x[:, 0]) + x[:, 1])[:, None] + rng.standard_normal((rows, columns))
    start = time.process_time()
    found = solve(KernelRidge(1e-3, gamma=gamma), x, y, penalties, rng=rng, **how)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{name:<49} {time.process_time() - start:>5.0f} s, peak {peak:.1f} GB, {found.steps:>2} steps, "
        f"residual {found.residual:.1e}",
        flush=True,
    )


def main():
    """Print."""
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; RBF kernel, 20 inputs",
        flush=True,
    )
    for name in JOBS:
        subprocess.run([sys.executable, __file__, name], check=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        report(sys.argv[1]) if len(sys.argv) > 1 else main()
