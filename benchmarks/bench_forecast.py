"""Forecasts of least squares and ridge: equality with refits by scikit-learn, then the clocks.

    python benchmarks/bench_forecast.py [rows]

rows: of the large table (3000), 9 columns. Exits 1 where a ratio is below its floor, 2 where the two sides disagree.
The other side is a plain loop: for every path and generation rows are drawn, labeled by the fit before, and
scikit-learn is fitted to them; accumulate fits all rows so far. 40 of its paths are timed, and counted as 400; the
forecast is timed as a whole, what is believed of the truth and the bands with it. Equal: the fits of one batch to
1e-9 in every path, then the mean risk by generation within Z standard errors of both.
"""

import sys

import numpy as np
from clock import Line, machine, seconds
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, Ridge
from threadpoolctl import threadpool_limits

import genloss
from genloss.advise.forecasts.worlds import world_of
from genloss.advise.forecasts.worlds.places import counted
from genloss.advise.forecasts.worlds.sums import summed_world
from genloss.results.agreement import Z
from genloss.streams import stream

PATHS, TIMED, LAST = 400, 40, 10


def tables(rows):
    """Inputs and labels by name."""
    rng = stream(9, "bench", "forecast", rows)
    x = rng.standard_normal((rows, 9))
    known = load_diabetes()
    return {
        "diabetes 442 x 10": (known.data, known.target),
        f"normal {rows:,} x 9": (x, x @ rng.standard_normal(9) + 2 * rng.standard_normal(rows)),
    }


def by_hand(model, x, truths, workflow, paths, key):
    """Risks of paths by refits, (paths, generations + 1), five paths of each truth."""
    rng, risks = stream(9, "by hand", key), np.empty((paths, LAST + 1))
    for path in range(paths):
        truth, kept, fit = truths[path // 5 % len(truths)], [], None
        for g in range(LAST + 1):
            at = rng.choice(len(x), size=len(x), p=truth.weights)
            new = fit.predict(x[at]) + truth.noise * rng.standard_normal(at.size) if fit else 0
            rows = x[at], new if fit else truth.clean[at] + truth.residuals[at]
            kept = [*kept, rows] if workflow == "accumulate" else [rows]
            fit = model().fit(np.concatenate([a for a, _ in kept]), np.concatenate([b for _, b in kept]))
            risks[path, g] = truth.mean((fit.predict(x) - truth.clean) ** 2)
    return risks


def fits_differ(model, x, y):
    """Largest relative difference of the two fits of one batch."""
    rng, world = stream(9, "fits"), world_of(model(), x, y)
    places, labels = rng.integers(len(x), size=(20, len(x))), rng.standard_normal((20, len(x)))
    sums = summed_world(world)
    gram = sums.columns.gram(counted(places, len(x))) / len(x)
    right = np.einsum("rnm,rn->rm", sums.columns.values[places], labels) / len(x)
    found = sums.estimate(gram, right, float(len(x))) @ sums.columns.values.T
    known = np.array([model().fit(x[at], t).predict(x) for at, t in zip(places, labels, strict=True)])
    return float(np.abs(found - known).max() / np.abs(known).max())


def apart(told, model, x, y, workflow):
    """Largest difference of mean risks in standard errors; paths of a truth are no repeats of one another."""
    truths = world_of(model(), x, y).draw_truths(TIMED // 2, stream(9, "truths"))
    known = by_hand(model, x, truths, workflow, 5 * len(truths), workflow).reshape(len(truths), 5, -1).mean(axis=1)
    error = np.hypot(known.std(axis=0, ddof=1) / np.sqrt(len(known)), told.standard_error)
    return float(np.abs((known.mean(axis=0) - told.risk) / error).max())


def main(rows=3000):
    """Check, time, print; return the exit code."""
    print(machine())
    models = {"least squares": LinearRegression, "ridge": lambda: Ridge(alpha=1.0)}
    lines, known = [], tables(rows)
    print(f"{'workload':<46} {'unit':<10} {'plain ms':>11} {'ours ms':>10} {'floor':>8} {'goal':>8} {'ratio':>10}")
    for table, (x, y) in known.items():
        for name, model in models.items():
            off = fits_differ(model, x, y)
            for workflow in ("replace", "accumulate"):
                asked = {"workflow": workflow, "generations": LAST, "replicates": PATHS, "begin": "new_rows"}
                gap = apart(genloss.forecast(model(), x, y, **asked), model, x, y, workflow) if len(x) < 1000 else 0.0
                if off > 1e-9 or gap > Z:
                    print(
                        f"{table}, {name}, {workflow}: fits {off:.1e} of 1e-9, means {gap:.1f} of {Z} errors: not timed"
                    )
                    return 2
                truths = world_of(model(), x, y).draw_truths(8, stream(9, "truths"))
                plain = seconds(lambda m=model, t=truths, w=workflow, x=x: by_hand(m, x, t, w, TIMED, "clock"), 1)
                ours = seconds(lambda m=model, a=asked, x=x, y=y: genloss.forecast(m(), x, y, **a), 5)
                title = f"{table}, {name}, {workflow}"
                lines.append(Line(title, "400 paths", plain * PATHS / TIMED, ours, 10, 30))
                print(lines[-1], flush=True)
    return int(not all(line.holds for line in lines))


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main(*map(int, sys.argv[1:])))
