"""What do penalties by generation save, and does leave-one-out choose what theory says? Prints a dated table.

Run: OPENBLAS_NUM_THREADS=1 .venv/bin/python verification/advise.py > verification/advise.txt (about four minutes)
"""

import datetime
import time

import numpy as np

from genloss.advise import penalty_schedule
from genloss.streams import stream
from genloss.theory.reuse import from_workflow
from genloss.theory.reuse.search import cross_validated_penalties
from genloss.workflows import accumulate, fixed_real, window

DIM, NOISE, HORIZON = 100, 0.5, 20
SETTINGS = {
    "isotropic": (np.ones(DIM), np.full(DIM, DIM**-0.5)),
    "power law": (np.arange(1, DIM + 1.0) ** -1, np.arange(1, DIM + 1.0) ** -0.5),
}


def savings():
    """What the schedule, and the best fixed penalty, save at a horizon of 20."""
    print(f"dim {DIM}, noise {NOISE}, 200 rows a batch, horizon {HORIZON}; signal norm 1 / eigenvalues j^-1, w0 j^-.5")
    print("saved by the schedule against each way, %")
    for name, (spectrum, truth) in SETTINGS.items():
        for workflow in (accumulate(200), fixed_real(200), window(200, 3)):
            for goal in ("horizon", "sum"):
                began = time.process_time()
                best = penalty_schedule(spectrum, truth, workflow, noise=NOISE, generations=HORIZON, goal=goal)
                told = ", ".join(f"{way} {100 * saved:.1f}" for way, saved in best.saving.items())
                fixed, cv = best.alternatives["fixed"], best.alternatives["cross-validated"]
                ratio = fixed.penalties[0] / best.alternatives["fixed at clean"].penalties[0]
                ends = cv.penalties[[1, -1]]
                rows = {"accumulate": 21 / 2}.get(workflow.short()["kind"], 1)
                slope = np.log(ends[1] / ends[0]) / np.log(rows) if rows > 1 else None
                print(
                    f"{name}, {workflow!r}, {goal}: {told}; fixed / clean {ratio:.2f}, "
                    f"fixed saves {100 * (1 - fixed.value / cv.value):.1f} of cross-validated; "
                    f"{'' if slope is None else f'cv penalty ~ rows^{slope:.2f}; '}{time.process_time() - began:.0f} s",
                    flush=True,
                )


def chosen(replicates=300, fits=4, rows=200):
    """Choose by leave-one-out on every data set, and compare with the limit."""
    grid = np.exp(np.linspace(np.log(1e-4), np.log(10), 80))
    for name, (s, w) in SETTINGS.items():
        limit = cross_validated_penalties(s, w, from_workflow(accumulate(rows), noise=NOISE, generations=fits - 1))
        penalties, risks = np.empty((2, replicates, fits))
        for r in range(replicates):
            rng = stream(1, "advise", name, r)
            x, y, fit = np.empty((0, DIM)), np.empty(0), w
            for g in range(fits):
                new = rng.standard_normal((rows, DIM)) * np.sqrt(s)
                x, y = np.vstack([x, new]), np.append(y, new @ fit + NOISE * rng.standard_normal(rows))
                u, values, vt = np.linalg.svd(x, full_matrices=False)
                kept = values**2 / (values**2 + grid[:, None] * len(x))
                left = (y - (kept * (u.T @ y)) @ u.T) / (1 - kept @ (u.T**2))
                penalties[r, g] = best = grid[np.argmin((left**2).mean(axis=1))]
                fit = vt.T @ (values / (values**2 + best * len(x)) * (u.T @ y))
                risks[r, g] = (fit - w) ** 2 @ s
        error = risks.std(axis=0, ddof=1) / np.sqrt(replicates)
        print(f"{name}, accumulate {rows}, {replicates} data sets, leave-one-out on each")
        print(f"  limit {limit.penalties.round(4)}, geometric mean {np.exp(np.log(penalties).mean(0)).round(4)}")
        print(f"  sd of log penalty {np.log(penalties).std(axis=0).round(2)}")
        print(f"  risk: limit {limit.risk.round(4)}, seen {risks.mean(0).round(4)}, standard error {error.round(4)}")


if __name__ == "__main__":
    print(datetime.date.today().isoformat())
    chosen()
    savings()
