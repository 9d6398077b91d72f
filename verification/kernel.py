"""Does kernel ridge regression on 20,000 and 60,000 rows fit into memory and time? Prints a dated table.

Run: .venv/bin/python verification/kernel.py > verification/kernel.txt (about fifteen minutes on two cores)
"""

import datetime
import platform
import resource
import sys
import time

import numpy as np

from genloss.models import KernelRidge
from genloss.models.kernel_solver import solve
from genloss.streams import stream


def report(name, rows, columns, penalties, **how):
    """Solve and print a line."""
    rng = stream(8, "kernel", rows)
    x = rng.standard_normal((rows, 20)) / np.arange(1, 21) ** 0.5
    y = (np.sin(2 * x[:, 0]) + x[:, 1])[:, None] + rng.standard_normal((rows, columns))
    start = time.time()
    found = solve(
        KernelRidge(1e-3, gamma=0.02),
        x,
        y,
        penalties,
        rng=rng,
        progress=lambda done, most: print(
            f"{name}: {done} of {most} digits, {time.time() - start:.0f} s", file=sys.stderr
        ),
        **how,
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{name:<44} {time.time() - start:>6.0f} s, peak so far {peak:.1f} GB, {found.steps} steps, "
        f"residual {found.residual:.1e}",
        flush=True,
    )


def main():
    """Print."""
    print(f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; RBF kernel, 20 inputs")
    report("20,000 rows held, 15 penalties x 10 columns", 20_000, 10, np.geomspace(1e-5, 1e-1, 15), tolerance=1e-6)
    report("60,000 rows in blocks, 3 penalties x 2 columns", 60_000, 2, [1e-3, 1e-2, 1e-1], tolerance=1e-4, held=False)


if __name__ == "__main__":
    main()
