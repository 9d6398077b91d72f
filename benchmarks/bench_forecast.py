"""Forecasts of a table beside plain loops that do the same fits: equality first, then the clocks.

    python benchmarks/bench_forecast.py [rows]

rows: of the large table (3000), 9 columns; 0: leave it out. Exits 1 where a ratio is below its floor, 2 where the two
sides disagree; every row is reported before.
The other side is what one writes oneself: for every path and generation rows are drawn, labeled by the fit before, and
scikit-learn is fitted to them with its own settings (of Gaussian laws: numpy's mean and covariance, rows drawn by
multivariate_normal); accumulate fits all rows so far. 40 of its paths are timed, and counted as 400; a forecast is
timed as a whole, with its defaults: reading, checks, what is believed of the truth, bands. What Python loads at the
first forecast is said apart, and is in no row.
Equal: fits of one batch, to 1e-9 (of the law itself, to 1e-6 of logistic and Poisson regression); then the mean risk by
generation, from new rows, within Z standard errors of both. For this the other side's solver is asked for as many
digits; with its own settings, as it is timed, it stops 1 % to 30 % short of the maximum.
A ratio is the median of three, both sides measured one after the other; where they differ by more than a quarter of it
the machine was too busy to judge, and the row says so.
"""

import sys
import warnings
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

import numpy as np
from clock import BUSY, Line, heading, machine, once
from sklearn.covariance import EmpiricalCovariance
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from threadpoolctl import threadpool_limits

import genloss
from genloss.advise.forecasts.worlds import world_of
from genloss.advise.forecasts.worlds.places import counted
from genloss.advise.forecasts.worlds.sums import summed_world
from genloss.models.likelihood import LINKS
from genloss.results.agreement import Z
from genloss.streams import stream

PATHS, TIMED, LAST, REPEATS = 400, 40, 10, 3
WORKFLOWS = ("replace", "accumulate")


@dataclass(frozen=True)
class Case:
    """An estimator, what kind of labels it has, how near fits of both sides must be, and how fast ours ought to be.

    exact: settings with which scikit-learn's solver finds the maximum.
    """

    name: str
    model: Any
    kind: str
    near: float
    floor: float
    goal: float
    exact: dict[str, Any] = field(default_factory=dict)


EXACT = {"solver": "newton-cholesky", "tol": 1e-10, "max_iter": 1000}
CASES = [
    Case("least squares", LinearRegression, "numbers", 1e-9, 20, 30),
    Case("ridge", Ridge, "numbers", 1e-9, 20, 30),
    Case("logistic", lambda: LogisticRegression(C=np.inf), "classes", 1e-6, 25, 40, EXACT),
    Case("logistic, C = 1", LogisticRegression, "classes", 1e-6, 25, 40, EXACT),
    Case("Poisson", lambda: PoissonRegressor(alpha=0), "counts", 1e-6, 25, 40, EXACT),
    Case("Poisson, alpha = 1", PoissonRegressor, "counts", 1e-6, 25, 40, EXACT),
    Case("Gaussian law", EmpiricalCovariance, "rows", 1e-9, 7, 10),
]


def exactly(case):
    """Return the case with a solver that finds the maximum."""
    return replace(case, model=lambda: case.model().set_params(**case.exact))


def tables(rows):
    """Inputs and labels of every kind, by name."""
    known, rng = load_diabetes(), stream(9, "bench", "forecast", rows)
    x, y = known.data, known.target
    counts = stream(9, "bench", "counts").poisson(np.exp(1 + 8 * x[:, 2] + 5 * x[:, 8]))
    kinds = {"numbers": (x, y), "classes": (x, y > 140), "counts": (x, counts), "rows": (x, None)}
    found = {"diabetes 442 x 10": kinds}
    if rows:
        x = rng.standard_normal((rows, 9))
        eta = x @ rng.standard_normal(9)
        found[f"normal {rows:,} x 9"] = {"numbers": (x, eta + 2 * rng.standard_normal(rows))}
    return {
        name: {kind: (x, None if y is None else y * 1.0) for kind, (x, y) in each.items()}
        for name, each in found.items()
    }


def real(case, truth, at, rng):
    """Rows of the truth's population in places, and their labels."""
    if case.kind == "rows":
        return truth.rows[at], None
    if case.kind == "numbers":
        return at, truth.clean[at] + truth.residuals[at]
    labels = truth.labels[at]
    return at, labels if case.kind == "counts" else (rng.random(at.size) < labels) * 1.0


def by_hand(case, x, truths, workflow, paths, key):
    """Risks of paths by refits, (paths, generations + 1), five paths of each truth."""
    rng, risks = stream(9, "by hand", key), np.empty((paths, LAST + 1))
    for path in range(paths):
        truth, kept, fit = truths[path // 5 % len(truths)], [], None
        for g in range(LAST + 1):
            at = rng.choice(len(x), size=len(x), p=truth.weights)
            rows, labels = real(case, truth, at, rng) if fit is None else made(case, fit, x, at, truth, rng)
            kept = [*kept, (rows, labels)] if workflow == "accumulate" else [(rows, labels)]
            fit = fitted(case, x, kept)
            risks[path, g] = risk(case, fit, x, truth)
    return risks


def made(case, fit, x, at, truth, rng):
    """Rows that a fit labels or makes."""
    if case.kind == "rows":
        return rng.multivariate_normal(*fit, size=len(x)), None
    if case.kind == "numbers":
        return at, fit.predict(x[at]) + truth.noise * rng.standard_normal(at.size)
    if case.kind == "counts":
        return at, rng.poisson(fit.predict(x[at])) * 1.0
    return at, (rng.random(at.size) < fit.predict_proba(x[at])[:, 1]) * 1.0


def fitted(case, x, kept):
    """Fit all rows that are kept."""
    rows = np.concatenate([each for each, _ in kept])
    if case.kind == "rows":
        return rows.mean(axis=0), np.cov(rows.T, bias=True)
    return case.model().fit(x[rows], np.concatenate([labels for _, labels in kept]))


def risk(case, fit, x, truth):
    """Risk of a fit in a truth."""
    if case.kind == "numbers":
        return truth.mean((fit.predict(x) - truth.clean) ** 2)
    if case.kind == "rows":
        mean, covariance = fit
        off, ratio = mean - truth.mean, np.linalg.solve(covariance, truth.covariance)
        size = np.linalg.slogdet(ratio)[1]
        return (np.trace(ratio) + off @ np.linalg.solve(covariance, off) - off.size - size) / 2
    eta = fit.decision_function(x) if case.kind == "classes" else np.log(fit.predict(x))
    return LINKS["logistic" if case.kind == "classes" else "poisson"].divergence(eta, truth.eta, truth.weights)


def fits_differ(case, x, y):
    """Largest difference of the two sides' fits of one batch, in predictions (of laws: entries), over their size."""
    rng = stream(9, "fits")
    places, world = rng.integers(len(x), size=(20, len(x))), world_of(case.model(), x, y)
    if case.kind == "rows":
        found, _ = world.estimate(world.x[places], np.full(len(x), 1 / len(x)), float(len(x)))
        known = np.array([np.cov(world.x[at].T, bias=True) for at in places])
        return float(np.abs(found[:, x.shape[1] :].reshape(known.shape) - known).max() / np.abs(known).max())
    labels = rng.standard_normal(places.shape) if case.kind == "numbers" else y[places]
    if case.kind == "numbers":
        sums = summed_world(world)
        gram = sums.columns.gram(counted(places, len(x))) / len(x)
        right = np.einsum("rnm,rn->rm", sums.columns.values[places], labels) / len(x)
        found = sums.estimate(gram, right, float(len(x))) @ sums.columns.values.T
        known = np.array([case.model().fit(x[at], t).predict(x) for at, t in zip(places, labels, strict=True)])
    else:
        fits, _ = world.estimate((places, labels), np.full(len(x), 1 / len(x)), float(len(x)))
        found, every = (
            world.predictors(fits),
            [case.model().fit(x[at], t) for at, t in zip(places, labels, strict=True)],
        )
        known = np.array([m.decision_function(x) if case.kind == "classes" else np.log(m.predict(x)) for m in every])
    return float(np.abs(found - known).max() / np.abs(known).max())


def apart(told, case, x, world, workflow):
    """Largest difference of mean risks in standard errors; paths of a truth are no repeats of one another.

    Generations from which on some path of either side has no fit are left out.
    """
    truths = world.draw_truths(TIMED // 2, stream(9, "truths"))
    known = by_hand(case, x, truths, workflow, 5 * len(truths), workflow)
    known = known.reshape(len(truths), 5, -1).mean(axis=1)
    until = LAST + 1 if told.ended is None or not told.ended.any() else int(np.flatnonzero(told.ended > 0)[0])
    error = np.hypot(known.std(axis=0, ddof=1) / np.sqrt(len(known)), told.standard_error)[:until]
    return float(np.abs((known.mean(axis=0) - told.risk)[:until] / error).max())


def timed(case, x, y, world, workflow):
    """Seconds of 400 paths by hand and of a forecast, three times each, in turn."""
    truths, found = world.draw_truths(8, stream(9, "truths")), []
    for repeat in range(REPEATS):
        plain = once(lambda r=repeat: by_hand(case, x, truths, workflow, TIMED, f"clock {r}"))
        ours = [once(lambda: genloss.forecast(case.model(), x, y, workflow=workflow)) for _ in range(3)]
        found.append((plain * PATHS / TIMED, median(ours)))
    return found


def judged(title, case, pairs):
    """The row of a case, and what to say of the machine."""
    ratios = sorted(plain / ours for plain, ours in pairs)
    plain, ours = sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]
    spread = (ratios[-1] - ratios[0]) / ratios[len(ratios) // 2]
    busy = f"  (too busy to judge: ratios {ratios[0]:.0f} to {ratios[-1]:.0f})" if spread > BUSY else ""
    return Line(title, "400 paths", plain, ours, case.floor, case.goal), busy


def main(rows=3000):
    """Check, time, print; return the exit code."""
    warnings.simplefilter("ignore")
    print(machine())
    known, code = tables(rows), 0
    x, y = known["diabetes 442 x 10"]["numbers"]
    first, again = (once(lambda: genloss.forecast(LinearRegression(), x, y, replicates=50)) for _ in range(2))
    print(f"loaded at the first forecast, in no row: {1e3 * (first - again):.0f} ms, after imports")
    print(heading())
    for table, kinds in known.items():
        for case in (case for case in CASES if case.kind in kinds):
            x, y = kinds[case.kind]
            world, off = world_of(case.model(), x, y), fits_differ(exactly(case), x, y)
            for workflow in WORKFLOWS:
                title, asked = f"{table}, {case.name}, {workflow}", {"workflow": workflow, "begin": "new_rows"}
                small = len(x) < 1000
                told = genloss.forecast(case.model(), x, y, **asked) if small else None
                gap = apart(told, exactly(case), x, world, workflow) if small else 0.0
                if off > case.near or gap > Z:
                    print(
                        f"{title}: fits {off:.1e} of {case.near:g}, means {gap:.1f} of {Z} errors: not timed",
                        flush=True,
                    )
                    code = 2
                    continue
                line, busy = judged(title, case, timed(case, x, y, world, workflow))
                print(f"{line}{busy}", flush=True)
                code = max(code, int(not line.holds))
    return code


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main(*map(int, sys.argv[1:])))
